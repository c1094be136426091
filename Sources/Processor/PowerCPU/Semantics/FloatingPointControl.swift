import PowerISA

// Book I 4.6.10: the FPSCR itself.
extension Processor {
  /// Sets FPSCR bits under a mask. FEX and VX cannot be set: they follow from the others.
  fileprivate func setFPSCR(_ value: UInt64, mask: UInt64) {
    let mask = mask & FPSCR.implemented
    state.pointee.fpscr = FPSCR.summarized(state.pointee.fpscr & ~mask | value & mask)
  }

  /// L or W of the moves to the FPSCR, by bit number: brought by 2.05, reserved before.
  fileprivate func hasSet(_ bit: Int, _ i: Instruction) -> Bool {
    state.pointee.isaLevel >= 205 && i.bits(bit, bit) != 0
  }

  /// Ends an instruction that may have enabled an exception already set.
  fileprivate func finishControl(_ i: Instruction, record: Bool) {
    if record { recordCR1() }
    if state.pointee.fpscr & FPSCR.fex != 0 { floatingPointEnabledException() }
  }
}

extension Semantics {
  /// The control bits of the FPSCR: DRN, the enables, NI and RN.
  private static let control = FPSCR.drn | FPSCR.enables | FPSCR.ni | FPSCR.rn

  // MARK: from the FPSCR

  static func mffs(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p.state.pointee.fpscr
    if i.rc { p.recordCR1() }
  }
  static func mffsce(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p.state.pointee.fpscr
    p.setFPSCR(0, mask: FPSCR.enables)
  }
  static func mffsl(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p.state.pointee.fpscr & (control | FPSCR.fr | FPSCR.fi | FPSCR.fprf)
  }
  static func mffscrn(_ p: Processor, _ i: Instruction) {
    let rounding = p[i.frb]
    p[i.frt] = p.state.pointee.fpscr & control
    p.setFPSCR(rounding, mask: FPSCR.rn)
  }
  static func mffscrni(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p.state.pointee.fpscr & control
    p.setFPSCR(i.bits(19, 20), mask: FPSCR.rn)
  }
  static func mffscdrn(_ p: Processor, _ i: Instruction) {
    let rounding = p[i.frb]
    p[i.frt] = p.state.pointee.fpscr & control
    p.setFPSCR(rounding, mask: FPSCR.drn)
  }
  static func mffscdrni(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p.state.pointee.fpscr & control
    p.setFPSCR(i.bits(18, 20) << 32, mask: FPSCR.drn)
  }

  /// Copies a field of bits 32:63 to the CR and clears the exception bits copied.
  static func mcrfs(_ p: Processor, _ i: Instruction) {
    let shift = UInt64(28 - 4 * i.bfa.number)
    let fpscr = p.state.pointee.fpscr
    p[i.bf] = UInt32(truncatingIfNeeded: fpscr >> shift) & 15
    p.setFPSCR(0, mask: 15 << shift & (FPSCR.fx | FPSCR.exceptions))
  }

  // MARK: to the FPSCR

  static func mtfsf(_ p: Processor, _ i: Instruction) {
    let value = p[i.frb]
    if p.hasSet(6, i) {
      p.setFPSCR(value, mask: ~0)
    } else {
      // One bit of FLM for each field of the half that W chooses.
      var mask: UInt64 = 0
      for field in 0..<8 where i.bits(7, 14) & 0x80 >> UInt64(field) != 0 {
        mask |= 0xF000_0000 >> UInt64(4 * field)
      }
      p.setFPSCR(value, mask: p.hasSet(15, i) ? mask << 32 : mask)
    }
    p.finishControl(i, record: i.rc)
  }

  static func mtfsfi(_ p: Processor, _ i: Instruction) {
    let shift = UInt64((p.hasSet(15, i) ? 60 : 28) - 4 * i.bf.number)
    p.setFPSCR(i.bits(16, 19) << shift, mask: 15 << shift)
    p.finishControl(i, record: i.rc)
  }

  static func mtfsb0(_ p: Processor, _ i: Instruction) {
    p.setFPSCR(0, mask: 1 << UInt64(31 - i.bt.number))
    p.finishControl(i, record: i.rc)
  }

  /// Setting an exception bit sets FX as well.
  static func mtfsb1(_ p: Processor, _ i: Instruction) {
    let bit: UInt64 = 1 << UInt64(31 - i.bt.number)
    let isNew = bit & FPSCR.exceptions & ~p.state.pointee.fpscr != 0
    p.setFPSCR(bit | FPSCR.fx, mask: isNew ? bit | FPSCR.fx : bit)
    p.finishControl(i, record: i.rc)
  }
}
