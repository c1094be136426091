import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Event-based branches: when one is due, where it goes, and what it leaves behind.
@Suite struct EventBasedBranchTests {
  private let processor: VirtualProcessor
  private static let nop: UInt32 = 0x6000_0000

  init() throws {
    processor = try LeveledProcessor(hardware: .power8).make()
    processor.enableFacilities()
    processor.write(.ebbhr, 0x2_2003)
    for address in stride(from: 0x2_0000 as UInt64, to: 0x2_3000, by: 4) {
      try processor.memory.write(Self.nop, at: address)
    }
  }

  /// An alert that goes to problem state.
  private static let alert = MMCR0.fc | MMCR0.ebe | MMCR0.pmao | 2 << MMCR0.pmccShift

  private func runNop(problem: Bool = true) {
    processor.enterState(problem: problem)
    processor.nextInstruction = 0x2_0000
    _ = processor.run(instructions: 1)
  }

  @Test func alertBranches() {
    processor.write(.bescr, BESCR.ge | BESCR.pme)
    processor.write(.mmcr0, Self.alert)
    #expect(processor.read(.bescr) == BESCR.ge | BESCR.pmeo)
    runNop()
    // The branch came before the instruction.
    #expect(processor.nextInstruction == 0x2_2004)
    #expect(processor.read(.ebbrr) == 0x2_0000)
    #expect(processor.read(.bescr) == BESCR.pmeo)
    #expect(processor.machineState & MSR.pr != 0)
  }

  @Test func counterThatOverflowsBranches() throws {
    processor.write(.controlWrite, 1)
    processor.write(.bescr, BESCR.ge | BESCR.pme)
    processor.write(number: 791, 0x7FFF_FFF0)
    processor.write(.mmcr0, MMCR0.ebe | MMCR0.pmae | MMCR0.pmcjce)
    processor.enterState(problem: true)
    processor.nextInstruction = 0x2_0000
    _ = processor.run(instructions: 100)
    #expect(processor.instructionCount == 16)
    _ = processor.run(instructions: 1)
    #expect(processor.nextInstruction == 0x2_2004)
    #expect(processor.read(.ebbrr) == 0x2_0040)
    #expect(processor.read(.mmcr0) & (MMCR0.pmae | MMCR0.pmao) == MMCR0.pmao)
  }

  /// Nothing branches in privileged state, without FSCR[EBB], below 2.07, or without GE or PME.
  @Test func conditions() throws {
    processor.write(.bescr, BESCR.ge | BESCR.pme)
    processor.write(.mmcr0, Self.alert)
    runNop(problem: false)
    #expect(processor.nextInstruction == 0x2_0004)
    #expect(!processor.hasPendingInterrupt)
    processor.write(.fscr, 0)
    runNop()
    #expect(processor.nextInstruction == 0x2_0004)
    processor.write(.fscr, ~0)
    processor.write(.pcr, PCR.v2_06.rawValue)
    runNop()
    #expect(processor.nextInstruction == 0x2_0004)
    processor.write(.pcr, 0)
    processor.write(.bescr, BESCR.pmeo)
    runNop()
    #expect(processor.nextInstruction == 0x2_0004)
    processor.write(.bescr, BESCR.ge)
    runNop()
    #expect(processor.nextInstruction == 0x2_0004)
    processor.write(.bescr, BESCR.ge | BESCR.pme)
    runNop()
    #expect(processor.nextInstruction == 0x2_2004)
  }

  /// A program that enables with an event waiting branches before its next instruction, and
  /// `rfebb 1` again if the handler left the event standing.
  @Test func instructionsThatEnable() throws {
    processor.write(.bescr, BESCR.pmeo)
    processor[gpr: 8] = BESCR.ge >> 32
    try processor.step(word("mtspr", [801, 8]), problem: true)
    #expect(processor.nextInstruction == 0x2_2000)
    #expect(processor.read(.ebbrr) == 0x2_0004)
    try processor.step(word("rfebb", [1]), problem: true)
    #expect(processor.nextInstruction == 0x2_2000)
    #expect(processor.read(.ebbrr) == 0x2_0004)
    processor[gpr: 8] = BESCR.pmeo
    try processor.step(word("mtspr", [802, 8]), problem: true)
    try processor.step(word("rfebb", [1]), problem: true)
    #expect(processor.nextInstruction == 0x2_0004)
    #expect(processor.read(.bescr) == BESCR.ge)
  }

  @Test func statusRegisterSetsAndResetsByHalves() {
    processor.write(.bescr, ~0)
    #expect(processor.read(.bescr) == BESCR.defined)
    processor.write(.bescrr, BESCR.eeo | BESCR.pmeo)
    processor.write(.bescrru, BESCR.ge >> 32 | BESCR.ee >> 32)
    #expect(processor.read(.bescr) == BESCR.pme | BESCR.ts)
    processor.write(.bescrsu, BESCR.ee >> 32)
    #expect(processor.read(.bescrsu) == (BESCR.pme | BESCR.ee) >> 32)
    #expect(processor.read(.bescrr) == processor.read(.bescr))
  }
}
