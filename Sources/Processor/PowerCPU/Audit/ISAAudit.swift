internal import GuestMemory
public import PowerISA

/// Counts of the instructions that problem state executed, by row of the instruction table, and
/// which levels have them. One audit serves all processors of a machine, which run one after the
/// other.
///
/// An instruction counts when its execution begins: one that is interrupted and begins again counts
/// twice. Rejected instructions do not count; see ``RejectedInstructions``.
public final class ISAAudit {
  /// The executions of one row's words; words that have another meaning at other levels, or name
  /// different registers, have entries of their own.
  public struct Entry: Sendable {
    /// The instruction.
    public let row: InstructionRow
    /// The special-purpose register of a move.
    public let register: Int?
    /// Its meaning at each compatibility level.
    public let comparison: LevelComparison
    /// How often problem state began to execute it.
    public fileprivate(set) var count: UInt64 = 0
    /// The first execution.
    public let first: InstructionOccurrence
    /// Where it is, in the order of the first executions; empty unless places of its version are kept
    /// (``ISAAudit/Options/sitesSince``).
    public fileprivate(set) var sites: [Site] = []

    /// The version of the ISA that introduced it.
    public var level: ISALevel { comparison.since }
  }

  /// A place of storage with an instruction.
  public struct Site: Sendable {
    /// The first execution there.
    public let first: InstructionOccurrence
    /// How often problem state began to execute it there.
    public fileprivate(set) var count: UInt64 = 0
  }

  /// What is counted.
  public struct Options: Sendable, Equatable {
    /// Instructions of this and later versions of the ISA have each of their places noted; nil: of none.
    public var sitesSince: ISALevel?
    /// Pages of 4 KiB whose instructions are left out: those of a program that serves the host.
    public var ignoredPages: Set<[UInt8]> = []

    /// Everything is counted, by kind only.
    public static let kinds = Options()

    /// Everything is counted, by kind only.
    public init() {}
  }

  /// Identifies an entry.
  private struct Key: Hashable {
    var row: Int
    var register: Int?
    var comparison: LevelComparison
  }

  /// In the order of their first occurrence.
  public private(set) var entries: [Entry] = []

  /// Index in ``entries`` by row, where the row decides; -1 without one.
  private var placeOfRow = [Int](repeating: -1, count: InstructionRow.all.count)
  private var places: [Key: Int] = [:]
  /// Index in ``entries`` by row and instruction, where the entry depends on more than the row.
  /// Only the latest are kept, because a guest may try every word.
  private var placeOfInstruction: [[UInt64]: Int] = [:]
  private static let rememberedInstructions = 1 << 14
  /// Cached results of ``InstructionRow/dependsOnWord``.
  private var dependsOnWord = [Bool?](repeating: nil, count: InstructionRow.all.count)

  private let options: Options
  /// The entry and the index in its ``Entry/sites`` of a word's real address.
  private var sites: [UInt64: (entry: Int, site: Int)] = [:]
  /// Executions at places that were beyond the limit of those that are kept.
  public private(set) var siteCountBeyondLimit: UInt64 = 0
  private var siteCount = 0
  /// The most places; a guest may make code without end.
  private static let mostSites = 1 << 16
  /// Whether a real page is left out, where that is known.
  private var ignored: [UInt64: Bool] = [:]

  /// An audit of nothing.
  public init(_ options: Options = Options()) { self.options = options }

  /// Makes the entry of an instruction before its first execution.
  /// - Parameters:
  ///   - table: the table that decoded it.
  ///   - address: its effective address.
  ///   - real: its real address.
  ///   - first: describes it.
  func note(
    _ instruction: Instruction, _ table: InstructionTable, at address: UInt64, real: UInt64?,
    first: (InstructionRow) -> InstructionOccurrence
  ) {
    guard let id = table.row(of: instruction) else { return }
    let row = InstructionRow.all[id]
    let known = place(of: instruction, row: id)
    if let known {
      noteSite(of: known, instruction, address, real) { first(row) }
      return
    }
    guard row.isInProblemState(instruction, with: table.instructions) else { return }
    let key = Self.key(of: instruction, row)
    let place = places[key] ?? entries.count
    let occurrence = first(row)
    if place == entries.count {
      places[key] = place
      entries.append(
        Entry(
          row: row, register: key.register, comparison: key.comparison, first: occurrence))
    }
    remember(place, of: instruction, row: id)
    noteSite(of: place, instruction, address, real) { occurrence }
  }

  private func noteSite(
    of place: Int, _ instruction: Instruction, _ address: UInt64, _ real: UInt64?,
    first: () -> InstructionOccurrence
  ) {
    guard let real, let since = options.sitesSince, entries[place].level >= since else { return }
    if let known = sites[real], known.entry == place {
      let site = entries[place].sites[known.site].first
      if site.address == address, site.instruction == instruction { return }
    }
    // Counts of an instruction that was here before are added when it is replaced.
    sites[real] = nil
    guard siteCount < Self.mostSites else { return }
    siteCount += 1
    sites[real] = (place, entries[place].sites.count)
    entries[place].sites.append(Site(first: first()))
  }

  /// Whether the instructions of a page are left out.
  /// - Parameters:
  ///   - real: the page's real address.
  ///   - contents: its bytes.
  func ignores(page real: UInt64, contents: () -> [UInt8]) -> Bool {
    guard !options.ignoredPages.isEmpty else { return false }
    if let known = ignored[real] { return known }
    let answer = options.ignoredPages.contains(contents())
    ignored[real] = answer
    return answer
  }

  private static func key(of instruction: Instruction, _ row: InstructionRow) -> Key {
    Key(
      row: row.id, register: row.registerNumber(of: instruction),
      comparison: LevelComparison(instruction, row: row))
  }

  private func remember(_ place: Int, of instruction: Instruction, row: Int) {
    guard dependsOnWord(row: row) else {
      placeOfRow[row] = place
      return
    }
    if placeOfInstruction.count >= Self.rememberedInstructions { placeOfInstruction.removeAll() }
    placeOfInstruction[[UInt64(row), instruction.rawValue]] = place
  }

  /// Counts executions of an instruction that ``note`` has seen.
  /// - Parameters:
  ///   - table: the table that decoded it.
  ///   - real: its real address.
  func add(
    _ count: UInt64, of instruction: Instruction, _ table: InstructionTable, at real: UInt64
  ) {
    guard ignored[real & ~0xFFF] != true, let row = table.row(of: instruction),
      let place = place(of: instruction, row: row),
      entries[place].row.isInProblemState(instruction, with: table.instructions)
    else { return }
    entries[place].count &+= count
    guard let since = options.sitesSince, entries[place].level >= since else { return }
    if let site = sites[real], site.entry == place {
      entries[place].sites[site.site].count &+= count
    } else {
      siteCountBeyondLimit &+= count
    }
  }

  private func place(of instruction: Instruction, row: Int) -> Int? {
    guard dependsOnWord(row: row) else { return placeOfRow[row] < 0 ? nil : placeOfRow[row] }
    if let place = placeOfInstruction[[UInt64(row), instruction.rawValue]] { return place }
    guard let place = places[Self.key(of: instruction, InstructionRow.all[row])] else { return nil }
    remember(place, of: instruction, row: row)
    return place
  }

  private func dependsOnWord(row: Int) -> Bool {
    if let known = dependsOnWord[row] { return known }
    let answer = InstructionRow.all[row].dependsOnWord
    dependsOnWord[row] = answer
    return answer
  }
}

extension VirtualProcessor {
  /// Counts the instructions of problem state; nil, the default, counts nothing.
  public var audit: ISAAudit? {
    get { code.audit }
    set {
      dropDecodedCode()
      code.audit = newValue
      code.forgetContexts()
      forgetContexts()
      contextChanged()
    }
  }

  /// Adds the outstanding counts to ``audit``.
  public func flushAuditCounts() { code.flushAuditCounts() }

  /// Called when a word is first decoded in a page, just before it is executed.
  func noteDecoded(_ instruction: Instruction) {
    guard let audit = code.audit, processor.isProblemState else { return }
    let address = state.pointee.cia
    let page = readablePage(at: address & ~0xFFF).map { $0 & ~0xFFF }
    if let page,
      audit.ignores(page: page, contents: { (try? memory.read(4096, at: page)) ?? [] })
    {
      return
    }
    audit.note(instruction, code.table, at: address, real: page.map { $0 + address & 0xFFF }) {
      occurrence(of: instruction, $0)
    }
  }
}
