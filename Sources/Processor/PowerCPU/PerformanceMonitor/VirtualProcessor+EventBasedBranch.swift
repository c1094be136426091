import PowerISA

// Event-based branches of problem state (Book II chapter 6). Only the performance monitor causes
// them; no interrupt controller here signals external events.
extension VirtualProcessor {
  /// Must be called when BESCR or MMCR0 has changed: records an event that has occurred, and
  /// whether a branch is due.
  func updateEventBasedBranch() {
    let control = specialPurposeRegisters[SPR.Number.mmcr0]
    var status = specialPurposeRegisters[SPR.Number.bescr]
    if control & (MMCR0.ebe | MMCR0.pmao) == MMCR0.ebe | MMCR0.pmao, status & BESCR.pme != 0 {
      status = status & ~BESCR.pme | BESCR.pmeo
      specialPurposeRegisters[SPR.Number.bescr] = status
    }
    let isDue = status & BESCR.ge != 0 && status & (BESCR.eeo | BESCR.pmeo) != 0
    if isDue {
      state.pointee.pending.insert(.eventBasedBranch)
    } else {
      state.pointee.pending.remove(.eventBasedBranch)
    }
  }

  /// Takes the branch before NIA if one is due, in problem state and with the facility available,
  /// which depends on the level and FSCR.
  func takeEventBasedBranch() {
    let facility: UInt64 = Facility.eventBasedBranch.bit
    guard state.pointee.msr & MSR.pr != 0, state.pointee.fscr & facility != 0,
      SPR.bescr.exists(in: problemStateInstructions)
    else { return }
    specialPurposeRegisters[SPR.Number.bescr] &= ~(BESCR.ge | BESCR.ts)
    specialPurposeRegisters[SPR.Number.ebbrr] = state.pointee.nia & state.pointee.addressMask
    state.pointee.pending.remove(.eventBasedBranch)
    state.pointee.reservationAddress = 0
    state.pointee.nia = specialPurposeRegisters[SPR.Number.ebbhr]
    leaveTranslation()
  }

  func writeBranchEventStatus(_ value: UInt64) {
    specialPurposeRegisters[SPR.Number.bescr] = value & BESCR.defined
    updateEventBasedBranch()
  }
}

extension Processor {
  /// After an instruction that wrote BESCR: an event that it enabled occurs before the next
  /// instruction.
  func takeEventBasedBranchIfDue() {
    if state.pointee.pending.contains(.eventBasedBranch) { owner.takeEventBasedBranch() }
  }
}
