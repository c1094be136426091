// The common operations on one operand format each: by the host where it can prove its answer,
// else by the exact arithmetic.

/// Double-precision operations: `fadd`, `xsadddp`, an element of `xvadddp`.
public enum DoubleFloat {
  /// `fadd`, `xsadddp`: the sum rounded to double precision.
  @inlinable @inline(__always)
  public static func add(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.add(a, b, single: false) {
      return result
    }
    return FloatArithmetic.add(UInt128(a), UInt128(b), .double, control)
  }

  /// `fsub`, `xssubdp`: the difference rounded to double precision.
  @inlinable @inline(__always)
  public static func subtract(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.subtract(a, b, single: false) {
      return result
    }
    return FloatArithmetic.subtract(UInt128(a), UInt128(b), .double, control)
  }

  /// `fmul`, `xsmuldp`: the product rounded to double precision.
  @inlinable @inline(__always)
  public static func multiply(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.multiply(a, b, single: false) {
      return result
    }
    return FloatArithmetic.multiply(UInt128(a), UInt128(b), .double, control)
  }

  /// `fdiv`, `xsdivdp`: the quotient rounded to double precision.
  @inlinable @inline(__always)
  public static func divide(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.divide(a, b, single: false) {
      return result
    }
    return FloatArithmetic.divide(UInt128(a), UInt128(b), .double, control)
  }

  /// `fsqrt`, `xssqrtdp`: the square root rounded to double precision.
  @inlinable @inline(__always)
  public static func squareRoot(_ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.squareRoot(b, single: false) {
      return result
    }
    return FloatArithmetic.squareRoot(UInt128(b), .double, control)
  }

  /// `fmadd` and its siblings: `a * c ± b` with one rounding to double precision.
  @inlinable @inline(__always)
  public static func multiplyAdd(
    _ operation: FloatArithmetic.MultiplyAdd, _ a: UInt64, _ c: UInt64, plus b: UInt64,
    _ control: FloatControl
  ) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.multiplyAdd(operation, a, c, plus: b, single: false)
    {
      return result
    }
    return FloatArithmetic.multiplyAdd(
      operation, UInt128(a), UInt128(c), plus: UInt128(b), .double, control)
  }

  /// `fcfid`, `xscvsxddp`: the double nearest to a signed doubleword, by the rounding of `control`.
  @inlinable @inline(__always)
  public static func fromSignedDoubleword(_ b: UInt64, _ control: FloatControl) -> FloatResult {
    if let result = HostFloat.fromInteger(Int64(bitPattern: b)) { return result }
    return FloatArithmetic.fromInteger(UInt128(b), .signedDoubleword, .double, control)
  }

  /// Truncation to a signed doubleword or word, the latter zero-extended.
  @inlinable @inline(__always)
  public static func truncate(
    _ b: UInt64, to format: FloatArithmetic.IntegerFormat
  ) -> FloatResult {
    if format.signed, var result = HostFloat.truncated(b) {
      if format.bits == 32 { result.bits &= 0xFFFF_FFFF }
      return result
    }
    return FloatArithmetic.toInteger(UInt128(b), .double, format, .towardZero)
  }
}

/// Single-precision results of operands in double format: `fadds`, `xsaddsp`.
public enum SingleResultFloat {
  /// `fadds`, `xsaddsp`: the sum rounded to single precision, in double format.
  @inlinable @inline(__always)
  public static func add(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.add(a, b, single: true) {
      return result
    }
    return FloatArithmetic.add(UInt128(a), UInt128(b), .doubleToSingle, control)
  }

  /// `fsubs`, `xssubsp`: the difference rounded to single precision, in double format.
  @inlinable @inline(__always)
  public static func subtract(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.subtract(a, b, single: true) {
      return result
    }
    return FloatArithmetic.subtract(UInt128(a), UInt128(b), .doubleToSingle, control)
  }

  /// `fmuls`, `xsmulsp`: the product rounded to single precision, in double format.
  @inlinable @inline(__always)
  public static func multiply(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.multiply(a, b, single: true) {
      return result
    }
    return FloatArithmetic.multiply(UInt128(a), UInt128(b), .doubleToSingle, control)
  }

  /// `fdivs`, `xsdivsp`: the quotient rounded to single precision, in double format.
  @inlinable @inline(__always)
  public static func divide(_ a: UInt64, _ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.divide(a, b, single: true) {
      return result
    }
    return FloatArithmetic.divide(UInt128(a), UInt128(b), .doubleToSingle, control)
  }

  /// `fsqrts`, `xssqrtsp`: the square root rounded to single precision, in double format.
  @inlinable @inline(__always)
  public static func squareRoot(_ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.squareRoot(b, single: true) {
      return result
    }
    return FloatArithmetic.squareRoot(UInt128(b), .doubleToSingle, control)
  }

  /// `fmadds` and its siblings: `a * c ± b` with one rounding to single precision, in double
  /// format.
  @inlinable @inline(__always)
  public static func multiplyAdd(
    _ operation: FloatArithmetic.MultiplyAdd, _ a: UInt64, _ c: UInt64, plus b: UInt64,
    _ control: FloatControl
  ) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.multiplyAdd(operation, a, c, plus: b, single: true)
    {
      return result
    }
    return FloatArithmetic.multiplyAdd(
      operation, UInt128(a), UInt128(c), plus: UInt128(b), .doubleToSingle, control)
  }

  /// `frsp`, `xsrsp`.
  @inlinable @inline(__always)
  public static func round(_ b: UInt64, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.rounded(Double(bitPattern: b), 0, single: true)
    {
      return result
    }
    return FloatArithmetic.convert(UInt128(b), .doubleToSingle, control)
  }
}

/// Operations on the words of a vector: `xvaddsp`, `vaddfp`.
public enum SingleFloat {
  /// The host's answer for operands widened to double, as a word.
  @inlinable @inline(__always)
  static func narrowed(_ result: FloatResult) -> FloatResult {
    FloatResult(
      UInt128(FloatArithmetic.singleFromDouble(result.doubleword)), result.status)
  }

  @inlinable @inline(__always)
  static func wide(_ word: UInt32) -> UInt64 { FloatArithmetic.doubleFromSingle(word) }

  /// `xvaddsp`, `vaddfp`: the sum of two singles.
  @inlinable @inline(__always)
  public static func add(_ a: UInt32, _ b: UInt32, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.add(wide(a), wide(b), single: true)
    {
      return narrowed(result)
    }
    return FloatArithmetic.add(UInt128(a), UInt128(b), .single, control)
  }

  /// `xvsubsp`, `vsubfp`: the difference of two singles.
  @inlinable @inline(__always)
  public static func subtract(_ a: UInt32, _ b: UInt32, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.subtract(wide(a), wide(b), single: true)
    {
      return narrowed(result)
    }
    return FloatArithmetic.subtract(UInt128(a), UInt128(b), .single, control)
  }

  /// `xvmulsp`: the product of two singles.
  @inlinable @inline(__always)
  public static func multiply(_ a: UInt32, _ b: UInt32, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.multiply(wide(a), wide(b), single: true)
    {
      return narrowed(result)
    }
    return FloatArithmetic.multiply(UInt128(a), UInt128(b), .single, control)
  }

  /// `xvdivsp`: the quotient of two singles.
  @inlinable @inline(__always)
  public static func divide(_ a: UInt32, _ b: UInt32, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.divide(wide(a), wide(b), single: true)
    {
      return narrowed(result)
    }
    return FloatArithmetic.divide(UInt128(a), UInt128(b), .single, control)
  }

  /// `xvsqrtsp`: the square root of a single.
  @inlinable @inline(__always)
  public static func squareRoot(_ b: UInt32, _ control: FloatControl) -> FloatResult {
    if control.rounding == .nearestEven, let result = HostFloat.squareRoot(wide(b), single: true) {
      return narrowed(result)
    }
    return FloatArithmetic.squareRoot(UInt128(b), .single, control)
  }

  /// `xvmaddasp`, `vmaddfp` and their siblings: `a * c ± b` of singles with one rounding.
  @inlinable @inline(__always)
  public static func multiplyAdd(
    _ operation: FloatArithmetic.MultiplyAdd, _ a: UInt32, _ c: UInt32, plus b: UInt32,
    _ control: FloatControl
  ) -> FloatResult {
    if control.rounding == .nearestEven,
      let result = HostFloat.multiplyAdd(operation, wide(a), wide(c), plus: wide(b), single: true)
    {
      return narrowed(result)
    }
    return FloatArithmetic.multiplyAdd(
      operation, UInt128(a), UInt128(c), plus: UInt128(b), .single, control)
  }
}
