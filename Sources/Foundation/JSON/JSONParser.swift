extension JSONValue {
  /// Reads JSON text that anybody may have written. It takes time and space in proportion to the text,
  /// whose size is the caller's to limit.
  /// - Throws: what is wrong, and at which byte.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  /// Reads one value, with white space around it at most.
  public init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

  /// Nesting beyond this many levels is refused: recursion must not use up the stack.
  public static let deepest = 32
}

struct JSONParser {
  private let bytes: [UInt8]
  private var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw failure(.afterTheEnd) }
    return value
  }

  private func failure(_ reason: JSONError.Reason) -> JSONError {
    JSONError(offset: offset, reason: reason)
  }

  /// The next byte, zero at the end: JSON has no zero bytes.
  private var next: UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  private mutating func skipSpace() {
    while [0x20, 0x09, 0x0a, 0x0d].contains(next) { offset += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard next == character.asciiValue else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < JSONValue.deepest else { throw failure(.tooDeep) }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      let words: KeyValuePairs<String, JSONValue> = ["true": true, "false": false, "null": .null]
      for (word, value) in words where bytes[offset...].starts(with: word.utf8) {
        offset += word.utf8.count
        return value
      }
      throw failure(offset == bytes.count ? .endsEarly : .notAValue)
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> [JSONValue.Member] {
    offset += 1
    var members: [JSONValue.Member] = []
    if take("}") { return members }
    repeat {
      skipSpace()
      let start = offset
      guard next == UInt8(ascii: "\"") else { throw failure(.name) }
      let key = try string()
      guard take(":") else { throw failure(.colon) }
      skipSpace()
      let valueOffset = offset
      members.append(
        JSONValue.Member(
          key: key, value: try value(depth: depth + 1), offset: start, valueOffset: valueOffset))
    } while take(",")
    guard take("}") else { throw failure(.separator(end: "}")) }
    return members
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    offset += 1
    var elements: [JSONValue] = []
    if take("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw failure(.separator(end: "]")) }
    return elements
  }

  // MARK: numbers

  private mutating func digits() -> Int {
    let start = offset
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { offset += 1 }
    return offset - start
  }

  private mutating func skip(_ characters: String) -> Bool {
    guard next != 0, characters.utf8.contains(next) else { return false }
    offset += 1
    return true
  }

  /// `-` if there is one, digits without a needless zero, a fraction and an exponent if there are.
  private mutating func number() throws(JSONError) -> String {
    let start = offset
    _ = skip("-")
    var isNumber = skip("0") || digits() > 0
    if skip(".") { isNumber = digits() > 0 && isNumber }
    if skip("eE") {
      _ = skip("+-")
      isNumber = digits() > 0 && isNumber
    }
    // A number with further characters is an error, not two values.
    while skip("0123456789+-.eE") { isNumber = false }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard isNumber else { throw JSONError(offset: start, reason: .number(text)) }
    return text
  }

  // MARK: strings

  private mutating func string() throws(JSONError) -> String {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    while true {
      switch next {
      case UInt8(ascii: "\""):
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw JSONError(offset: start, reason: .notUTF8)
        }
        return string
      case UInt8(ascii: "\\"):
        text += Array(String(try escaped()).utf8)
      case 0..<0x20:
        throw failure(offset >= bytes.count ? .stringWithoutEnd : .controlCharacter)
      case let byte:
        text.append(byte)
        offset += 1
      }
    }
  }

  /// The character of an escape sequence.
  private mutating func escaped() throws(JSONError) -> Unicode.Scalar {
    offset += 1
    let byte = next
    guard byte != UInt8(ascii: "u") else { return try codeUnits() }
    let meanings: KeyValuePairs<Character, Unicode.Scalar> = [
      "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t",
    ]
    guard let meaning = meanings.first(where: { $0.key.asciiValue == byte })?.value else {
      throw failure(.escape)
    }
    offset += 1
    return meaning
  }

  /// The character of one or two UTF-16 code units, each `uXXXX` with a backslash before.
  private mutating func codeUnits() throws(JSONError) -> Unicode.Scalar {
    let start = offset
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), next == UInt8(ascii: "\\") else {
      throw JSONError(offset: start, reason: .escape)
    }
    offset += 1
    let second = try codeUnit()
    guard UTF16.isTrailSurrogate(second),
      let scalar = Unicode.Scalar(
        0x1_0000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff)))
    else { throw JSONError(offset: start, reason: .escape) }
    return scalar
  }

  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    guard next == UInt8(ascii: "u") else { throw failure(.escape) }
    offset += 1
    let digits = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
    // A sign would do for UInt16.
    guard digits.utf8.count == 4, digits.utf8.first != UInt8(ascii: "+"),
      let unit = UInt16(digits, radix: 16)
    else { throw failure(.hexadecimal) }
    offset += 4
    return unit
  }
}
