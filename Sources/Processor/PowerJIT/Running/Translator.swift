internal import GuestMemory
public import PowerCPU
internal import PowerISA

/// The second engine: executes a processor's instructions as host code.
///
/// Code runs in the interpreter until the place where a branch leads has been visited often; then
/// the blocks around it are translated, as far as they have been executed.
public final class Translator: TranslatingEngine {
  /// Visits after which code is translated.
  public static let threshold: UInt32 = 150
  /// Bytes of host code kept, unless another number is asked for.
  public static let codeCapacity = 64 << 20
  /// Bytes known of pages of guest code for each byte of host code.
  private static let pageBytesShare = 2
  /// Bytes of host code for each description of a helper call.
  private static let detourShare = 64

  // Safety: the processor owns this object, and outlives it.
  unowned(unsafe) let processor: VirtualProcessor
  let state: UnsafeMutablePointer<ProcessorState>
  let assembler: HostAssembler
  let memory: CodeMemory
  let detours: DetourArena
  let trampolines: Trampolines
  // Safety: allocated and freed with this object.
  let deferred: UnsafeMutablePointer<DeferredStatus>
  let features = HostFeatures()
  private let threshold: UInt32

  var pages: [CodePage.Key: CodePage] = [:]
  var pagesOfReal: [UInt64: [CodePage]] = [:]
  /// Bytes of host memory that ``pages`` take, about.
  var pageBytes = 0
  /// Bytes after which all is forgotten.
  let pageBytesLimit: Int
  let caches = EntryCaches()
  // Safety: freed with this object.
  let visits = VisitCounters()
  private(set) var context: EngineContext
  private var cache: EntryCache
  private var entries: UInt64 = 0

  let ranges = RangeNumbers()
  /// How often groups of accesses could not be checked together, by address.
  var ungrouped: [UInt64: Int] = [:]
  /// The addresses from which on accesses are checked one by one.
  var separate: Set<UInt64> = []

  /// But ``TranslatorStatistics/entries``.
  var counts = TranslatorStatistics()
  /// Called for each region with guest instructions in the range.
  public var listingOf: (range: ClosedRange<UInt64>, report: (TranslatedListing) -> Void)? {
    didSet { assembler.keepText(listingOf != nil) }
  }
  /// Called with a line for each region, as `/tmp/perf-PID.map` has them.
  public var mapReport: ((String) -> Void)?

  /// - Parameters:
  ///   - processor: which to execute; ``attach()`` makes it use this engine.
  ///   - threshold: visits after which code is translated, at most 255.
  ///   - codeCapacity: bytes of host code kept; at least 1 MiB.
  /// - Returns: nil when the host does not let code be made.
  public init?(
    _ processor: VirtualProcessor, threshold: UInt32 = Translator.threshold,
    codeCapacity: Int = Translator.codeCapacity
  ) {
    guard let assembler = HostAssembler(),
      let memory = CodeMemory(capacity: max(codeCapacity, 1 << 20)),
      let detours = DetourArena(
        capacity: memory.capacity / Self.detourShare, segments: memory.segmentCount),
      case let deferred = UnsafeMutablePointer<DeferredStatus>.allocate(capacity: 1)
    else { return nil }
    deferred.initialize(to: DeferredStatus(state: processor.state, detours: detours.base))
    guard let trampolines = Trampolines.make(assembler, memory, deferred: deferred) else {
      deferred.deallocate()
      return nil
    }
    self.deferred = deferred
    self.processor = processor
    self.assembler = assembler
    self.memory = memory
    self.detours = detours
    self.trampolines = trampolines
    self.threshold = min(max(threshold, 1), VisitCounters.limit)
    pageBytesLimit = memory.capacity * Self.pageBytesShare
    state = processor.state
    context = EngineContext(state)
    cache = caches.cache(of: context)
  }

  deinit {
    visits.deallocate()
    deferred.deallocate()
  }

  /// Makes the processor execute with this engine from now on.
  public func attach() { processor.translator = self }

  public var statistics: TranslatorStatistics {
    var all = counts
    all.entries = entries
    return all
  }

  /// The instructions that took the most detours to their semantics functions, by mnemonic.
  public var detoursTaken: [(mnemonic: String, count: UInt64)] {
    let table = InstructionTable.table(for: hardwareInstructions)
    var counts: [String: UInt64] = [:]
    for (word, count) in detours.taken() {
      let row = table.row(of: Instruction(rawValue: word))
      counts[row.map { InstructionRow.all[$0].mnemonic } ?? "illegal", default: 0] += count
    }
    return counts.map { ($0.key, $0.value) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }
  }

  var hardwareInstructions: InstructionSubset { processor.hardware.instructions }

  // MARK: running

  package func run() {
    processor.grantRangeCredits()
    while state.pointee.budget > 0 {
      if state.pointee.isTraced {
        processor.stepTraced()
        continue
      }
      let now = EngineContext(state)
      if now != context {
        context = now
        cache = caches.cache(of: now)
      }
      let address = state.pointee.nia
      var code = cache.code(at: address)
      if code == 0 { code = find(address) }
      if code != 0 { enter(code) }
    }
  }

  private func enter(_ code: UInt) {
    entries &+= 1
    state.pointee.entryCache = cache.address
    state.pointee.fetchTag = Trampolines.running
    // Of an access that has been made, or left, on another way than a detour's.
    state.pointee.missedRange = 0
    let reason = trampolines.enter(UnsafeMutableRawPointer(state), code)
    if state.pointee.deferredStatus.isPending {
      DeferredStatus.resolve(UnsafeMutableRawPointer(deferred))
    }
    // Nothing is fetched yet.
    state.pointee.fetchTag = ProcessorState.noPage
    if reason == LeavingReason.ungrouped { noteUngrouped(state.pointee.nia) }
    if reason != LeavingReason.next { VirtualProcessor.interpretBlock(state) }
  }

  /// The code of NIA, which the entry cache does not have.
  /// - Returns: 0 when there is none: the interpreter has executed a block then, or fetching has
  ///   raised an interrupt.
  @inline(never)
  private func find(_ address: UInt64) -> UInt {
    // 32-bit mode is the interpreter's.
    guard context.is64Bit, address & 3 == 0 else {
      VirtualProcessor.interpretBlock(state)
      return 0
    }
    let count = visits.count(address)
    if count > 1, count < threshold {
      VirtualProcessor.interpretBlock(state)
      return 0
    }
    let mayRemember = processor.isCommon(address) || context.isProblemState
    let word = Int(address & 0xFFF) >> 2
    let facilities = context.region.facilities
    guard let page = cache.page(at: address) ?? currentPage(remembering: mayRemember) else {
      return 0
    }
    // Safety: pages last until the caches have forgotten them.
    var code = page._withUnsafeGuaranteedRef { $0.code(atWord: word, facilities: facilities) }
    if code == 0, count >= threshold {
      guard let page = currentPage(remembering: mayRemember) else { return 0 }
      code = translate(word, page.takeUnretainedValue(), context.region)
    }
    if code == 0 {
      VirtualProcessor.interpretBlock(state)
    } else {
      visits.reset(address)
      if mayRemember { cache.setCode(code, at: address) }
    }
    return code
  }

  /// The page of NIA; nil when fetching it has raised an interrupt, whose handler may be translated.
  private func currentPage(remembering: Bool) -> Unmanaged<CodePage>? {
    guard let decoded = processor.currentPage() else { return nil }
    let address = state.pointee.nia & ~0xFFF
    let key = CodePage.Key(
      decoded: decoded, page: address, context: context.region.withoutFacilities,
      isLasting: remembering)
    let page = cache.formerPage(key) ?? page(key)
    if remembering { cache.setPage(page, at: address) }
    return .passUnretained(page)
  }
}
