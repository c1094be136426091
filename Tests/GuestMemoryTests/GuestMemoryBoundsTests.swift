import GuestMemory
import Testing

/// Which part of an access is memory, at both ends and for addresses and counts that no host could have.
@Suite struct GuestMemoryBoundsTests {
  private static let size: UInt64 = 0x10_000

  /// Addresses and counts that reach beyond the end, some of which would overflow when added.
  static let outside: [(address: UInt64, count: Int)] = [
    (0x10_000, 1), (0xFFFF, 2), (0x10_001, 0), (.max, 0), (.max, 1), (.max - 7, 8),
    (1 << 63, 1), (0, 0x10_001), (0, .max), (0xFFFF, .max), (.max, .max), (0, -1), (0x10_000, .min),
  ]

  private static func refused(
    _ address: UInt64, _ count: Int, _ body: () throws(GuestMemoryError) -> Void
  ) -> Bool {
    do throws(GuestMemoryError) { try body() } catch {
      return error == .outOfRange(address: address, count: count, size: size)
    }
    return false
  }

  @Test func sizesAreWholePages() throws {
    #expect(try GuestMemory(size: 1).size == 0x1000)
    #expect(try GuestMemory(size: 0x1001).size == 0x2000)
    for size in [0, .max, UInt64.max - 4094, 1 << 63] {
      #expect(throws: GuestMemoryError.self) { try GuestMemory(size: size) }
    }
  }

  @Test func containsIsExact() throws {
    let memory = try GuestMemory(size: Self.size)
    #expect(memory.contains(0, count: Self.size) && memory.contains(Self.size, count: 0))
    #expect(memory.contains(0xFFFF, count: 1))
    for (address, count) in Self.outside where count >= 0 {
      #expect(!memory.contains(address, count: UInt64(count)), "\(address) \(count)")
    }
    #expect(!memory.contains(8, count: .max) && !memory.contains(.max, count: .max))
  }

  @Test func bytesOutsideAreRefused() throws {
    let memory = try GuestMemory(size: Self.size)
    for (address, count) in Self.outside {
      #expect(
        Self.refused(address, count) { () throws(GuestMemoryError) in
          _ = try memory.read(count, at: address)
        }, "read \(count) at \(address)")
      #expect(
        Self.refused(address, count) { () throws(GuestMemoryError) in
          try memory.fill(count, at: address)
        }, "fill \(count) at \(address)")
      #expect(
        Self.refused(address, count) { () throws(GuestMemoryError) in
          try memory.copy(count, from: address, to: 0)
        } || count > Int(Self.size), "copy \(count) from \(address)")
      if (0...64).contains(count) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(
          Self.refused(address, count) { () throws(GuestMemoryError) in
            try memory.write(bytes, at: address)
          }, "write \(count) at \(address)")
      }
      #expect(throws: GuestMemoryError.self) {
        try memory.write(count, at: address) { _ in Issue.record("bytes outside were given") }
      }
    }
    // A copy is refused as a whole, for its target as for its source.
    try memory.fill(16, at: 0, with: 7)
    #expect(throws: GuestMemoryError.self) { try memory.copy(16, from: 0, to: Self.size - 8) }
    #expect(try memory.read(8, at: Self.size - 8) == [UInt8](repeating: 0, count: 8))
  }

  @Test func integersOutsideAreRefused() throws {
    let memory = try GuestMemory(size: Self.size)
    for address in [Self.size - 7, Self.size, 1 << 62, .max - 7, .max] as [UInt64] {
      #expect(throws: GuestMemoryError.self) { try memory.read(UInt64.self, at: address) }
      #expect(throws: GuestMemoryError.self) { try memory.write(1 as UInt64, at: address) }
      #expect(throws: GuestMemoryError.self) { try memory.updateTableEntry(1, at: address) }
    }
    #expect(try memory.read(UInt64.self, at: Self.size - 8) == 0)
  }

  @Test func byteOrders() throws {
    let memory = try GuestMemory(size: Self.size)
    // Not aligned, and across a page.
    try memory.write(0x0102_0304 as UInt32, at: 0xFFE)
    #expect(try memory.read(4, at: 0xFFE) == [1, 2, 3, 4])
    #expect(try memory.read(UInt32.self, at: 0xFFE, .little) == 0x0403_0201)
    try memory.write(0x0102_0304 as UInt32, at: 0xFFE, .little)
    #expect(try memory.read(4, at: 0xFFE) == [4, 3, 2, 1])
  }

  @Test func stringsEndWithinTheirLimit() throws {
    let memory = try GuestMemory(size: Self.size)
    try memory.write(Array("abc\0".utf8), at: 8)
    #expect(try memory.readString(at: 8, limit: 4) == "abc")
    #expect(throws: GuestMemoryError.unterminatedString(address: 8, limit: 3)) {
      try memory.readString(at: 8, limit: 3)
    }
    #expect(throws: GuestMemoryError.unterminatedString(address: 8, limit: -1)) {
      try memory.readString(at: 8, limit: -1)
    }
    // One that would end beyond memory.
    try memory.write(Array("xyz".utf8), at: Self.size - 3)
    #expect(throws: GuestMemoryError.unterminatedString(address: Self.size - 3, limit: 4096)) {
      try memory.readString(at: Self.size - 3)
    }
    for address in [Self.size, .max] {
      #expect(throws: GuestMemoryError.self) { try memory.readString(at: address) }
    }
  }

  @Test func messagesNameTheAddress() {
    #expect(
      "\(GuestMemoryError.outOfRange(address: 0xABC0, count: 16, size: 0x1000))"
        == "16 bytes at guest real address 0xabc0 are outside the guest's 0x1000 bytes of memory")
    #expect(
      "\(GuestMemoryError.unterminatedString(address: 0x20, limit: 5))"
        == "no end of string within 5 bytes at guest real address 0x20")
  }

  /// PAPR's page tables have 2^18 to 2^46 bytes.
  @Test func hashPageTables() throws {
    for size in [.min, -1, 0, 17, 47, 64, .max] { #expect(HashPageTable(sizeLog2: size) == nil) }
    let table = try #require(HashPageTable(sizeLog2: 18))
    #expect(table.entryCount == 1 << 14 && table.groupMask == (1 << 11) - 1)
    // An index beyond the table is one within it.
    table[.max] = (1, 2)
    #expect(table[table.entryCount - 1] == (1, 2))
    table.clear()
    #expect(table[table.entryCount - 1] == (0, 0))
  }
}
