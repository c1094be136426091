internal import Glibc
internal import HostSupport
package import PowerCPU
internal import PowerISA

extension Translator {
  private static let ungroupedLimit = 64
  private static let reslottingLimit = 4
  private static let scatteringLimit = 16
  /// The most pages; when they are used up, some are dropped.
  private static let pageLimit = 1 << 14

  /// Translates a region that begins at a word of the processor's current page.
  /// - Returns: its host code; 0 when none is possible, or not yet.
  func translate(_ word: Int, _ page: CodePage, _ context: RegionContext) -> UInt {
    let available = context.facilities
    if pageBytes >= pageBytesLimit {
      forgetSomePages()
      return 0
    }
    makeRoom()
    let bytesBefore = page.bytes
    defer { pageBytes += page.bytes - bytesBefore }
    guard !page.isUntranslatable(word, facilities: available) else { return 0 }
    let began = HostTime.monotonic
    defer { counts.nanoseconds &+= HostTime.monotonic &- began }
    if page.isKept { for word in page.words { processor.decodeAhead(word: word) } }
    var builder = RegionBuilder(
      processor, page: state.pointee.nia & ~0xFFF, msr: context.msr, rows: backEnd.rows,
      features: backEnd.features)
    // A region that lacks this part is translated again with it, so that it is not left each time.
    let isRepetitive = page.isRepetitive
    let whole = isRepetitive ? nil : page.regionMissing(word, facilities: available)
    if isRepetitive {
      builder.shorten { page.code(atWord: $0, facilities: available) != 0 }
    }
    guard let region = builder.region(from: whole ?? word, and: word, context) else { return 0 }
    guard region.blockOfWord[word] >= 0 else {
      if let whole { page.noteRemake(of: whole, facilities: available) }
      return 0
    }
    let firstCall = helperCalls.next
    guard let made = make(region, of: page) else {
      page.setUntranslatable(word, facilities: available)
      counts.untranslated += 1
      return 0
    }
    // Code that needs no register file serves every combination.
    let facilities = region.needsFacilities ? available : 0
    for (start, code) in made.entries
    where whole != nil || start == word || page.code(atWord: start, facilities: available) == 0 {
      page.setCode(code, atWord: start, facilities: facilities)
      visits.reset(Self.visitKey(page.key.decoded, UInt64(4 * start)))
    }
    page.add(
      region.words, instructionCount: region.instructionCount,
      code: made.base..<made.base + UInt(made.size))
    counts.instructions += region.instructionCount
    page.setMissing(region.missing, from: whole ?? word, facilities: facilities)
    if let whole {
      page.noteRemake(of: whole, facilities: available)
      counts.remakes += 1
      forgetEntries(of: page)
    }
    counts.regions += 1
    counts.codeBytes += made.size
    if usesKeptCode(at: state.pointee.nia) {
      keep(
        region, page, made, firstCall: firstCall, first: whole ?? word, facilities: facilities)
    }
    report(region, from: word, made)
    return page.code(atWord: word, facilities: available)
  }

  private func make(_ region: Region, of page: CodePage) -> MadeCode? {
    microOps = ListedMicroOps()
    let isListing = listingOf != nil
    return backEnd.make(
      region,
      RegionFacts(
        hasWordCarry: processor.hardware.isa >= .v3_0, mayBeReturnedTo: page.key.isLasting,
        separate: separate.words(ofPage: page.real), scattered: scattered.words(ofPage: page.real),
        observe: { [unowned self] in if isListing { microOps.note($0, $1, $2) } }))
  }

  private func report(_ region: Region, from word: Int, _ made: MadeCode) {
    mapReport?(Self.mapLine(made.base, made.size, region.address(ofWord: word)))
    guard let listingOf,
      region.blocks.contains(where: {
        listingOf.range.overlaps(
          region.address(ofWord: $0.start)...region.address(ofWord: $0.end) &- 1)
      })
    else { return }
    listingOf.report(listing(region, made))
  }

  /// The code of the processor's current page.
  func page(_ key: CodePage.Key, at address: UInt64) -> CodePage {
    if let known = pages[key] { return known }
    // The page has just been fetched from.
    let real = processor.realPage(ofFetch: address) ?? ~0
    if pages.count >= Self.pageLimit { forgetSomePages() }
    let page = CodePage(key, real: real)
    pageBytes += page.bytes
    pages[key] = page
    pagesOfReal[real, default: []].append(page)
    return page
  }

  /// Ensures that there is room for another region; drops the oldest code.
  func makeRoom() {
    guard let forgotten = backEnd.makeRoom() else { return }
    counts.evictions += 1
    caches.forEach { $0.clear() }
    for page in pages.values { page.forget(forgotten) }
    pageBytes = pages.values.reduce(0) { $0 + $1.bytes }
  }

  /// Translates a group of accesses again, with single checks, when it was too often not in one
  /// page.
  func noteUngrouped(_ address: UInt64) {
    counts.ungrouped &+= 1
    guard let real = realAddress(of: address) else { return }
    makeAgain(real, &ungrouped, Self.ungroupedLimit, &separate)
  }

  /// Translates an access again, without a slot, when its slot had too many pages too often.
  func noteScattered(_ address: UInt64) {
    guard let real = realAddress(of: address) else { return }
    // First with another slot: perhaps two accesses only had the same one.
    guard reslotted.contains(real) else {
      return makeAgain(real, &scatterings, Self.reslottingLimit, &reslotted)
    }
    let before = scattered.count
    makeAgain(real, &scatterings, Self.scatteringLimit, &scattered)
    if scattered.count > before { counts.scattered += 1 }
  }

  /// How many instructions are executed for one execution of the instruction at an address: the length of the
  /// innermost loop around it, which ends at the next branch that leads back to it or to one before it.
  func loopLength(around address: UInt64) -> Int {
    let farthest = 128
    guard let real = processor.realPage(ofFetch: address & ~0xFFF),
      let page = StoredPage(processor.memory, at: real)
    else { return farthest }
    let first = Int(address & 0xFFF) >> 2
    for word in first..<min(first + farthest, 1024) {
      let stored = page.word(word)
      let branch = Instruction(word: context.region.msr & MSR.le != 0 ? stored : stored.byteSwapped)
      let offset =
        switch branch.word >> 26 {
        case 16: branch.bd
        case 18: branch.li
        default: Int64(0)
        }
      let length = 1 - Int(offset) / 4
      if offset < 0, !branch.lk, length > word - first { return length }
    }
    return farthest
  }

  /// The real address of an instruction that has been executed.
  private func realAddress(of address: UInt64) -> UInt64? {
    processor.realPage(ofFetch: address & ~0xFFF).map { $0 | address & 0xFFF }
  }

  /// Counts something that makes an access slow; when it has happened often, adds its real address to
  /// a set and drops the regions that have it, which are made again in another way.
  private func makeAgain(
    _ address: UInt64, _ counts: inout [UInt64: Int], _ limit: Int, _ set: inout AddressSet
  ) {
    let count = counts[address, default: 0] + 1
    guard count >= limit else {
      if counts.count >= 1 << 14 { counts.removeAll(keepingCapacity: true) }
      counts[address] = count
      return
    }
    if set.count >= 1 << 16 { set.removeAll() }
    set.insert(address)
    counts[address] = nil
    if keptCode != nil {
      if madeAgain.count >= 1 << 16 { madeAgain.removeAll() }
      madeAgain.insert(address & ~0xFFF)
    }
    for code in pagesOfReal[address & ~0xFFF] ?? [] {
      let before = code.bytes
      // They are translated again when they are visited next.
      code.forgetRegions(with: Int(address & 0xFFF) >> 2) {
        visits.warm(Self.visitKey(code.key.decoded, UInt64(4 * $0)))
      }
      pageBytes += code.bytes - before
      forgetEntries(of: code)
    }
  }

  // MARK: invalidation

  package func forget(real: UInt64, words: ClosedRange<Int>) {
    guard let affected = pagesOfReal[real], affected.contains(where: { $0.isCovered(words) })
    else { return }
    counts.invalidations += 1
    drop(affected, real: real)
    // The running code may be part of it.
    state.pointee.fetchTag = ProcessorState.noPage
  }

  /// Makes the next use of a page's code look for it.
  private func forgetEntries(of page: CodePage) {
    for address in page.addresses { caches.forEach { $0.forget(page: address) } }
    guard page.hasMoreAddresses else { return }
    caches.forEach {
      $0.clear()
      $0.clearPages()
    }
  }

  /// Drops all code of a real page.
  private func drop(_ affected: [CodePage], real: UInt64) {
    pagesOfReal[real] = nil
    for page in affected {
      forgetEntries(of: page)
      if pages.removeValue(forKey: page.key) != nil { pageBytes -= page.bytes }
    }
  }

  /// Drops all code of some real pages, a sixteenth of them on average, while no code runs.
  private func forgetSomePages() {
    counts.evictions += 1
    let salt = SplitMix64.mixed(UInt64(counts.evictions))
    let chosen = pagesOfReal.filter { SplitMix64.mixed($0.key ^ salt) & 15 == 0 }
    guard !chosen.isEmpty else { return forgetPages() }
    for (real, affected) in chosen { drop(affected, real: real) }
  }

  package func forgetAllCode() {
    if !pages.isEmpty { counts.emptyings += 1 }
    forgetPages()
    state.pointee.fetchTag = ProcessorState.noPage
  }

  private func forgetPages() {
    caches.forEach {
      $0.clear()
      $0.clearPages()
    }
    pagesOfReal.removeAll()
    pages.removeAll()
    pageBytes = 0
  }

  package func forgetTranslations(_ scope: TranslationScope) {
    switch scope {
    case .all: caches.forEach { $0.clear() }
    case .pages(let pages):
      var wereKnown = false
      caches.forEach { wereKnown = $0.clear(pages) || wereKnown }
      // A call may return there without a lookup.
      if wereKnown { state.pointee.fetchTag = ProcessorState.noPage }
    case .processPages(let pages, let process):
      caches.clear(process: process, pages, isInUse: isInProblemState)
    case .process(let process): caches.clear(process: process, isInUse: isInProblemState)
    case .processes: caches.clearProblemState(isInUse: isInProblemState)
    }
  }

  /// Whether translated code may be using a cache of problem state.
  private var isInProblemState: Bool {
    state.pointee.msr & MSR.pr != 0
  }
}
