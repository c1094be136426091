internal import HostSupport
internal import JSON

extension RegisterDump {
  /// Reads a list in either form. The bytes may be anybody's: whatever is wrong with them is an error
  /// that names the place.
  /// - Parameters:
  ///   - bytes: the file as it is.
  ///   - file: what to call the list in errors and reports.
  ///   - family: the family it has to be of; nil for what the list shows.
  public init(
    reading bytes: [UInt8], file: String, family: RegisterFamily? = nil
  ) throws(DumpError) {
    self =
      Self.isJSON(bytes)
      ? try Self.readJSON(bytes, file: file, family: family)
      : try Self.readBinary(bytes, file: file, family: family)
  }

  /// An identifier may begin with the byte of a brace, but has a zero byte in every family.
  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    let start = bytes.drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
    return start.first == UInt8(ascii: "{") && !bytes.prefix(8).contains(0)
  }

  // MARK: the binary list

  private static func readBinary(
    _ bytes: [UInt8], file: String, family: RegisterFamily?
  ) throws(DumpError) -> RegisterDump {
    guard let (family, order) = recognise(bytes, among: family.map { [$0] } ?? RegisterFamily.all)
    else { throw DumpError(file: file, place: .whole, reason: .foreign) }
    var builder = DumpBuilder(family: family, file: file) { .offset($0) }
    var offset = 0
    func take(_ count: Int) throws(DumpError) -> ArraySlice<UInt8> {
      guard count <= bytes.count - offset else {
        throw builder.error(offset, .truncated(wanted: count, left: bytes.count - offset))
      }
      defer { offset += count }
      return bytes[offset..<offset + count]
    }
    while offset < bytes.count {
      let start = offset
      let identifier = RegisterIdentifier(
        rawValue: UInt64(truncatingIfNeeded: integer(try take(8), order)))
      guard let count = identifier.byteCount else {
        throw builder.error(start, .undefinedSize(identifier))
      }
      let value = try take(count)
      let bits: UInt128? =
        count > 16
        ? nil
        : family.isPair(identifier)
          ? integer(value.prefix(8), order) << 64 | integer(value.suffix(8), order)
          : integer(value, order)
      try builder.add(identifier, bits, at: start)
    }
    return try builder.finish(mode: nil)
  }

  /// The family and byte order whose identifiers the list begins with.
  private static func recognise(
    _ bytes: [UInt8], among families: [RegisterFamily]
  ) -> (RegisterFamily, RegisterFamily.ByteOrder)? {
    guard bytes.count >= 8 else { return nil }
    for family in families {
      let other: RegisterFamily.ByteOrder = family.byteOrder == .big ? .little : .big
      for order in [family.byteOrder, other] {
        let first = RegisterIdentifier(
          rawValue: UInt64(truncatingIfNeeded: integer(bytes[..<8], order)))
        guard let architecture = first.architecture else { continue }
        if family.architectures.contains(architecture) { return (family, order) }
      }
    }
    return nil
  }

  private static func integer(
    _ bytes: ArraySlice<UInt8>, _ order: RegisterFamily.ByteOrder
  ) -> UInt128 {
    order == .big
      ? bytes.reduce(0) { $0 << 8 | UInt128($1) }
      : bytes.reversed().reduce(0) { $0 << 8 | UInt128($1) }
  }

  // MARK: JSON

  private static func readJSON(
    _ bytes: [UInt8], file: String, family: RegisterFamily?
  ) throws(DumpError) -> RegisterDump {
    let root: JSONValue
    do throws(JSONError) {
      root = try JSONValue(parsing: bytes)
    } catch {
      throw DumpError(
        file: file, place: place(of: error.offset, in: bytes), reason: .syntax(error.reason))
    }
    guard let members = root.members else {
      throw DumpError(file: file, place: .whole, reason: .form("an object is due"))
    }
    let list = try DocumentMembers(members, bytes, file)
    let builder = try list.builder(for: family)
    let mode = try list.mode(in: builder.family)
    var filled = builder
    for register in list.registers {
      try list.add(register, to: &filled)
    }
    var dump = try filled.finish(mode: mode)
    if let source = list.source { dump.source = source }
    return dump
  }

  fileprivate static func place(of offset: Int, in bytes: [UInt8]) -> DumpError.Place {
    let before = bytes.prefix(offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return .line(line, column: offset - start + 1)
  }
}

extension RegisterFamily {
  func isPair(_ identifier: RegisterIdentifier) -> Bool {
    forms[identifier].map { registers[$0.register].isPair } ?? false
  }
}

/// The members of a list in JSON, each once.
private struct DocumentMembers {
  let bytes: [UInt8]
  let file: String
  var texts: [String: JSONValue.Member] = [:]
  var registers: [JSONValue.Member] = []
  var source: String?

  init(_ members: [JSONValue.Member], _ bytes: [UInt8], _ file: String) throws(DumpError) {
    (self.bytes, self.file) = (bytes, file)
    var hasRegisters = false
    for member in members {
      guard texts[member.key] == nil, !(member.key == "registers" && hasRegisters) else {
        throw error(member.offset, .duplicate("'\(member.key)'"))
      }
      switch (member.key, member.value) {
      case ("registers", .object(let rows)): (registers, hasRegisters) = (rows, true)
      case ("family", .string), ("mode", .string): texts[member.key] = member
      case ("source", .string(let text)):
        texts[member.key] = member
        source = text
      case ("registers", _), ("family", _), ("mode", _), ("source", _):
        throw error(
          member.valueOffset,
          .form(
            "'\(member.key)' is \(member.value.kind); "
              + (member.key == "registers" ? "an object is due" : "a string is due")))
      default:
        throw error(
          member.offset,
          .form("no member '\(member.key)'; there are family, mode, source and registers"))
      }
    }
    guard hasRegisters else {
      throw DumpError(file: file, place: .whole, reason: .form("'registers' is missing"))
    }
  }

  func error(_ offset: Int, _ reason: DumpError.Reason) -> DumpError {
    DumpError(file: file, place: RegisterDump.place(of: offset, in: bytes), reason: reason)
  }

  /// The text of a member and where it is.
  private func text(_ key: String) -> (text: String, offset: Int)? {
    guard let member = texts[key], let text = member.value.string else { return nil }
    return (text, member.valueOffset)
  }

  func builder(for expected: RegisterFamily?) throws(DumpError) -> DumpBuilder {
    guard let (name, offset) = text("family") else {
      guard let expected else {
        throw DumpError(file: file, place: .whole, reason: .form("'family' is missing"))
      }
      return builder(of: expected)
    }
    guard let family = RegisterFamily(name: name) else {
      throw error(offset, .unknownFamily(name))
    }
    if let expected, expected.name != name {
      throw error(offset, .wrongFamily(name, expected: expected.name))
    }
    return builder(of: family)
  }

  private func builder(of family: RegisterFamily) -> DumpBuilder {
    DumpBuilder(family: family, file: file) { [bytes] in RegisterDump.place(of: $0, in: bytes) }
  }

  func mode(in family: RegisterFamily) throws(DumpError) -> ExecutionMode? {
    guard let (name, offset) = text("mode") else { return nil }
    guard let mode = family.mode(named: name) else {
      throw error(offset, .unknownMode(name, family: family.name))
    }
    return mode
  }

  /// Adds a register, which is named or given by its identifier.
  func add(_ member: JSONValue.Member, to builder: inout DumpBuilder) throws(DumpError) {
    let identifier: RegisterIdentifier
    if let register = builder.family[member.key] {
      identifier = register.identifier
    } else if let number = UInt128(hexadecimal: member.key), let number = UInt64(exactly: number) {
      identifier = RegisterIdentifier(rawValue: number)
    } else {
      throw error(member.offset, .unknownRegister(member.key, family: builder.family.name))
    }
    guard let text = member.value.string else {
      throw error(
        member.valueOffset,
        .form("the value of \(member.key) is \(member.value.kind); a string is due: \"0x…\""))
    }
    // An identifier of more than 128 bits is of no register here, whatever its value.
    let isWide = identifier.byteCount.map { $0 > 16 } ?? true
    guard let value = UInt128(hexadecimal: text) ?? (isWide ? 0 : nil) else {
      throw error(member.valueOffset, .number(text))
    }
    guard identifier.byteCount != nil else {
      throw error(member.offset, .undefinedSize(identifier))
    }
    try builder.add(identifier, isWide ? nil : value, at: member.offset)
  }
}
