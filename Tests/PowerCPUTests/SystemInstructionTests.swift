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

  /// copy 0,r4; paste. 0,r5; paste. 0,r5
  @Test(arguments: [ProcessorModel.power10, .power11])
  func blocksAreCopied(model: ProcessorModel) throws {
    let processor = try VirtualProcessor.forTest(model)
    let block = (0..<128).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
    try processor.memory.write(block, at: 0x3000)
    processor[gpr: 4] = 0x3000
    processor[gpr: 5] = 0x4080
    let (copy, paste) = (try Self.word("copy", 0, 4), try Self.word("paste.", 0, 5, 1))
    processor.conditionRegister = ~0
    try processor.execute([copy], at: 0x1_0000)
    #expect(processor.copyBuffer.isFull)
    // The block is what it was when it was copied.
    try processor.memory.write([0, 0, 0, 0], at: 0x3000)
    try processor.execute([paste], at: 0x1_0004)
    #expect(processor.nextInstruction == 0x1_0008)
    #expect(try processor.memory.read(128, at: 0x4080) == block)
    #expect(processor.conditionRegister == 0x2FFF_FFFF)
    #expect(!processor.copyBuffer.isFull)
    // Without a copy before it nothing is moved. XER[SO] is copied.
    try processor.memory.write([9], at: 0x4080)
    processor.write(.xer, 1 << 31)
    try processor.execute([paste], at: 0x1_0008)
    #expect(processor.conditionRegister == 0x1FFF_FFFF)
    #expect(try processor.memory.read(1, at: 0x4080) == [9])
    // cpabort forgets the block.
    try processor.execute([copy, Self.word("cpabort"), paste])
    #expect(processor.conditionRegister == 0x1FFF_FFFF)
    // Not aligned; the copied block waits.
    processor[gpr: 5] = 0x4040
    try processor.execute([copy, paste])
    #expect(processor.nextInstruction == 0x600)
    #expect(processor.copyBuffer.isFull)
  }

  /// Code that is pasted is seen at once, and a page that may not be written interrupts.
  @Test func pastingIsAStore() throws {
    let processor = try LeveledProcessor(hardware: .power10).make()
    // li r3,1 at 0x8000, executed, then replaced by li r3,2.
    try processor.memory.write(0x3860_0001 as UInt32, at: 0x8000)
    try processor.memory.write(0x3860_0002 as UInt32, at: 0x9000)
    processor.step(at: 0x8000, problem: true)
    #expect(processor[gpr: 3] == 1)
    processor[gpr: 4] = 0x9000
    processor[gpr: 5] = 0x8000
    try processor.step(Self.word("copy", 0, 4), problem: true)
    try processor.step(Self.word("paste.", 0, 5, 1), problem: true)
    processor.step(at: 0x8000, problem: true)
    #expect(processor[gpr: 3] == 2)
    processor.hashPageTable?[8 * 8] = (HPTE.valid, 8 << 12 | 3)
    processor.invalidateTranslations()
    try processor.step(Self.word("copy", 0, 4), problem: true)
    try processor.step(Self.word("paste.", 0, 5, 1), problem: true)
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dsisr) == 0x0A00_0000)
    #expect(processor.read(.dar) == 0x8000)
  }

  /// POWER9 cannot paste to ordinary storage.
  @Test func pastingNeedsAnAcceleratorBefore3_1() throws {
    let processor = try VirtualProcessor.forTest(.power9)
    processor[gpr: 4] = 0x3000
    processor[gpr: 5] = 0x4000
    try processor.execute([Self.word("copy", 0, 4), Self.word("paste.", 0, 5)])
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dsisr) == 8)
    #expect(processor.read(.dar) == 0x4000)
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
