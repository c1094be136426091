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
struct DecodedCode {
  static let entriesPerPage = 1024
  /// Pages kept before all are dropped: 64 MiB.
  static let pageLimit = 4096

  private struct Context: Equatable {
    var littleEndian: Bool
    var instructions: InstructionSubset
  }

  /// A page whose every entry decodes; what the state points at when no code is selected.
  let undecodedPage: UnsafeMutablePointer<DecodedEntry>
  private var contexts: [Context] = []
  private var tables: [InstructionTable] = []
  private var pages: [[UInt64: UnsafeMutablePointer<DecodedEntry>]] = []
  private var current = 0
  private var pageCount = 0

  init() { undecodedPage = Self.allocatePage() }

  mutating func deallocate() {
    removeAll()
    undecodedPage.deallocate()
  }

  static func allocatePage() -> UnsafeMutablePointer<DecodedEntry> {
    let page = UnsafeMutablePointer<DecodedEntry>.allocate(capacity: entriesPerPage)
    page.initialize(repeating: undecoded, count: entriesPerPage)
    return page
  }

  static let undecoded = DecodedEntry(
    run: { state, _ in Processor(state).owner.decodeAndRun() }, instruction: 0)

  /// What words mean in the current context.
  var table: InstructionTable { tables[current] }
  var isLittleEndian: Bool { contexts[current].littleEndian }

  mutating func select(littleEndian: Bool, instructions: InstructionSubset) {
    let context = Context(littleEndian: littleEndian, instructions: instructions)
    if let known = contexts.firstIndex(of: context) {
      current = known
    } else {
      current = contexts.count
      contexts.append(context)
      tables.append(InstructionTable.table(for: instructions))
      pages.append([:])
    }
  }

  /// The page of the current context.
  /// - Returns: nil when there are too many pages: the caller must drop them all.
  mutating func page(real: UInt64) -> UnsafeMutablePointer<DecodedEntry>? {
    if let page = pages[current][real] { return page }
    guard pageCount < Self.pageLimit else { return nil }
    let page = Self.allocatePage()
    pages[current][real] = page
    pageCount += 1
    return page
  }

  /// Makes entries `words` of a real page decode again, in every context.
  func forget(real: UInt64, words: ClosedRange<Int>) {
    for context in pages {
      guard let page = context[real] else { continue }
      for word in words { page[word] = Self.undecoded }
    }
  }

  /// Frees every page. No pointer to one may be left.
  mutating func removeAll() {
    for context in pages { for page in context.values { page.deallocate() } }
    for index in pages.indices { pages[index].removeAll(keepingCapacity: true) }
    pageCount = 0
  }
}
