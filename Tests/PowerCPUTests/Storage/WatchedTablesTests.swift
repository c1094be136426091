import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// `tlbie` for process 0 forgets what has changed: all of it, and as a rule nothing else. The tables are
/// those of ``RadixTranslationTests``, whose pages 1 to 3 are mapped at 64 KiB each.
@Suite struct WatchedTablesTests {
  static let entries: UInt64 = 0x12_2000
  static let all = TranslationInvalidation(operand: 1 << 10, process: 0)

  let guest: RadixTranslationTests
  var processor: VirtualProcessor { guest.processor }
  var memory: GuestMemory { guest.memory }

  init() throws {
    guest = try RadixTranslationTests()
    for page in 1...3 as ClosedRange<UInt64> {
      try memory.write(page, at: Self.real(page))
      try memory.write(page + 0x10, at: Self.real(page + 0x10))
      try guest.map(page, to: Self.real(page), RadixTranslationTests.leafAll)
    }
  }

  static func real(_ page: UInt64) -> UInt64 { 0x30_0000 + page << 16 }

  static func entry(_ page: UInt64) -> UInt64 {
    RadixEntry.valid | RadixEntry.leaf | real(page) | RadixTranslationTests.leafAll
  }

  /// What is in a page of quadrant 3.
  func value(_ page: UInt64) -> UInt64? {
    processor.processor.load(UInt64.self, 3 << 62 | page << 16)
  }

  /// Stores as the guest does, in real mode.
  func store(_ value: UInt64, at real: UInt64, by other: VirtualProcessor? = nil) {
    let processor = other ?? processor
    let state = processor.machineState
    processor.machineState = MSR.sf
    #expect(processor.processor.store(value, real))
    processor.machineState = state
  }

  /// Changes an entry without a store that is recorded.
  func change(_ page: UInt64, to other: UInt64) {
    memory.base.storeBytes(
      of: Self.entry(other).bigEndian, toByteOffset: Int(Self.entries + 8 * page), as: UInt64.self)
  }

  @Test func onlyWhatWasWrittenIsForgotten() {
    for page in 1...3 as ClosedRange<UInt64> { #expect(value(page) == page) }
    change(2, to: 0x12)
    store(Self.entry(0x11), at: Self.entries + 8)
    store(0, at: Self.entries + 24)
    processor.invalidateTranslations(Self.all)
    #expect(value(1) == 0x11)
    #expect(value(2) == 2, "what was not written need not be looked up again")
    #expect(value(3) == nil)
  }

  @Test func everyPartOfAPageIsForgotten() {
    let last = 3 << 62 | 1 << 16 + 0xF000 as UInt64
    #expect(processor.processor.load(UInt64.self, last) == 0)
    memory.base.storeBytes(
      of: UInt64(7).bigEndian, toByteOffset: Int(Self.real(0x11)) + 0xF000, as: UInt64.self)
    store(Self.entry(0x11), at: Self.entries + 8)
    processor.invalidateTranslations(Self.all)
    #expect(processor.processor.load(UInt64.self, last) == 7)
  }

  @Test(arguments: [0, 4, 7]) func everyKindOfStoreIsSeen(offset: UInt64) {
    #expect(value(1) == 1)
    let state = processor.machineState
    processor.machineState = MSR.sf
    // The two bytes of the real page number that differ, by themselves and with what is before.
    if offset == 0 {
      #expect(processor.processor.storeQuadword(UInt128(Self.entry(0x11)), Self.entries))
    } else if offset == 4 {
      let word = UInt32(truncatingIfNeeded: Self.entry(0x11))
      #expect(processor.processor.store(word, Self.entries + 12))
    } else {
      let bytes = Self.entry(0x11) >> 16
      #expect(processor.processor.store(UInt16(truncatingIfNeeded: bytes), Self.entries + 12))
    }
    processor.machineState = state
    processor.invalidateTranslations(Self.all)
    #expect(value(1) == 0x11)
  }

  @Test func newEntriesForgetNothing() {
    #expect(value(1) == 1)
    let count = memory.tableWriteCount
    store(Self.entry(0x14), at: Self.entries + 32)
    #expect(memory.tableWriteCount == count)
  }

  @Test func directoriesForgetEverything() throws {
    #expect(value(1) == 1)
    #expect(value(2) == 2)
    try memory.write(Self.entry(0x12), at: 0x12_3010)
    store(0x8000_0000_0000_0005 | 0x12_3000, at: 0x12_1000)
    processor.invalidateTranslations(Self.all)
    #expect(value(1) == nil)
    processor.machineState = MSR.sf | MSR.dr
    #expect(value(2) == 0x12)
  }

  @Test func theProcessTableForgetsEverything() throws {
    #expect(value(1) == 1)
    store(0, at: 0x1_0000)
    processor.invalidateTranslations(Self.all)
    #expect(value(1) == nil)
  }

  @Test func whatTheMachineWritesIsSeen() throws {
    #expect(value(1) == 1)
    try memory.write(Self.entry(0x11), at: Self.entries + 8)
    processor.invalidateTranslations(Self.all)
    #expect(value(1) == 0x11)
  }

  @Test func referenceAndChangeBitsAreNoWrites() {
    #expect(value(1) == 1)
    let count = memory.tableWriteCount
    #expect(processor.processor.store(UInt64(1), 3 << 62 | 1 << 16))
    #expect(memory.tableWriteCount == count)
  }

  /// A page of tables that becomes an ordinary one is not watched forever.
  @Test func aPageThatIsWrittenALotIsReleased() {
    #expect(value(1) == 1)
    #expect(value(2) == 2)
    let mark = memory.pageTags + Int(Self.entries >> GuestMemory.pageShift)
    #expect(mark.pointee == GuestMemory.tableTag)
    for _ in 0..<100 { store(Self.entry(0x11), at: Self.entries + 8) }
    change(2, to: 0x12)
    #expect(mark.pointee == 0)
    processor.invalidateTranslations(Self.all)
    #expect(value(1) == 0x11)
    #expect(value(2) == 0x12)
    #expect(mark.pointee == GuestMemory.tableTag)
  }

  @Test func otherProcessorsStoresAreSeen() throws {
    let other = VirtualProcessor(
      index: 1, hardware: .power9, memory: memory, clock: FixedClock())
    // It has the page cached before it is one of tables.
    store(0, at: Self.entries + 0x800, by: other)
    #expect(value(1) == 1)
    _ = other.run(instructions: 0)
    store(Self.entry(0x11), at: Self.entries + 8, by: other)
    for each in [other, processor] { each.invalidateTranslations(Self.all) }
    #expect(value(1) == 0x11)
  }
}
