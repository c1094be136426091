/// A number taken apart: what every operation computes with, whatever the format.
struct UnpackedFloat {
  enum Kind: UInt8 {
    case zero, finite, infinity, quietNaN, signalingNaN
  }

  var kind: Kind
  var sign: Bool
  /// Weight of the significand's leading bit, as a power of two.
  var exponent: Int
  /// Leading bit in bit 127 when finite; bit 0 is sticky in an intermediate result. A NaN holds
  /// its fraction from bit 126 down, whose first bit distinguishes quiet from signalling.
  var significand: UInt128

  init(kind: Kind, sign: Bool, exponent: Int = 0, significand: UInt128 = 0) {
    self.kind = kind
    self.sign = sign
    self.exponent = exponent
    self.significand = significand
  }

  static let leadingBit: UInt128 = 1 << 127

  /// The QNaN that a disabled invalid operation generates.
  static var defaultNaN: UnpackedFloat {
    UnpackedFloat(kind: .quietNaN, sign: false, significand: 3 << 126)
  }
  static func zero(_ sign: Bool) -> UnpackedFloat { UnpackedFloat(kind: .zero, sign: sign) }
  static func infinity(_ sign: Bool) -> UnpackedFloat {
    UnpackedFloat(kind: .infinity, sign: sign)
  }
  /// A finite nonzero number from an unnormalised significand; zero when that is zero.
  static func normalizing(sign: Bool, exponent: Int, significand: UInt128) -> UnpackedFloat {
    if significand == 0 { return zero(sign) }
    let shift = significand.leadingZeroBitCount
    return UnpackedFloat(
      kind: .finite, sign: sign, exponent: exponent - shift,
      significand: significand &<< UInt128(truncatingIfNeeded: shift))
  }

  @inline(__always) var isNaN: Bool { kind.rawValue >= Kind.quietNaN.rawValue }

  @inline(__always)
  init(_ bits: UInt128, _ format: FloatFormat) {
    let fraction = bits &<< UInt128(truncatingIfNeeded: 128 &- format.fractionBits)
    let upper = Int(truncatingIfNeeded: bits &>> UInt128(truncatingIfNeeded: format.fractionBits))
    let biased = upper & format.maximumBiasedExponent
    sign = (upper &>> format.exponentBits) & 1 != 0
    if biased == 0 {
      if fraction == 0 {
        kind = .zero
        exponent = 0
        significand = 0
      } else {
        let shift = fraction.leadingZeroBitCount
        kind = .finite
        exponent = -format.bias &- shift
        significand = fraction &<< UInt128(truncatingIfNeeded: shift)
      }
    } else {
      significand = UnpackedFloat.leadingBit | fraction &>> 1
      exponent = biased &- format.bias
      if biased != format.maximumBiasedExponent {
        kind = .finite
      } else if fraction == 0 {
        kind = .infinity
      } else {
        kind = fraction &>> 127 != 0 ? .quietNaN : .signalingNaN
      }
    }
  }

  /// An operand as the control sees it: with denormals flushed where VSCR[NJ] says so.
  @inline(__always)
  init(_ bits: UInt128, _ format: FloatFormat, _ control: FloatControl) {
    self.init(bits, format)
    if control.flushesDenormals && kind == .finite && exponent < format.minimumExponent {
      self = .zero(sign)
    }
  }

  /// The bits in a format that holds the number exactly. A NaN loses fraction bits that do not
  /// fit; an exponent outside the format wraps, as adjusted ones of undefined results may.
  @inline(__always)
  func packed(_ format: FloatFormat) -> UInt128 {
    let signBit: UInt128 =
      sign ? 1 &<< UInt128(truncatingIfNeeded: format.width &- 1) : 0
    let unit = UInt128(truncatingIfNeeded: format.fractionBits)
    let alignment = UInt128(truncatingIfNeeded: 128 &- format.fractionBits)
    var biased: Int
    var fraction = significand &<< 1
    switch kind {
    case .zero:
      return signBit
    case .finite:
      biased = exponent &+ format.bias
      if biased <= 0 {
        // A denormal number: the leading bit moves into the fraction.
        fraction = biased < -127 ? 0 : significand &>> UInt128(truncatingIfNeeded: -biased)
        biased = 0
      }
      biased &= format.maximumBiasedExponent
    case .infinity:
      biased = format.maximumBiasedExponent
      fraction = 0
    case .quietNaN, .signalingNaN:
      biased = format.maximumBiasedExponent
    }
    return signBit | UInt128(truncatingIfNeeded: biased) &<< unit | fraction &>> alignment
  }

  /// The NaN with its quiet bit set.
  @inline(__always)
  var quieted: UnpackedFloat {
    UnpackedFloat(
      kind: .quietNaN, sign: sign, exponent: exponent, significand: significand | 1 << 126)
  }
}

extension UInt128 {
  /// Shifts right by `count` ≥ 0, or-ing what falls out into bit 0.
  @inline(__always)
  func shiftedRightSticky(_ count: Int) -> UInt128 {
    if count == 0 { return self }
    if count > 127 { return self == 0 ? 0 : 1 }
    let shift = UInt128(truncatingIfNeeded: count)
    let lost = self &<< (128 &- shift)
    return self &>> shift | (lost == 0 ? 0 : 1)
  }

  /// The 256-bit product.
  @inline(__always)
  func timesFull(_ other: UInt128) -> (high: UInt128, low: UInt128) {
    let a1 = UInt64(truncatingIfNeeded: self &>> 64)
    let a0 = UInt64(truncatingIfNeeded: self)
    let b1 = UInt64(truncatingIfNeeded: other &>> 64)
    let b0 = UInt64(truncatingIfNeeded: other)
    let top = UInt128(a1) &* UInt128(b1)
    if a0 | b0 == 0 { return (top, 0) }
    let middle1 = UInt128(a1) &* UInt128(b0)
    let middle0 = UInt128(a0) &* UInt128(b1)
    let bottom = UInt128(a0) &* UInt128(b0)
    let mask = UInt128(UInt64.max)
    let carry = (bottom &>> 64) &+ (middle1 & mask) &+ (middle0 & mask)
    return (
      top &+ (middle1 &>> 64) &+ (middle0 &>> 64) &+ (carry &>> 64),
      carry &<< 64 | bottom & mask
    )
  }
}
