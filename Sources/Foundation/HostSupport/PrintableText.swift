extension String {
  /// The text with escapes (`\\n`, `\\x1b`, `\\u{202e}`) in place of characters that control a
  /// terminal or change the order of a line, for lines that quote a guest, a file or another
  /// program.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case 0..<0x20, 0x7F...0x9F:
        text += "\\x" + scalar.value.hexDigits(2)
      // Line and paragraph separators, overrides and isolates of the writing direction.
      case 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069:
        text += "\\u{" + scalar.value.hexDigits() + "}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension String {
  /// The text with one blank for each run of blanks: assembler without columns.
  package var onlySingleBlanks: String { split(separator: " ").joined(separator: " ") }
}
