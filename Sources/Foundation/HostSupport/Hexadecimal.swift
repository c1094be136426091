extension BinaryInteger {
  /// The hexadecimal digits of a number that is not negative: lower case, with zeros before them up
  /// to `count` digits.
  package func hexDigits(_ count: Int = 1) -> String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: max(count - digits.count, 0)) + digits
  }

  /// `0x` and the hexadecimal digits, at least `digits` of them.
  package func hexadecimal(digits: Int = 1) -> String { "0x" + hexDigits(digits) }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits for each byte.
  package func hexDigits(separator: String = "") -> String {
    map { $0.hexDigits(2) }.joined(separator: separator)
  }
}
