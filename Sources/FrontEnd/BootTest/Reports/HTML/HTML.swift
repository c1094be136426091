internal import HostSupport

/// Text of a page. What is interpolated into a literal is escaped, except other values of this type:
///
///     let row: HTML = "<td>\(line)</td>"
struct HTML: ExpressibleByStringInterpolation, Equatable {
  private(set) var source: String

  init(stringLiteral value: String) { source = value }
  /// Text of this program, which is not escaped.
  init(verbatim text: String) { source = text }
  init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity * 2)
    }
    mutating func appendLiteral(_ literal: String) { source += literal }
    mutating func appendInterpolation(_ text: some StringProtocol) { source += HTML.escape(text) }
    mutating func appendInterpolation(_ number: some BinaryInteger) { source += "\(number)" }
    mutating func appendInterpolation(_ html: HTML) { source += html.source }
    mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { source += part.source }
    }
  }

  static func += (html: inout HTML, other: HTML) { html.source += other.source }
  static func + (html: HTML, other: HTML) -> HTML {
    var sum = html
    sum += other
    return sum
  }

  var isEmpty: Bool { source.isEmpty }

  /// Characters that mean something to a browser become references, and those that control a terminal
  /// or the order of a line are shown as escapes.
  private static func escape(_ text: some StringProtocol) -> String {
    var escaped = ""
    for scalar in String(text).printable.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      // Characters that no document may contain.
      case _ where scalar.value & 0xfffe == 0xfffe || (0xfdd0...0xfdef).contains(scalar.value):
        escaped += "\u{fffd}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension [HTML] {
  func joined(separator: HTML = "") -> HTML {
    var sum: HTML = ""
    for (index, part) in enumerated() { sum += index > 0 ? separator + part : part }
    return sum
  }
}

extension String {
  /// The text, or its first characters with a statement of what was cut.
  func bounded(_ length: Int) -> String {
    // Bytes are counted faster than characters.
    guard utf8.count > length, count > length else { return self }
    return "\(prefix(length))… (\(count - length) more characters)"
  }

  /// The text with blanks in place of tabs, up to columns that eight divides.
  var withoutTabs: String {
    guard utf8.contains(9) else { return self }
    var (text, column) = ("", 0)
    for character in self {
      if character == "\t" {
        let width = 8 - column % 8
        text += String(repeating: " ", count: width)
        column += width
      } else {
        text.append(character)
        column += 1
      }
    }
    return text
  }
}
