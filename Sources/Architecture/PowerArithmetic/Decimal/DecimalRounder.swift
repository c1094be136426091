/// Decimal floating-point operations: encoded operands in, encoded result and status out. The
/// status has the exception bits, FR, FI and FPRF of Book I 5.5.10.
public enum DecimalArithmetic {
  // MARK: delivery

  static func deliver(
    _ number: DecimalNumber, _ format: DecimalFormat, _ causes: FloatStatus = []
  ) -> FloatResult {
    FloatResult(number.encoded(format), causes.union(number.status(format)))
  }

  /// The default quiet NaN of an invalid operation.
  static func invalid(_ causes: FloatStatus, _ format: DecimalFormat) -> FloatResult {
    deliver(.defaultNaN, format, causes)
  }

  /// The first NaN among the operands, quieted; nil without one.
  static func propagated(_ operands: DecimalNumber..., in format: DecimalFormat) -> FloatResult? {
    let signals = operands.contains { $0.kind == .signalingNaN }
    let first =
      operands.first { $0.kind == .signalingNaN } ?? operands.first { $0.kind == .quietNaN }
    guard let first else { return nil }
    return deliver(first.quieted, format, signals ? .vxsnan : [])
  }

  // MARK: rounding (Book I 5.5.1 to 5.5.3, 5.5.10)

  /// Rounds `value × 10^exponent`; an exact result takes the exponent nearest to `ideal`.
  static func round(
    _ value: WideDecimal, exponent: Int, negative: Bool, ideal: Int, _ format: DecimalFormat,
    _ control: DecimalControl
  ) -> FloatResult {
    guard !value.isZero else {
      let exponent = max(format.minimumExponent, min(ideal, format.maximumExponent))
      return deliver(DecimalNumber(isNegative: negative, exponent: exponent), format)
    }
    var (value, exponent, ideal) = (value, exponent, ideal)
    let count = value.digitCount
    var causes: FloatStatus = []
    let isTiny = exponent + count - 1 < format.minimumNormal
    if isTiny, control.underflowEnabled {
      causes = .ux
      exponent += format.exponentAdjust
      ideal += format.exponentAdjust
    }
    // Tininess is found before rounding; a tiny number loses what is below the range.
    var drop = max(0, count - format.precision)
    drop = max(drop, format.minimumExponent - exponent)
    var (coefficient, inexact, incremented) = cut(&value, drop, negative, control.rounding)
    exponent += drop
    if coefficient == UInt128.powersOfTen[format.precision] {
      coefficient /= 10
      exponent += 1
    }
    if inexact {
      causes.formUnion(incremented ? [.xx, .fi, .fr] : [.xx, .fi])
      if isTiny { causes.formUnion(.ux) }
    } else {
      approach(ideal, &coefficient, &exponent, format)
    }
    if exponent > format.maximumExponent {
      let padding = exponent - format.maximumExponent
      if coefficient.decimalDigitCount + padding <= format.precision {
        coefficient *= UInt128.powersOfTen[padding]
        exponent -= padding
      } else if control.overflowEnabled {
        causes.formUnion(.ox)
        exponent -= format.exponentAdjust
      } else {
        return overflow(negative, format, control.rounding)
      }
    }
    return deliver(
      DecimalNumber(isNegative: negative, coefficient: coefficient, exponent: exponent), format,
      causes)
  }

  /// Removes the last `drop` digits and rounds.
  static func cut(
    _ value: inout WideDecimal, _ drop: Int, _ negative: Bool, _ rounding: DecimalRounding
  ) -> (coefficient: UInt128, inexact: Bool, incremented: Bool) {
    var digit: UInt128 = 0
    if drop > 0 {
      value.dropDigits(drop - 1)
      var shorter = value
      shorter.sticky = false
      shorter.divide(by: 10)
      digit = value.low &- shorter.low &* 10
      shorter.sticky = value.sticky
      value = shorter
    }
    let inexact = digit != 0 || value.sticky
    let up = rounding.roundsUp(
      isNegative: negative, last: value.low % 10, digit: digit, sticky: value.sticky)
    return (value.low &+ (up ? 1 : 0), inexact, up)
  }

  /// Moves the exponent of an exact result towards the ideal one, as far as digits permit.
  private static func approach(
    _ ideal: Int, _ coefficient: inout UInt128, _ exponent: inout Int, _ format: DecimalFormat
  ) {
    while exponent < ideal, coefficient % 10 == 0 {
      coefficient /= 10
      exponent += 1
    }
    if exponent > ideal {
      let room = format.precision - coefficient.decimalDigitCount
      let zeros = min(room, exponent - max(ideal, format.minimumExponent))
      guard zeros > 0 else { return }
      coefficient *= UInt128.powersOfTen[zeros]
      exponent -= zeros
    }
  }

  /// The result of an overflow that is not enabled: infinity or the largest number.
  private static func overflow(
    _ negative: Bool, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> FloatResult {
    let toInfinity =
      switch rounding {
      case .nearestEven, .nearestAway, .nearestTowardZero, .awayFromZero: true
      case .towardZero, .prepareForShorter: false
      case .towardPlusInfinity: !negative
      case .towardMinusInfinity: negative
      }
    guard toInfinity else {
      let largest = DecimalNumber(
        isNegative: negative, coefficient: UInt128.powersOfTen[format.precision] - 1,
        exponent: format.maximumExponent)
      return deliver(largest, format, [.ox, .xx, .fi])
    }
    return deliver(.infinity(negative: negative), format, [.ox, .xx, .fi, .fr])
  }
}
