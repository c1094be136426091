// Reciprocal estimates. The books bound their error (1/256 for `fre`, 1/32 for `frsqrte`, 2^-14
// where FL of `ftdiv` says so) and leave the bits to the implementation: here the quotient and
// the reciprocal of the root, correctly rounded, with FR, FI and XX, which the ISA leaves undefined, set by that rounding.

extension FloatArithmetic {

  /// `fre`, `fres`, `xsredp`, `xvresp` …
  public static func reciprocalEstimate(
    _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let one = UInt128(truncatingIfNeeded: shape.operand.bias) << shape.operand.fractionBits
    return divide(one, b, shape, control)
  }

  /// `frsqrte`, `frsqrtes`, `xsrsqrtedp`, `xvrsqrtesp` …: a zero gives an infinity and ZX.
  public static func reciprocalSquareRootEstimate(
    _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let b = UnpackedFloat(b, shape.operand, control)
    if let invalid = invalidRoot(b, shape, control) { return invalid }
    switch b.kind {
    case .zero: return delivered(.infinity(b.sign), .zx, shape, control)
    case .infinity: return delivered(.zero(false), [], shape, control)
    default: break
    }
    // The reciprocal of the rounded root.
    let precise = FloatShape.conversion(from: shape.operand, to: shape.operand)
    let root = delivered(
      root(b, precision: shape.operand.fractionBits + 1), [], precise, control)
    let one = UInt128(truncatingIfNeeded: shape.operand.bias) << shape.operand.fractionBits
    var result = divide(one, root.bits, shape, control)
    result.status.formUnion(root.status.intersection([.fi, .xx]))
    return result
  }

  // MARK: VMX

  /// `vexptefp`: 2 to the power of a single. The books ask for 1/16 of relative error, and for
  /// exact results at integers.
  public static func exponentialEstimate(_ b: UInt32, _ control: FloatControl) -> UInt32 {
    let value = UnpackedFloat(UInt128(b), .single, control)
    switch value.kind {
    case .signalingNaN, .quietNaN:
      return UInt32(truncatingIfNeeded: value.quieted.packed(.single))
    case .infinity: return value.sign ? 0 : 0x7F80_0000
    case .zero: return 0x3F80_0000
    case .finite: break
    }
    if value.exponent >= 8 { return value.sign ? 0 : 0x7F80_0000 }
    // floor and fraction of the operand, in 64.64 fixed point
    let magnitude = value.significand.shiftedRightSticky(63 - value.exponent)
    let fixed = Int128(bitPattern: value.sign ? 0 &- magnitude : magnitude)
    let integer = Int(truncatingIfNeeded: fixed >> 64)
    let fraction = UInt64(truncatingIfNeeded: fixed)
    let power = UnpackedFloat.normalizing(
      sign: false, exponent: integer + 1, significand: UInt128(powerOfTwo(fraction)) << 63)
    return delivered(power, [], .single, control).word
  }

  /// `vlogefp`: the logarithm to base 2 of a single. The books ask for 1/32 of error near 1, and
  /// exact results at powers of two.
  public static func logarithmEstimate(_ b: UInt32, _ control: FloatControl) -> UInt32 {
    let value = UnpackedFloat(UInt128(b), .single, control)
    switch value.kind {
    case .signalingNaN, .quietNaN:
      return UInt32(truncatingIfNeeded: value.quieted.packed(.single))
    case .zero: return 0xFF80_0000
    case .infinity: return value.sign ? 0x7FC0_0000 : 0x7F80_0000
    case .finite: break
    }
    if value.sign { return 0x7FC0_0000 }
    let fraction = logarithm(UInt64(truncatingIfNeeded: value.significand >> 64))
    let fixed = Int128(value.exponent) << 64 | Int128(fraction)
    let magnitude = fixed.magnitude
    return delivered(
      .normalizing(sign: fixed < 0, exponent: 63, significand: magnitude), [], .single, control
    ).word
  }

  /// 2^f · 2^63 for a fraction f of 64 bits: the product of 2^(2^-i) over the bits of f, from
  /// the least significant one that matters, by repeated square roots of two.
  private static func powerOfTwo(_ fraction: UInt64) -> UInt64 {
    var result: UInt64 = 1 << 63
    // 2^(1/2), 2^(1/4), … with 63 fraction bits
    var factor = UnpackedFloat(
      kind: .finite, sign: false, exponent: 1, significand: UnpackedFloat.leadingBit)
    var bits = fraction
    for _ in 0..<40 {
      factor = root(factor, precision: 64)
      if bits >> 63 != 0 {
        let multiplier = UInt64(truncatingIfNeeded: factor.significand >> 64)
        let product = result.multipliedFullWidth(by: multiplier)
        result = product.high << 1 | product.low >> 63
      }
      bits <<= 1
    }
    return result
  }

  /// The 64 fraction bits of the logarithm of `significand`/2^63, in [1, 2), by squaring.
  private static func logarithm(_ significand: UInt64) -> UInt64 {
    var value = significand
    var result: UInt64 = 0
    for _ in 0..<48 {
      let square = value.multipliedFullWidth(by: value)
      result <<= 1
      if square.high >> 63 != 0 {
        result |= 1
        value = square.high
      } else {
        value = square.high << 1 | square.low >> 63
      }
    }
    return result << 16
  }
}
