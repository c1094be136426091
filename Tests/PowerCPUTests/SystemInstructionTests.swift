import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

@Suite struct SystemInstructionTests {
  private static func word(_ spelling: String, _ values: Int64...) throws -> UInt32 {
    for row in InstructionRow.all where row.mnemonic == spelling {
      if let instruction = row.instruction(values) { return instruction.word }
    }
    throw NoSuchInstruction(spelling: spelling)
  }

  struct NoSuchInstruction: Error { var spelling: String }

  @Test func hashChecksWhatWasStored() throws {
    let processor = try VirtualProcessor.forTest()
    // PHIE and NPHIE of privileged state.
    processor.write(.dexcr, 3 << 57)
    processor.write(.hashkeyr, 0x1234_5678_9ABC_DEF0)
    let p = processor.processor
    p[GPR(1)] = 0x2000
    p[GPR(5)] = 0xC0FF_EE00
    try processor.execute([Self.word("hashst", 5, -16, 1), Self.word("hashchk", 5, -16, 1)])
    #expect(processor.nextInstruction == 0x1_0008)
    let stored = try processor.memory.read(UInt64.self, at: 0x1FF0, .big)
    #expect(stored != 0)
    p[GPR(5)] = 0xC0FF_EE04
    try processor.execute([Self.word("hashchk", 5, -16, 1)])
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr1) & 0x2_0000 != 0)
  }

  @Test func hashDoesNothingUnlessEnabled() throws {
    let processor = try VirtualProcessor.forTest()
    processor.processor[GPR(1)] = 0x2000
    try processor.execute([Self.word("hashst", 5, -16, 1)])
    #expect(try processor.memory.read(UInt64.self, at: 0x1FF0, .big) == 0)
  }

  @Test func randomNumbersComeFromTheSource() throws {
    let processor = try VirtualProcessor.forTest()
    processor.randomSource = { 0x8765_4321_0FED_CBA9 }
    try processor.execute([
      Self.word("darn", 3, 0), Self.word("darn", 4, 1), Self.word("darn", 5, 3),
    ])
    #expect(processor.processor[GPR(3)] == 0x0FED_CBA9)
    #expect(processor.processor[GPR(4)] == 0x8765_4321_0FED_CBA9)
    #expect(processor.processor[GPR(5)] == .max)
  }

  @Test func transactionsAreUnavailable() throws {
    let processor = try VirtualProcessor.forTest(.power8)
    try processor.execute([Self.word("tbegin.", 0)])
    #expect(processor.nextInstruction == 0xF60)
    #expect(processor.read(.fscr) >> 56 == 5)
    let later = try VirtualProcessor.forTest(.power10)
    try later.execute([Self.word("tbegin.", 0)])
    #expect(later.nextInstruction == 0x700)
  }

  @Test func returningFromAnEventBasedBranch() throws {
    let processor = try VirtualProcessor.forTest()
    processor.write(.ebbrr, 0x3003)
    try processor.execute([Self.word("rfebb", 1)])
    #expect(processor.nextInstruction == 0x3000)
    #expect(processor.read(.bescr) == 1 << 63)
  }

  @Test func hypervisorInstructionsAreIllegalInAPartition() throws {
    let processor = try VirtualProcessor.forTest()
    try processor.execute([Self.word("lbzcix", 3, 4, 5)])
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr1) & 0x8_0000 != 0)
  }

  /// What later became the hash instructions does nothing before.
  @Test func reservedNoOperations() throws {
    let processor = try VirtualProcessor.forTest(.power9)
    try processor.execute([Self.word("hashst", 5, -16, 1)])
    #expect(processor.nextInstruction == 0x1_0004)
  }

  @Test func coprocessorsAreUnavailable() throws {
    let processor = try VirtualProcessor.forTest(.power7)
    processor.processor[GPR(5)] = 0x4000
    try processor.execute([Self.word("icswx", 3, 0, 5)])
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dar) == 0x4000)
    #expect(processor.read(.dsisr) == 0x4000)
  }
}
