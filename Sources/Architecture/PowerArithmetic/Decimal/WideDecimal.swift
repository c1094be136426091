/// An exact or truncated result before rounding: an integer of 256 bits times a power of ten,
/// and whether something not zero was cut off below it.
struct WideDecimal {
  var high: UInt128 = 0
  var low: UInt128
  var sticky = false

  init(_ value: UInt128) { low = value }

  init(product a: UInt128, _ b: UInt128) {
    let product = a.multipliedFullWidth(by: b)
    (high, low) = (product.high, product.low)
  }

  var isZero: Bool { high == 0 && low == 0 }

  /// Decimal digits, none for zero.
  var digitCount: Int {
    guard high != 0 else { return low.decimalDigitCount }
    var copy = self
    copy.dropDigits(38)
    return 38 + copy.digitCount
  }

  /// Times 10^count; the caller sees to it that the product fits.
  mutating func appendZeros(_ count: Int) {
    var left = count
    while left > 0 {
      let step = min(left, 37)
      let power = UInt128.powersOfTen[step]
      let product = low.multipliedFullWidth(by: power)
      (high, low) = (high &* power &+ product.high, product.low)
      left -= step
    }
  }

  /// Divides, and remembers a remainder.
  mutating func divide(by divisor: UInt128) {
    let (upper, rest) = high.quotientAndRemainder(dividingBy: divisor)
    let (lower, remainder) = divisor.dividingFullWidth((rest, low))
    (high, low) = (upper, lower)
    sticky = sticky || remainder != 0
  }

  /// Removes the last `count` digits.
  mutating func dropDigits(_ count: Int) {
    var left = count
    while left > 0, !isZero {
      let step = min(left, 38)
      divide(by: UInt128.powersOfTen[step])
      left -= step
    }
  }

  mutating func add(_ other: WideDecimal) {
    let (sum, carry) = low.addingReportingOverflow(other.low)
    low = sum
    high = high &+ other.high &+ (carry ? 1 : 0)
    sticky = sticky || other.sticky
  }

  /// Subtracts a smaller number. What `other` lost below its last digit is borrowed for.
  mutating func subtract(_ other: WideDecimal) {
    let (difference, borrow) = low.subtractingReportingOverflow(other.low)
    low = difference
    high = high &- other.high &- (borrow ? 1 : 0)
    if other.sticky {
      let (less, borrow) = low.subtractingReportingOverflow(1)
      low = less
      high = high &- (borrow ? 1 : 0)
      sticky = true
    }
  }

  static func < (a: WideDecimal, b: WideDecimal) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}
