import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// What an instruction or register comes to when its facility is off, and that the level is asked
/// first: what a level does not have is illegal, not unavailable.
@Suite struct FacilityTests {
  /// A facility: the instruction that needs it, the level that brought it, FSCR[IC].
  struct Row: Sendable {
    var spelling: String
    var values: [Int64]
    var since: ISALevel
    var cause: UInt8

    init(_ spelling: String, _ values: Int64..., since: ISALevel, cause: UInt8) {
      self.spelling = spelling
      self.values = values
      self.since = since
      self.cause = cause
    }
  }

  static let rows = [
    Row("mfspr", 8, 3, since: .v2_07, cause: 2), Row("mtspr", 3, 8, since: .v2_07, cause: 2),
    Row("mfspr", 8, 815, since: .v2_07, cause: 8), Row("bctar", 20, 0, 0, since: .v2_07, cause: 8),
    Row("mfspr", 8, 806, since: .v2_07, cause: 7), Row("mtspr", 804, 8, since: .v2_07, cause: 7),
    Row("rfebb", 1, since: .v2_07, cause: 7), Row("clrbhrb", since: .v2_07, cause: 4),
    Row("mfbhrbe", 8, 0, since: .v2_07, cause: 4), Row("scv", 0, since: .v3_0, cause: 12),
    Row("paddi", 8, 12, 1, 0, since: .v3_1, cause: 13),
    Row("xxspltiw", 40, 1, since: .v3_1, cause: 13),
  ]

  private static func step(
    _ processor: VirtualProcessor, _ spelling: String, _ values: [Int64], problem: Bool = true
  ) throws {
    for (index, word) in try words(spelling, values).enumerated() {
      try processor.memory.write(word, at: 0x2_0000 + UInt64(index) * 4)
    }
    processor.step(at: 0x2_0000, problem: problem)
  }

  @Test(arguments: LeveledProcessor.all)
  func levelBeforeFacility(_ kind: LeveledProcessor) throws {
    let processor = try kind.make()
    for row in Self.rows {
      for enabled in [false, true] {
        processor.write(.fscr, enabled ? ~0 : 0)
        processor.write(.mmcr0, enabled ? MMCR0.fc | MMCR0.bhrba : MMCR0.fc)
        try Self.step(processor, row.spelling, row.values)
        let expected: StepOutcome =
          row.since > kind.isa ? .illegal : enabled ? .executed : .facilityUnavailable(row.cause)
        #expect(processor.outcome == expected, "\(row.spelling) \(row.values) enabled \(enabled)")
        #expect(processor.outcome == .executed || processor.read(.srr0) == 0x2_0000)
      }
    }
  }

  /// Privileged state does not ask FSCR, but for `scv`.
  @Test func privilegedState() throws {
    let processor = try LeveledProcessor(hardware: .power10).make()
    processor.write(.fscr, 0)
    for row in Self.rows {
      try Self.step(processor, row.spelling, row.values, problem: false)
      #expect(
        processor.outcome == (row.spelling == "scv" ? .facilityUnavailable(12) : .executed),
        "\(row.spelling)")
    }
  }

  /// FSCR has the enabling bits of the processor, and IC.
  @Test(arguments: [
    (ProcessorModel.power8, 0xFF00_0000_0000_0184 as UInt64),
    (.power9, 0xFF00_0000_0000_1184), (.power10, 0xFF00_0000_0000_3184),
  ])
  func facilityControl(hardware: ProcessorModel, bits: UInt64) throws {
    let processor = try LeveledProcessor(hardware: hardware).make()
    processor.write(.fscr, ~0)
    #expect(processor.read(.fscr) == bits)
  }

  /// MMCR0[PMCC] and PMCCEXT (Book III 10.4.4): what reading and writing come to.
  @Test(
    arguments: [
      // PMCC, then PMC1, PMC6 and SIAR: read, write.
      (0, [.executed, .illegal, .executed, .illegal, .executed, .illegal]),
      (1, [unavailable, unavailable, unavailable, unavailable, unavailable, .illegal]),
      (2, [.executed, .executed, .executed, .executed, .executed, .illegal]),
      (3, [.executed, .executed, unavailable, unavailable, .executed, .illegal]),
    ] as [(UInt64, [StepOutcome])])
  func performanceMonitor(control: UInt64, expected: [StepOutcome]) throws {
    let processor = try LeveledProcessor(hardware: .power10).make()
    processor.write(.mmcr0, MMCR0.fc | control << MMCR0.pmccShift)
    var outcomes: [StepOutcome] = []
    for number in [771, 776, 780] as [Int64] {
      try Self.step(processor, "mfspr", [8, number])
      outcomes.append(processor.outcome)
      try Self.step(processor, "mtspr", [number, 8])
      outcomes.append(processor.outcome)
    }
    #expect(outcomes == expected)
    processor.write(.mmcr0, MMCR0.fc | control << MMCR0.pmccShift | MMCR0.pmccext)
    try Self.step(processor, "mfspr", [8, 780])
    #expect(processor.outcome == (control < 2 ? Self.unavailable : .executed))
  }

  private static let unavailable = StepOutcome.facilityUnavailable(3)

  /// What each gate of the MSR raises; VSX loads and stores of 3.0 ask for the half of the registers
  /// they use (after the instruction descriptions of 3.0B, chapter 7).
  @Test func machineStateGates() throws {
    let processor = try LeveledProcessor(hardware: .power10).make()
    processor.enableFacilities()
    let byRegister: Set = [
      "lxv", "lxvx", "lxvb16x", "lxvh8x", "lxvwsx", "lxvl", "lxvll", "lxsibzx", "lxsihzx", "stxv",
      "stxvx", "stxvb16x", "stxvh8x", "stxvl", "stxvll", "stxsibx", "stxsihx", "mtvsrdd", "mtvsrws",
      "mfvsrld", "xxspltib", "plxv", "pstxv",
    ]
    #expect(
      Set(InstructionRow.all.filter { $0.gates.contains(.vsxOrVector) }.map(\.mnemonic))
        == byRegister)
    for row in InstructionRow.all where row.exists(at: .v3_1) {
      guard let low = Self.plain(row, vsr: 8), let high = Self.plain(row, vsr: 40) else { continue }
      let gates = row.gates
      let vectors: (low: UInt64, high: UInt64)? =
        if gates.contains(.vsxOrVector) {
          (0xF40, 0xF20)
        } else if gates.contains(.floatingPointOrVector) {
          (0x800, 0xF20)
        } else if gates.contains(.floatingPoint) {
          (0x800, 0x800)
        } else if gates.contains(.vector) {
          (0xF20, 0xF20)
        } else if !gates.isDisjoint(with: [.vsx, .matrixMultiply]) {
          (0xF40, 0xF40)
        } else {
          nil
        }
      guard let vectors else { continue }
      for (instruction, vector) in [(low, vectors.low), (high, vectors.high)] {
        try processor.memory.write(
          instruction.isPrefixed ? instruction.prefix : instruction.word, at: 0x2_0000)
        if instruction.isPrefixed { try processor.memory.write(instruction.word, at: 0x2_0004) }
        processor.enterState(problem: true)
        processor.machineState &= ~(MSR.fp | MSR.vec | MSR.vsx)
        processor.nextInstruction = 0x2_0000
        _ = processor.run(instructions: 1)
        #expect(processor.outcome == .unavailable(vector), "\(row.mnemonic)")
      }
    }
  }

  private static func plain(_ row: InstructionRow, vsr: Int64) -> Instruction? {
    row.instruction(
      row.operands.map {
        switch $0.kind {
        case .vsr: vsr
        case .gpr, .gprOrZero, .fpr: 8
        case .displacement where $0.name == "DW": -8
        default: 0
        }
      })
  }
}
