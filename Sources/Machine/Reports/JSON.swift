/// A value of a report, as JSON writes it. Members keep their order.
enum JSON {
  case text(String)
  case number(UInt64)
  case decimal(Double)
  case list([JSON])
  case object([(name: String, value: JSON?)])

  /// An address or word: `0x…`, as JavaScript's numbers hold 53 bits only.
  static func hexadecimal(_ value: UInt64) -> JSON { .text("0x" + String(value, radix: 16)) }

  /// The value, and what is inside on lines of its own down to `depth` levels.
  func written(depth: Int = 2) -> String {
    switch self {
    case .text(let text): return Self.quoted(text)
    case .number(let number): return "\(number)"
    case .decimal(let number): return number.isFinite ? "\(number)" : "0"
    case .list(let elements):
      return Self.enclosed("[", elements.map { $0.written(depth: depth - 1) }, "]", depth)
    case .object(let members):
      let texts = members.compactMap { member in
        member.value.map { "\(Self.quoted(member.name)): \($0.written(depth: depth - 1))" }
      }
      return Self.enclosed("{", texts, "}", depth)
    }
  }

  private static func enclosed(
    _ open: String, _ elements: [String], _ close: String, _ depth: Int
  ) -> String {
    guard depth > 0, !elements.isEmpty else {
      return open + elements.joined(separator: ", ") + close
    }
    let lines = elements.map { "  " + $0.split(separator: "\n").joined(separator: "\n  ") }
    return open + "\n" + lines.joined(separator: ",\n") + "\n" + close
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..."\u{1F}":
        let hex = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
