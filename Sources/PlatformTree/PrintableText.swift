extension String {
  /// The text with a `?` in place of each control character, for lines that repeat what an untrusted
  /// tree says.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
      text.unicodeScalars.append(isControl ? "?" : scalar)
    }
    return text
  }
}
