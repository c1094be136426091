import Glibc
import PowerArithmetic

/// The host's arithmetic as an oracle: result bits and exceptions under a rounding mode.
struct HostArithmetic {
  enum Operation: CaseIterable {
    case add, subtract, multiply, divide, squareRoot, multiplyAdd
  }

  struct Outcome: Equatable {
    var bits: UInt128
    var exceptions: Int32
  }

  // The C header's values, which Swift sees in two integer types.
  private static let toNearest: Int32 = FE_TONEAREST
  private static let towardZero: Int32 = FE_TOWARDZERO
  private static let upward: Int32 = FE_UPWARD
  private static let downward: Int32 = FE_DOWNWARD
  private static let invalid: Int32 = FE_INVALID
  private static let divideByZero: Int32 = FE_DIVBYZERO
  private static let overflow: Int32 = FE_OVERFLOW
  private static let underflow: Int32 = FE_UNDERFLOW
  private static let inexact: Int32 = FE_INEXACT
  private static let allExceptions = invalid | divideByZero | overflow | underflow | inexact

  /// Memory that the compiler must take for shared, so that operations stay between the calls
  /// that clear and read the exceptions.
  private let doubles = UnsafeMutablePointer<Double>.allocate(capacity: 4)
  private let floats = UnsafeMutablePointer<Float>.allocate(capacity: 4)

  func release() {
    doubles.deallocate()
    floats.deallocate()
  }

  static func mode(_ rounding: FloatRounding) -> Int32 {
    switch rounding {
    case .towardZero: HostArithmetic.towardZero
    case .towardPlusInfinity: HostArithmetic.upward
    case .towardMinusInfinity: HostArithmetic.downward
    default: HostArithmetic.toNearest
    }
  }

  func double(
    _ operation: Operation, _ a: UInt128, _ b: UInt128, _ c: UInt128, _ rounding: FloatRounding
  ) -> Outcome {
    doubles[0] = Double(bitPattern: UInt64(truncatingIfNeeded: a))
    doubles[1] = Double(bitPattern: UInt64(truncatingIfNeeded: b))
    doubles[2] = Double(bitPattern: UInt64(truncatingIfNeeded: c))
    fesetround(HostArithmetic.mode(rounding))
    feclearexcept(HostArithmetic.allExceptions)
    HostArithmetic.compute(operation, doubles)
    let exceptions = fetestexcept(HostArithmetic.allExceptions)
    fesetround(HostArithmetic.toNearest)
    return Outcome(bits: UInt128(doubles[3].bitPattern), exceptions: exceptions)
  }

  func single(
    _ operation: Operation, _ a: UInt128, _ b: UInt128, _ c: UInt128, _ rounding: FloatRounding
  ) -> Outcome {
    floats[0] = Float(bitPattern: UInt32(truncatingIfNeeded: a))
    floats[1] = Float(bitPattern: UInt32(truncatingIfNeeded: b))
    floats[2] = Float(bitPattern: UInt32(truncatingIfNeeded: c))
    fesetround(HostArithmetic.mode(rounding))
    feclearexcept(HostArithmetic.allExceptions)
    HostArithmetic.compute(operation, floats)
    let exceptions = fetestexcept(HostArithmetic.allExceptions)
    fesetround(HostArithmetic.toNearest)
    return Outcome(bits: UInt128(floats[3].bitPattern), exceptions: exceptions)
  }

  @inline(never)
  private static func compute(_ operation: Operation, _ values: UnsafeMutablePointer<Double>) {
    switch operation {
    case .add: values[3] = values[0] + values[1]
    case .subtract: values[3] = values[0] - values[1]
    case .multiply: values[3] = values[0] * values[1]
    case .divide: values[3] = values[0] / values[1]
    case .squareRoot: values[3] = values[0].squareRoot()
    case .multiplyAdd: values[3] = fma(values[0], values[1], values[2])
    }
  }

  @inline(never)
  private static func compute(_ operation: Operation, _ values: UnsafeMutablePointer<Float>) {
    switch operation {
    case .add: values[3] = values[0] + values[1]
    case .subtract: values[3] = values[0] - values[1]
    case .multiply: values[3] = values[0] * values[1]
    case .divide: values[3] = values[0] / values[1]
    case .squareRoot: values[3] = values[0].squareRoot()
    case .multiplyAdd: values[3] = fmaf(values[0], values[1], values[2])
    }
  }

  /// The exact implementation of the same.
  static func exact(
    _ operation: Operation, _ a: UInt128, _ b: UInt128, _ c: UInt128, _ shape: FloatShape,
    _ rounding: FloatRounding
  ) -> FloatResult {
    let control = FloatControl(rounding)
    return switch operation {
    case .add: FloatArithmetic.add(a, b, shape, control)
    case .subtract: FloatArithmetic.subtract(a, b, shape, control)
    case .multiply: FloatArithmetic.multiply(a, b, shape, control)
    case .divide: FloatArithmetic.divide(a, b, shape, control)
    case .squareRoot: FloatArithmetic.squareRoot(a, shape, control)
    case .multiplyAdd: FloatArithmetic.multiplyAdd(.add, a, b, plus: c, shape, control)
    }
  }

  /// The fast path of the same, in double format.
  static func fast(
    _ operation: Operation, _ a: UInt128, _ b: UInt128, _ c: UInt128, single: Bool
  ) -> FloatResult? {
    let (a, b, c) = (
      UInt64(truncatingIfNeeded: a), UInt64(truncatingIfNeeded: b), UInt64(truncatingIfNeeded: c)
    )
    return switch operation {
    case .add: HostFloat.add(a, b, single: single)
    case .subtract: HostFloat.subtract(a, b, single: single)
    case .multiply: HostFloat.multiply(a, b, single: single)
    case .divide: HostFloat.divide(a, b, single: single)
    case .squareRoot: HostFloat.squareRoot(a, single: single)
    case .multiplyAdd: HostFloat.multiplyAdd(.add, a, b, plus: c, single: single)
    }
  }

  /// What the host's outcome and the exact result disagree in, nil when in nothing. The host
  /// finds tininess after rounding, so underflow is left out where that makes the difference.
  func disagreement(
    _ operation: Operation, _ a: UInt128, _ b: UInt128, _ c: UInt128, _ format: FloatFormat,
    _ rounding: FloatRounding
  ) -> String? {
    let isDouble = format == .double
    let shape: FloatShape = isDouble ? .double : .single
    let ours = HostArithmetic.exact(operation, a, b, c, shape, rounding)
    let host =
      isDouble
      ? double(operation, a, b, c, rounding) : single(operation, a, b, c, rounding)
    let signBit: UInt128 = 1 << (format.width - 1)
    let infinity = UInt128(format.maximumBiasedExponent) << format.fractionBits
    let hostIsNaN = host.bits & ~signBit > infinity
    let oursIsNaN = ours.bits & ~signBit > infinity
    if hostIsNaN != oursIsNaN || !hostIsNaN && host.bits != ours.bits { return "result" }
    let status = ours.status
    func differs(_ flag: Int32, _ bits: FloatStatus) -> Bool {
      (host.exceptions & flag != 0) == status.isDisjoint(with: bits)
    }
    // The host keeps quiet about inf * 0 + NaN, which is VXIMZ here.
    let quietProduct = operation == .multiplyAdd && hostIsNaN && status.contains(.vximz)
    if !quietProduct && differs(HostArithmetic.invalid, .invalid) { return "invalid" }
    if differs(HostArithmetic.divideByZero, .zx) { return "zero divide" }
    if differs(HostArithmetic.overflow, .ox) { return "overflow" }
    if differs(HostArithmetic.inexact, .xx) { return "inexact" }
    let smallestNormal: UInt128 = 1 << format.fractionBits
    if ours.bits & ~signBit != smallestNormal && differs(HostArithmetic.underflow, .ux) {
      return "underflow"
    }
    if !status.isDisjoint(with: .fi) {
      let truncated =
        isDouble
        ? double(operation, a, b, c, .towardZero) : single(operation, a, b, c, .towardZero)
      if (truncated.bits != ours.bits) == status.isDisjoint(with: .fr) { return "FR" }
    }
    if !oursIsNaN && status.intersection(.fprf) != HostArithmetic.fprf(ours.bits, format) {
      return "FPRF"
    }
    return nil
  }

  /// FPRF of a value that is no NaN.
  static func fprf(_ bits: UInt128, _ format: FloatFormat) -> FloatStatus {
    let negative = bits >> (format.width - 1) != 0
    let magnitude = bits & ~(1 << (format.width - 1))
    let infinity = UInt128(format.maximumBiasedExponent) << format.fractionBits
    let resultClass: FloatClass =
      magnitude == 0
      ? .zero
      : magnitude >> format.fractionBits == 0
        ? .denormal : magnitude == infinity ? .infinity : .normal
    return FloatStatus(resultClass, negative: negative)
  }
}
