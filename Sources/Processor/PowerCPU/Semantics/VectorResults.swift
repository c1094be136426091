import PowerArithmetic
import PowerISA

extension Processor {
  /// Sets a vector register, and VSCR[SAT] when an element was saturated.
  @inline(__always)
  func setSaturated(_ register: VR, _ result: SaturatedVector) {
    self[register] = result.value
    if result.saturated { state.pointee.vscr |= VSCR.sat }
  }

  /// VRT of a compare, and with Rc (bit 21) CR6: all elements true, no element true.
  @inline(__always)
  func setComparison(_ i: Instruction, _ result: Vector) {
    self[i.vrt] = result
    if i.rc_21 {
      self[.cr6] = result == .allOnes ? 8 : result == .zero ? 2 : 0
    }
  }

  /// VRT of a string isolate, and with Rc CR6: whether a zero was found.
  func setString(_ i: Instruction, _ result: (value: Vector, found: Bool)) {
    self[i.vrt] = result.value
    if i.rc_21 { self[.cr6] = result.found ? 2 : 0 }
  }

  /// VRT and CR6 of a decimal instruction.
  func setDecimal(_ i: Instruction, _ result: BCDResult) {
    self[i.vrt] = result.value
    self[.cr6] = result.comparison
  }
}
