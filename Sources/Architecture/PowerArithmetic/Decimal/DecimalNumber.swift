/// A decimal floating-point datum taken apart: `coefficient × 10^exponent`, or a special value
/// whose trailing digits are the coefficient.
struct DecimalNumber: Hashable {
  enum Kind { case finite, infinity, quietNaN, signalingNaN }

  var kind = Kind.finite
  var isNegative = false
  var coefficient: UInt128 = 0
  var exponent = 0

  static let defaultNaN = DecimalNumber(kind: .quietNaN)

  static func infinity(negative: Bool) -> DecimalNumber {
    DecimalNumber(kind: .infinity, isNegative: negative)
  }

  var isNaN: Bool { kind == .quietNaN || kind == .signalingNaN }
  var isZero: Bool { kind == .finite && coefficient == 0 }

  /// A NaN with its payload, made quiet.
  var quieted: DecimalNumber {
    var nan = self
    nan.kind = .quietNaN
    return nan
  }

  // MARK: encoding (Book I 5.4.3)

  init(
    kind: Kind = .finite, isNegative: Bool = false, coefficient: UInt128 = 0, exponent: Int = 0
  ) {
    self.kind = kind
    self.isNegative = isNegative
    self.coefficient = coefficient
    self.exponent = exponent
  }

  init(_ bits: UInt128, _ format: DecimalFormat) {
    isNegative = bits >> (format.width - 1) & 1 != 0
    var power: UInt128 = 1
    for n in 0..<format.decletCount {
      let declet = UInt64(truncatingIfNeeded: bits >> UInt128(10 * n)) & 0x3FF
      coefficient += UInt128(DecimalNumber.numberOfDeclet(declet)) * power
      power *= 1000
    }
    let combination = Int(bits >> (format.width - 6) & 31)
    guard combination < 0b11110 else {
      let signals = bits >> (format.width - 7) & 1 != 0
      kind = combination == 0b11110 ? .infinity : signals ? .signalingNaN : .quietNaN
      return
    }
    let isLarge = combination >> 3 == 3
    let first = isLarge ? 8 | combination & 1 : combination & 7
    let high = isLarge ? combination >> 1 & 3 : combination >> 3
    coefficient += UInt128(first) * power
    let low = Int(bits >> format.trailingBits & ((1 << format.continuationBits) - 1))
    exponent = (high << Int(format.continuationBits) | low) - format.bias
  }

  /// The canonical encoding. The exponent of a finite number is within the format's range and
  /// its coefficient within the precision; of a special value's digits the rightmost are kept.
  func encoded(_ format: DecimalFormat) -> UInt128 {
    var rest = coefficient
    var bits: UInt128 = isNegative ? 1 << (format.width - 1) : 0
    for n in 0..<format.decletCount {
      let declet = DecimalNumber.declet(ofNumber: UInt64(rest % 1000))
      bits |= UInt128(declet) << UInt128(10 * n)
      rest /= 1000
    }
    switch kind {
    case .finite:
      let biased = UInt128(max(0, min(exponent + format.bias, format.maximumBiased)))
      let high = biased >> format.continuationBits & 3
      let low = biased & ((1 << format.continuationBits) - 1)
      let first = rest % 10
      let combination = first < 8 ? high << 3 | first : 0b11000 | high << 1 | first & 1
      bits |= combination << (format.width - 6) | low << format.trailingBits
    case .infinity: bits |= 0b11110 << (format.width - 6)
    case .quietNaN: bits |= 0b11111 << (format.width - 6)
    case .signalingNaN: bits |= 0b111111 << (format.width - 7)
    }
    return bits
  }

  /// 0 to 999.
  private static func numberOfDeclet(_ declet: UInt64) -> UInt64 {
    let digits = DenselyPackedDecimal.digits(declet)
    return (digits >> 8) * 100 + (digits >> 4 & 15) * 10 + (digits & 15)
  }

  private static func declet(ofNumber number: UInt64) -> UInt64 {
    DenselyPackedDecimal.declet((number / 100) << 8 | (number / 10 % 10) << 4 | number % 10)
  }

  // MARK: size

  /// Digits of the coefficient, none for zero.
  var digitCount: Int { coefficient.decimalDigitCount }

  /// The class for FPRF; tiny numbers are denormal. Only decimal operations deliver signalling
  /// NaNs: their code is 00001.
  func status(_ format: DecimalFormat) -> FloatStatus {
    if kind == .signalingNaN { return FloatStatus(rawValue: 1 << 12) }
    let numberClass: FloatClass =
      switch kind {
      case .quietNaN, .signalingNaN: .quietNaN
      case .infinity: .infinity
      case .finite:
        coefficient == 0
          ? .zero
          : exponent + digitCount - 1 < format.minimumNormal ? .denormal : .normal
      }
    return FloatStatus(numberClass, negative: isNegative)
  }
}

extension UInt128 {
  /// Powers of ten that fit.
  static let powersOfTen: [UInt128] = (0..<38).reduce(into: [1]) { powers, n in
    powers.append(powers[n] * 10)
  }

  var decimalDigitCount: Int {
    // 1233 / 4096 is log10 2, so the estimate is exact or one too small.
    let estimate = ((128 - leadingZeroBitCount) * 1233) >> 12
    return estimate + (self >= UInt128.powersOfTen[estimate] ? 1 : 0)
  }
}
