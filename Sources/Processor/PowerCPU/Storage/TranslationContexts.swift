public import PowerISA

/// Invalidation of cached translations.
extension VirtualProcessor {
  /// Must be called when a part of the state that cached translations depend on has changed:
  /// MSR[SF, PR, IR, DR, LE], PID, AMR, IAMR, the PCR.
  func contextChanged() {
    if let known = selectKnownContext() { return redirect(to: known) }
    findContext()
    leaveContext()
  }

  /// Finds out what follows from the state's context.
  private func findContext() {
    let msr = state.pointee.msr
    setAddressing()
    let isProblemState = msr & MSR.pr != 0
    code.select(
      littleEndian: msr & MSR.le != 0, isProblemState: isProblemState,
      instructions: isProblemState ? problemStateInstructions : hardware.instructions)
    state.pointee.codeContext = code.currentContext
    enterTLB()
    rememberContext(entryCache: nil)
  }

  /// Sets what follows from MSR[SF, LE] alone.
  @inline(__always)
  func setAddressing() {
    state.pointee.addressMask = state.pointee.msr & MSR.sf != 0 ? ~0 : 0xFFFF_FFFF
    state.pointee.littleEndian = state.pointee.msr & MSR.le != 0
  }

  /// The same when only loads and stores depend on the change: the AMR. Fetch translations stay
  /// valid.
  func dataContextChanged() {
    if selectKnownContext() != nil { return }
    enterTLB()
    rememberContext(entryCache: currentEntryCache)
  }

  /// Must be called when the PID has changed. Privileged state has one TLB for all processes;
  /// translations of the previous process are removed from it.
  func processChanged() {
    for index in tlbs.indices where tlbs[index].isPrivileged {
      tlbs[index].invalidateQuadrant0()
    }
    contextChanged()
  }

  private func enterTLB() {
    let context = TranslationContext(
      msr: state.pointee.msr & ContextBits.addressing, pid: state.pointee.processOfContext,
      amr: state.pointee.amr, iamr: state.pointee.iamr)
    let place = context.hash & (tlbHints.count - 1)
    let hint = Int(tlbHints[place])
    if tlbs[hint].context == context {
      currentTLB = hint
    } else {
      currentTLB = tlb(of: context)
      tlbHints[place] = UInt8(truncatingIfNeeded: currentTLB)
    }
    let tlb = tlbs[currentTLB]
    useTLB(data: tlb.data, fetch: tlb.fetch, lastUse: tlb.lastUse)
  }

  /// Makes the parts of the current TLB the state's.
  @inline(__always)
  func useTLB(
    data: UnsafeMutablePointer<DataTranslation>, fetch: UnsafeMutablePointer<FetchTranslation>,
    lastUse: UnsafeMutablePointer<UInt64>
  ) {
    tlbClock &+= 1
    lastUse.pointee = tlbClock
    if !isStepping { state.pointee.dataTranslations = data }
    state.pointee.fetchTranslations = fetch
  }

  /// The TLB of a context; the least recently used one if the context has none yet.
  private func tlb(of context: TranslationContext) -> Int {
    var oldest = 0
    for index in tlbs.indices {
      if tlbs[index].context == context { return index }
      if tlbs[index].lastUse.pointee < tlbs[oldest].lastUse.pointee { oldest = index }
    }
    forgetContexts(ofTLB: oldest)
    tlbs[oldest].invalidate()
    tlbs[oldest].context = context
    return oldest
  }

  /// Drops every cached translation, after a change in a page table or in the segments.
  public func invalidateTranslations() {
    forgetTables()
    forgetContexts()
    for index in tlbs.indices where index != currentTLB {
      tlbs[index].context = nil
      tlbs[index].lastUse.pointee = 0
    }
    tlbs[currentTLB].invalidate()
    leaveTranslation()
    translator?.forgetTranslations(.all)
  }

  /// Makes the next store to every page check the page's tags, after tags were set.
  public func forbidUnrecordedStores() {
    for tlb in tlbs { tlb.forbidWrites() }
  }

  /// Replaces the process table, as H_REGISTER_PROC_TBL does; nil for hashed translation without
  /// one.
  public func setProcessTable(_ table: ProcessTable?) {
    processTable = table
    invalidateTranslations()
  }
}
