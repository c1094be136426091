import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// The trace interrupt (Book III 7.5.15).
@Suite struct TraceTests {
  private static let address: UInt64 = 0x1_0000
  private static let msr = MSR.sf | MSR.me | MSR.ri | MSR.fp | MSR.vec | MSR.vsx

  private let processor: VirtualProcessor

  init() throws {
    processor = try .forTest(.power10)
    processor[gpr: 4] = 0x2000
    processor[gpr: 5] = 8
    processor.write(.fscr, ~0)
  }

  /// Executes one instruction.
  /// - Returns: the interrupt's vector; 0 when there is none.
  private func vector(
    _ spelling: String, _ values: [Int64] = [], _ bits: UInt64 = MSR.se,
    on other: VirtualProcessor? = nil
  ) throws -> UInt64 {
    let processor = other ?? processor
    processor.machineState = Self.msr | bits
    let level = processor.hardware.isa
    try processor.execute(words(spelling, values, level: level), at: Self.address, count: 1)
    return processor.nextInstruction < 0x1000 ? processor.nextInstruction : 0
  }

  @Test func `an instruction that completes is followed by the interrupt`() throws {
    #expect(try vector("addi", [3, 0, 7]) == 0xD00)
    #expect(processor[gpr: 3] == 7)
    #expect(processor.read(.srr0) == Self.address + 4)
    #expect(processor.read(.srr1) == Self.msr | MSR.se | 0x4000_0000)
    #expect(processor.read(.siar) == Self.address)
    #expect(processor.machineState & (MSR.se | MSR.ri) == 0)
    #expect(processor.instructionCount == 1)
    #expect(try vector("addi", [3, 0, 7], 0) == 0)
    #expect(try vector("addi", [3, 0, 7], MSR.be) == 0)
  }

  /// Whether SRR1 calls the instruction a load or a store; SDAR has its operand's address.
  @Test(
    arguments: [
      ("lwz", [3, 16, 4], 0x1000_0000, 0x2010), ("lmw", [29, 0, 4], 0x1000_0000, 0x2000),
      ("ldarx", [3, 4, 5, 0], 0x1000_0000, 0x2008), ("icbi", [4, 5], 0x1000_0000, 0x2008),
      ("stw", [3, 16, 4], 0x0800_0000, 0x2010), ("dcbz", [4, 5], 0x0800_0000, 0x2000),
      ("stdcx.", [3, 4, 5], 0x0800_0000, 0x2008), ("stvx", [1, 0, 4], 0x0800_0000, 0x2000),
      ("add", [3, 4, 5], 0, 0), ("pld", [3, 8, 4, 0], 0x3000_0000, 0x2008),
      ("pstd", [3, 8, 4, 0], 0x2800_0000, 0x2008), ("pnop", [], 0x2000_0000, 0),
    ] as [(String, [Int64], UInt64, UInt64)])
  func `the interrupt describes the instruction`(
    _ row: (spelling: String, values: [Int64], kind: UInt64, operand: UInt64)
  ) throws {
    #expect(try vector(row.spelling, row.values) == 0xD00)
    #expect(processor.read(.srr1) & 0x783F_0000 == 0x4000_0000 | row.kind)
    #expect(processor.read(.sdar) == row.operand)
    let size: UInt64 = row.spelling.hasPrefix("p") ? 8 : 4
    #expect(processor.read(.srr0) == Self.address + size)
  }

  @Test func `before 2_07 SRR1 says nothing of the instruction`() throws {
    let older = try VirtualProcessor.forTest(.power7)
    #expect(try vector("lwz", [3, 16, 0], on: older) == 0xD00)
    #expect(older.read(.srr1) & 0x783F_0000 == 0)
    #expect(older.read(.siar) == Self.address)
  }

  @Test func `what the performance monitor samples stays`() throws {
    processor.write(.siar, 0x1234)
    processor.write(.mmcr0, MMCR0.fc | MMCR0.pmae)
    #expect(try vector("lwz", [3, 16, 4]) == 0xD00)
    #expect(processor.read(.siar) == 0x1234 && processor.read(.sdar) == 0)
  }

  @Test(
    arguments: [
      ("sc", [0], 0xC00), ("tw", [31, 0, 0], 0x700), ("ld", [3, 0, 6], 0x200),
      ("lwarx", [3, 5, 7, 0], 0x600),
      ("mfspr", [3, 0], 0x700),
    ] as [(String, [Int64], UInt64)])
  func `one that interrupts is not traced`(
    _ row: (spelling: String, values: [Int64], vector: UInt64)
  ) throws {
    processor[gpr: 6] = 0x0FFF_0000_0000
    processor[gpr: 7] = 1
    #expect(try vector(row.spelling, row.values) == row.vector)
    #expect(processor.machineState & MSR.se == 0)
  }

  @Test func `nor is one that returns from an interrupt, or calls the hypervisor`() throws {
    processor.write(.srr0, 0x4000)
    processor.write(.srr1, Self.msr | MSR.se)
    #expect(try vector("rfid") == 0)
    #expect(processor.nextInstruction == 0x4000 && processor.machineState & MSR.se != 0)
    processor.write(.lr, 0x5000)
    processor.write(.ctr, Self.msr)
    #expect(try vector("rfscv") == 0)
    #expect(processor.nextInstruction == 0x5000)
    processor.machineState = Self.msr | MSR.se
    #expect(try processor.execute(words("sc", [1]), at: Self.address) == .hypercall)
    #expect(processor.nextInstruction == Self.address + 4)
    // The next is traced again.
    _ = processor.run(instructions: 0)
    #expect(try vector("isync") == 0xD00)
  }

  @Test(arguments: ["mtmsrd", "mtmsr"])
  func `a move to the MSR is traced as it was when it began`(_ spelling: String) throws {
    processor[gpr: 3] = Self.msr
    #expect(try vector(spelling, [3, 0]) == 0xD00)
    #expect(processor.read(.srr1) & MSR.se == 0)
    processor[gpr: 3] = Self.msr | MSR.se
    #expect(try vector(spelling, [3, 0], 0) == 0)
    #expect(processor.machineState & MSR.se != 0)
  }

  @Test func `it comes before an interrupt that the instruction lets in`() throws {
    processor.setExternalInterrupt(true)
    processor[gpr: 3] = Self.msr | MSR.ee
    #expect(try vector("mtmsrd", [3, 0]) == 0xD00)
    #expect(processor.read(.srr1) & MSR.ee != 0)
    processor.write(.srr0, 0x4000)
    processor.write(.srr1, Self.msr | MSR.ee | MSR.se)
    #expect(try vector("rfid") == 0x500)
    #expect(processor.read(.srr0) == 0x4000)
  }

  @Test(
    arguments: [
      ("b", [0x20], Self.address + 0x20), ("bc", [20, 0, 0x40], Self.address + 0x40),
      ("bc", [12, 2, 0x40], Self.address + 4), ("bclr", [20, 0, 0], 0x8000),
      ("bcctr", [20, 0, 0], 0x9000), ("bctar", [20, 0, 0], 0xA000),
    ] as [(String, [Int64], UInt64)])
  func `branches are traced by BE, taken or not`(
    _ row: (spelling: String, values: [Int64], next: UInt64)
  ) throws {
    processor.conditionRegister = 0
    processor.write(.lr, 0x8000)
    processor.write(.ctr, 0x9000)
    processor.write(.tar, 0xA000)
    for bit in [MSR.be, MSR.se] {
      #expect(try vector(row.spelling, row.values, bit) == 0xD00)
      #expect(processor.read(.srr0) == row.next)
    }
    #expect(try vector("crand", [0, 0, 0], MSR.be) == 0)
  }

  @Test func `CIABR selects an instruction in one state`() throws {
    processor.write(.ciabr, Self.address | 2)
    #expect(try vector("lwz", [3, 16, 4], 0) == 0xD00)
    // Of an address that matches nothing else is said.
    #expect(processor.read(.srr1) & 0x783F_0000 == 0x4010_0000)
    processor.write(.ciabr, Self.address + 4 | 2)
    #expect(try vector("lwz", [3, 16, 4], 0) == 0)
    processor.write(.ciabr, Self.address)
    #expect(try vector("lwz", [3, 16, 4], 0) == 0)
    // Problem state, and not this one.
    processor.write(.ciabr, Self.address | 1)
    #expect(try vector("lwz", [3, 16, 4], 0) == 0)
    #expect(!processor.state.pointee.isTraced)
    processor.machineState |= MSR.pr
    #expect(processor.state.pointee.isTraced)
  }

  @Test func `a branch to itself is traced once for each time`() throws {
    #expect(try vector("b", [0]) == 0xD00)
    #expect(processor.read(.srr0) == Self.address)
  }

  @Test func `a watchpoint comes before the trace`() throws {
    processor.write(.dawr0, 0x2000)
    processor.write(.dawrx0, 0x60 | 8 | 2)
    #expect(try vector("lwz", [3, 0, 4]) == 0x300)
    #expect(try vector("lwz", [3, 8, 4]) == 0xD00)
  }
}
