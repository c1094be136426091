import PowerArithmetic
import PowerISA

// Book I 3.3.14.2.
extension Semantics {
  @inline(__always)
  static func slw(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.shiftLeftWord(p[i.rs], p[i.rb]))
  }

  @inline(__always)
  static func srw(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.shiftRightWord(p[i.rs], p[i.rb]))
  }

  @inline(__always)
  static func sld(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.shiftLeft(p[i.rs], p[i.rb]))
  }

  @inline(__always)
  static func srd(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.shiftRight(p[i.rs], p[i.rb]))
  }

  @inline(__always)
  static func sraw(_ p: Processor, _ i: Instruction) {
    p.setShifted(i, FixedPoint.shiftRightAlgebraicWord(p[i.rs], p[i.rb]))
  }

  @inline(__always)
  static func srawi(_ p: Processor, _ i: Instruction) {
    p.setShifted(i, FixedPoint.shiftRightAlgebraicWord(p[i.rs], i.sh_16_20))
  }

  @inline(__always)
  static func srad(_ p: Processor, _ i: Instruction) {
    p.setShifted(i, FixedPoint.shiftRightAlgebraic(p[i.rs], p[i.rb]))
  }

  @inline(__always)
  static func sradi(_ p: Processor, _ i: Instruction) {
    p.setShifted(i, FixedPoint.shiftRightAlgebraic(p[i.rs], i.sh6))
  }

  @inline(__always)
  static func extswsli(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.signExtendWord(p[i.rs]) &<< i.sh6)
  }
}

extension Processor {
  @inline(__always)
  fileprivate func setShifted(_ i: Instruction, _ result: (value: UInt64, carry: Bool)) {
    setCarry(result.carry)
    setRA(i, result.value)
  }
}
