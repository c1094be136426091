import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// A process table at 0x10000 and a tree of 52 bits: 13, 9, 9 and 5 or 9 bits of index.
@Suite struct RadixTranslationTests {
  static let leafAll = RadixEntry.read | RadixEntry.write | RadixEntry.execute

  let processor: VirtualProcessor
  let memory: GuestMemory

  init() throws {
    processor = try .forTest(.power9)
    memory = processor.memory
    // RTS 21 (52 bits): 0b10 in bits 1:2, 0b101 in 56:58. Root of 2^13 entries at 0x100000.
    let root: UInt64 = 0x4000_0000_0000_00AD | 0x10_0000
    try memory.write(root, at: 0x1_0000)
    try memory.write(root, at: 0x1_0000 + 7 * 16)
    processor.setProcessTable(ProcessTable(base: 0x1_0000, size: 0x1000, isRadix: true))
    try memory.write(0x8000_0000_0000_0009 | 0x12_0000 as UInt64, at: 0x10_0000)
    try memory.write(0x8000_0000_0000_0009 | 0x12_1000 as UInt64, at: 0x12_0000)
    try memory.write(0x8000_0000_0000_0005 | 0x12_2000 as UInt64, at: 0x12_1000)
    processor.machineState = MSR.sf | MSR.dr | MSR.ir | MSR.me
  }

  /// Maps 64 KiB page `number` of the lowest 2 MiB.
  func map(_ number: UInt64, to real: UInt64, _ bits: UInt64) throws {
    try memory.write(
      RadixEntry.valid | RadixEntry.leaf | real | bits, at: 0x12_2000 + number * 8)
    processor.invalidateTranslations()
  }

  @Test func translatesAndSetsReferenceAndChange() throws {
    try map(2, to: 0x30_0000, Self.leafAll)
    try memory.write(0x1122_3344_5566_7788 as UInt64, at: 0x30_1238)
    let handle = processor.processor
    #expect(handle.load(UInt64.self, 0x2_1238) == 0x1122_3344_5566_7788)
    let entry = try memory.read(UInt64.self, at: 0x12_2010)
    #expect(entry & RadixEntry.reference != 0)
    #expect(entry & RadixEntry.change == 0)
    #expect(handle.store(0xAB as UInt8, 0x2_1238))
    #expect(try memory.read(UInt64.self, at: 0x12_2010) & RadixEntry.change != 0)
    #expect(handle.load(UInt16.self, 0x2_1238) == 0xAB22)
  }

  @Test func accessAcrossPagesReachesBoth() throws {
    try map(2, to: 0x30_0000, Self.leafAll)
    try map(3, to: 0x50_0000, Self.leafAll)
    let handle = processor.processor
    #expect(handle.store(0x0102_0304_0506_0708 as UInt64, 0x2_FFFD))
    #expect(try memory.read(3, at: 0x30_FFFD) == [1, 2, 3])
    #expect(try memory.read(5, at: 0x50_0000) == [4, 5, 6, 7, 8])
    #expect(handle.load(UInt64.self, 0x2_FFFD) == 0x0102_0304_0506_0708)
  }

  @Test func missingPageRaisesDataStorage() throws {
    #expect(processor.processor.load(UInt32.self, 0x4_0004) == nil)
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dar) == 0x4_0004)
    #expect(processor.read(.dsisr) == 0x4000_0000)
    #expect(processor.machineState & (MSR.ir | MSR.dr) == 0)
  }

  @Test func storeToReadOnlyPageIsAProtectionFault() throws {
    try map(1, to: 0x30_0000, RadixEntry.read)
    #expect(!processor.processor.store(1 as UInt32, 0x1_0000))
    #expect(processor.read(.dsisr) == 0x0A00_0000)
  }

  @Test func problemStateCannotTouchPrivilegedPages() throws {
    try map(1, to: 0x30_0000, Self.leafAll | RadixEntry.privileged)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    processor.machineState |= MSR.pr
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
    #expect(processor.read(.dsisr) == 0x0800_0000)
  }

  @Test func keyZeroKeepsTheKernelOffUserPages() throws {
    try map(1, to: 0x30_0000, Self.leafAll)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    processor.write(.amr, 3 << 62)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
    processor.machineState = MSR.sf | MSR.dr
    processor.write(.amr, 2 << 62)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    #expect(!processor.processor.store(0 as UInt8, 0x1_0000))
  }

  @Test func quadrantThreeIsProcessZeroAndTheOthersFault() throws {
    try map(1, to: 0x30_0000, Self.leafAll)
    processor.write(.pid, 7)
    #expect(processor.processor.load(UInt8.self, 0xC000_0000_0001_0000) == 0)
    #expect(processor.processor.load(UInt8.self, 0x8000_0000_0001_0000) == nil)
    #expect(processor.nextInstruction == 0x380)
  }

  @Test func hostileTablesFaultAndNothingElse() throws {
    // A directory that points outside memory, an index wider than the address, a loop to itself.
    for entry in [
      0x8000_0FFF_FFFF_FF09, 0x8000_0000_0012_201F, 0x8000_0000_0012_2005, 0x8000_0000_0012_2000,
    ] as [UInt64] {
      try memory.write(entry, at: 0x12_2008)
      processor.machineState = MSR.sf | MSR.dr
      processor.invalidateTranslations()
      #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
      #expect(processor.read(.dsisr) != 0)
    }
    // A leaf that maps no memory.
    try map(1, to: 0x00FF_0000_0000_0000, Self.leafAll)
    processor.machineState = MSR.sf | MSR.dr
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
    #expect(processor.nextInstruction == 0x200)
  }

  @Test func tlbieDropsOnePage() throws {
    try map(1, to: 0x30_0000, Self.leafAll)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    try memory.write(0 as UInt64, at: 0x12_2008)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    processor.invalidateTranslations(TranslationInvalidation(operand: 0x1_0000 | 5 << 5))
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
  }

  @Test func tlbieOfAProcessLeavesOthersAlone() throws {
    try map(1, to: 0x30_0000, Self.leafAll)
    let page: UInt64 = 0x1_0000 | 5 << 5
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    try memory.write(0 as UInt64, at: 0x12_2008)
    for other in [
      TranslationInvalidation(operand: page, process: 5),
      // All of a process; page directories only.
      TranslationInvalidation(operand: 1 << 10, process: 5),
      TranslationInvalidation(operand: page, process: 0, isOfDirectories: true),
    ] {
      processor.invalidateTranslations(other)
      #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    }
    processor.invalidateTranslations(TranslationInvalidation(operand: page, process: 0))
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
  }

  @Test func aProcessSeesNothingOfTheLast() throws {
    try map(1, to: 0x30_0000, Self.leafAll)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    #expect(processor.processor.load(UInt8.self, 0xC000_0000_0001_0000) == 0)
    // There is no process 5; quadrant 3 stays cached.
    processor.write(.pid, 5)
    try memory.write(0 as UInt64, at: 0x12_2008)
    #expect(processor.processor.load(UInt8.self, 0xC000_0000_0001_0000) == 0)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
  }

  @Test func tlbieOfAProcessDropsWhatItHasForItself() throws {
    try map(1, to: 0x30_0000, Self.leafAll)
    processor.write(.pid, 7)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == 0)
    #expect(processor.processor.load(UInt8.self, 0xC000_0000_0001_0000) == 0)
    try memory.write(0 as UInt64, at: 0x12_2008)
    processor.invalidateTranslations(TranslationInvalidation(operand: 1 << 10, process: 7))
    #expect(processor.processor.load(UInt8.self, 0xC000_0000_0001_0000) == 0)
    #expect(processor.processor.load(UInt8.self, 0x1_0000) == nil)
  }
}
