import GuestMemory
import PowerISA

/// What the interpreter runs for one word: a semantics function and the instruction.
struct DecodedEntry {
  var run: InstructionHandler
  /// `Instruction.rawValue`.
  var instruction: UInt64
}

/// A semantics function behind its row's gates: processor state, instruction.
typealias InstructionHandler = @convention(c) (UnsafeMutableRawPointer, UInt64) -> Void

/// The decoded pages of one processor, by real page, byte order and instructions that exist.
///
/// A page is decoded word by word, when a word is first executed: until then an entry's handler
/// is the one that decodes.
///
/// For an audit problem state has pages of its own, and behind every page's entries lie as many
/// counts of their executions (``counts(of:)``), which go to the audit when entries are forgotten.
struct DecodedCode {
  static let entriesPerPage = 1024
  /// Pages kept before all are dropped, unless another number is asked for: 64 MiB.
  static let pageLimit = 4096
  var pageLimit = DecodedCode.pageLimit

  private struct Context: Equatable {
    var littleEndian: Bool
    var instructions: InstructionSubset
    /// Whether executions are counted: an audit's problem state.
    var isAudited: Bool
  }

  /// Who is told how often problem state executed what. No page may be left when it changes.
  var audit: ISAAudit?

  /// A page whose every entry decodes; what the state points at when no code is selected.
  let undecodedPage: UnsafeMutablePointer<DecodedEntry>
  private var contexts: [Context] = []
  private var tables: [InstructionTable] = []
  private var pages: [[UInt64: UnsafeMutablePointer<DecodedEntry>]] = []
  private var current = 0
  /// The numbers of the contexts of both byte orders and states, -1 where not known; they change
  /// when the instructions do.
  private var numbers = InlineArray<4, Int>(repeating: -1)
  private var pageCount = 0

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

  /// How often each entry of a page was executed, when there is an audit.
  @inline(__always)
  static func counts(of page: UnsafeMutablePointer<DecodedEntry>) -> UnsafeMutablePointer<UInt64> {
    // Safety: `allocatePage` put them behind the entries.
    UnsafeMutableRawPointer(page + entriesPerPage).assumingMemoryBound(to: UInt64.self)
  }

  static let undecoded = DecodedEntry(
    run: { state, _ in Processor(state).owner.decodeAndRun() }, instruction: 0)

  /// A number for the current context.
  var currentContext: Int { current }

  /// What words mean in the current context.
  var table: InstructionTable { tables[current] }
  var isLittleEndian: Bool { contexts[current].littleEndian }

  /// Must be called when the instructions that exist have changed, or the audit.
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
  /// - Returns: nil when there are too many pages: the caller must drop them all.
  mutating func page(real: UInt64) -> UnsafeMutablePointer<DecodedEntry>? {
    if let page = pages[current][real] { return page }
    guard pageCount < pageLimit else { return nil }
    let page = Self.allocatePage(counting: audit != nil)
    pages[current][real] = page
    pageCount += 1
    return page
  }

  /// Makes entries `words` of a real page decode again, in every context.
  func forget(real: UInt64, words: ClosedRange<Int>) {
    for (context, pages) in pages.enumerated() {
      guard let page = pages[real] else { continue }
      tellAudit(page, words, context)
      for word in words { page[word] = Self.undecoded }
    }
  }

  /// Frees the pages of a real page, in every context. No pointer to one may be left but in
  /// translations that the caller forgets, with `isFreed` telling which.
  mutating func remove(
    real: UInt64, _ isFreed: (UnsafeMutablePointer<DecodedEntry>) -> Void
  ) {
    for context in pages.indices {
      guard let page = pages[context].removeValue(forKey: real) else { continue }
      tellAudit(page, 0...Self.entriesPerPage - 1, context)
      isFreed(page)
      page.deallocate()
      pageCount -= 1
    }
  }

  /// Frees every page. No pointer to one may be left.
  mutating func removeAll() {
    tellAudit()
    for context in pages { for page in context.values { page.deallocate() } }
    for index in pages.indices { pages[index].removeAll(keepingCapacity: true) }
    pageCount = 0
  }

  // MARK: the audit

  /// Tells the audit every count there is, and begins them again at zero.
  func tellAudit() {
    for (context, pages) in pages.enumerated() where contexts[context].isAudited {
      for page in pages.values { tellAudit(page, 0...Self.entriesPerPage - 1, context) }
    }
  }

  private func tellAudit(
    _ page: UnsafeMutablePointer<DecodedEntry>, _ words: ClosedRange<Int>, _ context: Int
  ) {
    guard contexts[context].isAudited, let audit else { return }
    let counts = Self.counts(of: page)
    for word in words where counts[word] > 0 {
      audit.add(
        counts[word], of: Instruction(rawValue: page[word].instruction), tables[context])
      counts[word] = 0
    }
  }
}
