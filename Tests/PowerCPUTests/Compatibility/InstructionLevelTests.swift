import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Every row of the table on every processor at every level: problem state executes it exactly
/// when the level has it, and privileged state always does.
@Suite struct InstructionLevelTests {
  /// A plain instruction of a row: general registers 8 to 14, an even pair, no field reserved.
  static func plain(_ row: InstructionRow) -> Instruction? {
    let values = row.operands.map { operand -> Int64 in
      switch operand.name {
      case "RT", "RS", "RTp", "RSp", "FRTp", "FRSp", "XTp", "XSp": 8
      case "RA", "RA0": 12
      case "RB", "RC", "FRAp", "FRBp": 14
      case "DW": -8
      // lxvkq has no constant 0.
      case "UIM" where row.instructionID == .lxvkq: 1
      case "NB": 4
      // XER: of every level and every state.
      case "SPR": 1
      case "AT", "FXM", "BF", "BFA": 1
      // No accumulator of its own.
      case "XA", "XB", "XC", "XAp": 40
      default: 0
      }
    }
    return row.instruction(values)
  }

  /// The plain instruction of each row, and the rows that it could mean at one level or another.
  static let instructions = InstructionRow.all.compactMap { row in
    plain(row).map { instruction in
      // A processor before 3.1 takes the prefix as a word of its own.
      let word = Instruction(word: instruction.isPrefixed ? instruction.prefix : instruction.word)
      return (
        row: row, instruction: instruction,
        candidates: InstructionRow.all.filter { $0.matches(instruction) },
        wordCandidates: InstructionRow.all.filter { $0.matches(word) }
      )
    }
  }

  @Test func everyRowHasAPlainInstruction() {
    let without = InstructionRow.all.filter { Self.plain($0) == nil }.map(\.mnemonic)
    #expect(without == [])
  }

  /// What instruction `index` is, by looking at every row.
  private static func meaning(
    _ index: Int, at isa: ISALevel, without absent: InstructionGates
  ) -> InstructionRow? {
    let entry = instructions[index]
    return (isa < .v3_1 ? entry.wordCandidates : entry.candidates).filter {
      $0.exists(at: isa) && $0.gates.isDisjoint(with: absent)
    }.max { $0.mask.nonzeroBitCount < $1.mask.nonzeroBitCount }
  }

  private static func place(_ index: Int) -> UInt64 { 0x1_0000 + 8 * UInt64(index) }

  private static func write(_ processor: VirtualProcessor) throws {
    for (index, entry) in instructions.enumerated() {
      let instruction = entry.instruction
      if instruction.isPrefixed {
        try processor.memory.write(instruction.prefix, at: place(index))
        try processor.memory.write(instruction.word, at: place(index) + 4)
      } else {
        try processor.memory.write(instruction.word, at: place(index))
      }
    }
    processor.enableFacilities()
  }

  private static func step(_ processor: VirtualProcessor, _ index: Int, problem: Bool)
    -> StepOutcome
  {
    for register in 0..<32 { processor[gpr: register] = 0x2_4000 }
    processor[gpr: 14] = 0
    processor.hasNoStack()
    processor.step(at: place(index), problem: problem)
    return processor.outcome
  }

  @Test(arguments: LeveledProcessor.all)
  func problemState(_ kind: LeveledProcessor) throws {
    let processor = try kind.make()
    try Self.write(processor)
    for (index, entry) in Self.instructions.enumerated() {
      let outcome = Self.step(processor, index, problem: true)
      let meaning = Self.meaning(index, at: kind.isa, without: kind.absent)
      let name = "\(entry.row.mnemonic) since \(entry.row.since)"
      if let meaning {
        #expect(outcome == Self.expected(meaning), "\(name) is \(meaning.mnemonic)")
      } else {
        #expect(outcome == .illegal, "\(name) must be illegal")
        #expect(processor.read(.srr0) == Self.place(index), "\(name)")
        #expect(processor.read(.srr1) & 0x783F_0000 == InterruptCause.illegal, "\(name)")
      }
    }
  }

  /// What a row that exists comes to in problem state with every facility on.
  private static func expected(_ row: InstructionRow) -> StepOutcome {
    if !row.gates.isDisjoint(with: [.privileged, .hypervisor]) { return .privileged }
    // MSR[TM] can never be on.
    if row.gates.contains(.transactionalMemory) { return .facilityUnavailable(5) }
    return .executed
  }

  @Test(arguments: LeveledProcessor.all)
  func privilegedState(_ kind: LeveledProcessor) throws {
    let processor = try kind.make()
    try Self.write(processor)
    let own = LeveledProcessor(hardware: kind.hardware)
    for (index, entry) in Self.instructions.enumerated() {
      // They leave, or change the state the next one needs.
      if [.slbia, .slbie, .slbiag, .slbieg, .slbmte].contains(entry.row.instructionID) { continue }
      let outcome = Self.step(processor, index, problem: false)
      let meaning = Self.meaning(index, at: own.isa, without: own.absent)
      let expected: StepOutcome =
        switch meaning {
        case nil: .illegal
        case let row? where row.gates.contains(.hypervisor): .illegal
        case let row? where row.gates.contains(.transactionalMemory): .facilityUnavailable(5)
        default: .executed
        }
      #expect(outcome == expected, "\(entry.row.mnemonic)")
    }
  }
}
