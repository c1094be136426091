import PowerArithmetic
import PowerISA

// Book I 4.6.6: arithmetic, multiply-add, estimates and tests.
extension Semantics {
  // MARK: elementary

  @inline(__always)
  static func fadd(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.add(p[i.fra], p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fadds(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.add(p[i.fra], p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fsub(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.subtract(p[i.fra], p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fsubs(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.subtract(p[i.fra], p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fmul(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.multiply(p[i.fra], p[i.frc], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fmuls(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.multiply(p[i.fra], p[i.frc], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fdiv(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.divide(p[i.fra], p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fdivs(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.divide(p[i.fra], p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fsqrt(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.squareRoot(p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  @inline(__always)
  static func fsqrts(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.squareRoot(p[i.frb], p.floatControl), i.frt, record: i.rc)
  }

  // MARK: multiply-add

  @inline(__always)
  private static func fused(
    _ operation: FloatArithmetic.MultiplyAdd, _ p: Processor, _ i: Instruction
  ) {
    let result = DoubleFloat.multiplyAdd(
      operation, p[i.fra], p[i.frc], plus: p[i.frb], p.floatControl)
    p.deliver(result, i.frt, record: i.rc)
  }

  @inline(__always)
  private static func fusedSingle(
    _ operation: FloatArithmetic.MultiplyAdd, _ p: Processor, _ i: Instruction
  ) {
    let result = SingleResultFloat.multiplyAdd(
      operation, p[i.fra], p[i.frc], plus: p[i.frb], p.floatControl)
    p.deliver(result, i.frt, record: i.rc)
  }

  @inline(__always)
  static func fmadd(_ p: Processor, _ i: Instruction) { fused(.add, p, i) }
  @inline(__always)
  static func fmsub(_ p: Processor, _ i: Instruction) { fused(.subtract, p, i) }
  @inline(__always)
  static func fnmadd(_ p: Processor, _ i: Instruction) { fused(.negativeAdd, p, i) }
  @inline(__always)
  static func fnmsub(_ p: Processor, _ i: Instruction) { fused(.negativeSubtract, p, i) }
  @inline(__always)
  static func fmadds(_ p: Processor, _ i: Instruction) { fusedSingle(.add, p, i) }
  @inline(__always)
  static func fmsubs(_ p: Processor, _ i: Instruction) { fusedSingle(.subtract, p, i) }
  @inline(__always)
  static func fnmadds(_ p: Processor, _ i: Instruction) { fusedSingle(.negativeAdd, p, i) }
  @inline(__always)
  static func fnmsubs(_ p: Processor, _ i: Instruction) { fusedSingle(.negativeSubtract, p, i) }

  // MARK: estimates and tests

  static func fre(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalEstimate(UInt128(p[i.frb]), .double, p.floatControl),
      i.frt, record: i.rc)
  }
  static func fres(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalEstimate(UInt128(p[i.frb]), .doubleToSingle, p.floatControl),
      i.frt, record: i.rc)
  }
  static func frsqrte(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalSquareRootEstimate(UInt128(p[i.frb]), .double, p.floatControl),
      i.frt, record: i.rc)
  }
  static func frsqrtes(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.reciprocalSquareRootEstimate(
        UInt128(p[i.frb]), .doubleToSingle, p.floatControl),
      i.frt, record: i.rc)
  }
  static func ftdiv(_ p: Processor, _ i: Instruction) {
    p[i.bf] = FloatArithmetic.testForDivide(UInt128(p[i.fra]), UInt128(p[i.frb]), .double)
  }
  static func ftsqrt(_ p: Processor, _ i: Instruction) {
    p[i.bf] = FloatArithmetic.testForSquareRoot(UInt128(p[i.frb]), .double)
  }
}
