/// Decimal numbers of whole nanoseconds, without the rounding of binary fractions.
enum Decimals {
  /// A number of units with a fixed number of digits behind the point, rounded down.
  /// - Parameter unit: nanoseconds of a unit, a power of ten with at least as many zeros as `digits`.
  static func text(_ nanoseconds: UInt64, unit: UInt64, digits: Int) -> String {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: unit)
    var fraction = rest
    var steps = unit
    var text = "\(whole)"
    if digits > 0 { text += "." }
    for _ in 0..<digits {
      steps /= 10
      text += "\(fraction / steps)"
      fraction %= steps
    }
    return text
  }

  /// The thousandths of a decimal number with up to three digits behind the point; nil for anything
  /// else.
  static func thousandths(_ digits: String) -> UInt64? {
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, isNumber(first), let whole = UInt64(first) else { return nil }
    var fraction: UInt64 = 0
    if parts.count > 1 {
      guard isNumber(parts[1]), parts[1].count <= 3, let value = UInt64(parts[1]) else {
        return nil
      }
      fraction = [100, 10, 1][parts[1].count - 1] * value
    }
    let (thousands, tooLarge) = whole.multipliedReportingOverflow(by: 1000)
    let (sum, overflow) = thousands.addingReportingOverflow(fraction)
    return tooLarge || overflow ? nil : sum
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
