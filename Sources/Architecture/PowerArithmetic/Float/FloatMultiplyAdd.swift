extension FloatArithmetic {
  /// The four fused operations; the negative ones negate the rounded result unless it is a NaN.
  public enum MultiplyAdd: Sendable {
    case add, subtract, negativeAdd, negativeSubtract

    /// True if the addend is subtracted from the product.
    @inlinable public var subtracts: Bool {
      @inline(__always) get { self == .subtract || self == .negativeSubtract }
    }
    /// True if the rounded result is negated.
    @inlinable public var negates: Bool {
      @inline(__always) get { self == .negativeAdd || self == .negativeSubtract }
    }
  }

  /// `a * c ± b`. Of several NaNs the first of a, b (the addend), c wins.
  public static func multiplyAdd(
    _ operation: MultiplyAdd, _ a: UInt128, _ c: UInt128, plus b: UInt128, _ shape: FloatShape,
    _ control: FloatControl
  ) -> FloatResult {
    let a = UnpackedFloat(a, shape.operand, control)
    let c = UnpackedFloat(c, shape.operand, control)
    var b = UnpackedFloat(b, shape.operand, control)
    var causes: FloatStatus = []
    if a.kind == .infinity && c.kind == .zero || a.kind == .zero && c.kind == .infinity {
      causes = .vximz
    }
    if a.isNaN || b.isNaN || c.isNaN {
      if a.kind == .signalingNaN || b.kind == .signalingNaN || c.kind == .signalingNaN {
        causes.formUnion(.vxsnan)
      }
      let nan = a.isNaN ? a : b.isNaN ? b : c
      return delivered(nan.quieted, causes, shape, control)
    }
    if causes == .vximz { return delivered(.defaultNaN, causes, shape, control) }

    if operation.subtracts { b.sign.toggle() }
    let sign = a.sign != c.sign
    let total: UnpackedFloat
    if a.kind == .finite && c.kind == .finite {
      let (high, low) = a.significand.timesFull(c.significand)
      let exponent = a.exponent &+ c.exponent &+ 1
      if low == 0 && high & 3 == 0 || b.kind != .finite {
        // The product, or all of it that matters, fits, with room for an alignment by one bit.
        let product = UnpackedFloat.normalizing(
          sign: sign, exponent: exponent, significand: high | (low == 0 ? 0 : 1))
        total = sum(product, b, control, &causes)
      } else {
        total = wideSum(WideSignificand(high, low), sign, exponent, b, control)
      }
    } else {
      let isInfinite = a.kind == .infinity || c.kind == .infinity
      total = sum(isInfinite ? .infinity(sign) : .zero(sign), b, control, &causes)
    }
    var result = delivered(total, causes, shape, control)
    if operation.negates && !total.isNaN { negate(&result, shape) }
    return result
  }

  /// Flips the sign of a number and of its FPRF: C for a zero, else FL and FG.
  private static func negate(_ result: inout FloatResult, _ shape: FloatShape) {
    result.bits ^= 1 &<< UInt128(truncatingIfNeeded: shape.stored.width &- 1)
    let isZero = result.status.rawValue & 1 << 13 != 0
    result.status.rawValue ^= isZero ? 1 << 16 : 3 << 14
  }

  /// Product and addend, both finite, where cancellation may uncover the product's lower half.
  private static func wideSum(
    _ product: WideSignificand, _ sign: Bool, _ productExponent: Int, _ b: UnpackedFloat,
    _ control: FloatControl
  ) -> UnpackedFloat {
    var product = product
    var productExponent = productExponent
    if product.high &>> 127 == 0 {
      product = product.shiftedLeft(1)
      productExponent &-= 1
    }
    let addend = WideSignificand(b.significand, 0)
    let productIsLarger =
      productExponent > b.exponent || productExponent == b.exponent && product.high >= addend.high
    var large = productIsLarger ? product : addend
    var small = productIsLarger ? addend : product
    var exponent = max(productExponent, b.exponent)
    small = small.shiftedRightSticky(exponent &- min(productExponent, b.exponent))
    if sign == b.sign {
      // Room for a carry.
      large = large.shiftedRightSticky(1).adding(small.shiftedRightSticky(1))
      exponent &+= 1
    } else {
      large = large.subtracting(small)
    }
    if large.isZero { return .zero(control.rounding == .towardMinusInfinity) }
    let shift = large.leadingZeroBitCount
    large = large.shiftedLeft(shift)
    return UnpackedFloat(
      kind: .finite, sign: productIsLarger ? sign : b.sign, exponent: exponent &- shift,
      significand: large.high | (large.low == 0 ? 0 : 1))
  }
}

/// A 256-bit significand: the product of two quad ones, and sums with it.
private struct WideSignificand {
  var high: UInt128
  var low: UInt128

  init(_ high: UInt128, _ low: UInt128) {
    self.high = high
    self.low = low
  }

  var isZero: Bool { high | low == 0 }

  var leadingZeroBitCount: Int {
    high == 0 ? 128 &+ low.leadingZeroBitCount : high.leadingZeroBitCount
  }

  func adding(_ other: WideSignificand) -> WideSignificand {
    let (sum, carry) = low.addingReportingOverflow(other.low)
    return WideSignificand(high &+ other.high &+ (carry ? 1 : 0), sum)
  }

  func subtracting(_ other: WideSignificand) -> WideSignificand {
    let (difference, borrow) = low.subtractingReportingOverflow(other.low)
    return WideSignificand(high &- other.high &- (borrow ? 1 : 0), difference)
  }

  func shiftedLeft(_ count: Int) -> WideSignificand {
    if count == 0 { return self }
    if count >= 128 { return WideSignificand(low << (count - 128), 0) }
    return WideSignificand(high << count | low >> (128 - count), low << count)
  }

  func shiftedRightSticky(_ count: Int) -> WideSignificand {
    if count == 0 { return self }
    if count >= 128 {
      let lost: UInt128 = low == 0 ? 0 : 1
      return WideSignificand(0, high.shiftedRightSticky(count - 128) | lost)
    }
    return WideSignificand(high >> count, high << (128 - count) | low.shiftedRightSticky(count))
  }
}
