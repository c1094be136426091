import GuestMemory
import Testing

/// Tags of pages: which stores engines must report, and what is learned from them.
@Suite struct PageTagTests {
  private static func memory() throws -> GuestMemory { try GuestMemory(size: 16 << 12) }

  // MARK: pages that were written

  @Test func everyWriteIsInTheLog() throws {
    let memory = try Self.memory()
    memory.watchPages()
    #expect(memory.takeWrittenPages().isEmpty)
    // Each way to write, each in a page of its own; some into the next page as well.
    try memory.write(1 as UInt64, at: 0x1000)
    try memory.write(1 as UInt16, at: 0x2FFF)
    try memory.write([1, 2], at: 0x4000)
    try memory.fill(0x1001, at: 0x5000, with: 1)
    try memory.copy(2, from: 0, to: 0x7FFF)
    try memory.write(1, at: 0x9000) { $0[0] = 1 }
    try memory.updateTableEntry(1, at: 0xA000)
    memory.noteStore(page: 0xF)
    #expect(memory.takeWrittenPages() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0xA, 0xF])
    // Their watch has begun again.
    #expect(memory.takeWrittenPages().isEmpty)
    try memory.write(1 as UInt8, at: 0x4000)
    #expect(memory.takeWrittenPages() == [4])
  }

  @Test func readsAndEmptyWritesAreNoWrites() throws {
    let memory = try Self.memory()
    memory.watchPages()
    _ = try memory.read(0x1000, at: 0)
    _ = try memory.read(UInt64.self, at: 0x1000)
    try memory.write([], at: 0x2000)
    try memory.fill(0, at: memory.size)
    #expect(throws: GuestMemoryError.self) { try memory.write([1, 2], at: memory.size - 1) }
    #expect(memory.takeWrittenPages().isEmpty)
  }

  @Test func clearWritesEveryPage() throws {
    let memory = try Self.memory()
    try memory.fill(0x10_000, at: 0, with: 9)
    memory.watchPages()
    memory.clear()
    #expect(memory.takeWrittenPages() == Array(0..<16))
    #expect(try memory.read(UInt64.self, at: 0x8000) == 0)
  }

  @Test func theWatchEnds() throws {
    let memory = try Self.memory()
    memory.watchPages()
    memory.pageTags[3] |= GuestMemory.codeTag
    memory.stopWatchingPages()
    for page in 0..<16 {
      #expect(memory.pageTags[page] == (page == 3 ? GuestMemory.codeTag : 0), "page \(page)")
    }
  }

  // MARK: code

  @Test func writesToCodeAreListed() throws {
    let memory = try Self.memory()
    memory.pageTags[2] |= GuestMemory.codeTag
    memory.pageTags[3] |= GuestMemory.codeTag
    let cursor = memory.codeWriteCount
    try memory.write(1 as UInt32, at: 0x1000)
    #expect(memory.codeWrites(since: cursor) == [])
    try memory.write(1 as UInt64, at: 0x2FFC)
    #expect(memory.codeWrites(since: cursor) == [2, 3])
    memory.releaseCode(page: 2)
    #expect(memory.pageTags[2] == 0 && memory.codeWrites(since: cursor) == [2, 3])
    try memory.write(1 as UInt64, at: 0x2000)
    #expect(memory.codeWriteCount == cursor + 3)
    // 4096 are listed; with more, every page may have changed.
    for page in 4..<4097 { memory.noteCodeWrite(page: UInt64(page)) }
    #expect(memory.codeWrites(since: cursor) == Set(2...4096))
    memory.noteCodeWrite(page: 7)
    #expect(memory.codeWrites(since: cursor) == nil)
    #expect(memory.codeWrites(since: cursor + 2) == Set(2...4096).subtracting([3]))
  }

  // MARK: page tables

  @Test func writesToTablesAreListed() throws {
    let memory = try Self.memory()
    memory.watchTable(page: 4)
    #expect(memory.tableWatchCount == 1 && memory.pageTags[4] & GuestMemory.tableTag != 0)
    let cursor = memory.tableWriteCount
    memory.noteTableWrite(0x4008)
    memory.noteTableWrite(0x4FF8)
    #expect(memory.tableWrites(since: cursor) == [0x4008, 0x4FF8])
    // Reference and change bits leave the mapping as it is.
    try memory.updateTableEntry(0x8000_0000_0000_0102, at: 0x4010)
    #expect(try memory.read(UInt64.self, at: 0x4010) == 0x8000_0000_0000_0102)
    #expect(memory.tableWriteCount == cursor + 2)
  }

  /// A write that says nothing of entries, or more than are kept, leaves nothing cached.
  @Test func unknownChangesReleaseTables() throws {
    let memory = try Self.memory()
    memory.watchTable(page: 4)
    var cursor = memory.tableWriteCount
    try memory.write(1 as UInt8, at: 0x4FFF)
    #expect(memory.pageTags[4] == 0 && memory.tableWrites(since: cursor) == nil)

    memory.watchTable(page: 5)
    cursor = memory.tableWriteCount
    for entry in 0..<64 as Range<UInt64> { memory.noteTableWrite(0x5000 + entry * 8) }
    #expect(memory.pageTags[5] != 0)
    memory.noteTableWrite(0x5200)
    #expect(memory.pageTags[5] == 0 && memory.tableWrites(since: cursor) == nil)
  }
}
