import PowerArithmetic
import PowerISA

extension Processor {
  /// DRN, OE and UE.
  var decimalControl: DecimalControl { DecimalControl(fpscr: state.pointee.fpscr) }

  /// RMC, bits 21 and 22, with the instruction's R.
  func rounding(_ i: Instruction, r: Bool = false) -> DecimalRounding {
    DecimalRounding(rmc: i.bits(21, 22), r: r, drn: decimalControl.rounding)
  }

  /// A long operand.
  subscript(decimal register: FPR) -> UInt128 { UInt128(self[register]) }

  /// An extended operand: an even register and the next.
  subscript(pair register: FPR) -> UInt128 {
    get { UInt128(self[register]) << 64 | UInt128(self[register.next]) }
    nonmutating set {
      self[register] = UInt64(truncatingIfNeeded: newValue >> 64)
      self[register.next] = UInt64(truncatingIfNeeded: newValue)
    }
  }

  /// Whether every register is even; an odd one makes the form invalid, here illegal.
  func arePairs(_ registers: FPR...) -> Bool {
    if registers.allSatisfy({ $0.number & 1 == 0 }) { return true }
    illegal()
    return false
  }

  /// A long result for FRT.
  func deliverDecimal(_ result: FloatResult, _ i: Instruction) {
    deliver(result, i.frt, record: i.rc)
  }

  /// An extended result for FRTp.
  func deliverPair(_ result: FloatResult, _ i: Instruction, record: Bool? = nil) {
    let outcome = update(result.status)
    if outcome.writes { self[pair: i.frt] = result.bits }
    if record ?? i.rc { recordCR1() }
    if outcome.interrupts { floatingPointEnabledException() }
  }

  /// A test's result, in a CR field and FPCC.
  func setTest(_ i: Instruction, _ result: UInt32) {
    self[i.bf] = result
    state.pointee.fpscr = state.pointee.fpscr & ~FPSCR.fpcc | UInt64(result) << 12
  }
}
