extension DecimalArithmetic {
  // MARK: between formats

  /// `dctqpq` and `drdpq`: to a wider or narrower format.
  public static func convert(
    _ b: UInt128, from source: DecimalFormat, to format: DecimalFormat, _ control: DecimalControl
  ) -> FloatResult {
    let number = DecimalNumber(b, source)
    if let nan = propagated(number, in: format) { return nan }
    return converted(number, format, control)
  }

  /// `dctdp` and `drsp`: from and to the short format, which keeps signalling NaNs.
  public static func convertShort(
    _ b: UInt128, from source: DecimalFormat, to format: DecimalFormat, _ control: DecimalControl
  ) -> FloatResult {
    let number = DecimalNumber(b, source)
    return number.isNaN ? deliver(number, format) : converted(number, format, control)
  }

  private static func converted(
    _ number: DecimalNumber, _ format: DecimalFormat, _ control: DecimalControl
  ) -> FloatResult {
    if number.kind == .infinity {
      return deliver(.infinity(negative: number.isNegative), format)
    }
    return round(
      WideDecimal(number.coefficient), exponent: number.exponent, negative: number.isNegative,
      ideal: number.exponent, format, control)
  }

  // MARK: integers

  /// `dcffix`, `dcffixq`, `dcffixqq`.
  public static func fromInteger(
    _ value: Int128, _ format: DecimalFormat, _ control: DecimalControl
  ) -> FloatResult {
    round(
      WideDecimal(value.magnitude), exponent: 0, negative: value < 0, ideal: 0, format, control)
  }

  /// `dctfix`, `dctfixq` (`T` Int64), `dctfixqq` (Int128): clamped, with VXCVI, out of range.
  public static func toInteger<T: FixedWidthInteger & SignedInteger>(
    _ b: UInt128, _ type: T.Type, _ format: DecimalFormat, _ rounding: DecimalRounding
  ) -> (value: T, status: FloatStatus) {
    let number = DecimalNumber(b, format)
    switch number.kind {
    case .quietNaN: return (T.min, .vxcvi)
    case .signalingNaN: return (T.min, [.vxcvi, .vxsnan])
    case .infinity: return (number.isNegative ? T.min : T.max, .vxcvi)
    case .finite: break
    }
    if number.coefficient == 0 { return (0, []) }
    let outOfRange: (T, FloatStatus) = (number.isNegative ? T.min : T.max, .vxcvi)
    guard number.digitCount + number.exponent <= 39 else { return outOfRange }
    var value = WideDecimal(number.coefficient)
    var status: FloatStatus = []
    if number.exponent >= 0 {
      value.appendZeros(number.exponent)
    } else {
      let (rounded, inexact, up) = cut(
        &value, -number.exponent, number.isNegative, rounding)
      value = WideDecimal(rounded)
      if inexact { status = up ? [.xx, .fi, .fr] : [.xx, .fi] }
    }
    let limit = UInt128(T.max.magnitude) + (number.isNegative ? 1 : 0)
    guard value.high == 0, value.low <= limit else { return outOfRange }
    let magnitude = T(truncatingIfNeeded: value.low)
    return (number.isNegative ? 0 &- magnitude : magnitude, status)
  }

  // MARK: packed decimal

  /// `ddedpd`: the rightmost digits as packed decimal; `signed` ones end in the sign code D, or
  /// for a positive number C or, if `plusIsF`, F.
  public static func toPackedDecimal(
    _ b: UInt128, signed: Bool, plusIsF: Bool, _ format: DecimalFormat
  ) -> UInt128 {
    let number = DecimalNumber(b, format)
    let digits = number.coefficient.packedDigits
    let mask = UInt128.max >> (128 - format.width)
    guard signed else { return digits & mask }
    let sign: UInt128 = number.isNegative ? 0xD : plusIsF ? 0xF : 0xC
    return (digits << 4 | sign) & mask
  }

  /// `denbcd`: from packed decimal, with a sign code at the end if `signed`.
  public static func fromPackedDecimal(
    _ b: UInt128, signed: Bool, _ format: DecimalFormat
  ) -> FloatResult {
    let digits = signed ? b >> 4 : b
    let sign = b & 15
    guard digits.hasDecimalDigits, !signed || sign >= 10 else { return invalid(.vxcvi, format) }
    return deliver(
      DecimalNumber(
        isNegative: signed && (sign == 0xB || sign == 0xD), coefficient: digits.fromPackedDigits),
      format)
  }

  // MARK: parts

  /// `dxex`: the biased exponent, or -1 for an infinity, -2 and -3 for a quiet or signalling NaN.
  public static func biasedExponent(_ b: UInt128, _ format: DecimalFormat) -> Int64 {
    let number = DecimalNumber(b, format)
    return switch number.kind {
    case .finite: Int64(number.exponent + format.bias)
    case .infinity: -1
    case .quietNaN: -2
    case .signalingNaN: -3
    }
  }

  /// `diex`: `b` with a biased exponent as ``biasedExponent(_:_:)`` gives it; one that does not
  /// exist makes a quiet NaN.
  public static func inserting(
    biasedExponent: Int64, in b: UInt128, _ format: DecimalFormat
  ) -> UInt128 {
    var number = DecimalNumber(b, format)
    switch biasedExponent {
    case 0...Int64(format.maximumBiased):
      number.kind = .finite
      number.exponent = Int(biasedExponent) - format.bias
    case -1: number.kind = .infinity
    case -3: number.kind = .signalingNaN
    default: number.kind = .quietNaN
    }
    return number.encoded(format)
  }

  /// `dscli` (`count` positive) and `dscri`: the digits shifted, the first one of a special value
  /// not counting.
  public static func shifted(
    _ a: UInt128, left count: Int, _ format: DecimalFormat
  ) -> UInt128 {
    var number = DecimalNumber(a, format)
    var digits = WideDecimal(number.coefficient)
    if abs(count) >= format.precision {
      number.coefficient = 0
    } else if count < 0 {
      digits.dropDigits(-count)
      number.coefficient = digits.low
    } else {
      let kept = number.kind == .finite ? format.precision : format.precision - 1
      let room = max(0, kept - count)
      number.coefficient =
        number.coefficient % UInt128.powersOfTen[room] * UInt128.powersOfTen[min(count, kept)]
      if room == 0 { number.coefficient = 0 }
    }
    return number.encoded(format)
  }
}
