// The fast path: double-precision arithmetic of the host, taken only where the rounding error
// can be had exactly, so that every bit of result and status is proven. It serves rounding to
// nearest even, operands and results far from the ends of the exponent range; everything else
// returns nil and goes the exact way.
//
// The error e of a rounded result r, with r + e exact, comes from Knuth's sum of two numbers,
// from the fused remainder, and for fused multiply-add from Boldo and Muller's algorithm.

/// Scalar operations on doubles by the host, nil where the host cannot be trusted.
public enum HostFloat {

  /// Biased exponents within which no intermediate step of the error computations overflows,
  /// underflows or loses a bit.
  @inlinable @inline(__always)
  static func hasExactError(_ bits: UInt64) -> Bool {
    (bits &>> 52 & 0x7FF) &- 0x100 < 0x600
  }

  @inlinable @inline(__always)
  static func isZero(_ bits: UInt64) -> Bool { bits &<< 1 == 0 }

  /// The sum of two doubles, rounded to single precision if `single`.
  @inlinable @inline(__always)
  public static func add(_ a: UInt64, _ b: UInt64, single: Bool) -> FloatResult? {
    guard hasExactError(a) || isZero(a), hasExactError(b) || isZero(b) else { return nil }
    let x = Double(bitPattern: a)
    let y = Double(bitPattern: b)
    let sum = x + y
    let virtual = sum - x
    let error = (x - (sum - virtual)) + (y - virtual)
    return rounded(sum, error, single: single)
  }

  /// The difference of two doubles, rounded to single precision if `single`.
  @inlinable @inline(__always)
  public static func subtract(_ a: UInt64, _ b: UInt64, single: Bool) -> FloatResult? {
    add(a, b ^ 1 &<< 63, single: single)
  }

  /// The product of two doubles, rounded to single precision if `single`.
  @inlinable @inline(__always)
  public static func multiply(_ a: UInt64, _ b: UInt64, single: Bool) -> FloatResult? {
    let x = Double(bitPattern: a)
    let y = Double(bitPattern: b)
    let product = x * y
    if hasExactError(a) && hasExactError(b) && hasExactError(product.bitPattern) {
      return rounded(product, (-product).addingProduct(x, y), single: single)
    }
    if isZero(a) && (hasExactError(b) || isZero(b)) || isZero(b) && hasExactError(a) {
      return rounded(product, 0, single: single)
    }
    return nil
  }

  /// The quotient of two doubles, rounded to single precision if `single`.
  @inlinable @inline(__always)
  public static func divide(_ a: UInt64, _ b: UInt64, single: Bool) -> FloatResult? {
    guard hasExactError(b) else { return nil }
    let x = Double(bitPattern: a)
    let y = Double(bitPattern: b)
    let quotient = x / y
    if hasExactError(a) && hasExactError(quotient.bitPattern) {
      // The remainder has the sign of the error, or the opposite for a negative divisor.
      let remainder = x.addingProduct(-quotient, y)
      return rounded(quotient, y < 0 ? -remainder : remainder, single: single)
    }
    return isZero(a) ? rounded(quotient, 0, single: single) : nil
  }

  /// The square root of a double, rounded to single precision if `single`.
  @inlinable @inline(__always)
  public static func squareRoot(_ b: UInt64, single: Bool) -> FloatResult? {
    guard hasExactError(b), b &>> 63 == 0 else { return nil }
    let x = Double(bitPattern: b)
    let root = x.squareRoot()
    return rounded(root, x.addingProduct(-root, root), single: single)
  }

  /// A fused operation on doubles with one rounding, to single precision if `single`.
  @inlinable @inline(__always)
  public static func multiplyAdd(
    _ operation: FloatArithmetic.MultiplyAdd, _ a: UInt64, _ c: UInt64, plus b: UInt64,
    single: Bool
  ) -> FloatResult? {
    guard hasExactError(a), hasExactError(c), hasExactError(b) || isZero(b) else { return nil }
    let x = Double(bitPattern: a)
    let y = Double(bitPattern: c)
    let z = Double(bitPattern: operation.subtracts ? b ^ 1 &<< 63 : b)
    let product = x * y
    let result = z.addingProduct(x, y)
    guard hasExactError(product.bitPattern), hasExactError(result.bitPattern) else { return nil }
    let productError = (-product).addingProduct(x, y)
    let (high1, low1) = sum(z, productError)
    let (high2, low2) = sum(product, high1)
    let error = ((high2 - result) + low2) + low1
    guard var value = rounded(result, error, single: single) else { return nil }
    if operation.negates {
      value.bits ^= 1 &<< 63
      value.status.rawValue ^= 3 &<< 14
    }
    return value
  }

  /// A signed integer that a double holds exactly.
  @inlinable @inline(__always)
  public static func fromInteger(_ value: Int64) -> FloatResult? {
    guard value.magnitude < 1 &<< 53 else { return nil }
    return FloatResult(
      UInt128(Double(value).bitPattern),
      FloatStatus(value == 0 ? .zero : .normal, negative: value < 0))
  }

  /// A number within the signed words, truncated, as 64 bits; the status without FPRF.
  @inlinable @inline(__always)
  public static func truncated(_ b: UInt64) -> FloatResult? {
    let value = Double(bitPattern: b)
    guard value.magnitude < 0x1p31 else { return nil }
    let integer = Int64(value)
    return FloatResult(
      UInt128(UInt64(bitPattern: integer)), Double(integer) == value ? [] : [.fi, .xx])
  }

  /// The sum of two numbers and its rounding error.
  @inlinable @inline(__always)
  static func sum(_ a: Double, _ b: Double) -> (Double, Double) {
    let sum = a + b
    let virtual = sum - a
    return (sum, (a - (sum - virtual)) + (b - virtual))
  }

  /// The status of a result of which only the error's sign counts, and the second rounding that
  /// single precision needs.
  @inlinable @inline(__always)
  static func rounded(_ value: Double, _ error: Double, single: Bool) -> FloatResult? {
    let bits = value.bitPattern
    guard hasExactError(bits) else {
      guard isZero(bits), error == 0 else { return nil }
      return FloatResult(UInt128(bits), FloatStatus(.zero, negative: bits &>> 63 != 0))
    }
    let negative = bits &>> 63 != 0
    var status = FloatStatus(.normal, negative: negative)
    if !single {
      if error != 0 {
        status.rawValue |= FloatStatus.fi.rawValue | FloatStatus.xx.rawValue
        // Rounded up in magnitude when the error points back to zero.
        if (error < 0) != negative { status.rawValue |= FloatStatus.fr.rawValue }
      }
      return FloatResult(UInt128(bits), status)
    }
    // Biased exponents of normal singles. The smallest and the largest are left out: rounding to
    // double may have left a tiny number there, and rounding to single may leave them.
    guard (bits &>> 52 & 0x7FF) &- 898 < 252 else { return nil }
    let narrow = Double(Float(value))
    var rest = value - narrow
    if error != 0 {
      // A tie between singles is none when the double was rounded already.
      if bits & 0x1FFF_FFFF == 0x1000_0000 { return nil }
      if rest == 0 { rest = error }
    }
    if rest != 0 {
      status.rawValue |= FloatStatus.fi.rawValue | FloatStatus.xx.rawValue
      if (rest < 0) != negative { status.rawValue |= FloatStatus.fr.rawValue }
    }
    return FloatResult(UInt128(narrow.bitPattern), status)
  }
}
