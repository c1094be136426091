/// Floating-point operations by the rules of the Power ISA (Book I chapters 4 and 7): operands
/// and result are bits, `FloatShape` names their formats, and the status has everything that the
/// FPSCR needs. Nothing here depends on the host's floating point.
public enum FloatArithmetic {

  // MARK: rounding

  /// Rounds an intermediate result to its format and packs it, with FPRF.
  static func delivered(
    _ value: UnpackedFloat, _ causes: FloatStatus, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    var value = value
    var status = causes
    switch value.kind {
    case .zero: status.formUnion(FloatStatus(.zero, negative: value.sign))
    case .finite: status.formUnion(round(&value, to: shape.result, control))
    case .infinity: status.formUnion(FloatStatus(.infinity, negative: value.sign))
    case .quietNaN, .signalingNaN:
      // The fraction bits of the result's precision: the low 29 of a single are clear.
      value.significand &= UInt128.max << UInt128(127 - shape.result.fractionBits)
      status.formUnion(FloatStatus(.quietNaN, negative: value.sign))
    }
    return FloatResult(value.packed(shape.stored), status)
  }

  /// Rounds a finite number in place. Tininess is found before rounding; an underflow that is not
  /// enabled needs a loss of accuracy as well (Book I 4.4.4).
  static func round(
    _ value: inout UnpackedFloat, to format: FloatFormat, _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    var exponent = value.exponent
    var significand = value.significand
    let tiny = exponent < format.minimumExponent
    if tiny {
      if control.flushesDenormals {
        value = .zero(value.sign)
        return FloatStatus(.zero, negative: value.sign)
      }
      if control.underflowEnabled {
        status = .ux
        exponent &+= format.exponentAdjustment
      } else {
        significand = significand.shiftedRightSticky(format.minimumExponent &- exponent)
        exponent = format.minimumExponent
      }
    }

    let unit: UInt128 = 1 &<< UInt128(truncatingIfNeeded: 127 &- format.fractionBits)
    let rest = significand & (unit &- 1)
    significand &= ~(unit &- 1)
    if rest != 0 {
      status.formUnion([.fi, .xx])
      if tiny { status.formUnion(.ux) }
      if roundsUp(
        rest: rest, half: unit &>> 1, odd: significand & unit != 0, sign: value.sign,
        control.rounding)
      {
        status.formUnion(.fr)
        let (sum, carry) = significand.addingReportingOverflow(unit)
        significand = carry ? UnpackedFloat.leadingBit : sum
        if carry { exponent &+= 1 }
      }
    }

    if exponent > format.maximumExponent && !tiny {
      status.formUnion(.ox)
      if control.overflowEnabled {
        exponent &-= format.exponentAdjustment
      } else {
        return overflow(&value, to: format, control)
      }
    }
    if significand == 0 {
      value = .zero(value.sign)
      return status.union(FloatStatus(.zero, negative: value.sign))
    }
    let denormal = significand &>> 127 == 0
    value = .normalizing(sign: value.sign, exponent: exponent, significand: significand)
    return status.union(FloatStatus(denormal ? .denormal : .normal, negative: value.sign))
  }

  @inline(__always)
  private static func roundsUp(
    rest: UInt128, half: UInt128, odd: Bool, sign: Bool, _ rounding: FloatRounding
  ) -> Bool {
    switch rounding {
    case .nearestEven: rest > half || rest == half && odd
    case .towardZero: false
    case .towardPlusInfinity: !sign
    case .towardMinusInfinity: sign
    case .nearestAway: rest >= half
    // Setting the last bit, where it is not set, is an increment.
    case .odd: !odd
    }
  }

  /// The result of an overflow that is not enabled: infinity, or the largest number where the
  /// rounding mode forbids to go beyond it. FR is undefined there; here it is set by the rounding.
  private static func overflow(
    _ value: inout UnpackedFloat, to format: FloatFormat, _ control: FloatControl
  ) -> FloatStatus {
    let toInfinity =
      switch control.rounding {
      case .nearestEven, .nearestAway: true
      case .towardZero, .odd: false
      case .towardPlusInfinity: !value.sign
      case .towardMinusInfinity: value.sign
      }
    if toInfinity {
      value = .infinity(value.sign)
      return [.ox, .xx, .fi, .fr, FloatStatus(.infinity, negative: value.sign)]
    }
    value.exponent = format.maximumExponent
    value.significand = UInt128.max &<< UInt128(truncatingIfNeeded: 127 &- format.fractionBits)
    return [.ox, .xx, .fi, FloatStatus(.normal, negative: value.sign)]
  }

  // MARK: NaNs

  /// The NaN that two operands give, when one is a NaN: the first one that is, quieted.
  @inline(__always)
  static func propagated(
    _ a: UnpackedFloat, _ b: UnpackedFloat
  ) -> (nan: UnpackedFloat, causes: FloatStatus)? {
    guard a.isNaN || b.isNaN else { return nil }
    let signaling = a.kind == .signalingNaN || b.kind == .signalingNaN
    return ((a.isNaN ? a : b).quieted, signaling ? .vxsnan : [])
  }

  // MARK: addition

  /// The rounded sum, with the status of `fadd` and its siblings (Book I 4.6.5.1).
  public static func add(
    _ a: UInt128, _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let a = UnpackedFloat(a, shape.operand, control)
    let b = UnpackedFloat(b, shape.operand, control)
    if let (nan, causes) = propagated(a, b) { return delivered(nan, causes, shape, control) }
    var causes: FloatStatus = []
    let sum = sum(a, b, control, &causes)
    return delivered(sum, causes, shape, control)
  }

  /// The rounded difference: `a` plus `b` of the other sign, where a NaN `b` keeps its sign.
  public static func subtract(
    _ a: UInt128, _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let a = UnpackedFloat(a, shape.operand, control)
    var b = UnpackedFloat(b, shape.operand, control)
    if let (nan, causes) = propagated(a, b) { return delivered(nan, causes, shape, control) }
    var causes: FloatStatus = []
    b.sign.toggle()
    let sum = sum(a, b, control, &causes)
    return delivered(sum, causes, shape, control)
  }

  /// The sum of two numbers or infinities, exact but for the sticky bit.
  static func sum(
    _ a: UnpackedFloat, _ b: UnpackedFloat, _ control: FloatControl, _ causes: inout FloatStatus
  ) -> UnpackedFloat {
    if a.kind == .infinity || b.kind == .infinity {
      if a.kind == b.kind && a.sign != b.sign {
        causes.formUnion(.vxisi)
        return .defaultNaN
      }
      return a.kind == .infinity ? a : b
    }
    if a.kind == .zero && b.kind == .zero {
      return a.sign == b.sign ? a : .zero(control.rounding == .towardMinusInfinity)
    }
    if a.kind == .zero { return b }
    if b.kind == .zero { return a }

    let (large, small) =
      a.exponent > b.exponent || a.exponent == b.exponent && a.significand >= b.significand
      ? (a, b) : (b, a)
    let aligned = small.significand.shiftedRightSticky(large.exponent &- small.exponent)
    var result = large
    if a.sign == b.sign {
      let (total, carry) = large.significand.addingReportingOverflow(aligned)
      if carry {
        result.exponent &+= 1
        result.significand = total.shiftedRightSticky(1) | UnpackedFloat.leadingBit
      } else {
        result.significand = total
      }
      return result
    }
    let difference = large.significand &- aligned
    if difference == 0 { return .zero(control.rounding == .towardMinusInfinity) }
    return .normalizing(sign: large.sign, exponent: large.exponent, significand: difference)
  }

  // MARK: multiplication

  /// The rounded product; infinity times zero is an invalid operation (`vximz`).
  public static func multiply(
    _ a: UInt128, _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let a = UnpackedFloat(a, shape.operand, control)
    let b = UnpackedFloat(b, shape.operand, control)
    if let (nan, causes) = propagated(a, b) { return delivered(nan, causes, shape, control) }
    let sign = a.sign != b.sign
    if a.kind == .finite && b.kind == .finite {
      let (high, low) = a.significand.timesFull(b.significand)
      let product = UnpackedFloat.normalizing(
        sign: sign, exponent: a.exponent &+ b.exponent &+ 1,
        significand: high | (low == 0 ? 0 : 1))
      return delivered(product, [], shape, control)
    }
    if a.kind == .infinity || b.kind == .infinity {
      if a.kind == .zero || b.kind == .zero {
        return delivered(.defaultNaN, .vximz, shape, control)
      }
      return delivered(.infinity(sign), [], shape, control)
    }
    return delivered(.zero(sign), [], shape, control)
  }
}
