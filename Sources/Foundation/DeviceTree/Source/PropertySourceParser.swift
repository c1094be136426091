/// Reads the value of a property as dtc's grammar has it.
struct PropertySourceParser {
  private(set) var scanner: SourceScanner
  private var parts: [PropertySource.Part] = []
  /// What was read since the last part that is not bytes.
  private var bytes: [UInt8] = []

  init(_ scanner: SourceScanner) { self.scanner = scanner }

  /// A value that is the whole text.
  mutating func value() throws(PropertySourceError) -> [PropertySource.Part] {
    try scanner.skipSpace()
    if scanner.isAtEnd { return [] }
    let parts = try sequence()
    guard scanner.isAtEnd else { throw scanner.failure(.afterTheEnd) }
    return parts
  }

  /// Parts with commas between, up to whatever follows.
  mutating func sequence() throws(PropertySourceError) -> [PropertySource.Part] {
    repeat {
      try skipLabels()
      try part()
      try skipLabels()
    } while try scanner.take(",")
    if !bytes.isEmpty { parts.append(.bytes(bytes)) }
    return parts
  }

  /// Labels name places of the source, which a tree does not keep.
  private mutating func skipLabels() throws(PropertySourceError) {
    try scanner.skipSpace()
    while scanner.takeLabel() != nil { try scanner.skipSpace() }
  }

  private mutating func part() throws(PropertySourceError) {
    if let reference = scanner.takeReference() {
      add(.path(reference))
    } else if scanner.next == UInt8(ascii: "\"") {
      bytes += try scanner.string()
      bytes.append(0)
    } else if try scanner.take("[") {
      try digits()
    } else if try scanner.take("/bits/") {
      let bits = try scanner.literal()
      guard [8, 16, 32, 64].contains(bits) else { throw scanner.failure(.elementSize) }
      guard try scanner.take("<") else { throw scanner.failure(.expected("'<'")) }
      try elements(bits: Int(bits))
    } else if try scanner.take("<") {
      try elements(bits: 32)
    } else if try scanner.take("/incbin/") {
      try file()
    } else {
      throw scanner.failure(.expected("a value"))
    }
  }

  /// Adds a part that only a tree can give bytes.
  private mutating func add(_ part: PropertySource.Part) {
    if !bytes.isEmpty { parts.append(.bytes(bytes)) }
    bytes = []
    parts.append(part)
  }

  /// Pairs of digits to the closing bracket.
  private mutating func digits() throws(PropertySourceError) {
    while true {
      try skipLabels()
      if try scanner.take("]") { return }
      guard let byte = scanner.takeByte() else {
        throw scanner.failure(.expected("']' or a byte of two hexadecimal digits"))
      }
      bytes.append(byte)
    }
  }

  /// Numbers and references to the closing bracket.
  private mutating func elements(bits: Int) throws(PropertySourceError) {
    while true {
      try skipLabels()
      if try scanner.take(">") { return }
      if let reference = scanner.takeReference() {
        guard bits == 32 else { throw scanner.failure(.referenceSize) }
        add(.phandle(reference))
        continue
      }
      let start = scanner.offset
      guard let number = try scanner.primary() else {
        throw scanner.failure(.expected("'>', a number or a reference"))
      }
      // A negative number has ones above the bits it fits.
      let above = bits == 64 ? 0 : number >> UInt64(bits)
      guard above == 0 || Int64(bitPattern: number) >> Int64(bits) == -1 else {
        throw PropertySourceError(offset: start, reason: .doesNotFit(bits: bits))
      }
      for shift in stride(from: bits - 8, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
      }
    }
  }

  /// `("name")` or `("name", offset, size)`.
  private mutating func file() throws(PropertySourceError) {
    let isOpen = try scanner.take("(")
    try scanner.skipSpace()
    guard isOpen, scanner.next == UInt8(ascii: "\"") else {
      throw scanner.failure(.expected("(\"FILE\""))
    }
    let name = String(decoding: try scanner.string(), as: UTF8.self)
    var range: [UInt64] = []
    while range.count < 2, try scanner.take(",") {
      try scanner.skipSpace()
      guard let number = try scanner.primary() else {
        throw scanner.failure(.expected("a number"))
      }
      range.append(number)
    }
    guard range.count != 1, try scanner.take(")") else { throw scanner.failure(.expected("')'")) }
    add(.file(name, offset: range.first ?? 0, size: range.last))
  }
}
