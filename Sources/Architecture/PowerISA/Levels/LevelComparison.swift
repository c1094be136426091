/// What one instruction of problem state is at every compatibility level.
///
/// Nothing is listed here: the levels' own decode tables are asked, and for a move to or from a
/// special-purpose register the register's row.
public struct LevelComparison: Hashable, Sendable {
  /// What a word means at one level.
  public enum Meaning: Hashable, Sendable {
    /// The same instruction.
    case same
    /// An instruction of another row, by its number: before 3.1 `hashst` is a no-operation. Two
    /// rows of one mnemonic are the same instruction unless the older one ignores bits that are set in
    /// the word.
    case other(row: Int)
    /// None, or one that problem state may not use.
    case absent
  }

  /// The version of the ISA that brought the instruction to problem state: its row's, that of an
  /// older row that means the same, or its register's if that is later.
  public let since: ISALevel
  private let meanings: [Meaning]

  /// - Parameters:
  ///   - instruction: the word, with its suffix.
  ///   - row: what the instruction is where it was executed.
  public init(_ instruction: Instruction, row: InstructionRow) {
    var since = row.since
    meanings = CompatibilityLevel.allCases.map { level in
      guard row.namesUsableRegister(instruction, in: level.instructions) else { return .absent }
      let table = Self.tables[level.rawValue]
      guard let id = table.row(of: instruction) else { return .absent }
      let there = InstructionRow.all[id]
      let meaning = row.meaning(of: instruction, as: there)
      if meaning == .same { since = min(since, there.since) }
      return meaning
    }
    let registerSince = ISALevel.allCases.first {
      row.namesUsableRegister(instruction, in: InstructionSubset(level: $0))
    }
    self.since = max(since, registerSince ?? since)
  }

  /// What the instruction is at a level.
  public subscript(level: CompatibilityLevel) -> Meaning { meanings[level.rawValue] }

  /// The oldest level that has the instruction, or in its place another.
  public var earliest: CompatibilityLevel? {
    CompatibilityLevel.allCases.first { self[$0] != .absent }
  }

  private static let tables = CompatibilityLevel.allCases.map {
    InstructionTable.table(for: $0.instructions)
  }
}

extension InstructionRow {
  /// Whether what the row's words are at a level depends on more than the row: another row
  /// matches some of them, or they name a register.
  public var dependsOnWord: Bool {
    operands.contains { $0.kind == .spr }
      || Self.all.contains { other in
        other.id != id && (other.value ^ value) & other.mask & mask == 0
      }
  }

  /// The number of the special-purpose register that a word of this row names.
  public func registerNumber(of instruction: Instruction) -> Int? {
    operands.contains { $0.kind == .spr } ? instruction.spr : nil
  }

  /// The mnemonic, and for a move to or from a special-purpose register its name.
  public func name(register: Int?) -> String {
    register.map { "\(mnemonic) \(SPR.byNumber[$0]?.name ?? "SPR \($0)")" } ?? mnemonic
  }

  /// Whether problem state executes a word of this row with a set of instructions in which the word
  /// is of this row: neither the row nor the register it names is privileged or missing.
  public func isInProblemState(
    _ instruction: Instruction, with instructions: InstructionSubset
  ) -> Bool {
    gates.isDisjoint(with: .notInProblemState) && namesUsableRegister(instruction, in: instructions)
  }

  /// Whether problem state may use the register a word names; true of words that name none.
  fileprivate func namesUsableRegister(
    _ instruction: Instruction, in instructions: InstructionSubset
  ) -> Bool {
    guard let number = registerNumber(of: instruction) else { return true }
    // No-operations.
    if SPR.reservedNumbers.contains(number) { return instructions.level >= .v2_07 }
    guard let register = SPR.byNumber[number] else { return false }
    return writes.contains(.spr)
      ? register.write == .problem && register.isWritable(in: instructions)
      : register.read == .problem && register.exists(in: instructions)
  }

  /// What a word of this row means where it is of the row `other`.
  fileprivate func meaning(
    of instruction: Instruction, as other: InstructionRow
  ) -> LevelComparison.Meaning {
    if other.id == id { return .same }
    if gates.isDisjoint(with: .notInProblemState),
      !other.gates.isDisjoint(with: .notInProblemState)
    {
      return .absent
    }
    let older = other.since < since ? other : self
    let isSame = other.instructionID == instructionID && instruction.rawValue & older.reserved == 0
    return isSame ? .same : .other(row: other.id)
  }
}
