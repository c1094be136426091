extension FloatArithmetic {

  /// The rounded quotient; 0/0 and infinity/infinity are invalid, another number divided by 0 sets
  /// `zx`.
  public static func divide(
    _ a: UInt128, _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let a = UnpackedFloat(a, shape.operand, control)
    let b = UnpackedFloat(b, shape.operand, control)
    if let (nan, causes) = propagated(a, b) { return delivered(nan, causes, shape, control) }
    let sign = a.sign != b.sign
    switch (a.kind, b.kind) {
    case (.finite, .finite):
      return delivered(
        quotient(a, b, precision: shape.result.fractionBits + 1), [], shape, control)
    case (.infinity, .infinity): return delivered(.defaultNaN, .vxidi, shape, control)
    case (.zero, .zero): return delivered(.defaultNaN, .vxzdz, shape, control)
    case (.infinity, _): return delivered(.infinity(sign), [], shape, control)
    case (.finite, .zero): return delivered(.infinity(sign), .zx, shape, control)
    default: return delivered(.zero(sign), [], shape, control)
    }
  }

  /// The quotient of two finite numbers to more than `precision` bits, with sticky.
  static func quotient(
    _ a: UnpackedFloat, _ b: UnpackedFloat, precision: Int
  ) -> UnpackedFloat {
    let exponent = a.exponent &- b.exponent
    let sign = a.sign != b.sign
    let upper = UInt64(truncatingIfNeeded: a.significand &>> 64)
    let divisor = UInt64(truncatingIfNeeded: b.significand &>> 64)
    if precision < 60 && UInt64(truncatingIfNeeded: a.significand | b.significand) == 0 {
      // Both in 64 bits, and as many are enough: upper < 2 * divisor, so half of it divides without overflow.
      let (quotient, remainder) = divisor.dividingFullWidth((upper &>> 1, upper &<< 63))
      return .normalizing(
        sign: sign, exponent: exponent,
        significand: UInt128(quotient) &<< 64 | (remainder == 0 ? 0 : 1)
      )
    }
    // One bit at a time; operands have their low bits free, so two may be given to headroom.
    let bits = precision + 3
    let denominator = b.significand &>> 2
    var remainder = a.significand &>> 2
    var quotient: UInt128 = 0
    for _ in 0..<bits {
      quotient &<<= 1
      if remainder >= denominator {
        remainder &-= denominator
        quotient |= 1
      }
      remainder &<<= 1
    }
    let aligned = quotient << (128 - bits) | (remainder == 0 ? 0 : 1)
    return .normalizing(sign: sign, exponent: exponent, significand: aligned)
  }

  /// The rounded square root; that of a number below zero is invalid (`vxsqrt`), that of -0 is -0.
  public static func squareRoot(
    _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let b = UnpackedFloat(b, shape.operand, control)
    if let invalid = invalidRoot(b, shape, control) { return invalid }
    guard b.kind == .finite else { return delivered(b, [], shape, control) }
    return delivered(root(b, precision: shape.result.fractionBits + 1), [], shape, control)
  }

  /// The NaN that a square root of a NaN or of a negative number gives.
  static func invalidRoot(
    _ b: UnpackedFloat, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult? {
    if b.isNaN {
      return delivered(b.quieted, b.kind == .signalingNaN ? .vxsnan : [], shape, control)
    }
    if b.sign && b.kind != .zero { return delivered(.defaultNaN, .vxsqrt, shape, control) }
    return nil
  }

  /// The root of a positive number to more than `precision` bits, with sticky: digit by digit,
  /// two bits of the radicand for one of the root.
  static func root(_ b: UnpackedFloat, precision: Int) -> UnpackedFloat {
    let bits = precision + 3
    // An even power of two outside; the radicand's first pair of bits is 01, or 1x when doubled.
    var radicand = b.exponent & 1 == 0 ? b.significand &>> 1 : b.significand
    var remainder: UInt128 = 0
    var root: UInt128 = 0
    for _ in 0..<bits {
      remainder = remainder &<< 2 | radicand &>> 126
      radicand &<<= 2
      let trial = root &<< 2 | 1
      root &<<= 1
      if remainder >= trial {
        remainder &-= trial
        root |= 1
      }
    }
    return .normalizing(
      sign: false, exponent: b.exponent >> 1,
      significand: root << (128 - bits) | (remainder | radicand == 0 ? 0 : 1))
  }
}
