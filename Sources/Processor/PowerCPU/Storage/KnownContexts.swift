import PowerISA

/// The part of the state that code and its translation depend on, in one word. PID, AMR and IAMR are the rest of it.
package enum ContextBits {
  /// MSR bits that select how words are decoded and how addresses are translated.
  static let addressing = MSR.sf | MSR.pr | MSR.ir | MSR.dr | MSR.le
  /// MSR bits that make register files available.
  package static let registerFiles = MSR.fp | MSR.vec | MSR.vsx
  /// XER[SO].
  package static let summaryOverflow: UInt64 = 1 << 62
  /// Problem state without FSCR[PREFIX].
  package static let lacksPrefix: UInt64 = 1 << 61
}

extension ProcessorState {
  /// The bits of ``ContextBits``; those of the MSR are in their places.
  var contextBits: UInt64 {
    @inline(__always) get {
      let lacksPrefix = msr & MSR.pr != 0 && fscr & Facility.prefix.bit == 0
      return msr & (ContextBits.addressing | ContextBits.registerFiles)
        | (xerWithoutCarries & XER.so) << 31 | (lacksPrefix ? ContextBits.lacksPrefix : 0)
    }
  }

  /// PID in problem state; 0 in privileged state, which is the same for all processes.
  var processOfContext: UInt64 {
    @inline(__always) get { msr & MSR.pr != 0 ? pid : 0 }
  }
}

/// The state that code depends on besides page tables and storage.
package struct CodeDependencies {
  /// ``ProcessorState/contextBits``.
  package let bits: UInt64
  /// ``ProcessorState/processOfContext``.
  package let process: UInt64
  /// ``ProcessorState/codeContext``.
  package let codeContext: Int
  package let iamr: UInt64
}

extension VirtualProcessor {
  /// Made here, because another module copies the whole state to use a computed property of it.
  package var codeDependencies: CodeDependencies {
    CodeDependencies(
      bits: state.pointee.contextBits, process: state.pointee.processOfContext,
      codeContext: state.pointee.codeContext, iamr: state.pointee.iamr)
  }
}

/// What follows from a context: kept so that system calls and returns from interrupts, which go to and fro between a
/// few contexts, need not find it out again.
struct KnownContext {
  /// ``ProcessorState/contextBits``; no context has all of them.
  fileprivate var bits: UInt64 = ~0
  /// PID in problem state.
  fileprivate var process: UInt64 = 0
  fileprivate var amr: UInt64 = 0
  fileprivate var iamr: UInt64 = 0

  fileprivate var tlb = 0
  fileprivate var codeContext = 0
  // Safety: TLBs live as long as the processor.
  fileprivate var data: UnsafeMutablePointer<DataTranslation>?
  fileprivate var fetch: UnsafeMutablePointer<FetchTranslation>?
  fileprivate var lastUse: UnsafeMutablePointer<UInt64>?
  /// The table of the translating engine, once it has been there; nil when translated code must be left.
  // Safety: the engine calls `forgetEntryCaches(_:)` before it uses the table for another context.
  fileprivate var entryCache: UnsafeMutableRawPointer?

  /// Number of known contexts; a place is chosen by the context.
  static let count = 64
}

extension VirtualProcessor {
  /// The place of the state's context.
  @inline(__always)
  private func knownContext(_ bits: UInt64, _ process: UInt64) -> UnsafeMutablePointer<KnownContext>
  {
    let all = bits ^ bits >> 11 ^ bits >> 57 ^ process &* 0x9E5 ^ state.pointee.amr >> 59
    return knownContexts
      + Int(truncatingIfNeeded: (all ^ all >> 6) & UInt64(KnownContext.count - 1))
  }

  /// Makes current what is known of the state's context.
  /// - Returns: nil when it must be found out; then ``rememberContext(entryCache:)`` must be called.
  @inline(__always)
  func selectKnownContext() -> UnsafeMutablePointer<KnownContext>? {
    let (bits, process) = (state.pointee.contextBits, state.pointee.processOfContext)
    let known = knownContext(bits, process)
    guard known.pointee.bits == bits, known.pointee.process == process,
      known.pointee.amr == state.pointee.amr, known.pointee.iamr == state.pointee.iamr,
      let data = known.pointee.data, let fetch = known.pointee.fetch,
      let lastUse = known.pointee.lastUse
    else { return nil }
    setAddressing()
    code.select(known.pointee.codeContext)
    state.pointee.codeContext = known.pointee.codeContext
    currentTLB = known.pointee.tlb
    useTLB(data: data, fetch: fetch, lastUse: lastUse)
    return known
  }

  /// Keeps what is current as that of the state's context.
  package func rememberContext(entryCache: UnsafeMutableRawPointer?) {
    let (bits, process) = (state.pointee.contextBits, state.pointee.processOfContext)
    knownContext(bits, process).pointee = KnownContext(
      bits: bits, process: process, amr: state.pointee.amr, iamr: state.pointee.iamr,
      tlb: currentTLB,
      codeContext: state.pointee.codeContext, data: tlbs[currentTLB].data,
      fetch: tlbs[currentTLB].fetch,
      lastUse: tlbs[currentTLB].lastUse, entryCache: entryCache)
  }

  /// The tables of the translating engine that meet a condition are about to be used for something else.
  package func forgetEntryCaches(_ isForgotten: (UnsafeMutableRawPointer) -> Bool) {
    for index in 0..<KnownContext.count {
      if let table = knownContexts[index].entryCache, isForgotten(table) {
        knownContexts[index].entryCache = nil
      }
    }
  }

  /// Those of problem state, of a process or of all, must be looked up before they are used again.
  package func forgetEntryCachesOfProblemState() {
    for index in 0..<KnownContext.count where knownContexts[index].bits & MSR.pr != 0 {
      knownContexts[index].entryCache = nil
    }
  }

  /// Forgets the contexts that have a TLB, or all.
  func forgetContexts(ofTLB tlb: Int? = nil) {
    for index in 0..<KnownContext.count where tlb == nil || knownContexts[index].tlb == tlb {
      knownContexts[index] = KnownContext()
    }
  }

  // MARK: translated code

  /// Whether translated code has called the semantics function that runs, and continues after it: it may have to continue
  /// somewhere else.
  private var isInTranslatedCode: Bool {
    @inline(__always) get { state.pointee.fetchTag | 2 == ProcessorState.isRedirected }
  }

  /// After a change of the context, or of NIA: translated code continues at NIA, in a context's code. Other
  /// engines look up the page of NIA.
  @inline(__always)
  func redirect(to known: UnsafeMutablePointer<KnownContext>) {
    if isInTranslatedCode, let entryCache = known.pointee.entryCache {
      state.pointee.entryCache = entryCache
      state.pointee.fetchTag = ProcessorState.isRedirected
    } else {
      leaveContext()
    }
  }

  /// The same in the current context.
  @inline(__always)
  func redirect() {
    state.pointee.fetchTag =
      isInTranslatedCode ? ProcessorState.isRedirected : ProcessorState.noPage
  }

  /// Leaves translated code; its engine finds its table of the context again.
  func leaveContext() {
    state.pointee.entryCache = nil
    state.pointee.fetchTag = ProcessorState.noPage
  }

  /// Register files have become available, or unavailable.
  func registerFilesChanged() {
    guard isInTranslatedCode else { return }
    if let known = selectKnownContext() { redirect(to: known) } else { leaveContext() }
  }

  /// What the engine's table of the current context is, if translated code runs.
  var currentEntryCache: UnsafeMutableRawPointer? {
    state.pointee.fetchTag == ProcessorState.isTranslated ? state.pointee.entryCache : nil
  }
}
