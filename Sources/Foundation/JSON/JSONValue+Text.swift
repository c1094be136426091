internal import HostSupport

extension JSONValue {
  /// The text with a line feed at its end. What is inside a value stands on lines of its own, indented
  /// by two spaces a level; empty arrays and objects stay on one line.
  /// - Parameter lines: down to which level; what is deeper stays on one line.
  public func text(lines: Int = .max) -> String { text { _, depth in depth < lines } }

  /// The same, with lines only for what is inside the arrays and objects that `hasLines` names.
  /// - Parameter hasLines: gets the array or object and its level, 0 for the whole value. One inside
  ///   another that is on one line is never asked for.
  public func text(where hasLines: (_ value: JSONValue, _ depth: Int) -> Bool) -> String {
    var text = ""
    write(to: &text, depth: 0, hasLines)
    return text + "\n"
  }

  /// The value on one line, without a line feed: strings have theirs escaped.
  public var line: String {
    var text = ""
    write(to: &text, depth: 0) { _, _ in false }
    return text
  }

  private func write(to text: inout String, depth: Int, _ hasLines: (JSONValue, Int) -> Bool) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let digits): text += digits
    case .string(let string): Self.quote(string, to: &text)
    case .array(let elements):
      let indent = elements.isEmpty ? nil : indentation(depth, hasLines)
      text += "["
      for (index, element) in elements.enumerated() {
        Self.separate(index, indent, &text)
        element.write(to: &text, depth: depth + 1) { indent != nil && hasLines($0, $1) }
      }
      if let indent { text += "\n\(indent)" }
      text += "]"
    case .object(let members):
      let indent = members.isEmpty ? nil : indentation(depth, hasLines)
      text += "{"
      for (index, member) in members.enumerated() {
        Self.separate(index, indent, &text)
        Self.quote(member.key, to: &text)
        text += ": "
        member.value.write(to: &text, depth: depth + 1) { indent != nil && hasLines($0, $1) }
      }
      if let indent { text += "\n\(indent)" }
      text += "}"
    }
  }

  /// What the lines of this value begin with; nil when it has none.
  private func indentation(_ depth: Int, _ hasLines: (JSONValue, Int) -> Bool) -> String? {
    hasLines(self, depth) ? String(repeating: "  ", count: depth) : nil
  }

  /// What stands before an element.
  private static func separate(_ index: Int, _ indent: String?, _ text: inout String) {
    if let indent {
      text += "\(index > 0 ? "," : "")\n\(indent)  "
    } else if index > 0 {
      text += ", "
    }
  }

  private static func quote(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      // A terminal obeys those, and those above ASCII as well.
      case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}":
        text += "\\u" + scalar.value.hexDigits(4)
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
