import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// What interrupts save, where they go, and when they are held back (Book III 7).
@Suite struct InterruptTests {
  let clock = FixedClock()
  let processor: VirtualProcessor
  let memory: GuestMemory

  init() throws {
    processor = try .forTest(.power10, clock: clock)
    memory = processor.memory
  }

  static let nop: UInt32 = 0x6000_0000

  @Test func illegalInstructionSavesItsAddressAndTheCause() throws {
    processor.machineState = MSR.sf | MSR.ee | MSR.ri
    try processor.execute([0], at: 0x4000)
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr0) == 0x4000)
    #expect(processor.read(.srr1) == MSR.sf | MSR.ee | MSR.ri | 0x8_0000)
    #expect(processor.machineState & (MSR.ee | MSR.ri) == 0)
  }

  @Test func systemCallReturnsAfterItself() throws {
    try processor.execute([0x4400_0002], at: 0x4000)
    #expect(processor.nextInstruction == 0xC00)
    #expect(processor.read(.srr0) == 0x4004)
  }

  @Test func hypercallLeavesTheEngine() throws {
    #expect(try processor.execute([Self.nop, 0x4400_0022, Self.nop]) == .hypercall)
    #expect(processor.nextInstruction == 0x1_0008)
    #expect(processor.instructionCount == 2)
  }

  @Test func hypercallFromProblemStateIsRefused() throws {
    processor.machineState |= MSR.pr
    // Problem state is always relocated; a process table of radix 0 would fault, so look at the
    // semantics alone.
    Semantics.sc(processor.processor, Instruction(word: 0x4400_0022))
    #expect(processor[gpr: 3] == UInt64(bitPattern: -3))
  }

  @Test func scvKeepsEnablesAndUsesLinkAndCount() throws {
    processor.write(.fscr, 1 << 12)
    processor.machineState = MSR.sf | MSR.ee | MSR.ri
    try processor.execute([0x4400_0001 | 5 << 5], at: 0x4000)
    #expect(processor.nextInstruction == 0x17000 + 5 * 0x20)
    #expect(processor.read(.lr) == 0x4004)
    #expect(processor.read(.ctr) == MSR.sf | MSR.ee | MSR.ri)
    #expect(processor.machineState & (MSR.ee | MSR.ri) == MSR.ee | MSR.ri)
  }

  @Test func scvWithoutItsFacilityIsUnavailable() throws {
    try processor.execute([0x4400_0001], at: 0x4000)
    #expect(processor.nextInstruction == 0xF60)
    #expect(processor.read(.fscr) >> 56 == 12)
  }

  @Test func privilegedInstructionInProblemState() throws {
    // mfmsr through the dispatch, in problem state.
    processor.machineState |= MSR.pr
    let run = processor.handler(for: Instruction(word: 0x7C60_00A6))
    run(UnsafeMutableRawPointer(processor.state), 0x7C60_00A6)
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr1) & 0x4_0000 != 0)
  }

  @Test(arguments: [(0, 0x500), (2, 0x18500), (3, 0xC000_0000_0000_4500)] as [(UInt64, UInt64)])
  func alternateInterruptLocation(_ row: (ail: UInt64, address: UInt64)) {
    processor.alternateInterruptLocation = row.ail
    processor.interruptsLittleEndian = true
    processor.machineState = MSR.sf | MSR.ee | MSR.ir | MSR.dr
    processor.nextInstruction = 0x4000
    processor.setExternalInterrupt(true)
    processor.deliverPendingInterrupt()
    #expect(processor.nextInstruction == row.address)
    #expect(processor.machineState & MSR.le != 0)
    #expect((processor.machineState & MSR.dr != 0) == (row.ail != 0))
  }

  @Test func realModeInterruptsStayInRealMode() {
    processor.alternateInterruptLocation = 3
    processor.machineState = MSR.sf | MSR.ee
    processor.setExternalInterrupt(true)
    processor.deliverPendingInterrupt()
    #expect(processor.nextInstruction == 0x500)
  }

  @Test func externalInterruptsWaitForEE() throws {
    processor.setExternalInterrupt(true)
    try processor.execute([Self.nop, Self.nop], at: 0x4000)
    #expect(processor.nextInstruction == 0x4008)
    // mtmsrd r3,1 with EE set.
    processor[gpr: 3] = MSR.ee
    try processor.execute([0x7C61_0164], at: 0x4000)
    #expect(processor.nextInstruction == 0x500)
    #expect(processor.read(.srr0) == 0x4004)
  }

  @Test func decrementerIsPendingWhileNegative() throws {
    processor.write(.dec, 100)
    #expect(!processor.hasPendingInterrupt)
    clock.ticks = 100
    #expect(!processor.hasPendingInterrupt)
    clock.ticks = 101
    #expect(processor.hasPendingInterrupt)
    #expect(processor.read(.dec) == 0xFFFF_FFFF)
    processor.write(.dec, 5)
    #expect(!processor.hasPendingInterrupt)
  }

  /// The exception follows DEC's most significant bit, on every processor.
  @Test(arguments: ProcessorModel.all)
  func decrementerExceptionCeasesWhenItWraps(model: ProcessorModel) throws {
    let processor = try VirtualProcessor.forTest(model, clock: clock)
    processor.write(.dec, 0x8000_0001)
    #expect(processor.hasPendingInterrupt)
    #expect(processor.ticksUntilDecrementer == 0)
    clock.ticks = 1
    #expect(processor.hasPendingInterrupt)
    clock.ticks = 2
    #expect(processor.read(.dec) == 0x7FFF_FFFF)
    #expect(processor.ticksUntilDecrementer == 0x8000_0000)
    // No interrupt is left for MSR[EE], although it was pending when the run began.
    clock.ticks = 1
    #expect(processor.hasPendingInterrupt)
    clock.ticks = 2
    processor[gpr: 3] = MSR.ee
    try processor.execute([0x7C61_0164, Self.nop], at: 0x4000)
    #expect(processor.nextInstruction == 0x4008)
    // Half a turn later it is negative again.
    clock.ticks = 2 + 0x8000_0000
    try processor.memory.write(Self.nop, at: 0x900)
    try processor.execute([Self.nop], at: 0x4000)
    #expect(processor.nextInstruction == 0x904)
    #expect(processor.read(.srr0) == 0x4000)
  }

  /// A run ends where the decrementer interrupts, but not because it waits for MSR[EE].
  @Test func runsAreAsLongAsTheDecrementerLets() throws {
    final class CountingClock: ProcessorClock {
      func timebase(instructionsInRun: UInt64) -> UInt64 { 1000 }
      func instructions(until deadline: UInt64) -> Int64? { Int64(deadline) - 1000 }
    }
    let processor = VirtualProcessor(
      index: 0, hardware: .power9, memory: memory, clock: CountingClock())
    processor.timebaseOffset = 77
    processor.write(.dec, 500)
    #expect(processor.instructionsUntilDecrementer == 501)
    processor.write(.dec, 0)
    #expect(processor.instructionsUntilDecrementer == 1)
    processor.write(.dec, 0xFFFF_FFFF)
    #expect(processor.instructionsUntilDecrementer == nil)
    #expect(processor.hasPendingInterrupt)
  }

  @Test(arguments: [ProcessorModel.power9, .power10, .power11])
  func largeDecrementerWraps(model: ProcessorModel) throws {
    let processor = try VirtualProcessor.forTest(model, clock: clock)
    processor.usesLargeDecrementer = true
    processor.write(.dec, 1 << 55)
    #expect(processor.read(.dec) == 0xFF80_0000_0000_0000)
    #expect(processor.hasPendingInterrupt)
    clock.ticks = 1
    #expect(processor.read(.dec) == 0x007F_FFFF_FFFF_FFFF)
    #expect(!processor.hasPendingInterrupt)
    // The narrow one has the same low bits.
    processor.usesLargeDecrementer = false
    #expect(processor.read(.dec) == 0xFFFF_FFFF)
    #expect(processor.hasPendingInterrupt)
  }

  @Test func largeDecrementerIsSignExtended() {
    processor.usesLargeDecrementer = true
    processor.write(.dec, 0x80_0000_0000_0000)
    #expect(processor.hasPendingInterrupt)
    #expect(processor.read(.dec) == 0xFF80_0000_0000_0000)
  }

  @Test func rfidRestoresWhatWasSaved() throws {
    processor.write(.srr0, 0x8003)
    processor.write(.srr1, MSR.sf | MSR.fp | MSR.ri)
    try processor.execute([0x4C00_0024])
    #expect(processor.nextInstruction == 0x8000)
    #expect(processor.machineState == MSR.sf | MSR.fp | MSR.ri | MSR.me)
  }

  @Test func modesTurnedOnWithAnExceptionStandingInterrupt() throws {
    // VX with VE, hence FEX.
    processor.floatingPointStatus = FPSCR.fex | FPSCR.vx | FPSCR.ve
    processor.write(.srr0, 0x8000)
    processor.write(.srr1, MSR.sf | MSR.fp | MSR.fe0)
    try processor.execute([0x4C00_0024])
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr0) == 0x8000)
    #expect(processor.read(.srr1) & 0x1F_0000 == 0x11_0000)
  }

  @Test func facilitiesAreGated() throws {
    for (word, vector) in [
      (0xC820_0000, 0x800), (0x1000_0000, 0xF20), (0xF000_0C00 | 0x298 << 1, 0xF40),
    ] as [(UInt32, UInt64)] {
      processor.machineState = MSR.sf
      try processor.execute([word], at: 0x4000)
      #expect(processor.nextInstruction == vector, "\(String(word, radix: 16))")
    }
  }

  @Test func prefixAcross64BytesIsAnAlignmentInterrupt() throws {
    // pnop
    try processor.execute([0x0700_0000, 0], at: 0x403C, count: 1)
    #expect(processor.nextInstruction == 0x600)
    try processor.execute([0x0700_0000, 0], at: 0x4038, count: 1)
    #expect(processor.nextInstruction == 0x4040)
  }

  /// SRR1[34] of an illegal instruction says that it was a prefixed one.
  @Test func illegalPrefixedInstructions() throws {
    let prefixed: [UInt32] = [0x0400_0123, 0x00BA_DC0D]
    try processor.execute(prefixed, at: 0x4000, count: 1)
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr0) == 0x4000)
    #expect(processor.read(.srr1) & 0x783F_0000 == 0x2008_0000)
    try processor.execute([0x1234_5678], at: 0x4000)
    #expect(processor.read(.srr1) & 0x783F_0000 == 0x0008_0000)
    // No suffix to look at.
    try processor.execute(prefixed, at: 0x403C, count: 1)
    #expect(processor.nextInstruction == 0x600)
    #expect(processor.read(.srr1) & 0x783F_0000 == 0x3000_0000)
    // A word like any other before version 3.1.
    let older = try VirtualProcessor.forTest(.power9)
    try older.execute(prefixed, at: 0x403C, count: 1)
    #expect(older.nextInstruction == 0x700)
    #expect(older.read(.srr1) & 0x783F_0000 == 0x0008_0000)
  }

  /// A machine check says whether a load or store caused it (SRR1[42]) or a fetch (bits 36, 43:45).
  @Test(arguments: ProcessorModel.all)
  func machineChecksSayWhatCausedThem(model: ProcessorModel) throws {
    let processor = try VirtualProcessor.forTest(model)
    let nowhere: UInt64 = 0x0FFF_FFFF_FFFF_FFFC
    processor[gpr: 4] = nowhere
    // lbz r3,0(r4); stb r3,0(r4)
    for word in [0x8864_0000, 0x9864_0000] as [UInt32] {
      processor.write(.dsisr, 0)
      try processor.execute([word], at: 0x4000)
      #expect(processor.nextInstruction == 0x200)
      #expect(processor.read(.srr0) == 0x4000)
      #expect(processor.read(.srr1) & 0x783F_0000 == 0x0020_0000)
      #expect(processor.read(.dar) == nowhere)
      #expect(processor.read(.dsisr) == (model.isa >= .v3_0 ? 0x40 : 0x8000))
    }
    processor.nextInstruction = nowhere
    _ = processor.run(instructions: 1)
    #expect(processor.nextInstruction == 0x200)
    #expect(processor.read(.srr0) == nowhere)
    #expect(
      processor.read(.srr1) & 0x783F_0000 == (model.isa >= .v3_0 ? 0x080C_0000 : 0x0004_0000))
  }

  @Test func fetchFromNowhereIsAMachineCheckAndThenTheEnd() throws {
    processor.nextInstruction = 0x7000_0000
    _ = processor.run(instructions: 1)
    #expect(processor.nextInstruction == 0x200)
    #expect(processor.read(.srr0) == 0x7000_0000)
  }
}
