/// Reads JSON text that anybody may have written.
struct JSONParser {
  /// What is wrong, and at which byte.
  struct Failure: Error, Equatable {
    var offset: Int
    var message: String
  }

  private let bytes: [UInt8]
  private var offset = 0
  /// Nesting beyond this is refused: recursion must not use up the stack.
  private static let deepest = 32

  static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.offset == bytes.count else { throw parser.failure("something after the end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func failure(_ message: String) -> Failure { Failure(offset: offset, message: message) }

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

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    guard depth < Self.deepest else { throw failure("nested too deeply") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      let words: KeyValuePairs<String, JSONValue> = [
        "true": .bool(true), "false": .bool(false), "null": .null,
      ]
      for (word, value) in words where bytes[offset...].starts(with: word.utf8) {
        offset += word.utf8.count
        return value
      }
      throw failure(offset == bytes.count ? "the text ends early" : "no value")
    }
  }

  private mutating func object(depth: Int) throws(Failure) -> [JSONValue.Member] {
    offset += 1
    var members: [JSONValue.Member] = []
    if take("}") { return members }
    repeat {
      skipSpace()
      let start = offset
      guard next == UInt8(ascii: "\"") else { throw failure("a name in quotes is due") }
      let key = try string()
      guard take(":") else { throw failure("':' is due") }
      skipSpace()
      let valueOffset = offset
      members.append(
        JSONValue.Member(
          key: key, value: try value(depth: depth + 1), offset: start, valueOffset: valueOffset))
    } while take(",")
    guard take("}") else { throw failure("',' or '}' is due") }
    return members
  }

  private mutating func array(depth: Int) throws(Failure) -> [JSONValue] {
    offset += 1
    var elements: [JSONValue] = []
    if take("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw failure("',' or ']' is due") }
    return elements
  }

  private mutating func number() throws(Failure) -> String {
    let start = offset
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next)
      || "+-.eE".utf8.contains(next)
    {
      offset += 1
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard Double(text) != nil else {
      offset = start
      throw failure("'\(text)' is no number")
    }
    return text
  }

  private mutating func string() throws(Failure) -> String {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    while true {
      let byte = next
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          offset = start
          throw failure("text that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"):
        offset += 1
        text += Array(String(try escaped()).utf8)
      case 0..<0x20:
        throw failure(offset >= bytes.count ? "a string without end" : "a control character")
      default:
        text.append(byte)
        offset += 1
      }
    }
  }

  /// The character behind a backslash.
  private mutating func escaped() throws(Failure) -> Unicode.Scalar {
    let byte = next
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let digits = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
      // Halves of a surrogate pair are no scalars: nothing in a list needs them.
      guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
        let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code)
      else { throw failure("four hexadecimal digits of a character are due") }
      offset += 4
      return scalar
    default: throw failure("no such escape")
    }
  }
}
