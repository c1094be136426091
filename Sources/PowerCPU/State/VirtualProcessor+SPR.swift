public import PowerISA

/// Special-purpose registers by what lies behind them.
extension VirtualProcessor {
  /// The value `mfspr` gives. Whether the guest may ask is not checked here.
  public func read(_ register: SPR) -> UInt64 {
    let s = state
    switch register.number {
    case SPR.xer.number: return s.pointee.xer
    case SPR.lr.number: return s.pointee.lr
    case SPR.ctr.number: return s.pointee.ctr
    case SPR.tar.number: return s.pointee.tar
    case SPR.cfar.number: return s.pointee.cfar
    case SPR.vrsave.number: return s.pointee.vrsave
    case SPR.srr0.number: return s.pointee.srr0
    case SPR.srr1.number: return s.pointee.srr1
    case SPR.dar.number: return s.pointee.dar
    case SPR.dsisr.number: return s.pointee.dsisr
    case SPR.dec.number: return decrementer
    case SPR.tb.number: return timebase
    case SPR.tbu.number: return timebase >> 32
    case SPR.purr.number, SPR.spurr.number, SPR.vtb.number: return timebase &- idleTicks
    case SPR.ic.number: return instructionCount
    case SPR.pvr.number: return UInt64(version)
    case SPR.pir.number: return UInt64(index)
    case SPR.fscr.number: return s.pointee.fscr
    case SPR.lpcr.number: return s.pointee.lpcr
    case SPR.pid.number: return s.pointee.pid
    case SPR.amr.number, SPR.amrProblem.number: return s.pointee.amr
    case SPR.iamr.number: return s.pointee.iamr
    case SPR.uamor.number: return s.pointee.uamor
    case SPR.ppr32.number: return specialPurposeRegisters[SPR.ppr.number] >> 32
    case SPR.bescrsu.number, SPR.bescrru.number:
      return specialPurposeRegisters[SPR.bescr.number] >> 32
    default: return specialPurposeRegisters[Self.home(of: register.number)]
    }
  }

  /// What `mtspr` does. Whether the guest may is not checked here.
  public func write(_ register: SPR, _ value: UInt64) {
    switch register.number {
    case SPR.xer.number:
      let since3 = hardware.isa >= .v3_0 ? XER.ov32 | XER.ca32 : 0
      state.pointee.xer = value & (XER.so | XER.ov | XER.ca | XER.byteCount | since3)
    case SPR.lr.number: state.pointee.lr = value
    case SPR.ctr.number: state.pointee.ctr = value
    case SPR.tar.number: state.pointee.tar = value
    case SPR.cfar.number: state.pointee.cfar = value
    case SPR.vrsave.number: state.pointee.vrsave = value & 0xFFFF_FFFF
    case SPR.srr0.number: state.pointee.srr0 = value
    case SPR.srr1.number: state.pointee.srr1 = value
    case SPR.dar.number: state.pointee.dar = value
    case SPR.dsisr.number: state.pointee.dsisr = value & 0xFFFF_FFFF
    case SPR.dec.number: setDecrementer(value)
    case SPR.fscr.number: state.pointee.fscr = value
    case SPR.lpcr.number:
      state.pointee.lpcr = value
      updateDecrementer()
    case SPR.pid.number:
      state.pointee.pid = value & 0xFFFF_FFFF
      contextChanged()
    case SPR.amrProblem.number where state.pointee.msr & MSR.pr != 0:
      setAMR(state.pointee.amr & ~state.pointee.uamor | value & state.pointee.uamor)
    case SPR.amr.number, SPR.amrProblem.number: setAMR(value)
    case SPR.iamr.number:
      guard state.pointee.iamr != value else { return }
      state.pointee.iamr = value
      contextChanged()
    case SPR.uamor.number: state.pointee.uamor = value
    case SPR.pcr.number:
      specialPurposeRegisters[register.number] = value
      problemStateInstructions = hardware.instructions(under: PCR(rawValue: value))
    case SPR.dawr0.number, SPR.dawrx0.number:
      specialPurposeRegisters[register.number] = value
      invalidateTranslations()
    case SPR.ppr32.number:
      specialPurposeRegisters[SPR.ppr.number] = value << 32
    case SPR.bescrs.number: specialPurposeRegisters[SPR.bescr.number] |= value
    case SPR.bescrsu.number: specialPurposeRegisters[SPR.bescr.number] |= value << 32
    case SPR.bescrr.number: specialPurposeRegisters[SPR.bescr.number] &= ~value
    case SPR.bescrru.number: specialPurposeRegisters[SPR.bescr.number] &= ~(value << 32)
    default: specialPurposeRegisters[Self.home(of: register.number)] = value
    }
  }

  private func setAMR(_ value: UInt64) {
    guard state.pointee.amr != value else { return }
    state.pointee.amr = value
    contextChanged()
  }

  /// Where the value of a register with two numbers is kept.
  private static func home(of number: Int) -> Int {
    switch number {
    case SPR.dscrProblem.number: SPR.dscr.number
    case SPR.controlRead.number: SPR.controlWrite.number
    case SPR.sprg3Problem.number: SPR.sprg3.number
    case SPR.dexcrProblem.number: SPR.dexcr.number
    case SPR.bescrs.number, SPR.bescrr.number: SPR.bescr.number
    // The performance monitor's, for problem state 16 below.
    case 736...738, 768...782: number + 16
    default: number
    }
  }
}
