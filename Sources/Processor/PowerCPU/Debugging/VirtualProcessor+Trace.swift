import PowerISA

/// The trace interrupt (Book III 7.5.15): after each instruction with MSR[SE], after each branch
/// with MSR[BE], and after the instruction at the address in CIABR.
///
/// While one of them is set, engines execute instructions one at a time through ``stepTraced()``;
/// otherwise no engine tests them.
extension VirtualProcessor {
  /// Must be called when MSR[SE, BE, PR] or CIABR has changed.
  func updateTracing() {
    let isTraced =
      state.pointee.msr & (MSR.se | MSR.be) != 0 || tracedAddress(state.pointee.msr) != nil
    state.pointee.isTraced = isTraced
    // Engines test it where they look up a page.
    if isTraced { leaveTranslation() }
  }

  /// The address of the instruction that CIABR selects in the state that an MSR describes: its
  /// PRIV, bits 62 and 63, is 1 for problem state and 2 for privileged state.
  private func tracedAddress(_ msr: UInt64) -> UInt64? {
    let register = specialPurposeRegisters[SPR.Number.ciabr]
    return register & 3 == (msr & MSR.pr != 0 ? 1 : 2) ? register & ~3 : nil
  }

  /// Executes the instruction at NIA and takes the trace interrupt that it causes; or takes the
  /// interrupt of an instruction that cannot be fetched.
  package func stepTraced() {
    fetchPage()
    let address = state.pointee.nia
    guard address & ~0xFFF == state.pointee.fetchTag else { return }
    let word = Int(truncatingIfNeeded: (address >> 2) & 0x3FF)
    let page = state.pointee.fetchPage
    let instruction = instruction(at: address)
    let isBreakpoint = isBreakpoint(address) && steppedBreakpoint != address
    if let instructionTrace, let instruction, !isBreakpoint {
      instructionTrace(address, instruction)
    }
    if code.audit != nil { DecodedCode.counts(of: page)[word] &+= 1 }
    let msr = state.pointee.msr
    beginStep()
    state.pointee.cia = address
    state.pointee.nia = address &+ 4
    state.pointee.budget &-= 1
    page[word].run(UnsafeMutableRawPointer(state), page[word].instruction)
    endStep(instruction, msr)
    leaveTranslation()
  }

  private func beginStep() {
    isStepping = true
    stepOperand = nil
    state.pointee.isUntraceable = false
    // It caches nothing, so that the operand is seen.
    let tlb = stepTLB ?? ContextTLB()
    stepTLB = tlb
    state.pointee.dataTranslations = tlb.data
  }

  /// - Parameter msr: the MSR when the instruction began.
  private func endStep(_ instruction: Instruction?, _ msr: UInt64) {
    isStepping = false
    state.pointee.dataTranslations = tlbs[currentTLB].data
    let address = state.pointee.cia
    let isMatch = tracedAddress(msr) == address
    let isTraced =
      msr & MSR.se != 0 || isMatch
      || msr & MSR.be != 0 && instruction?.isBranch == true
    guard isTraced, !state.pointee.isUntraceable else {
      // Interrupts that the instruction enabled; after a hypercall and other exits, the next run
      // takes them.
      if state.pointee.exit == .budget { deliverPendingInterrupt() }
      return
    }
    if specialPurposeRegisters[SPR.Number.mmcr0] & MMCR0.pmae == 0 {
      specialPurposeRegisters[SPR.Number.siar] = address
      if let stepOperand { specialPurposeRegisters[SPR.Number.sdar] = stepOperand.address }
    }
    enter(
      .trace, returnAddress: state.pointee.nia,
      causeBits: traceCause(isMatch: isMatch, isPrefixed: instruction?.isPrefixed == true))
  }

  /// The cause of the trace interrupt in SRR1, since 2.07; for a match of CIABR, only that.
  private func traceCause(isMatch: Bool, isPrefixed: Bool) -> UInt64 {
    guard hardware.isa >= .v2_07 else { return 0 }
    var cause = InterruptCause.traced
    if isPrefixed { cause |= InterruptCause.prefixed }
    if isMatch { return cause | InterruptCause.tracedAddress }
    switch stepOperand?.access {
    case .load: cause |= InterruptCause.tracedLoad
    case .store: cause |= InterruptCause.tracedStore
    default: break
    }
    return cause
  }
}

extension Instruction {
  /// A branch instruction of Book I 2.4, taken or not.
  fileprivate var isBranch: Bool {
    guard !isPrefixed else { return false }
    switch (bits(0, 5), bits(21, 30)) {
    case (16, _), (18, _), (19, 16), (19, 528), (19, 560): return true
    default: return false
    }
  }
}
