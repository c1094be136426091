internal import GuestMemory
public import PowerCPU
internal import PowerISA

/// The second engine: executes a processor's instructions as host code.
///
/// Code runs in the interpreter until a branch target has been reached often; then the blocks
/// around it are translated, as far as they have been executed.
public final class Translator: TranslatingEngine {
  /// Visits after which code is translated.
  public static let threshold: UInt32 = 150
  /// The same where code is kept: later runs have it for nothing.
  private static let keptThreshold: UInt32 = 50
  /// The default capacity for host code, in bytes.
  public static let codeCapacity = 256 << 20
  /// Bytes of host code for each byte of page data, of which there may be a little in any case.
  private static let pageBytesShare = 2
  private static let leastPageBytes = 4 << 20
  /// Code of earlier runs, and where code is kept for later ones.
  public var keptCode: KeptCode? {
    didSet {
      if keptCode?.hasRoom == true { threshold = min(threshold, Self.keptThreshold) }
    }
  }
  /// By ``ProcessorState/codeContext``, what kept code depends on.
  var codeEnvironments: [Int: UInt64] = [:]
  /// The real pages with accesses that were translated again in another way, for which code of earlier runs is
  /// not used.
  var madeAgain: Set<UInt64> = []

  // Safety: the processor owns this object, and outlives it.
  unowned(unsafe) let processor: VirtualProcessor
  let state: UnsafeMutablePointer<ProcessorState>
  let backEnd: any BackEnd
  let helperCalls: HelperCallArena
  private var threshold: UInt32

  var pages: [CodePage.Key: CodePage] = [:]
  var pagesOfReal: [UInt64: [CodePage]] = [:]
  /// Approximate bytes of host memory of ``pages``.
  var pageBytes = 0
  /// The most bytes of ``pages``; beyond them some are dropped.
  let pageBytesLimit: Int
  let caches = EntryCaches()
  // Safety: freed with this object.
  let visits = VisitCounters()
  private(set) var context: EngineContext
  private var cache: EntryCache
  /// Whether ``cache`` must be looked up again before it is used.
  private var mayBeForgotten = false
  private var entries: UInt64 = 0

  /// How often the check of a group of accesses failed, by real address.
  var ungrouped: [UInt64: Int] = [:]
  /// The real addresses from which accesses are checked separately.
  var separate = AddressSet()
  /// The instructions that had been executed when slots were last given fill budgets.
  private var countAtGrant: UInt64 = 0
  /// The fewest executions of an access for each fill of its slot with which the slot makes it faster.
  private static let executionsPerFill = 12
  /// How often the slot of a single access had too many pages, by real address.
  var scatterings: [UInt64: Int] = [:]
  /// The real addresses of accesses that were given another slot for that reason.
  var reslotted = AddressSet()
  /// The real addresses of accesses that still had too many pages, and have no slot for that reason.
  var scattered = AddressSet()

  /// All counts except ``TranslatorStatistics/entries``.
  var counts = TranslatorStatistics()
  /// Called for each region with guest instructions in the range.
  public var listingOf: (range: ClosedRange<UInt64>, report: (TranslatedListing) -> Void)? {
    didSet { backEnd.isListing = listingOf != nil }
  }
  var microOps = ListedMicroOps()
  /// Called with a line for each region, in the format of `/tmp/perf-PID.map`.
  public var mapReport: ((String) -> Void)?

  /// - Parameters:
  ///   - processor: the processor to execute; ``attach()`` makes it use this engine.
  ///   - backEnd: what makes and executes its code; of this processor only.
  ///   - threshold: visits after which code is translated, at most 255.
  ///   - codeCapacity: bytes of host code that the back end keeps.
  package init(
    _ processor: VirtualProcessor, _ backEnd: any BackEnd, threshold: UInt32, codeCapacity: Int
  ) {
    self.backEnd = backEnd
    helperCalls = backEnd.helperCalls
    self.processor = processor
    self.threshold = min(max(threshold, 1), VisitCounters.limit)
    pageBytesLimit = max(codeCapacity / Self.pageBytesShare, Self.leastPageBytes)
    state = processor.state
    context = EngineContext(processor)
    cache = caches.cache(of: context)
    caches.forgotten = { [unowned self] cache in
      if let cache {
        self.processor.forgetEntryCaches { $0 == cache.address }
      } else {
        self.mayBeForgotten = true
        self.processor.forgetEntryCachesOfProblemState()
      }
    }
  }

  deinit { visits.deallocate() }

  /// Does without some features of the host, by the back end's names for them, so that tests can execute
  /// the code for lesser hosts. Before the first code is made.
  package func mask(features names: Set<String>) { backEnd.mask(features: names) }

  /// Makes the processor execute with this engine.
  public func attach() {
    processor.forgetEntryCaches { _ in true }
    state.pointee.entryCache = nil
    processor.translator = self
  }

  /// The counts of this moment.
  public var statistics: TranslatorStatistics {
    var all = counts
    all.entries = entries
    return all
  }

  var hardwareInstructions: InstructionSubset { processor.hardware.instructions }

  // MARK: running

  package func run() {
    grantFillBudgets()
    state.pointee.resumedAt = state.pointee.nia
    while state.pointee.budget > 0 {
      if state.pointee.isTraced {
        processor.stepTraced()
        continue
      }
      let now = EngineContext(processor)
      // Without the address, translated code was left because what is known of the context does not include it.
      if now != context || mayBeForgotten || state.pointee.entryCache == nil {
        mayBeForgotten = false
        context = now
        cache = caches.cache(of: now)
        processor.rememberContext(entryCache: cache.address)
      }
      let address = state.pointee.nia
      var code = cache.code(at: address)
      if code == 0 { code = find(address) }
      if code != 0 { enter(code) }
    }
  }

  private func grantFillBudgets() {
    if processor.grantFillBudgets() { countAtGrant = processor.instructionCount }
  }

  /// What to do when the slot of the access at an address has used up its fill budget: if the access was executed
  /// only a few times for each fill, it is better off without a slot.
  private func noteExhausted(_ address: UInt64) {
    let instructions = processor.instructionCount &- countAtGrant
    grantFillBudgets()
    let perFill = loopLength(around: address) * Self.executionsPerFill
    if instructions < UInt64(perFill * VirtualProcessor.fillBudget) { noteScattered(address) }
  }

  private func enter(_ code: UInt) {
    entries &+= 1
    state.pointee.entryCache = cache.address
    state.pointee.fetchTag = ProcessorState.isTranslated
    // A value that is left from an access that did not end in its helper call.
    state.pointee.missedSlot = 0
    state.pointee.isScattered = 0
    let reason = backEnd.enter(code)
    // Nothing has been fetched yet.
    state.pointee.fetchTag = ProcessorState.noPage
    switch reason {
    case LeavingReason.next: return
    case LeavingReason.scattered:
      noteExhausted(state.pointee.cia)
      guard state.pointee.budget > 0 else { return }
    case LeavingReason.ungrouped: noteUngrouped(state.pointee.nia)
    default: break
    }
    // What is left of the block: translated code begins at blocks, not at each access that was left.
    interpretBlock()
  }

  /// Interprets a block, and counts its instructions.
  private func interpretBlock() {
    let before = processor.instructionCount
    VirtualProcessor.interpretBlock(state)
    counts.interpreted &+= processor.instructionCount &- before
  }

  /// Finds the code of NIA, which is not in the entry cache.
  /// - Returns: 0 without code: the interpreter has executed a block, or the fetch has raised an
  ///   interrupt.
  @inline(never)
  private func find(_ address: UInt64) -> UInt {
    guard address & 3 == 0 else {
      interpretBlock()
      return 0
    }
    // nil when the fetch has raised an interrupt, whose handler may be translated. Visits are counted by the page
    // itself, which processes have at different addresses.
    guard let decoded = processor.currentPage() else { return 0 }
    // In 32-bit mode the fetch has taken the low bits.
    let address = state.pointee.nia
    let visited = Self.visitKey(decoded, address)
    let count = visits.count(visited)
    if count > 1, count < threshold {
      interpretBlock()
      return 0
    }
    let mayRemember = processor.isGlobalMapping(address) || context.isProblemState
    let word = Int(address & 0xFFF) >> 2
    let facilities = context.region.facilities
    let page = cache.page(at: address) ?? page(of: decoded, remembering: mayRemember)
    // Safety: pages live until the caches have dropped them.
    var code = page._withUnsafeGuaranteedRef { $0.code(atWord: word, facilities: facilities) }
    if code == 0, usesKeptCode(at: address), count <= 1 || count == threshold {
      code = keptCode(atWord: word, page.takeUnretainedValue(), facilities: facilities)
    }
    if code == 0, count >= threshold, !isResumed(at: address, in: page.takeUnretainedValue()) {
      code = translate(word, page.takeUnretainedValue(), context.region)
    }
    if code == 0 {
      interpretBlock()
    } else {
      visits.reset(visited)
      if mayRemember { cache.setCode(code, at: address) }
    }
    return code
  }

  /// Whether the code of earlier runs is used and kept: not where breakpoints are.
  func usesKeptCode(at address: UInt64) -> Bool {
    keptCode != nil && !processor.hasBreakpoint(onPage: address)
  }

  /// Whether an address is in translated code that an interrupt or the end of a budget has left there. A region from
  /// there would only repeat code: the interpreter executes what is left up to the next branch.
  private func isResumed(at address: UInt64, in page: CodePage) -> Bool {
    guard address == state.pointee.resumedAt else { return false }
    // A loop that comes back to it is another matter.
    state.pointee.resumedAt = ProcessorState.noPage
    let word = Int(address & 0xFFF) >> 2
    return page.isCovered(word...word)
  }

  /// What visits to an instruction are counted by: its page of decoded entries, which is longer than the page of
  /// instructions, and its place there.
  static func visitKey(_ decoded: UnsafeMutableRawPointer, _ address: UInt64) -> UInt64 {
    UInt64(UInt(bitPattern: decoded)) &+ address & 0xFFF
  }

  /// The page of NIA, whose decoded entries are current.
  private func page(
    of decoded: UnsafeMutableRawPointer, remembering: Bool
  ) -> Unmanaged<CodePage> {
    let address = state.pointee.nia & ~0xFFF
    let key = CodePage.Key(
      decoded: decoded, page: context.isProblemState ? nil : address,
      context: context.region.withoutFacilities,
      isLasting: remembering)
    let page = cache.formerPage(key, at: address) ?? page(key, at: address)
    if remembering {
      page.note(address: address)
      cache.setPage(page, at: address)
    }
    return .passUnretained(page)
  }
}
