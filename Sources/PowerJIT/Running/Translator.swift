internal import GuestMemory
internal import Glibc
public import PowerCPU
internal import PowerISA

/// The second engine: executes a processor's instructions as host code.
///
/// Code runs in the interpreter until the place where a branch leads has been visited often; then
/// the blocks around it are translated, as far as they have been executed.
public final class Translator: TranslatingEngine {
  /// Visits after which code is translated.
  public static let threshold: UInt32 = 40
  /// Bytes of host code kept, unless another number is asked for.
  public static let codeCapacity = 64 << 20
  private static let detourCapacity = 1 << 20
  private static let cacheLimit = 64

  // Safety: the processor owns this object, and outlives it.
  private unowned let processor: VirtualProcessor
  private let state: UnsafeMutablePointer<ProcessorState>
  let assembler: HostAssembler
  private let memory: CodeMemory
  private let detours: DetourArena
  private let trampolines: Trampolines
  // Safety: allocated and freed with this object.
  private let deferred: UnsafeMutablePointer<DeferredStatus>
  private let features = HostFeatures()
  private let threshold: UInt32

  private var pages: [CodePage.Key: CodePage] = [:]
  private var pagesOfReal: [UInt64: [CodePage]] = [:]
  private var caches: [(context: EngineContext, cache: EntryCache)] = []
  private var context: EngineContext
  private var cache: EntryCache

  private let ranges = RangeNumbers()
  /// How often groups of accesses could not be checked together, by address.
  private var ungrouped: [UInt64: Int] = [:]
  /// The addresses from which on accesses are checked one by one.
  private var separate: Set<UInt64> = []
  private static let ungroupedLimit = 64

  public private(set) var statistics = TranslatorStatistics()
  /// Called for each region with guest instructions in the range.
  public var listingOf: (range: ClosedRange<UInt64>, report: (TranslatedListing) -> Void)? {
    didSet { assembler.keepText(listingOf != nil) }
  }
  /// Called with a line for each region, as `/tmp/perf-PID.map` has them.
  public var mapReport: ((String) -> Void)?

  /// - Parameters:
  ///   - processor: which to execute; ``attach()`` makes it use this engine.
  ///   - threshold: visits after which code is translated.
  ///   - codeCapacity: bytes of host code kept; at least 1 MiB.
  /// - Returns: nil when the host does not let code be made.
  public init?(
    _ processor: VirtualProcessor, threshold: UInt32 = Translator.threshold,
    codeCapacity: Int = Translator.codeCapacity
  ) {
    guard let assembler = HostAssembler(),
      let memory = CodeMemory(capacity: max(codeCapacity, 1 << 20)),
      let detours = DetourArena(capacity: Self.detourCapacity),
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
    self.threshold = max(threshold, 1)
    state = processor.state
    context = processor.engineContext
    cache = EntryCache()
    caches = [(context, cache)]
  }

  deinit { deferred.deallocate() }

  /// Makes the processor execute with this engine from now on.
  public func attach() { processor.translator = self }

  /// The instructions that took the most detours to their semantics functions, by mnemonic.
  public var detoursTaken: [(mnemonic: String, count: UInt64)] {
    let table = InstructionTable.table(for: hardwareInstructions)
    var counts: [String: UInt64] = [:]
    for (word, count) in detours.counts() {
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
      selectCache()
      let address = state.pointee.nia
      if let code = cache.code(at: address) {
        enter(code)
        continue
      }
      let (visits, isFirst) = cache.count(address)
      guard isFirst || visits >= threshold else {
        VirtualProcessor.interpretBlock(state)
        continue
      }
      guard let code = code(at: address, translating: visits >= threshold) else {
        // The fetch may have raised an interrupt, whose handler may be translated.
        if state.pointee.nia == address { VirtualProcessor.interpretBlock(state) }
        continue
      }
      cache.setCode(code, at: address)
    }
  }

  private func enter(_ code: UInt) {
    statistics.entries &+= 1
    state.pointee.entryCache = cache.address
    state.pointee.fetchTag = Trampolines.running
    let reason = trampolines.enter(UnsafeMutableRawPointer(state), code)
    if state.pointee.deferredStatus.isPending {
      DeferredStatus.resolve(UnsafeMutableRawPointer(deferred))
    }
    // Nothing is fetched yet.
    state.pointee.fetchTag = ProcessorState.noPage
    if reason == LeavingReason.ungrouped { noteUngrouped(state.pointee.nia) }
    if reason != LeavingReason.next { VirtualProcessor.interpretBlock(state) }
  }

  /// Makes the cache that of the current context.
  private func selectCache() {
    guard !processor.isIn(context) else { return }
    let now = processor.engineContext
    context = now
    if let index = caches.firstIndex(where: { $0.context == now }) {
      // The latest come first.
      let found = caches.remove(at: index)
      caches.insert(found, at: 0)
      cache = found.cache
      return
    }
    if caches.count == Self.cacheLimit, let oldest = caches.popLast() {
      oldest.cache.clear()
      cache = oldest.cache
    } else {
      cache = EntryCache()
    }
    caches.insert((now, cache), at: 0)
  }

  /// The code of NIA, if it has been translated or can be.
  private func code(at address: UInt64, translating: Bool) -> UInt? {
    // 32-bit mode is the interpreter's.
    guard context.msr & MSR.sf != 0, let decoded = processor.currentPage() else { return nil }
    let key = CodePage.Key(
      decoded: decoded, page: address & ~0xFFF,
      context: RegionContext(
        msr: context.msr & (MSR.le | MSR.fp | MSR.vec | MSR.vsx),
        summaryOverflow: context.summaryOverflow))
    let word = Int(address & 0xFFF) >> 2
    if let known = pages[key]?.code(atWord: word) { return known }
    guard translating, address & 3 == 0 else { return nil }
    return translate(word, key)
  }

  private func translate(_ word: Int, _ key: CodePage.Key) -> UInt? {
    makeRoom()
    guard let page = page(key), !page.isRefused(word) else { return nil }
    let began = Self.nanoseconds()
    defer { statistics.nanoseconds &+= Self.nanoseconds() &- began }
    var builder = RegionBuilder(processor, page: key.page, msr: key.context.msr, features: features)
    // A region that leads here is made anew with this part, rather than left each time.
    let whole = page.regionMissing(word)
    guard let region = builder.region(from: whole ?? word, and: word, key.context) else {
      return nil
    }
    guard region.blockOfWord[word] >= 0 else {
      if let whole { page.noteRemake(of: whole) }
      return nil
    }
    let base = memory.next
    assembler.begin(at: base)
    let emitter = RegionEmitter(
      assembler, region, trampolines, features, detours,
      hasWordCarry: processor.hardware.isa >= .v3_0, ranges: ranges,
      isSeparate: { [separate] in separate.contains(region.address(ofWord: $0)) })
    emitter.emit()
    let (destination, capacity) = memory.free
    guard let size = assembler.finish(destination, capacity: capacity) else {
      page.refuse(word)
      statistics.refused += 1
      return nil
    }
    memory.commit(size)
    for (entry, label) in zip(region.entries, emitter.entryLabels) {
      let start = region.blocks[entry].start
      if whole != nil || start == word || page.code(atWord: start) == nil {
        page.setCode(base + UInt(assembler.offset(of: label)), atWord: start)
      }
    }
    for block in region.blocks {
      for operation in block.operations {
        page.cover(operation.word)
        if operation.instruction.isPrefixed { page.cover(operation.word + 1) }
        statistics.instructions += 1
      }
    }
    page.setMissing(region.missing, from: whole ?? word)
    if let whole {
      page.noteRemake(of: whole)
      statistics.remakes += 1
      for (_, cache) in caches { cache.clear(page: key.page) }
    }
    statistics.regions += 1
    statistics.codeBytes += size
    mapReport?(Self.mapLine(base, size, region.address(ofWord: word)))
    if let listingOf,
      region.blocks.contains(where: {
        listingOf.range.overlaps(
          region.address(ofWord: $0.start)...region.address(ofWord: $0.end) &- 1)
      })
    {
      listingOf.report(listing(region, at: base))
    }
    return page.code(atWord: word)
  }

  private func page(_ key: CodePage.Key) -> CodePage? {
    if let known = pages[key] { return known }
    guard let real = processor.realPage(ofFetch: key.page) else { return nil }
    let page = CodePage(key, real: real)
    pages[key] = page
    pagesOfReal[real, default: []].append(page)
    return page
  }

  /// Forgets everything when there is no room for another region.
  private func makeRoom() {
    let needed = RegionBuilder.operationLimit
    guard memory.free.capacity < needed * 1024 || !detours.hasRoom(for: 8 * needed) else { return }
    statistics.evictions += 1
    removeAll()
  }

  private func removeAll() {
    pages.removeAll()
    pagesOfReal.removeAll()
    for (_, cache) in caches { cache.clear() }
    detours.removeAll()
    memory.truncate(to: trampolines.size)
  }

  private static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Translates a group of accesses anew, one by one, when it was too often not in one page.
  private func noteUngrouped(_ address: UInt64) {
    statistics.ungrouped &+= 1
    let count = ungrouped[address, default: 0] + 1
    guard count >= Self.ungroupedLimit else {
      ungrouped[address] = count
      return
    }
    if separate.count >= 4096 { separate.removeAll() }
    separate.insert(address)
    ungrouped.removeAll(keepingCapacity: true)
    guard let real = processor.realPage(ofFetch: address & ~0xFFF) else { return }
    forget(real: real, words: 0...1023)
  }

  // MARK: forgetting

  package func forget(real: UInt64, words: ClosedRange<Int>) {
    guard let affected = pagesOfReal[real], affected.contains(where: { $0.isCovered(words) })
    else { return }
    statistics.invalidations += 1
    for page in affected {
      pages[page.key] = nil
      for (_, cache) in caches { cache.clear(page: page.key.page) }
    }
    pagesOfReal[real] = nil
    // What runs now may be part of it.
    state.pointee.fetchTag = ProcessorState.noPage
  }

  package func forgetAllCode() {
    pages.removeAll()
    pagesOfReal.removeAll()
    for (_, cache) in caches { cache.clear() }
    state.pointee.fetchTag = ProcessorState.noPage
  }

  package func forgetTranslations(of page: UInt64?) {
    for (_, cache) in caches {
      if let page { cache.clear(page: page) } else { cache.clear() }
    }
  }
}
