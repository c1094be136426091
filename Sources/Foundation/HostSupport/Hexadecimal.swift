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

extension FixedWidthInteger {
  /// The number of hexadecimal digits after `0x` or `0X`; nil for anything else, and for a number that
  /// does not fit.
  package init?(hexadecimal text: some StringProtocol) {
    guard text.hasPrefix("0x") || text.hasPrefix("0X") else { return nil }
    self.init(hexDigits: text.dropFirst(2))
  }

  /// The number of hexadecimal digits; nil for anything else, and for a number that does not fit.
  package init?(hexDigits text: some StringProtocol) {
    // A sign would be taken as part of the number.
    guard text.utf8.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) == true
    else { return nil }
    self.init(text, radix: 16)
  }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits for each byte.
  package func hexDigits(separator: String = "") -> String {
    map { $0.hexDigits(2) }.joined(separator: separator)
  }
}

extension Array<UInt8> {
  /// The bytes that pairs of hexadecimal digits stand for; nil when there are other characters.
  package init?(hexDigits text: some StringProtocol) {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      append(UInt8(high << 4 | low))
    }
  }
}
