import Glibc
import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

@testable import PowerCPU

/// A migration must see every store: each page whose bytes an instruction changes counts as written.
@Suite struct WatchedPagesTests {
  /// The pages near the addresses used, of which one is copied to see what changes.
  private static let pages: Range<UInt64> = 0x23..<0x27

  private func remember(_ memory: GuestMemory, in copy: UnsafeMutableRawPointer) {
    memcpy(copy, memory.base + Int(Self.pages.lowerBound << 12), Self.pages.count << 12)
  }

  private func changedPages(
    _ memory: GuestMemory, since copy: UnsafeMutableRawPointer
  ) -> Set<UInt64> {
    Set(
      Self.pages.filter { page in
        let offset = Int(page - Self.pages.lowerBound) << 12
        return memcmp(copy + offset, memory.base + Int(page << 12), 4096) != 0
      })
  }

  /// Every row, at an address within a page and at one that crosses into the next.
  @Test(arguments: [0x2_4000 as UInt64, 0x2_4FFC], [false, true])
  func storesOfEveryRow(at address: UInt64, littleEndian: Bool) throws {
    let processor = try VirtualProcessor.forTest(.power10, memory: 1 << 18)
    processor.machineState |= littleEndian ? MSR.le : 0
    processor.enableFacilities()
    let state = processor.machineState | MSR.fp | MSR.vec | MSR.vsx
    let memory = processor.memory
    let copy = UnsafeMutableRawPointer.allocate(byteCount: Self.pages.count << 12, alignment: 16)
    defer { copy.deallocate() }
    var storing = 0
    for entry in InstructionLevelTests.instructions {
      let order: Endianness = littleEndian ? .little : .big
      let instruction = entry.instruction
      try memory.write(
        instruction.isPrefixed ? instruction.prefix : instruction.word, at: 0x1_0000, order)
      if instruction.isPrefixed { try memory.write(instruction.word, at: 0x1_0004, order) }
      memory.watchPages()
      processor.forbidUnrecordedStores()
      // The second time translations are cached.
      for round in 0..<3 {
        processor.machineState = state
        processor.nextInstruction = 0x1_0000
        for register in 0..<32 { processor[gpr: register] = address }
        processor[gpr: 8] = UInt64.random(in: 1 ... .max)
        processor[gpr: 14] = 0
        for register in 0..<64 {
          processor[vsr: register] = Vector(quadword: .random(in: 1 ... .max))
        }
        remember(memory, in: copy)
        _ = processor.run(instructions: 1)
        let changed = changedPages(memory, since: copy)
        storing += changed.isEmpty ? 0 : 1
        // Without a new watch between the rounds a page may be known already.
        let written = Set(memory.takeWrittenPages())
        processor.forbidUnrecordedStores()
        #expect(
          written.isSuperset(of: changed), "\(entry.row.mnemonic), round \(round)")
      }
    }
    #expect(storing > 150)
    memory.stopWatchingPages()
    #expect(memory.pageTags[0x24] & GuestMemory.watchedTag == 0)
  }

  /// What has been written stays written until it is taken, and cached stores are seen after that.
  @Test func seesStoresAgain() throws {
    let processor = try VirtualProcessor.forTest()
    processor.memory.watchPages()
    processor.forbidUnrecordedStores()
    processor[gpr: 4] = 0x2_4000
    let store: UInt32 = 0x9064_0000  // stw r3,0(r4)
    try processor.execute([store, store, store])
    #expect(processor.memory.takeWrittenPages().contains(0x24))
    processor.forbidUnrecordedStores()
    #expect(processor.memory.takeWrittenPages() == [])
    processor.forbidUnrecordedStores()
    processor.nextInstruction = 0x1_0000
    _ = processor.run(instructions: 2)
    #expect(processor.memory.takeWrittenPages() == [0x24])
  }

  /// The hypervisor's own writes, and memory that is emptied.
  @Test func seesTheHypervisor() throws {
    let memory = try GuestMemory(size: 1 << 20)
    memory.watchPages()
    try memory.write(1 as UInt16, at: 0xFFF)
    try memory.write([1, 2], at: 0x8000)
    try memory.fill(0x2000, at: 0x1_0800)
    try memory.copy(16, from: 0, to: 0x2_0000)
    #expect(memory.takeWrittenPages() == [0, 1, 8, 0x10, 0x11, 0x12, 0x20])
    memory.clear()
    #expect(memory.takeWrittenPages().count == 256)
  }
}
