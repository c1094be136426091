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

    /// The version of the ISA that introduced it.
    public var level: ISALevel { comparison.since }
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

  /// An audit of nothing.
  public init() {}

  /// Makes the entry of an instruction before its first execution.
  /// - Parameter table: the table that decoded it.
  func note(
    _ instruction: Instruction, _ table: InstructionTable,
    first: (InstructionRow) -> InstructionOccurrence
  ) {
    guard let id = table.row(of: instruction), place(of: instruction, row: id) == nil else {
      return
    }
    let row = InstructionRow.all[id]
    guard row.isInProblemState(instruction, with: table.instructions) else { return }
    let key = Self.key(of: instruction, row)
    let place = places[key] ?? entries.count
    if place == entries.count {
      places[key] = place
      entries.append(
        Entry(
          row: row, register: key.register, comparison: key.comparison, first: first(row)))
    }
    remember(place, of: instruction, row: id)
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
  /// - Parameter table: the table that decoded it.
  func add(_ count: UInt64, of instruction: Instruction, _ table: InstructionTable) {
    guard let row = table.row(of: instruction), let place = place(of: instruction, row: row),
      entries[place].row.isInProblemState(instruction, with: table.instructions)
    else { return }
    entries[place].count &+= count
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
    audit.note(instruction, code.table) { occurrence(of: instruction, $0) }
  }
}
