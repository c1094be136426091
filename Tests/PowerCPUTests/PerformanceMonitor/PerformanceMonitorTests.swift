import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// A clock that counts instructions, a tick each, as one processor has run them.
private final class CountingClock: ProcessorClock, @unchecked Sendable {
  // Safety: one test uses it from one task.
  var ticks: UInt64 = 0
  func timebase(instructionsInRun: UInt64) -> UInt64 { ticks &+ instructionsInRun }
  func instructions(until deadline: UInt64) -> Int64? { Int64(clamping: deadline &- ticks) }
}

/// PMC1 to PMC6 count cycles and instructions in the states MMCR0 and MMCR2 allow, and interrupt.
@Suite struct PerformanceMonitorTests {
  private let clock = CountingClock()
  private let processor: VirtualProcessor
  private static let nop: UInt32 = 0x6000_0000
  private static let pmcs = 787..<793

  init() throws {
    processor = VirtualProcessor(
      index: 0, hardware: .power9, memory: try GuestMemory(size: 16 << 20), clock: clock)
    try processor.mapForProblemState()
    for word in 0..<1024 as Range<UInt64> {
      try processor.memory.write(Self.nop, at: 0x2_0000 + word * 4)
    }
    // The handler stays where it is.
    try processor.memory.write(0x4800_0000 as UInt32, at: 0xF00)
    // PMC1 and PMC2: cycles and instructions; PMC3: an event that is not counted.
    processor.write(.mmcr1, 0x1E02_1000)
    processor.write(.mmcr0, MMCR0.fc | MMCR0.c56run)
  }

  private func runNops(_ count: Int64, problem: Bool, ee: Bool = false) {
    processor.enterState(problem: problem)
    if ee { processor.machineState |= MSR.ee }
    processor.nextInstruction = 0x2_0000
    var left = count
    while left > 0 {
      let before = processor.instructionCount
      _ = processor.run(instructions: left)
      let ran = processor.instructionCount &- before
      clock.ticks &+= ran
      left -= Int64(ran)
      if processor.nextInstruction == 0xF00 { return }
    }
  }

  private var counts: [UInt64] { Self.pmcs.map { processor.read(number: $0) } }

  @Test func countsCyclesAndInstructions() {
    processor.write(.mmcr0, MMCR0.c56run)
    runNops(640, problem: true)
    // 64 ticks are 125 cycles.
    #expect(counts == [1250, 640, 0, 0, 640, 1250])
    processor.write(.mmcr0, MMCR0.fc)
    runNops(64, problem: true)
    #expect(counts == [1250, 640, 0, 0, 640, 1250])
  }

  /// Counters keep what is stored, and do not alert: the monitor is off.
  @Test func countersThatStandStill() {
    processor.hasPerformanceMonitor = false
    processor.write(number: 787, 0x7FFF_FFFF)
    processor.write(.mmcr0, MMCR0.c56run | MMCR0.pmae | MMCR0.pmc1ce)
    runNops(640, problem: true, ee: true)
    processor.write(number: 787, 0x8000_0000)
    runNops(640, problem: true, ee: true)
    #expect(counts == [0x8000_0000, 0, 0, 0, 0, 0])
    #expect(processor.read(.mmcr0) == MMCR0.c56run | MMCR0.pmae | MMCR0.pmc1ce)
    #expect(processor.nextInstruction != 0xF00)
  }

  @Test(
    arguments: [
      (MMCR0.fcs, 100), (MMCR0.fcp, 10), (MMCR0.fcs | MMCR0.fcp, 0), (MMCR0.fcm0, 0),
      (MMCR0.fcm1, 110), (MMCR0.fc, 0),
    ] as [(UInt64, UInt64)])
  func freezesByState(bits: UInt64, expected: UInt64) {
    processor.write(.mmcr0, bits | MMCR0.c56run)
    runNops(100, problem: true)
    runNops(10, problem: false)
    #expect(counts[1] == expected)
    #expect(counts[4] == expected)
  }

  @Test func freezesSomeCounters() {
    processor.write(.mmcr0, MMCR0.fc14 | MMCR0.c56run)
    runNops(64, problem: true)
    #expect(counts == [0, 0, 0, 0, 64, 125])
    processor.write(.mmcr0, MMCR0.fc56 | MMCR0.c56run)
    runNops(64, problem: true)
    #expect(counts == [125, 64, 0, 0, 64, 125])
    // PMC2 in problem state, PMC5 in privileged state.
    processor.write(.mmcr0, MMCR0.c56run)
    processor.write(.mmcr2, MMCR2.fcp(1) | MMCR2.fcs(4))
    runNops(64, problem: true)
    #expect(counts[1] == 64)
    #expect(counts[4] == 128)
    runNops(10, problem: false)
    #expect(counts[1] == 74)
    #expect(counts[4] == 128)
  }

  /// PMC5 and PMC6 count run instructions and run cycles unless C56RUN is set.
  @Test func runLatch() {
    processor.write(.mmcr0, 0)
    runNops(64, problem: true)
    #expect(counts[4] == 0)
    processor.write(.controlWrite, 1)
    runNops(64, problem: true)
    #expect(counts[4] == 64)
    #expect(counts[5] == 125)
  }

  @Test func countersAreOf32Bits() {
    processor.write(number: 788, 0x1_FFFF_FFF0)
    #expect(counts[1] == 0xFFFF_FFF0)
    processor.write(.mmcr0, 0)
    runNops(32, problem: true)
    #expect(counts[1] == 0x10)
  }

  /// An enabled counter that becomes negative interrupts exactly then, and freezes if it is to.
  @Test func interruptsWhenNegative() {
    let control = MMCR0.pmae | MMCR0.pmcjce | MMCR0.fcece
    processor.write(number: 788, 0x8000_0000 - 300)
    processor.write(.mmcr0, control)
    runNops(1000, problem: true, ee: true)
    #expect(processor.nextInstruction == 0xF00)
    #expect(processor.read(.srr0) == 0x2_0000 + 300 * 4)
    #expect(processor.read(.siar) == 0x2_0000 + 300 * 4)
    #expect(processor.read(.sier) == 1 << 58 | 1 << 61)
    #expect(processor.read(.mmcr0) == MMCR0.fc | MMCR0.pmao | MMCR0.pmcjce | MMCR0.fcece)
    #expect(counts[1] == 0x8000_0000)
  }

  /// PMC1's own enable, cycles, and no interrupt without PMAE.
  @Test func interruptsOnCycles() {
    processor.write(number: 787, 0x8000_0000 - 1250)
    processor.write(.mmcr0, MMCR0.pmc1ce)
    runNops(1000, problem: true, ee: true)
    #expect(processor.nextInstruction == 0x2_0000 + 4000)
    processor.write(.mmcr0, MMCR0.fc)
    processor.write(number: 787, 0x8000_0000 - 1250)
    processor.write(.mmcr0, MMCR0.pmc1ce | MMCR0.pmae)
    runNops(1000, problem: true, ee: true)
    #expect(processor.nextInstruction == 0xF00)
    #expect(processor.read(.srr0) == 0x2_0000 + 640 * 4)
  }

  /// The host may be busy when a counter of cycles becomes negative: with FCECE the counters have
  /// stood still since.
  @Test(arguments: [false, true])
  func anAlertThatIsSeenLate(freezes: Bool) {
    processor.write(number: 787, 0x8000_0000 - 1250)
    let control = MMCR0.pmc1ce | MMCR0.c56run | (freezes ? MMCR0.fcece : 0)
    processor.write(.mmcr0, control | MMCR0.pmae)
    clock.ticks += 64_000
    let late: UInt64 = freezes ? 0 : 125_000 - 1250
    #expect(counts[0] == 0x8000_0000 + late && counts[5] == 1250 + late)
    #expect(processor.read(.mmcr0) == control | MMCR0.pmao | (freezes ? MMCR0.fc : 0))
    clock.ticks += 64_000
    #expect(counts[5] == (freezes ? 1250 : 250_000))
  }

  /// The alert waits for MSR[EE], and interrupts until PMAO is cleared.
  @Test func interruptIsHeldBack() {
    processor.write(.mmcr0, MMCR0.fc | MMCR0.pmao)
    runNops(5, problem: false)
    #expect(processor.nextInstruction == 0x2_0014)
    runNops(5, problem: false, ee: true)
    #expect(processor.nextInstruction == 0xF00)
    processor.write(.mmcr0, MMCR0.fc)
    runNops(5, problem: false, ee: true)
    #expect(processor.nextInstruction == 0x2_0014)
  }

  /// Problem state sees and changes FC, PMAE and PMAO of MMCR0, and its own freeze bits of MMCR2.
  @Test func problemStateSeesItsBits() throws {
    let control = MMCR0.fc | 2 << MMCR0.pmccShift | MMCR0.fcs
    processor.write(.mmcr0, control)
    processor.write(.mmcr2, ~0)
    try processor.step(word("mfspr", [8, 779]), problem: true)
    #expect(processor[gpr: 8] == MMCR0.fc)
    try processor.step(word("mfspr", [8, 769]), problem: true)
    #expect(processor[gpr: 8] == 0x4020_1008_0402_0000)
    processor[gpr: 8] = ~0 & ~MMCR0.pmao
    try processor.step(word("mtspr", [779, 8]), problem: true)
    #expect(processor.read(.mmcr0) == control | MMCR0.pmae)
    processor[gpr: 8] = 0
    try processor.step(word("mtspr", [769, 8]), problem: true)
    #expect(processor.read(.mmcr2) == ~0x4020_1008_0402_0000)
  }

  /// Processors before 2.05 keep what is written and count nothing.
  @Test func olderProcessors() throws {
    for hardware in [ProcessorModel.ppc970, .power5Plus] {
      let processor = try LeveledProcessor(hardware: hardware).make()
      processor.write(.mmcr1, 0x1E02_0000)
      processor.write(number: 791, 7)
      processor.write(.mmcr0, 0)
      try processor.step(Self.nop, problem: true)
      #expect(processor.read(number: 791) == 7)
      #expect(processor.read(number: 788) == 0)
      #expect(processor.read(.mmcr1) == 0x1E02_0000)
    }
  }
}
