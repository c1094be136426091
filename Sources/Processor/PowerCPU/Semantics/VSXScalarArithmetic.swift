import PowerArithmetic
import PowerISA

// Book I 7.6: VSX scalar arithmetic on doubleword 0, of doubles (`…dp`) and of singles in double
// format (`…sp`).
extension Semantics {
  // MARK: elementary

  static func xsadddp(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.add(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xsaddsp(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.add(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xssubdp(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.subtract(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xssubsp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      SingleResultFloat.subtract(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xsmuldp(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.multiply(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xsmulsp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      SingleResultFloat.multiply(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xsdivdp(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.divide(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xsdivsp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      SingleResultFloat.divide(p[i.xa].doubleword0, p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xssqrtdp(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.squareRoot(p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  static func xssqrtsp(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.squareRoot(p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  // MARK: multiply-add

  /// The `a` forms: XA * XB ± XT.
  @inline(__always)
  private static func addend(
    _ operation: FloatArithmetic.MultiplyAdd, _ p: Processor, _ i: Instruction
  ) {
    let result = DoubleFloat.multiplyAdd(
      operation, p[i.xa].doubleword0, p[i.xb].doubleword0, plus: p[i.xt].doubleword0,
      p.floatControl)
    p.deliver(result, i.xt)
  }

  /// The `m` forms: XA * XT ± XB.
  @inline(__always)
  private static func multiplicand(
    _ operation: FloatArithmetic.MultiplyAdd, _ p: Processor, _ i: Instruction
  ) {
    let result = DoubleFloat.multiplyAdd(
      operation, p[i.xa].doubleword0, p[i.xt].doubleword0, plus: p[i.xb].doubleword0,
      p.floatControl)
    p.deliver(result, i.xt)
  }

  @inline(__always)
  private static func addendSingle(
    _ operation: FloatArithmetic.MultiplyAdd, _ p: Processor, _ i: Instruction
  ) {
    let result = SingleResultFloat.multiplyAdd(
      operation, p[i.xa].doubleword0, p[i.xb].doubleword0, plus: p[i.xt].doubleword0,
      p.floatControl)
    p.deliver(result, i.xt)
  }

  @inline(__always)
  private static func multiplicandSingle(
    _ operation: FloatArithmetic.MultiplyAdd, _ p: Processor, _ i: Instruction
  ) {
    let result = SingleResultFloat.multiplyAdd(
      operation, p[i.xa].doubleword0, p[i.xt].doubleword0, plus: p[i.xb].doubleword0,
      p.floatControl)
    p.deliver(result, i.xt)
  }

  static func xsmaddadp(_ p: Processor, _ i: Instruction) { addend(.add, p, i) }
  static func xsmaddmdp(_ p: Processor, _ i: Instruction) { multiplicand(.add, p, i) }
  static func xsmsubadp(_ p: Processor, _ i: Instruction) { addend(.subtract, p, i) }
  static func xsmsubmdp(_ p: Processor, _ i: Instruction) { multiplicand(.subtract, p, i) }
  static func xsnmaddadp(_ p: Processor, _ i: Instruction) { addend(.negativeAdd, p, i) }
  static func xsnmaddmdp(_ p: Processor, _ i: Instruction) { multiplicand(.negativeAdd, p, i) }
  static func xsnmsubadp(_ p: Processor, _ i: Instruction) { addend(.negativeSubtract, p, i) }
  static func xsnmsubmdp(_ p: Processor, _ i: Instruction) { multiplicand(.negativeSubtract, p, i) }
  static func xsmaddasp(_ p: Processor, _ i: Instruction) { addendSingle(.add, p, i) }
  static func xsmaddmsp(_ p: Processor, _ i: Instruction) { multiplicandSingle(.add, p, i) }
  static func xsmsubasp(_ p: Processor, _ i: Instruction) { addendSingle(.subtract, p, i) }
  static func xsmsubmsp(_ p: Processor, _ i: Instruction) { multiplicandSingle(.subtract, p, i) }
  static func xsnmaddasp(_ p: Processor, _ i: Instruction) { addendSingle(.negativeAdd, p, i) }
  static func xsnmaddmsp(_ p: Processor, _ i: Instruction) {
    multiplicandSingle(.negativeAdd, p, i)
  }
  static func xsnmsubasp(_ p: Processor, _ i: Instruction) { addendSingle(.negativeSubtract, p, i) }
  static func xsnmsubmsp(_ p: Processor, _ i: Instruction) {
    multiplicandSingle(.negativeSubtract, p, i)
  }

  // MARK: estimates and tests

  static func xsredp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalEstimate(
        UInt128(p[i.xb].doubleword0), .double, p.floatControl), i.xt)
  }

  static func xsresp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalEstimate(
        UInt128(p[i.xb].doubleword0), .doubleToSingle, p.floatControl), i.xt)
  }

  static func xsrsqrtedp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalSquareRootEstimate(
        UInt128(p[i.xb].doubleword0), .double, p.floatControl), i.xt)
  }

  static func xsrsqrtesp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalSquareRootEstimate(
        UInt128(p[i.xb].doubleword0), .doubleToSingle, p.floatControl), i.xt)
  }

  static func xstdivdp(_ p: Processor, _ i: Instruction) {
    p[i.bf] = FloatArithmetic.testForDivide(
      UInt128(p[i.xa].doubleword0), UInt128(p[i.xb].doubleword0), .double)
  }
  static func xstsqrtdp(_ p: Processor, _ i: Instruction) {
    p[i.bf] = FloatArithmetic.testForSquareRoot(UInt128(p[i.xb].doubleword0), .double)
  }
}
