import GuestMemory
import PowerISA

/// What a debugger outside of the guest does with a processor that does not run.
///
/// A page with breakpoints has decoded entries of its own for its effective address
/// (``DecodedCode/page(real:effective:)``), in which the word of a breakpoint is never decoded.
/// Translated code ends before such a word, and all other code stays as it is. Watched pages are never
/// in a ``ContextTLB``, as those of the architecture's watchpoints.
extension VirtualProcessor {
  /// The places that stop the processor. A change drops the code of the pages concerned.
  public var debugPoints: DebugPoints {
    get { points }
    set {
      guard newValue != points else { return }
      let old = points
      points = newValue
      hasBreakpoint = !newValue.breakpoints.isEmpty
      if old.breakpoints != newValue.breakpoints { breakpointsChanged(old) }
      if old.watches != newValue.watches { watchesChanged(old) }
    }
  }

  /// Runs one instruction, or takes the interrupt in its place. A breakpoint at NIA does not count;
  /// watches do.
  /// - Parameter takingInterrupts: whether an interrupt that is pending and enabled comes before the
  ///   instruction; otherwise it waits.
  public func step(takingInterrupts: Bool) -> EngineExit {
    steppedBreakpoint = state.pointee.nia & state.pointee.addressMask & ~3
    holdsInterrupts = !takingInterrupts
    defer { (steppedBreakpoint, holdsInterrupts) = (nil, false) }
    return run(instructions: 1)
  }

  private func breakpointsChanged(_ old: DebugPoints) {
    let changed = Set(old.breakpoints.symmetricDifference(points.breakpoints).map { $0 & ~0xFFF })
    breakpointPages = points.pages
    code.removePages(effective: changed) { real, freed in
      translator?.forget(real: real, words: 0...DecodedCode.entriesPerPage - 1)
      for tlb in tlbs { tlb.forgetFetches(from: freed) }
    }
    for page in changed { invalidateTranslations(of: PageRun(first: page, count: 1), in: nil) }
    state.pointee.fetchPage = code.undecodedPage
    leaveTranslation()
  }

  private func watchesChanged(_ old: DebugPoints) {
    debugWatchpoints = points.watches.map { ($0, Watchpoint($0)) }
    for watch in old.watches.symmetricDifference(points.watches) {
      let pages = Watchpoint(watch).pages
      for tlb in tlbs where tlb.context != nil { tlb.invalidate(pages) }
    }
    updateWatchpoints()
  }

  /// Whether the page of an effective address has decoded entries of its own because of breakpoints.
  package func hasBreakpoint(onPage address: UInt64) -> Bool {
    hasBreakpoint && breakpointPages.contains(address & ~0xFFF)
  }

  /// Whether the word at an effective address must not be decoded.
  func isBreakpoint(_ address: UInt64) -> Bool {
    hasBreakpoint && points.breakpoints.contains(address)
  }

  /// Ends the run before the current instruction, which must return at once, without effects.
  func stop(_ reason: DebugStop) {
    debugStop = reason
    state.pointee.nia = state.pointee.cia
    // It was counted, but is not executed.
    state.pointee.budget &+= 1
    if code.audit != nil {
      let word = Int(truncatingIfNeeded: (state.pointee.cia >> 2) & 0x3FF)
      DecodedCode.counts(of: state.pointee.fetchPage)[word] &-= 1
    }
    state.pointee.isUntraceable = true
    requestExit(.debugger)
  }

  /// Ends the run if the debugger watches a byte of an access within a page.
  func stopIfWatched(_ ea: UInt64, size: Int, _ access: StorageAccess) -> Bool {
    for (watch, watchpoint) in debugWatchpoints {
      if let byte = watchpoint.match(ea, size: size, access, msr: state.pointee.msr) {
        stop(.watch(watch, address: byte))
        return true
      }
    }
    return false
  }

  // MARK: memory

  /// The real address of a byte for a debugger: that of the current context, whatever the page
  /// permits, and failing that, of privileged state. The guest's state does not change, reference bits
  /// included. nil where no memory is.
  public func realAddressForDebugger(_ address: UInt64) -> UInt64? {
    let (msr, amr, iamr) = (state.pointee.msr, state.pointee.amr, state.pointee.iamr)
    defer {
      (state.pointee.msr, state.pointee.amr, state.pointee.iamr) = (msr, amr, iamr)
    }
    (state.pointee.amr, state.pointee.iamr) = (0, 0)
    let address = address & state.pointee.addressMask
    for state in msr & MSR.pr == 0 ? [msr] : [msr, msr & ~MSR.pr] {
      self.state.pointee.msr = state
      for access in [StorageAccess.load, .fetch] {
        if case .real(let real, _, _) = translate(address, access, updatesEntry: false),
          memory.contains(real, count: 1)
        {
          return real
        }
      }
    }
    return nil
  }
}
