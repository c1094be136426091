extension DecimalArithmetic {
  /// `dadd`, and with the sign of `b` changed `dsub`.
  public static func add(
    _ a: UInt128, _ b: UInt128, subtract: Bool = false, _ format: DecimalFormat,
    _ control: DecimalControl
  ) -> FloatResult {
    let a = DecimalNumber(a, format)
    var b = DecimalNumber(b, format)
    if let nan = propagated(a, b, in: format) { return nan }
    if subtract { b.isNegative.toggle() }
    if a.kind == .infinity || b.kind == .infinity {
      if a.kind == b.kind, a.isNegative != b.isNegative { return invalid(.vxisi, format) }
      let negative = a.kind == .infinity ? a.isNegative : b.isNegative
      return deliver(.infinity(negative: negative), format)
    }
    let ideal = min(a.exponent, b.exponent)
    let zeroIsNegative =
      a.isNegative == b.isNegative
      ? a.isNegative : control.rounding == .towardMinusInfinity
    if a.isZero || b.isZero {
      let other = a.isZero ? b : a
      return round(
        WideDecimal(other.coefficient), exponent: other.exponent,
        negative: other.isZero ? zeroIsNegative : other.isNegative, ideal: ideal, format, control)
    }
    let (larger, smaller) = a.exponent >= b.exponent ? (a, b) : (b, a)
    let distance = larger.exponent - smaller.exponent
    // More zeros than this leave the smaller operand below every digit that counts.
    let zeros = min(distance, 40)
    var sum = WideDecimal(larger.coefficient)
    sum.appendZeros(zeros)
    var other = WideDecimal(smaller.coefficient)
    other.dropDigits(distance - zeros)
    let exponent = larger.exponent - zeros
    var negative = larger.isNegative
    if larger.isNegative == smaller.isNegative {
      sum.add(other)
    } else if sum < other {
      other.subtract(sum)
      sum = other
      negative = smaller.isNegative
    } else {
      sum.subtract(other)
    }
    return round(
      sum, exponent: exponent, negative: sum.isZero ? zeroIsNegative : negative, ideal: ideal,
      format, control)
  }

  /// `dmul`.
  public static func multiply(
    _ a: UInt128, _ b: UInt128, _ format: DecimalFormat, _ control: DecimalControl
  ) -> FloatResult {
    let a = DecimalNumber(a, format)
    let b = DecimalNumber(b, format)
    if let nan = propagated(a, b, in: format) { return nan }
    let negative = a.isNegative != b.isNegative
    if a.kind == .infinity || b.kind == .infinity {
      if a.isZero || b.isZero { return invalid(.vximz, format) }
      return deliver(.infinity(negative: negative), format)
    }
    let exponent = a.exponent + b.exponent
    return round(
      WideDecimal(product: a.coefficient, b.coefficient), exponent: exponent, negative: negative,
      ideal: exponent, format, control)
  }

  /// `ddiv`.
  public static func divide(
    _ a: UInt128, _ b: UInt128, _ format: DecimalFormat, _ control: DecimalControl
  ) -> FloatResult {
    let a = DecimalNumber(a, format)
    let b = DecimalNumber(b, format)
    if let nan = propagated(a, b, in: format) { return nan }
    let negative = a.isNegative != b.isNegative
    if a.kind == .infinity {
      if b.kind == .infinity { return invalid(.vxidi, format) }
      return deliver(.infinity(negative: negative), format)
    }
    if b.kind == .infinity {
      return deliver(
        DecimalNumber(isNegative: negative, exponent: format.minimumExponent), format)
    }
    if b.isZero {
      if a.isZero { return invalid(.vxzdz, format) }
      return deliver(.infinity(negative: negative), format, .zx)
    }
    let ideal = a.exponent - b.exponent
    // Enough zeros for two digits beyond the precision.
    let zeros = max(0, format.precision + 2 + b.digitCount - a.digitCount)
    var quotient = WideDecimal(a.coefficient)
    quotient.appendZeros(zeros)
    quotient.divide(by: b.coefficient)
    return round(
      quotient, exponent: ideal - zeros, negative: negative, ideal: ideal, format, control)
  }

  // MARK: quantum

  /// `dqua`: `b` with the exponent of `a`.
  public static func quantize(
    _ b: UInt128, like a: UInt128, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> FloatResult {
    let a = DecimalNumber(a, format)
    let b = DecimalNumber(b, format)
    if let nan = propagated(a, b, in: format) { return nan }
    if a.kind == .infinity || b.kind == .infinity {
      guard a.kind == b.kind else { return invalid(.vxcvi, format) }
      return deliver(.infinity(negative: b.isNegative), format)
    }
    return quantize(b, exponent: a.exponent, format, rounding)
  }

  /// `dquai`: `b` with a given exponent.
  public static func quantize(
    _ b: UInt128, exponent: Int, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> FloatResult {
    let b = DecimalNumber(b, format)
    if let nan = propagated(b, in: format) { return nan }
    if b.kind == .infinity { return invalid(.vxcvi, format) }
    return quantize(b, exponent: exponent, format, rounding)
  }

  private static func quantize(
    _ b: DecimalNumber, exponent: Int, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> FloatResult {
    var result = b
    result.exponent = exponent
    if exponent <= b.exponent {
      guard b.digitCount == 0 || b.digitCount + b.exponent - exponent <= format.precision else {
        return invalid(.vxcvi, format)
      }
      let zeros = b.digitCount == 0 ? 0 : b.exponent - exponent
      result.coefficient *= UInt128.powersOfTen[zeros]
      return deliver(result, format)
    }
    var value = WideDecimal(b.coefficient)
    let (coefficient, inexact, up) = cut(
      &value, exponent - b.exponent, b.isNegative, rounding)
    result.coefficient = coefficient
    return deliver(result, format, inexact ? up ? [.xx, .fi, .fr] : [.xx, .fi] : [])
  }

  /// `drrnd`: `b` rounded to `significance` digits, unless it has no more than those.
  public static func reround(
    _ b: UInt128, significance: Int, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> FloatResult {
    let b = DecimalNumber(b, format)
    if let nan = propagated(b, in: format) { return nan }
    if b.kind == .infinity { return deliver(.infinity(negative: b.isNegative), format) }
    guard significance != 0, b.digitCount > significance else { return deliver(b, format) }
    var value = WideDecimal(b.coefficient)
    let drop = b.digitCount - significance
    var (coefficient, inexact, up) = cut(&value, drop, b.isNegative, rounding)
    var exponent = b.exponent + drop
    if coefficient == UInt128.powersOfTen[significance] {
      coefficient /= 10
      exponent += 1
    }
    guard exponent <= format.maximumExponent else { return invalid(.vxcvi, format) }
    return deliver(
      DecimalNumber(isNegative: b.isNegative, coefficient: coefficient, exponent: exponent), format,
      inexact ? up ? [.xx, .fi, .fr] : [.xx, .fi] : [])
  }

  /// `drintx`, and unless `signalsInexact` `drintn`: rounded to an integer.
  public static func roundToIntegral(
    _ b: UInt128, signalsInexact: Bool, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> FloatResult {
    let number = DecimalNumber(b, format)
    if let nan = propagated(number, in: format) { return nan }
    if number.kind == .infinity {
      return deliver(.infinity(negative: number.isNegative), format)
    }
    guard number.exponent < 0 else { return deliver(number, format) }
    var result = quantize(number, exponent: 0, format, rounding)
    if !signalsInexact { result.status.subtract([.xx, .fi, .fr]) }
    return result
  }
}
