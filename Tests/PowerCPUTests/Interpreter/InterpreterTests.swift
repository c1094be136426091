import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// The loop, the decoded pages and what makes them stale.
@Suite struct InterpreterTests {
  /// addi r3,r3,n
  static func addToR3(_ n: UInt32) -> UInt32 { 0x3863_0000 | n }

  @Test(arguments: [false, true])
  func runsBothByteOrders(littleEndian: Bool) throws {
    let processor = try VirtualProcessor.forTest()
    try processor.execute(
      [Self.addToR3(1), Self.addToR3(2), Self.addToR3(3)], littleEndian: littleEndian)
    #expect(processor[gpr: 3] == 6)
    #expect(processor.instructionCount == 3)
  }

  @Test func sameAddressInTheOtherByteOrderDecodesAgain() throws {
    let processor = try VirtualProcessor.forTest()
    // In the other order, the bytes of this word are the word below.
    let word = Self.addToR3(1)
    try processor.execute([word])
    #expect(processor[gpr: 3] == 1)
    processor.machineState |= MSR.le
    processor.nextInstruction = 0x1_0000
    _ = processor.run(instructions: 1)
    // 0x01006338 is a prefix of no instruction at all: illegal.
    #expect(processor.read(.srr0) == 0x1_0000)
    #expect(processor[gpr: 3] == 1)
  }

  @Test func storesToDecodedCodeTakeEffect() throws {
    let processor = try VirtualProcessor.forTest()
    // stw r5,8(r4); addi r3,r3,1; addi r3,r3,1, the second replaced by addi r3,r3,64.
    processor[gpr: 4] = 0x1_0000
    processor[gpr: 5] = UInt64(Self.addToR3(64))
    let words = [0x90A4_0008, Self.addToR3(1), Self.addToR3(1)]
    try processor.execute(words)
    #expect(processor[gpr: 3] == 65)
    processor[gpr: 5] = UInt64(Self.addToR3(128))
    processor.nextInstruction = 0x1_0000
    _ = processor.run(instructions: 3)
    #expect(processor[gpr: 3] == 65 + 129)
  }

  @Test func writesByOthersTakeEffect() throws {
    let processor = try VirtualProcessor.forTest()
    let other = VirtualProcessor(
      index: 1, hardware: .power10, memory: processor.memory, clock: FixedClock())
    try processor.execute([Self.addToR3(1)])
    other.nextInstruction = 0x1_0000
    _ = other.run(instructions: 1)
    #expect(other[gpr: 3] == 1)
    // The hypervisor writes.
    try processor.memory.write(Self.addToR3(16), at: 0x1_0000)
    for each in [processor, other] {
      each.nextInstruction = 0x1_0000
      _ = each.run(instructions: 1)
      #expect(each[gpr: 3] == 17)
    }
    // One processor writes what the other has decoded.
    #expect(processor.processor.store(Self.addToR3(256), 0x1_0000))
    other.nextInstruction = 0x1_0000
    _ = other.run(instructions: 1)
    #expect(other[gpr: 3] == 17 + 256)
  }

  @Test func manyWritesBetweenRunsAreNotForgotten() throws {
    let processor = try VirtualProcessor.forTest()
    for page in 0..<100 as Range<UInt64> {
      try processor.execute([Self.addToR3(1)], at: 0x10_0000 + page * 4096)
    }
    for page in 0..<100 as Range<UInt64> {
      try processor.memory.write(Self.addToR3(2), at: 0x10_0000 + page * 4096)
    }
    for page in 0..<100 as Range<UInt64> {
      processor[gpr: 3] = 0
      processor.nextInstruction = 0x10_0000 + page * 4096
      _ = processor.run(instructions: 1)
      #expect(processor[gpr: 3] == 2)
    }
  }

  @Test func budgetIsExact() throws {
    let processor = try VirtualProcessor.forTest()
    // b .
    #expect(try processor.execute([0x4800_0000], count: 1000) == .budget)
    #expect(processor.instructionCount == 1000)
    // Interrupts and page changes do not add to it.
    processor.nextInstruction = 0x1_0FFC
    try processor.memory.write(0x4BFF_F004 as UInt32, at: 0x1_0FFC)
    _ = processor.run(instructions: 500)
    #expect(processor.instructionCount == 1500)
  }

  @Test func thirtyTwoBitModeWrapsAddresses() throws {
    let processor = try VirtualProcessor.forTest()
    processor.machineState = 0
    processor[gpr: 4] = 0xFFFF_FFFF_0002_0000
    try processor.memory.write(0x1234_5678 as UInt32, at: 0x2_0000)
    // lwz r3,0(r4)
    try processor.execute([0x8064_0000])
    #expect(processor[gpr: 3] == 0x1234_5678)
  }

  @Test func reservationIsLostToAnotherStore() throws {
    let processor = try VirtualProcessor.forTest()
    let handle = processor.processor
    #expect(handle.loadReserve(UInt32.self, 0x2_0000) == 0)
    #expect(handle.storeConditional(7 as UInt32, 0x2_0000) == true)
    #expect(handle.storeConditional(8 as UInt32, 0x2_0000) == false)
    #expect(handle.loadReserve(UInt32.self, 0x2_0000) == 7)
    try processor.memory.write(9 as UInt32, at: 0x2_0000)
    #expect(handle.storeConditional(10 as UInt32, 0x2_0000) == false)
    #expect(try processor.memory.read(UInt32.self, at: 0x2_0000) == 9)
  }
}
