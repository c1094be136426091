import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Every function of `lwat`, `ldat`, `stwat` and `stdat` (Book II 4.5), in both byte orders.
@Suite struct AtomicMemoryTests {
  private static let base: UInt64 = 0x4020

  /// Operation on 32 bits: storage, its neighbour, (RT+1), (RT+2); storage afterwards, RT.
  struct Row: Sendable {
    var function: Int64
    var memory: UInt32
    var neighbour: UInt32 = 0
    var first: UInt32 = 0
    var second: UInt32 = 0
    var after: UInt32
    var result: UInt32
  }

  static let loads = [
    Row(function: 0, memory: 0xFFFF_FFFF, first: 2, after: 1, result: 0xFFFF_FFFF),
    Row(
      function: 1, memory: 0xFF00_FF00, first: 0x0FF0_0FF0, after: 0xF0F0_F0F0, result: 0xFF00_FF00),
    Row(
      function: 2, memory: 0xF000_0001, first: 0x0F00_0001, after: 0xFF00_0001, result: 0xF000_0001),
    Row(
      function: 3, memory: 0xF000_0001, first: 0x9F00_0001, after: 0x9000_0001, result: 0xF000_0001),
    Row(function: 4, memory: 0x8000_0000, first: 1, after: 0x8000_0000, result: 0x8000_0000),
    Row(function: 5, memory: 0x8000_0000, first: 1, after: 1, result: 0x8000_0000),
    Row(function: 6, memory: 0x8000_0000, first: 1, after: 1, result: 0x8000_0000),
    Row(function: 7, memory: 0x8000_0000, first: 1, after: 0x8000_0000, result: 0x8000_0000),
    Row(function: 8, memory: 5, first: 6, after: 6, result: 5),
    Row(function: 16, memory: 5, first: 5, second: 9, after: 5, result: 5),
    Row(function: 16, memory: 5, first: 6, second: 9, after: 9, result: 5),
    Row(function: 24, memory: 5, neighbour: 9, after: 6, result: 5),
    Row(function: 24, memory: 9, neighbour: 9, after: 9, result: 0x8000_0000),
    Row(function: 25, memory: 9, neighbour: 9, after: 10, result: 9),
    Row(function: 25, memory: 5, neighbour: 9, after: 5, result: 0x8000_0000),
    Row(function: 28, memory: 9, neighbour: 5, after: 8, result: 9),
    Row(function: 28, memory: 5, neighbour: 5, after: 5, result: 0x8000_0000),
  ]

  private func prepare(_ row: Row, wide: Bool, littleEndian: Bool) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest(.power9)
    let order: Endianness = littleEndian ? .little : .big
    processor[gpr: 4] = Self.base + 8
    processor[gpr: 8] = 0x5A5A_5A5A_5A5A_5A5A
    if wide {
      // The halves of a doubleword swap roles, so that it is no sign extension.
      try processor.memory.write(UInt64(row.memory) << 32, at: Self.base + 8, order)
      let place = row.function == 28 ? Self.base : Self.base + 16
      try processor.memory.write(UInt64(row.neighbour) << 32, at: place, order)
      processor[gpr: 9] = UInt64(row.first) << 32
      processor[gpr: 10] = UInt64(row.second) << 32
    } else {
      try processor.memory.write(row.memory, at: Self.base + 8, order)
      try processor.memory.write(
        row.neighbour, at: row.function == 28 ? Self.base + 4 : Self.base + 12, order)
      // Only the low words count.
      processor[gpr: 9] = 0xDEAD_0000_0000_0000 | UInt64(row.first)
      processor[gpr: 10] = 0xDEAD_0000_0000_0000 | UInt64(row.second)
    }
    return processor
  }

  @Test(arguments: [false, true])
  func words(littleEndian: Bool) throws {
    for row in Self.loads {
      let processor = try prepare(row, wide: false, littleEndian: littleEndian)
      try processor.execute([word("lwat", [8, 4, row.function])], littleEndian: littleEndian)
      #expect(processor[gpr: 8] == UInt64(row.result), "FC \(row.function)")
      let after = try processor.memory.read(
        UInt32.self, at: Self.base + 8, littleEndian ? .little : .big)
      #expect(after == row.after, "FC \(row.function)")
    }
  }

  @Test(arguments: [false, true])
  func doublewords(littleEndian: Bool) throws {
    // Adding one to a doubleword does not carry into its high half.
    for row in Self.loads where row.function < 24 {
      let processor = try prepare(row, wide: true, littleEndian: littleEndian)
      try processor.execute([word("ldat", [8, 4, row.function])], littleEndian: littleEndian)
      #expect(processor[gpr: 8] == UInt64(row.result) << 32, "FC \(row.function)")
      let after = try processor.memory.read(
        UInt64.self, at: Self.base + 8, littleEndian ? .little : .big)
      #expect(after == UInt64(row.after) << 32, "FC \(row.function)")
    }
  }

  @Test(arguments: [false, true])
  func stores(littleEndian: Bool) throws {
    let order: Endianness = littleEndian ? .little : .big
    for row in Self.loads where row.function < 8 {
      let processor = try prepare(row, wide: false, littleEndian: littleEndian)
      try processor.execute([word("stwat", [9, 4, row.function])], littleEndian: littleEndian)
      let after = try processor.memory.read(UInt32.self, at: Self.base + 8, order)
      #expect(after == row.after, "FC \(row.function)")
    }
    // Store twin: both, if they are equal.
    for (memory, neighbour, after) in [(7, 7, 3), (7, 8, 7)] as [(UInt32, UInt32, UInt32)] {
      let row = Row(
        function: 24, memory: memory, neighbour: neighbour, first: 3, after: after, result: 0)
      let processor = try prepare(row, wide: false, littleEndian: littleEndian)
      try processor.execute([word("stwat", [9, 4, 24])], littleEndian: littleEndian)
      #expect(try processor.memory.read(UInt32.self, at: Self.base + 8, order) == after)
      let other = try processor.memory.read(UInt32.self, at: Self.base + 12, order)
      #expect(other == (after == 3 ? 3 : neighbour))
    }
  }

  /// Alignment interrupts come before the access, data storage interrupts of a function that is
  /// none before both.
  @Test func interrupts() throws {
    let functions: Set<Int64> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 25, 28]
    for function in 0..<32 as Range<Int64> {
      for (name, isLoad) in [("lwat", true), ("stwat", false)] {
        let processor = try VirtualProcessor.forTest(.power9)
        processor[gpr: 4] = Self.base + 10
        try processor.execute([word(name, [8, 4, function])])
        let exists = isLoad ? functions.contains(function) : function < 8 || function == 24
        #expect(processor.nextInstruction == (exists ? 0x600 : 0x300), "\(name) \(function)")
        #expect(processor.read(.dar) == Self.base + 10)
        if !exists { #expect(processor.read(.dsisr) == 4) }
      }
    }
    // The neighbour lies in the next or the last 32 bytes.
    for (function, offset) in [(24, 0x1C), (25, 0x1C), (28, 0)] as [(Int64, UInt64)] {
      let processor = try VirtualProcessor.forTest(.power9)
      processor[gpr: 4] = Self.base + offset
      try processor.execute([word("lwat", [8, 4, function])])
      #expect(processor.nextInstruction == 0x600)
    }
  }
}
