import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

@testable import PowerCPU

/// Encodings that a later version gave a meaning become what they were before it.
@Suite struct VanishedEncodingTests {
  private static func power10(at level: CompatibilityLevel?) throws -> VirtualProcessor {
    let processor = try LeveledProcessor(hardware: .power10, level: level).make()
    processor.enableFacilities()
    return processor
  }

  /// `mffs` with a field that used to be ignored: the whole FPSCR, which does not change.
  @Test(
    arguments: [
      ("mffsce", [1]), ("mffscrn", [1, 2]), ("mffscrni", [1, 3]), ("mffscdrn", [1, 2]),
      ("mffscdrni", [1, 7]), ("mffsl", [1]),
    ] as [(String, [Int64])])
  func movesFromStatus(spelling: String, values: [Int64]) throws {
    let status: UInt64 = FPSCR.fx | FPSCR.enables | 1
    for level in [CompatibilityLevel.power8, .power9] {
      let processor = try Self.power10(at: level)
      processor.floatingPointStatus = status
      // Other rounding modes.
      processor[vsr: 2] = Vector(0x7_0000_0003, 0)
      try processor.step(word(spelling, values), problem: true)
      let isMove = level == .power8
      #expect((processor[vsr: 1].doubleword0 == status) == (isMove || spelling == "mffsce"))
      let isUnchanged = processor.floatingPointStatus == status
      #expect(isUnchanged == (isMove || spelling == "mffsl"))
    }
  }

  /// The hash instructions are reserved no-operations before 3.1.
  @Test(arguments: ["hashst", "hashchk"])
  func hashes(spelling: String) throws {
    for level in [CompatibilityLevel.power9, .power10] {
      let processor = try Self.power10(at: level)
      processor[gpr: 1] = 0x2_4000
      processor[gpr: 5] = 0x1234
      try processor.memory.write(1 as UInt64, at: 0x2_3FF0)
      try processor.step(word(spelling, [5, -16, 1]), problem: true)
      let stored = try processor.memory.read(UInt64.self, at: 0x2_3FF0)
      if level == .power9 {
        #expect(stored == 1)
        #expect(processor.nextInstruction == 0x2_0004)
      } else if spelling == "hashst" {
        #expect(stored != 1)
      } else {
        #expect(processor.nextInstruction == 0x700)
      }
    }
  }

  /// The privileged forms in problem state: no-operations before 3.1, privileged since.
  @Test(arguments: ["hashstp", "hashchkp"])
  func privilegedHashes(spelling: String) throws {
    for (level, outcome) in [
      (CompatibilityLevel.power9, StepOutcome.executed), (.power10, .privileged),
    ] {
      let processor = try Self.power10(at: level)
      processor[gpr: 1] = 0x2_4000
      try processor.step(word(spelling, [5, -16, 1]), problem: true)
      #expect(processor.outcome == outcome)
    }
  }

  @Test(arguments: ["lq", "stq"])
  func quadwordsArePrivilegedBefore2_07(spelling: String) throws {
    for (level, outcome) in [
      (CompatibilityLevel.power7, StepOutcome.privileged), (.power8, .executed),
    ] {
      let processor = try Self.power10(at: level)
      processor[gpr: 1] = 0x2_4000
      try processor.step(word(spelling, [4, 16, 1]), problem: true)
      #expect(processor.outcome == outcome)
    }
  }

  /// A prefix below 3.1 is a word of its own, and illegal: even where a prefixed instruction would
  /// cross 64 bytes. The address and SRR1 are those of a word.
  @Test func prefixes() throws {
    for (level, vector) in [(CompatibilityLevel.power9, 0x700), (.power10, 0x600)] {
      let processor = try Self.power10(at: level)
      try processor.memory.write(0x0600_0000 as UInt32, at: 0x2_003C)
      try processor.memory.write(0x3860_0001 as UInt32, at: 0x2_0040)
      processor.step(at: 0x2_003C, problem: true)
      #expect(processor.nextInstruction == UInt64(vector))
      #expect(processor.read(.srr0) == 0x2_003C)
      if level == .power9 {
        #expect(processor.read(.srr1) & 0x783F_0000 == InterruptCause.illegal)
        // What would be the suffix is an instruction.
        processor.step(at: 0x2_0040, problem: true)
        #expect(processor[gpr: 3] == 1)
      }
    }
  }

  /// L and W of the moves to the FPSCR are ignored before 2.05.
  @Test(arguments: [ProcessorModel.ppc970, .power5Plus, .power6])
  func movesToStatus(hardware: ProcessorModel) throws {
    let processor = try LeveledProcessor(hardware: hardware).make()
    let knows = hardware.isa >= .v2_05
    processor[vsr: 2] = Vector(0x7_0000_0003, 0)
    try processor.step(word("mtfsf", [1, 2, 0, 1]), problem: true)
    #expect(processor.floatingPointStatus == (knows ? 7 << 32 : 3))
    processor.floatingPointStatus = 0
    try processor.step(word("mtfsf", [0, 2, 1, 0]), problem: true)
    #expect(processor.floatingPointStatus == (knows ? 0x7_0000_0003 : 0))
    processor.floatingPointStatus = 0
    try processor.step(word("mtfsfi", [7, 2, 1]), problem: true)
    #expect(processor.floatingPointStatus == (knows ? 2 << 32 : 2))
  }

  /// `scv` is illegal before 3.0, whatever FSCR says.
  @Test func systemCallVectored() throws {
    for (level, vector) in [(CompatibilityLevel.power8, 0x700), (.power9, 0x17000)] {
      let processor = try Self.power10(at: level)
      try processor.step(word("scv", [0]), problem: true)
      #expect(processor.nextInstruction == UInt64(vector))
    }
  }

  /// `or Rx,Rx,Rx` sets the priority that the state and the level allow, and mtspr PPR likewise.
  @Test(
    arguments: [
      // Rx, PRI; from problem state at 2.06, at 2.07, at 2.07 with PSPB, from privileged state.
      (31, 1, [false, true, true, true]), (1, 2, [true, true, true, true]),
      (6, 3, [true, true, true, true]), (2, 4, [true, true, true, true]),
      (5, 5, [false, false, true, true]), (3, 6, [false, false, false, true]),
      (7, 7, [false, false, false, false]), (8, 0, [false, false, false, false]),
    ] as [(UInt32, UInt64, [Bool])])
  func priorities(register: UInt32, priority: UInt64, allowed: [Bool]) throws {
    for (index, isAllowed) in allowed.enumerated() {
      let processor = try Self.power10(at: index == 0 ? .power7 : .power8)
      if index == 2 { processor.write(.pspb, 1) }
      // Neither low nor medium.
      let before: UInt64 = priority == 3 ? 4 << 50 : 3 << 50
      processor.write(.ppr, before)
      let or = 0x7C00_0378 | register << 21 | register << 16 | register << 11
      try processor.step(or, problem: index < 3)
      let after = isAllowed ? priority << 50 : before
      #expect(processor.read(.ppr) == after)
      processor.write(.ppr, before)
      processor[gpr: 8] = priority << 50 | 0xFF
      try processor.step(word("mtspr", [896, 8]), problem: index < 3)
      #expect(processor.read(.ppr) == after)
      #expect(processor.read(.ppr32) == after >> 32)
    }
  }
}
