/// The words of device tree source, and the numbers they make (dtc's lexer and its expressions,
/// which are C's in 64 bits without a sign).
struct SourceScanner {
  private let bytes: [UInt8]
  private(set) var offset = 0
  private var depth = 0

  /// Brackets, signs and conditions in each other: recursion must not use up the stack.
  private static let deepest = 200

  init(_ text: some Sequence<UInt8>) { bytes = Array(text) }

  var isAtEnd: Bool { offset >= bytes.count }

  /// The next byte, zero at the end.
  var next: UInt8 { byte(0) }

  private func byte(_ distance: Int) -> UInt8 {
    offset + distance < bytes.count ? bytes[offset + distance] : 0
  }

  func failure(_ reason: PropertySourceError.Reason) -> PropertySourceError {
    PropertySourceError(offset: offset, reason: reason)
  }

  // MARK: words

  /// Goes past white space and comments.
  mutating func skipSpace() throws(PropertySourceError) {
    while true {
      if next == 0x20 || (0x09...0x0d).contains(next) {
        offset += 1
      } else if isNext("/*") {
        try skipComment(to: "*/")
      } else if isNext("//") {
        try skipComment(to: "\n")
      } else {
        return
      }
    }
  }

  private mutating func skipComment(to end: StaticString) throws(PropertySourceError) {
    let start = offset
    offset += 2
    while !isNext(end) {
      guard !isAtEnd else {
        throw PropertySourceError(offset: start, reason: .unclosedComment)
      }
      offset += 1
    }
    offset += end.utf8CodeUnitCount
  }

  private func isNext(_ word: StaticString) -> Bool {
    word.withUTF8Buffer { bytes[offset...].starts(with: $0) }
  }

  /// Goes past a word and the space before it, if it is next.
  mutating func take(_ word: StaticString) throws(PropertySourceError) -> Bool {
    try skipSpace()
    guard isNext(word) else { return false }
    offset += word.utf8CodeUnitCount
    return true
  }

  /// The length of the label at a distance; 0 when there is none.
  private func labelLength(_ distance: Int = 0) -> Int {
    var length = 0
    while Self.isLetter(byte(distance + length))
      || (length > 0 && Self.isDigit(byte(distance + length)))
    { length += 1 }
    return length
  }

  /// The label of `label:`, if that is next.
  mutating func takeLabel() -> String? {
    let length = labelLength()
    guard length > 0, byte(length) == UInt8(ascii: ":") else { return nil }
    defer { offset += length + 1 }
    return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
  }

  /// A reference, if one is next.
  mutating func takeReference() -> PropertySource.Reference? {
    guard next == UInt8(ascii: "&") else { return nil }
    let isPath = byte(1) == UInt8(ascii: "{")
    var length = isPath ? 0 : labelLength(1)
    let start = offset + (isPath ? 2 : 1)
    if isPath {
      while Self.isPathCharacter(byte(2 + length)) { length += 1 }
      guard byte(2 + length) == UInt8(ascii: "}") else { return nil }
    }
    guard length > 0 else { return nil }
    offset = start + length + (isPath ? 1 : 0)
    return .init(text: String(decoding: bytes[start..<start + length], as: UTF8.self))
  }

  /// The name of a node or property, if one is next; a backslash may stand before it.
  mutating func takeName() -> String? {
    let start = offset + (next == UInt8(ascii: "\\") ? 1 : 0)
    var end = start
    while end < bytes.count, Self.isNameCharacter(bytes[end]) { end += 1 }
    guard end > start else { return nil }
    offset = end
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The line and column of a place, each from 1 on; columns count bytes.
  func position(of place: Int) -> (line: Int, column: Int) {
    let before = bytes.prefix(place)
    let lines = before.count { $0 == 0x0a }
    return (lines + 1, before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1)
  }

  mutating func skipByte() { if !isAtEnd { offset += 1 } }

  /// A byte of two hexadecimal digits, if that is next.
  mutating func takeByte() -> UInt8? {
    guard let high = Self.digit(byte(0), radix: 16), let low = Self.digit(byte(1), radix: 16) else {
      return nil
    }
    offset += 2
    return high << 4 | low
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func isPathCharacter(_ byte: UInt8) -> Bool {
    isNameCharacter(byte) || byte == UInt8(ascii: "/")
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || ",.+*#?@-".utf8.contains(byte)
  }

  private static func digit(_ byte: UInt8, radix: UInt8) -> UInt8? {
    let digit: UInt8
    switch byte {
    case 0x30...0x39: digit = byte - 0x30
    case 0x41...0x46: digit = byte - 0x41 + 10
    case 0x61...0x66: digit = byte - 0x61 + 10
    default: return nil
    }
    return digit < radix ? digit : nil
  }

  // MARK: characters

  /// The bytes of a string in double quotes.
  mutating func string() throws(PropertySourceError) -> [UInt8] {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    while next != UInt8(ascii: "\"") {
      guard !isAtEnd else { throw PropertySourceError(offset: start, reason: .unclosedString) }
      text.append(try character())
    }
    offset += 1
    return text
  }

  /// A byte as it stands, or what an escape sequence means.
  private mutating func character() throws(PropertySourceError) -> UInt8 {
    let byte = next
    offset += 1
    guard byte == UInt8(ascii: "\\"), !isAtEnd else { return byte }
    let escaped = next
    if escaped == UInt8(ascii: "x") {
      offset += 1
      return try number(radix: 16, digits: 2)
    }
    if Self.digit(escaped, radix: 8) != nil { return try number(radix: 8, digits: 3) }
    offset += 1
    let meanings: KeyValuePairs<Character, UInt8> = [
      "a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13,
    ]
    return meanings.first { $0.key.asciiValue == escaped }?.value ?? escaped
  }

  /// The low byte of a number of up to so many digits.
  private mutating func number(
    radix: UInt8, digits: Int
  ) throws(PropertySourceError) -> UInt8 {
    var (value, count) = (0, 0)
    while count < digits, let digit = Self.digit(next, radix: radix) {
      value = value * Int(radix) + Int(digit)
      count += 1
      offset += 1
    }
    guard count > 0 else { throw failure(.escape) }
    return UInt8(truncatingIfNeeded: value)
  }

  // MARK: numbers

  /// A number, a character or an expression in brackets; nil when none of them is next.
  mutating func primary() throws(PropertySourceError) -> UInt64? {
    try skipSpace()
    if Self.isDigit(next) { return try literal() }
    if next == UInt8(ascii: "'") { return try characterLiteral() }
    guard try take("(") else { return nil }
    let value = try condition()
    guard try take(")") else { throw failure(.expected("')' or an operator")) }
    return value
  }

  private mutating func characterLiteral() throws(PropertySourceError) -> UInt64 {
    let start = offset
    offset += 1
    guard next != UInt8(ascii: "'"), !isAtEnd else {
      throw PropertySourceError(offset: start, reason: .character)
    }
    let value = try character()
    guard next == UInt8(ascii: "'") else {
      throw PropertySourceError(offset: start, reason: .character)
    }
    offset += 1
    return UInt64(value)
  }

  /// A number in decimal, after `0` in octal or after `0x` in hexadecimal; C's suffixes may follow.
  mutating func literal() throws(PropertySourceError) -> UInt64 {
    try skipSpace()
    let start = offset
    var end = offset
    while end < bytes.count, Self.isDigit(bytes[end]) || Self.isLetter(bytes[end]) { end += 1 }
    guard Self.isDigit(next) else { throw failure(.expected("a number")) }
    let word = bytes[start..<end]
    let text = String(decoding: word, as: UTF8.self)
    var digits = word
    for suffix in ["ULL", "UL", "LL", "U", "L"] where text.hasSuffix(suffix) {
      digits = digits.dropLast(suffix.utf8.count)
      break
    }
    var radix: UInt8 = 10
    if digits.count > 2, text.hasPrefix("0x") || text.hasPrefix("0X") {
      radix = 16
      digits = digits.dropFirst(2)
    } else if digits.count > 1, next == UInt8(ascii: "0") {
      radix = 8
    }
    offset = end
    var value: UInt64 = 0
    for byte in digits {
      guard let digit = Self.digit(byte, radix: radix) else {
        throw PropertySourceError(offset: start, reason: .number(text))
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: UInt64(radix))
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry else {
        throw PropertySourceError(offset: start, reason: .numberTooLarge(text))
      }
      value = sum
    }
    return value
  }

  // MARK: expressions

  /// `a ? b : c`, or what binds more tightly.
  private mutating func condition() throws(PropertySourceError) -> UInt64 {
    try enter()
    defer { depth -= 1 }
    let value = try operation(binding: 1)
    guard try take("?") else { return value }
    let first = try condition()
    guard try take(":") else { throw failure(.expected("':'")) }
    let second = try condition()
    return value != 0 ? first : second
  }

  private mutating func enter() throws(PropertySourceError) {
    guard depth < Self.deepest else { throw failure(.tooDeep) }
    depth += 1
  }

  /// Binary operators that bind at least so tightly.
  private mutating func operation(binding least: Int) throws(PropertySourceError) -> UInt64 {
    var value = try sign()
    while let (word, strength) = try nextOperator(), strength >= least {
      let place = offset
      offset += word.utf8CodeUnitCount
      let other = try operation(binding: strength + 1)
      guard let result = Self.apply("\(word)", value, other) else {
        throw PropertySourceError(offset: place, reason: .divisionByZero)
      }
      value = result
    }
    return value
  }

  /// A number with the signs before it.
  private mutating func sign() throws(PropertySourceError) -> UInt64 {
    try enter()
    defer { depth -= 1 }
    if try take("-") { return 0 &- (try sign()) }
    if try take("~") { return ~(try sign()) }
    if try take("!") { return try sign() == 0 ? 1 : 0 }
    guard let value = try primary() else { throw failure(.expected("a number")) }
    return value
  }

  /// How tightly operators bind, those that begin like another before it.
  private static let operators: [(word: StaticString, strength: Int)] = [
    ("||", 1), ("&&", 2), ("==", 6), ("!=", 6), ("<=", 7), (">=", 7), ("<<", 8), (">>", 8),
    ("|", 3), ("^", 4), ("&", 5), ("<", 7), (">", 7), ("+", 9), ("-", 9), ("*", 10), ("/", 10),
    ("%", 10),
  ]

  private mutating func nextOperator() throws(PropertySourceError) -> (StaticString, Int)? {
    try skipSpace()
    return Self.operators.first { isNext($0.word) }
  }

  /// nil for a division by zero.
  private static func apply(_ word: String, _ left: UInt64, _ right: UInt64) -> UInt64? {
    func truth(_ condition: Bool) -> UInt64 { condition ? 1 : 0 }
    switch word {
    case "||": return truth(left != 0 || right != 0)
    case "&&": return truth(left != 0 && right != 0)
    case "==": return truth(left == right)
    case "!=": return truth(left != right)
    case "<=": return truth(left <= right)
    case ">=": return truth(left >= right)
    case "<": return truth(left < right)
    case ">": return truth(left > right)
    case "<<": return right < 64 ? left << right : 0
    case ">>": return right < 64 ? left >> right : 0
    case "|": return left | right
    case "^": return left ^ right
    case "&": return left & right
    case "+": return left &+ right
    case "-": return left &- right
    case "*": return left &* right
    case "/": return right == 0 ? nil : left / right
    default: return right == 0 ? nil : left % right
    }
  }
}
