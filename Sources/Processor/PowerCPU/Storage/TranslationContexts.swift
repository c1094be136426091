public import PowerISA

/// Keeping the cached translations true.
extension VirtualProcessor {
  /// Must be called when anything a cached translation depends on has changed: MSR[SF, PR, IR,
  /// DR, LE], PID, AMR, IAMR, the PCR.
  func contextChanged() {
    let msr = state.pointee.msr
    state.pointee.addressMask = msr & MSR.sf != 0 ? ~0 : 0xFFFF_FFFF
    state.pointee.littleEndian = msr & MSR.le != 0
    state.pointee.fetchTag = ProcessorState.noPage
    let isProblemState = msr & MSR.pr != 0
    code.select(
      littleEndian: msr & MSR.le != 0, isProblemState: isProblemState,
      instructions: isProblemState ? problemStateInstructions : hardware.instructions)
    state.pointee.codeContext = code.currentContext
    dataContextChanged()
  }

  /// The same when only what loads and stores depend on has changed: the AMR. Instructions go on
  /// being fetched as before.
  func dataContextChanged() {
    let msr = state.pointee.msr
    enterBank(
      TranslationContext(
        msr: msr & (MSR.pr | MSR.ir | MSR.dr | MSR.le),
        pid: msr & MSR.pr != 0 ? state.pointee.pid : 0,
        amr: state.pointee.amr, iamr: state.pointee.iamr))
  }

  /// Must be called when the PID has changed: makes the banks of privileged state, of which there is
  /// one for all processes, forget what belonged to the last.
  func processChanged() {
    for index in banks.indices where banks[index].isPrivileged {
      banks[index].invalidateQuadrant0()
    }
    contextChanged()
  }

  private func enterBank(_ context: TranslationContext) {
    bankClock &+= 1
    let place = context.hash & (bankHints.count - 1)
    let hint = Int(bankHints[place])
    if banks[hint].context == context {
      currentBank = hint
    } else {
      currentBank = bank(of: context)
      bankHints[place] = UInt8(truncatingIfNeeded: currentBank)
    }
    banks[currentBank].lastUse = bankClock
    if !isStepping { state.pointee.dataTranslations = banks[currentBank].data }
    state.pointee.fetchTranslations = banks[currentBank].fetch
  }

  /// The bank of a context: the one used longest ago if it has none yet.
  private func bank(of context: TranslationContext) -> Int {
    var oldest = 0
    for index in banks.indices {
      if banks[index].context == context { return index }
      if banks[index].lastUse < banks[oldest].lastUse { oldest = index }
    }
    banks[oldest].invalidate()
    banks[oldest].context = context
    return oldest
  }

  /// Drops every cached translation, after a change in a page table or in the segments.
  public func invalidateTranslations() {
    forgetTables()
    for index in banks.indices where index != currentBank {
      banks[index].context = nil
      banks[index].lastUse = 0
    }
    banks[currentBank].invalidate()
    leaveTranslation()
    translator?.forgetTranslations(.all)
  }

  /// Makes the next store to every page look at the page's marks, after marks were set.
  public func forbidUnseenStores() {
    for bank in banks { bank.forbidWrites() }
  }

  /// Replaces the process table, as H_REGISTER_PROC_TBL does; nil for hashed translation without
  /// one.
  public func setProcessTable(_ table: ProcessTable?) {
    processTable = table
    invalidateTranslations()
  }
}
