import GuestMemory
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT

/// Calls and returns of translated code, which use the host's stack.
@Suite("Calls")
struct CallTests {
  private static let blr: UInt64 = 0x4E80_0020

  /// A machine with instruction words at ``Translated/code``.
  private func machine(_ words: [UInt64]) throws -> Translated {
    let guest = try Translated([])
    for (index, word) in words.enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(index))
    }
    return guest
  }

  private func bl(_ offset: Int64) -> UInt64 {
    0x4800_0001 | UInt64(bitPattern: offset) & 0x03FF_FFFC
  }

  @Test("functions return to where they were called from without leaving translated code")
  func nested() throws {
    let guest = try machine([
      bl(16),  // the first calls the second
      0x3863_0001,  // addi r3,r3,1
      bl(24),  // the second
      0x4BFF_FFF4,  // b to the beginning
      0x7C08_02A6,  // mflr r0
      bl(12),  // the second
      0x7C08_03A6,  // mtlr r0
      Self.blr,
      0x3884_0001,  // addi r4,r4,1
      Self.blr,
    ])
    _ = guest.cpu.run(instructions: 12 * 100)
    let before = guest.translator.statistics.entries
    _ = guest.cpu.run(instructions: 12 * 900)
    #expect(guest.cpu[gpr: 3] == 1000)
    #expect(guest.cpu[gpr: 4] == 2000)
    #expect(guest.translator.statistics.entries - before < 10)
  }

  @Test("a function may return to somewhere else")
  func elsewhere() throws {
    let guest = try machine([
      bl(20),
      0x3863_0001,  // addi r3,r3,1: skipped
      0x3884_0001,  // addi r4,r4,1
      0x4BFF_FFF4,  // b to the beginning
      0x6000_0000,
      0x7CA8_02A6,  // mflr r5
      // With the low bits set, which do not count: addi r5,r5,7; mtlr r5.
      0x38A5_0007, 0x7CA8_03A6,
      Self.blr,
    ])
    _ = guest.cpu.run(instructions: 7 * 1000)
    #expect(guest.cpu[gpr: 3] == 0)
    #expect(guest.cpu[gpr: 4] == 1000)
    #expect(guest.cpu.nextInstruction == Translated.code)
  }

  @Test("a return without a call goes where LR says, whatever that is", arguments: [0, 1, 3, 4])
  func withoutCall(_ address: UInt64) throws {
    let guest = try machine([Self.blr])
    // At addresses 0 and 4: addi r3,r3,1; then back to the beginning.
    try guest.write(0x3863_0001, at: 0)
    try guest.write(0x3863_0001, at: 4)
    try guest.write(0x4801_0000 - 8, at: 8)
    guest.cpu.write(.lr, address)
    _ = guest.cpu.run(instructions: 4000)
    let length: UInt64 = address < 4 ? 4 : 3
    #expect(guest.cpu[gpr: 3] == 4000 / length * (length - 2))
    #expect(guest.cpu.instructionCount == 4000)
  }

  @Test("a loop may call forward and branch back again and again")
  func forwardLoop() throws {
    // bl the addi; b the addi; addi r3,r3,1; b the call.
    let guest = try Translated([("b", [8]), ("b", [4]), ("addi", [3, 3, 1]), ("b", [-12])])
    try guest.write(bl(8), at: Translated.code)
    // A call has something to return to only where that has been executed.
    guest.cpu.nextInstruction = Translated.code + 4
    _ = guest.cpu.run(instructions: 1 + 3_000_000)
    #expect(guest.cpu[gpr: 3] == 1_000_000)
    #expect(guest.translator.statistics.entries < 100)
  }

  @Test("calls may nest deeper than the host's stack is to grow")
  func recursion() throws {
    let depth = 20_000
    let guest = try Translated([], memorySize: 4 << 20)
    let words: [UInt64] = [
      bl(12),
      0x3884_0001,  // addi r4,r4,1
      0x4800_0000,  // b to itself
      // The function: one less to do; done?
      0x3863_FFFF,  // addi r3,r3,-1
      0x2C23_0000,  // cmpi cr0,1,r3,0
      0x4182_0024,  // beq to the end
      0x7C08_02A6,  // mflr r0
      0xF801_0010,  // std r0,16(r1)
      0xF821_FFE1,  // stdu r1,-32(r1)
      bl(-24),
      0x3821_0020,  // addi r1,r1,32
      0xE801_0010,  // ld r0,16(r1)
      0x7C08_03A6,  // mtlr r0
      0x38A5_0001,  // addi r5,r5,1
      Self.blr,
    ]
    for (index, word) in words.enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(index))
    }
    for round in 1...3 as ClosedRange<UInt64> {
      guest.cpu.nextInstruction = Translated.code
      guest.cpu[gpr: 1] = (4 << 20) - 64
      guest.cpu[gpr: 3] = UInt64(depth)
      _ = guest.cpu.run(instructions: Int64(depth) * 12 + 10)
      #expect(guest.cpu[gpr: 1] == (4 << 20) - 64)
      #expect(guest.cpu[gpr: 4] == round)
      #expect(guest.cpu[gpr: 5] == round * UInt64(depth - 1))
      #expect(guest.cpu.nextInstruction == Translated.code + 8)
    }
  }

  @Test("a branch with LK to the next instruction continues in its code")
  func linkToNext() throws {
    let guest = try Translated([])
    // bl and bcl to the next, eight times each; mflr r4; addi r5,r5,1; b to the first.
    let words =
      [UInt64](repeating: 0x4800_0005, count: 8) + [UInt64](repeating: 0x429F_0005, count: 8)
      + [0x7C88_02A6, 0x38A5_0001, 0x4BFF_FFB8]
    for (index, word) in words.enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(index))
    }
    _ = guest.cpu.run(instructions: 19 * 200)
    // Not one for each of the branches.
    #expect(guest.translator.statistics.regions < 4)
    for count in 1...40 as ClosedRange<Int64> { _ = guest.cpu.run(instructions: 19 * 10 + count) }
    let executed: UInt64 = 19 * 600 + 820
    #expect(guest.cpu.instructionCount == executed)
    #expect(guest.cpu[gpr: 5] == (executed + 1) / 19)
    #expect(guest.cpu[gpr: 4] == Translated.code + 64)
    #expect(guest.cpu.read(.cfar) == Translated.code + 4 * ((executed - 1) % 19))
  }
}

@Suite("The table of code by address")
struct EntryCacheTests {
  /// For all places of them in a set, and of an entry that is not used again.
  @Test("four entries in use stay, whatever had the place of one of them before")
  func displacement() throws {
    var candidates = [[UInt64]](repeating: [], count: 4)
    for address in stride(from: 0 as UInt64, to: 1 << 20, by: 4) {
      let place = EntryCache.offset(of: address) >> 4
      if place < 4, candidates[place].count < 5 { candidates[place].append(address) }
    }
    #expect(candidates.allSatisfy { $0.count == 5 })
    for places in 0..<1 << 10 {
      let addresses = (0..<5).map { candidates[places >> (2 * $0) & 3][$0] }
      let cache = EntryCache()
      defer { cache.deallocate() }
      for (index, address) in addresses.enumerated() { cache.setCode(UInt(index) + 1, at: address) }
      var lastMiss = 0
      for round in 0..<100 {
        for (index, address) in addresses.enumerated().dropFirst()
        where cache.code(at: address) != UInt(index) + 1 {
          #expect(cache.code(at: address) == 0)
          lastMiss = round
          cache.setCode(UInt(index) + 1, at: address)
        }
      }
      #expect(lastMiss < 50, "\(addresses)")
    }
  }

  @Test("a page that is forgotten has no entries")
  func forgetting() {
    let cache = EntryCache()
    defer { cache.deallocate() }
    cache.setCode(1, at: 0x1000)
    cache.setCode(2, at: 0x2000)
    cache.forget(page: 0x1000)
    #expect(cache.code(at: 0x1000) == 0)
    #expect(cache.code(at: 0x2000) == 2)
  }
}
