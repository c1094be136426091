import GuestMemory
import HostSupport
import PowerISA

/// The interpreter's entry for one word: a semantics function and the instruction.
struct DecodedEntry {
  var run: InstructionHandler
  /// `Instruction.rawValue`.
  var instruction: UInt64
}

/// A semantics function after its row's gates: processor state, instruction.
typealias InstructionHandler = @convention(c) (UnsafeMutableRawPointer, UInt64) -> Void

/// The decoded pages of one processor, by real page, byte order and instruction set.
///
/// A page is decoded word by word, when a word is first executed: until then the entry's handler is
/// the function that decodes.
///
/// For an audit, problem state has pages of its own. Behind every page's entries are their
/// execution counts (``counts(of:)``), which are added to the audit when entries are dropped.
struct DecodedCode {
  static let entriesPerPage = 1024
  /// The default number of pages after which some are dropped: 64 MiB.
  static let pageLimit = 4096
  var pageLimit = DecodedCode.pageLimit

  private struct Context: Equatable {
    var littleEndian: Bool
    var instructions: InstructionSubset
    /// Whether executions are counted: an audit's problem state.
    var isAudited: Bool
  }

  private struct BreakpointPage: Hashable {
    var context: Int
    var real: UInt64
    var effective: UInt64
  }

  /// Receives the execution counts. No page may exist when it changes.
  var audit: ISAAudit?

  /// A page whose every entry decodes; the state points to it when no code is selected.
  let undecodedPage: UnsafeMutablePointer<DecodedEntry>
  private var contexts: [Context] = []
  private var tables: [InstructionTable] = []
  private var pages: [[UInt64: UnsafeMutablePointer<DecodedEntry>]] = []
  /// The pages of effective addresses with breakpoints.
  private var breakpointPages: [BreakpointPage: UnsafeMutablePointer<DecodedEntry>] = [:]
  private var current = 0
  /// The numbers of the contexts of both byte orders and states, -1 where not known; they change
  /// with the instruction set.
  private var numbers = InlineArray<4, Int>(repeating: -1)
  private var pageCount = 0
  /// How often ``someRealPages()`` was called.
  private var choices: UInt64 = 0

  init() { undecodedPage = Self.allocatePage(counting: false) }

  mutating func deallocate() {
    removeAll()
    undecodedPage.deallocate()
  }

  private static func allocatePage(counting: Bool) -> UnsafeMutablePointer<DecodedEntry> {
    let entryBytes = entriesPerPage * MemoryLayout<DecodedEntry>.stride
    let countBytes = counting ? entriesPerPage * MemoryLayout<UInt64>.stride : 0
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: entryBytes + countBytes, alignment: MemoryLayout<DecodedEntry>.alignment)
    if counting {
      (bytes + entryBytes).initializeMemory(as: UInt64.self, repeating: 0, count: entriesPerPage)
    }
    return bytes.initializeMemory(
      as: DecodedEntry.self, repeating: undecoded, count: entriesPerPage)
  }

  /// The execution counts of a page's entries, when there is an audit.
  @inline(__always)
  static func counts(of page: UnsafeMutablePointer<DecodedEntry>) -> UnsafeMutablePointer<UInt64> {
    // Safety: `allocatePage` put them behind the entries.
    UnsafeMutableRawPointer(page + entriesPerPage).assumingMemoryBound(to: UInt64.self)
  }

  static let undecoded = DecodedEntry(
    run: { state, _ in Processor(state).owner.decodeAndRun() }, instruction: 0)

  /// A number for the current context.
  var currentContext: Int { current }

  /// The instruction table of the current context.
  var table: InstructionTable { tables[current] }
  var isLittleEndian: Bool { contexts[current].littleEndian }

  /// Must be called when the instruction set or the audit has changed.
  mutating func forgetContexts() { numbers = InlineArray(repeating: -1) }

  mutating func select(
    littleEndian: Bool, isProblemState: Bool, instructions: @autoclosure () -> InstructionSubset
  ) {
    let place = (littleEndian ? 1 : 0) | (isProblemState ? 2 : 0)
    if numbers[place] < 0 {
      numbers[place] = number(littleEndian, isProblemState, instructions())
    }
    current = numbers[place]
  }

  /// Selects one by its number.
  @inline(__always)
  mutating func select(_ number: Int) { current = number }

  private mutating func number(
    _ littleEndian: Bool, _ isProblemState: Bool, _ instructions: InstructionSubset
  ) -> Int {
    let context = Context(
      littleEndian: littleEndian, instructions: instructions,
      isAudited: isProblemState && audit != nil)
    if let known = contexts.firstIndex(of: context) { return known }
    contexts.append(context)
    tables.append(InstructionTable.table(for: instructions))
    pages.append([:])
    return contexts.count - 1
  }

  /// The page of the current context.
  /// - Parameter effective: the effective address of a page with breakpoints, which has entries of its
  ///   own.
  /// - Returns: nil when there are too many pages: the caller must drop them all.
  mutating func page(
    real: UInt64, effective: UInt64? = nil
  ) -> UnsafeMutablePointer<DecodedEntry>? {
    let own = effective.map { BreakpointPage(context: current, real: real, effective: $0) }
    if let page = own.map({ breakpointPages[$0] }) ?? pages[current][real] { return page }
    guard pageCount < pageLimit else { return nil }
    let page = Self.allocatePage(counting: audit != nil)
    if let own { breakpointPages[own] = page } else { pages[current][real] = page }
    pageCount += 1
    return page
  }

  /// Frees the pages that effective addresses with breakpoints have of their own. No pointer to one may
  /// be left, except in what the caller invalidates.
  /// - Parameter isFreed: called with the real address of each, and with the page.
  mutating func removePages(
    effective pages: Set<UInt64>, _ isFreed: (UInt64, UnsafeMutablePointer<DecodedEntry>) -> Void
  ) {
    removeBreakpointPages({ pages.contains($0.effective) }, isFreed)
  }

  private mutating func removeBreakpointPages(
    _ isChosen: (BreakpointPage) -> Bool,
    _ isFreed: (UInt64, UnsafeMutablePointer<DecodedEntry>) -> Void
  ) {
    for (key, page) in breakpointPages where isChosen(key) {
      breakpointPages[key] = nil
      flushAuditCounts(page, at: key.real, 0...Self.entriesPerPage - 1, key.context)
      isFreed(key.real, page)
      page.deallocate()
      pageCount -= 1
    }
  }

  /// Makes entries `words` of a real page decode again, in every context.
  func forget(real: UInt64, words: ClosedRange<Int>) {
    for (context, pages) in pages.enumerated() {
      guard let page = pages[real] else { continue }
      flushAuditCounts(page, at: real, words, context)
      for word in words { page[word] = Self.undecoded }
    }
    for (key, page) in breakpointPages where key.real == real {
      flushAuditCounts(page, at: real, words, key.context)
      for word in words { page[word] = Self.undecoded }
    }
  }

  /// The real pages of some decoded pages, a sixteenth of them on average and at least one. They are chosen at random,
  /// as the oldest are the next ones that code needs which is executed in turn, but in every run the same.
  mutating func someRealPages() -> [UInt64] {
    choices &+= 1
    let salt = SplitMix64.mixed(choices)
    let all = Set(pages.lazy.flatMap(\.keys))
    let chosen = all.filter { SplitMix64.mixed($0 ^ salt) & 15 == 0 }
    return chosen.isEmpty ? all.min().map { [$0] } ?? [] : chosen.sorted()
  }

  /// Frees the pages of a real page, in every context. No pointer to one may be left, except in
  /// translations that the caller invalidates; `isFreed` identifies them.
  mutating func remove(
    real: UInt64, _ isFreed: (UnsafeMutablePointer<DecodedEntry>) -> Void
  ) {
    for context in pages.indices {
      guard let page = pages[context].removeValue(forKey: real) else { continue }
      flushAuditCounts(page, at: real, 0...Self.entriesPerPage - 1, context)
      isFreed(page)
      page.deallocate()
      pageCount -= 1
    }
    removeBreakpointPages({ $0.real == real }) { isFreed($1) }
  }

  /// Frees every page. No pointer to one may be left.
  mutating func removeAll() {
    flushAuditCounts()
    for context in pages { for page in context.values { page.deallocate() } }
    for index in pages.indices { pages[index].removeAll(keepingCapacity: true) }
    for page in breakpointPages.values { page.deallocate() }
    breakpointPages.removeAll()
    pageCount = 0
  }

  // MARK: audit

  /// Adds every count to the audit, and sets it to zero.
  func flushAuditCounts() {
    for (context, pages) in pages.enumerated() where contexts[context].isAudited {
      for (real, page) in pages {
        flushAuditCounts(page, at: real, 0...Self.entriesPerPage - 1, context)
      }
    }
    for (key, page) in breakpointPages {
      flushAuditCounts(page, at: key.real, 0...Self.entriesPerPage - 1, key.context)
    }
  }

  private func flushAuditCounts(
    _ page: UnsafeMutablePointer<DecodedEntry>, at real: UInt64, _ words: ClosedRange<Int>,
    _ context: Int
  ) {
    guard contexts[context].isAudited, let audit else { return }
    let counts = Self.counts(of: page)
    for word in words where counts[word] > 0 {
      audit.add(
        counts[word], of: Instruction(rawValue: page[word].instruction), tables[context],
        at: real + UInt64(4 * word))
      counts[word] = 0
    }
  }
}
