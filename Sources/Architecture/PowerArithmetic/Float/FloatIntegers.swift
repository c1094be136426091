extension FloatArithmetic {

  // MARK: to integers

  /// The integer formats conversions know.
  @frozen
  public struct IntegerFormat: Hashable, Sendable {
    /// Width in bits: 32, 64 or 128.
    public let bits: Int
    /// Two's complement if true.
    public let signed: Bool

    /// An integer of `bits` bits.
    @inlinable @inline(__always)
    public init(bits: Int, signed: Bool) {
      self.bits = bits
      self.signed = signed
    }

    /// 32 bits, signed.
    @inlinable public static var signedWord: IntegerFormat {
      IntegerFormat(bits: 32, signed: true)
    }
    /// 32 bits, unsigned.
    @inlinable public static var unsignedWord: IntegerFormat {
      IntegerFormat(bits: 32, signed: false)
    }
    /// 64 bits, signed.
    @inlinable public static var signedDoubleword: IntegerFormat {
      IntegerFormat(bits: 64, signed: true)
    }
    /// 64 bits, unsigned.
    @inlinable public static var unsignedDoubleword: IntegerFormat {
      IntegerFormat(bits: 64, signed: false)
    }
    /// 128 bits, signed.
    @inlinable public static var signedQuadword: IntegerFormat {
      IntegerFormat(bits: 128, signed: true)
    }
    /// 128 bits, unsigned.
    @inlinable public static var unsignedQuadword: IntegerFormat {
      IntegerFormat(bits: 128, signed: false)
    }

    var mask: UInt128 { UInt128.max >> (128 - bits) }
    var signBit: UInt128 { 1 << (bits - 1) }
  }

  /// Converts to an integer of `integer.bits` bits, zero-extended, saturating with VXCVI. The
  /// status has no FPRF, which conversions to integers leave undefined.
  public static func toInteger(
    _ b: UInt128, _ format: FloatFormat, _ integer: IntegerFormat, _ rounding: FloatRounding
  ) -> FloatResult {
    let b = UnpackedFloat(b, format)
    let smallest = integer.signed ? integer.signBit : 0
    let largest = integer.signed ? integer.signBit &- 1 : integer.mask
    switch b.kind {
    case .zero: return FloatResult(0, [])
    case .signalingNaN: return FloatResult(smallest, [.vxsnan, .vxcvi])
    case .quietNaN: return FloatResult(smallest, .vxcvi)
    case .infinity: return FloatResult(b.sign ? smallest : largest, .vxcvi)
    case .finite: break
    }
    let saturated = FloatResult(b.sign ? smallest : largest, .vxcvi)
    if b.exponent > 127 { return saturated }
    let (magnitude, status) = roundedMagnitude(b, rounding)
    guard let magnitude else { return saturated }
    if b.sign {
      guard magnitude <= smallest else { return saturated }
      return FloatResult((0 &- magnitude) & integer.mask, status)
    }
    guard magnitude <= largest else { return saturated }
    return FloatResult(magnitude, status)
  }

  /// The magnitude of a finite number below 2^128 rounded to an integer, nil when that needs
  /// 129 bits.
  private static func roundedMagnitude(
    _ value: UnpackedFloat, _ rounding: FloatRounding
  ) -> (UInt128?, FloatStatus) {
    // The integer part above one bit of half and one of sticky, when there are any.
    let fractionWidth = 127 - value.exponent
    let integer = fractionWidth > 127 ? 0 : value.significand >> fractionWidth
    let rest =
      fractionWidth <= 0
      ? 0
      : fractionWidth > 128
        ? 1 : value.significand << (128 - fractionWidth)
    if rest == 0 { return (integer, []) }
    let half: UInt128 = 1 << 127
    let roundsUp =
      switch rounding {
      case .nearestEven: rest > half || rest == half && integer & 1 != 0
      case .nearestAway: rest >= half
      case .towardZero: false
      case .towardPlusInfinity: !value.sign
      case .towardMinusInfinity: value.sign
      case .odd: integer & 1 == 0
      }
    guard roundsUp else { return (integer, [.fi, .xx]) }
    let (sum, overflow) = integer.addingReportingOverflow(1)
    return (overflow ? nil : sum, [.fi, .xx, .fr])
  }

  /// Rounds to an integral value of the same format. `inexact` sets FI, FR and XX, as `xsrdpic`
  /// does and `frin` does not.
  public static func roundToIntegral(
    _ b: UInt128, _ format: FloatFormat, _ rounding: FloatRounding, inexact: Bool,
    flushesDenormals: Bool = false
  ) -> FloatResult {
    let control = FloatControl(rounding, flushesDenormals: flushesDenormals)
    let shape = FloatShape.conversion(from: format, to: format)
    let value = UnpackedFloat(b, format, control)
    if value.isNaN {
      let causes: FloatStatus = value.kind == .signalingNaN ? .vxsnan : []
      return delivered(value.quieted, causes, shape, control)
    }
    guard value.kind == .finite, value.exponent < format.fractionBits else {
      return delivered(value, [], shape, control)
    }
    let (magnitude, status) = roundedMagnitude(value, rounding)
    let rounded = UnpackedFloat.normalizing(
      sign: value.sign, exponent: 127, significand: magnitude ?? 0)
    return delivered(rounded, inexact ? status : [], shape, control)
  }

  // MARK: from integers

  /// Converts an integer, sign- or zero-extended to 128 bits by its format.
  public static func fromInteger(
    _ b: UInt128, _ integer: IntegerFormat, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let bits = b & integer.mask
    let sign = integer.signed && bits & integer.signBit != 0
    let magnitude = sign ? (0 &- bits) & integer.mask : bits
    return delivered(
      .normalizing(sign: sign, exponent: 127, significand: magnitude), [], shape, control)
  }
}
