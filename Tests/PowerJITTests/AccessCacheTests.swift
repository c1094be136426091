import GuestMemory
import PowerArithmetic
import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// Accesses of translated code, which remember the page they were last in.
@Suite("Ranges of accesses")
struct AccessCacheTests {
  private typealias Line = (String, [Int64])

  @Test("a range that was loaded from is not stored to")
  func storeAfterLoads() throws {
    // The page of code is loaded from by as many instructions as there are slots; then the last
    // but one is stored to: addi r7,r7,n. r5 counts, r6 is the page.
    let loads = 130
    let lines =
      [Line]([("addi", [5, 5, 1])]) + [Line](repeating: ("lwzx", [4, 6, 0]), count: loads)
      + [Line]([
        ("stwx", [5, 6, 8]), ("addi", [7, 7, 0]), ("b", [Int64(-4 * (loads + 3))]),
      ])
    let guest = try Translated(lines)
    guest.cpu[gpr: 5] = 0x38E7_0000
    guest.cpu[gpr: 6] = Translated.code
    guest.cpu[gpr: 8] = UInt64(4 * (loads + 2))
    _ = guest.cpu.run(instructions: Int64(lines.count) * 12)
    #expect(guest.cpu[gpr: 7] == (1...12).reduce(0, +))
  }

  /// Pages of 64 MiB whose translations have the same place.
  private func aliases(_ count: Int) -> [UInt64] {
    func place(_ page: UInt64) -> UInt32 {
      UInt32(truncatingIfNeeded: page) &* DataTranslationLayout.spread
        >> UInt32(DataTranslationLayout.spreadShift)
    }
    let pages = stride(from: 0x20_0000, to: 64 << 20, by: 4096) as StrideTo<UInt64>
    return Array(pages.filter { place($0) == place(0x20_0000) }.prefix(count))
  }

  @Test("pages whose translations take each other's place all have ranges", arguments: [2, 3, 4])
  func aliases(count: Int) throws {
    let pages = aliases(count)
    try #require(pages.count == count)
    let guest = try Translated(
      (0..<count).map { ("lwzx", [4, 0, Int64(5 + $0)]) } + [("b", [Int64(-4 * count)])],
      memorySize: 64 << 20)
    for (index, page) in pages.enumerated() { guest.cpu[gpr: 5 + index] = page }
    _ = guest.cpu.run(instructions: 30_000)
    let helperCalls = guest.translator.helperCallsTaken.first { $0.instruction == "lwzx" }
    #expect((helperCalls?.count ?? 0) < 100)
  }

  @Test("accesses off one register that lie in two pages are made one by one after a while")
  func straddlingGroup() throws {
    let guest = try Translated([("ld", [3, 0, 5]), ("ld", [4, 8, 5]), ("b", [-8])])
    guest.cpu[gpr: 5] = 0x3000 - 8
    try guest.memory.write(UInt64(11), at: 0x3000 - 8)
    try guest.memory.write(UInt64(22), at: 0x3000)
    _ = guest.cpu.run(instructions: 3000)
    #expect(guest.cpu[gpr: 3] == 11)
    #expect(guest.cpu[gpr: 4] == 22)
    let before = guest.translator.statistics.ungrouped
    #expect(before > 0 && before < 200)
    _ = guest.cpu.run(instructions: 3000)
    #expect(guest.translator.statistics.ungrouped == before)
  }

  @Test("pairs that lie in two pages are loaded one by one after a while")
  func straddlingPairs() throws {
    let guest = try Translated([], hardware: .power10)
    // lxvp vs4,0(r5); lxvp vs8,32(r5); b to the first.
    for (index, word) in ([0x1885_0000, 0x1905_0020, 0x4BFF_FFF8] as [UInt64]).enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(index))
    }
    guest.cpu.machineState |= MSR.fp | MSR.vec | MSR.vsx
    guest.cpu[gpr: 5] = 0x3000 - 32
    try guest.memory.write(UInt64(11), at: 0x3000 - 32)
    try guest.memory.write(UInt64(22), at: 0x3000)
    func helperCalls() -> UInt64 {
      guest.translator.helperCallsTaken.reduce(0) { $0 + UInt64($1.count) }
    }
    _ = guest.cpu.run(instructions: 3000)
    #expect(guest.translator.statistics.ungrouped > 0)
    #expect(guest.cpu[vsr: 4] == Vector(11, 0))
    #expect(guest.cpu[vsr: 8] == Vector(22, 0))
    let before = helperCalls()
    _ = guest.cpu.run(instructions: 3000)
    #expect(helperCalls() == before)
  }

  @Test("accesses to many pages look for them each time after a while", arguments: [false, true])
  func scattered(isStore: Bool) throws {
    // add r5,r5,r6; and r5,r5,r7; lwz r4,8(r5) or stw r8,8(r5); add r8,r8,r4; b to the first.
    let guest = try Translated(
      [
        ("add", [5, 5, 6]), ("and", [5, 5, 7]), isStore ? ("stw", [8, 8, 5]) : ("lwz", [4, 8, 5]),
        ("add", [8, 8, 4]), ("b", [-16]),
      ], memorySize: 64 << 20)
    // Sixteen pages, too far from each other for a slot.
    let (step, pages) = (0x10_0000 as UInt64, 16 as UInt64)
    guest.cpu[gpr: 6] = step
    guest.cpu[gpr: 7] = step * pages - 1
    guest.cpu[gpr: 5] = 0x8000
    if isStore { guest.cpu[gpr: 4] = 1 }
    for page in 0..<pages { try guest.memory.write(UInt32(page + 1), at: page * step + 0x8008) }
    for _ in 0..<24 { _ = guest.cpu.run(instructions: Int64(pages) * 5 * 100) }
    #expect(guest.translator.statistics.scattered == 1)
    let before = guest.translator.helperCallsTaken.reduce(0) { $0 + $1.count }
    _ = guest.cpu.run(instructions: Int64(pages) * 5 * 100)
    #expect(guest.translator.helperCallsTaken.reduce(0) { $0 + $1.count } == before)
    if isStore {
      #expect(guest.cpu[gpr: 8] == pages * 2500)
      #expect(try guest.memory.read(UInt32.self, at: 0x8008) == UInt32(pages * 2500 - 1))
    } else {
      #expect(guest.cpu[gpr: 8] == pages * (pages + 1) / 2 * 2500)
    }
  }

  @Test("an access that stays in each page for a while is not one to many pages")
  func lasting() throws {
    // stw r8,8(r5); addi r8,r8,1; bdnz to the first; add r5,r5,r6; and r5,r5,r7; mtctr r9; b to the first.
    let guest = try Translated(
      [("stw", [8, 8, 5]), ("addi", [8, 8, 1])], memorySize: 64 << 20)
    let words: [UInt64] = [0x4200_FFF8, 0x7CA5_3214, 0x7CA5_3838, 0x7D29_03A6, 0x4BFF_FFE8]
    for (index, word) in words.enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(2 + index))
    }
    let (step, pages, stay) = (0x10_0000 as UInt64, 16 as UInt64, 64 as UInt64)
    guest.cpu[gpr: 5] = 0x8000
    guest.cpu[gpr: 6] = step
    guest.cpu[gpr: 7] = step * pages - 1
    guest.cpu[gpr: 9] = stay
    guest.cpu.write(.ctr, stay)
    // Many more changes of the page than a slot may have at once, in short runs.
    let changes = 24 * 1024 as UInt64
    for _ in 0..<changes / 64 { _ = guest.cpu.run(instructions: Int64((3 * stay + 4) * 64)) }
    #expect(guest.translator.statistics.scattered == 0)
    #expect(guest.cpu[gpr: 8] == changes * stay)
  }

  @Test("accesses off one register see what was added to it, and to which of them pages end")
  func movingGroup() throws {
    // ld r3,0(r5); addi r5,r5,8; ld r4,-8(r5); add r6,r6,r3; subf r6,r4,r6; b to the first.
    let guest = try Translated([
      ("ld", [3, 0, 5]), ("addi", [5, 5, 8]), ("ld", [4, -8, 5]), ("add", [6, 6, 3]),
      ("subf", [6, 4, 6]), ("b", [-20]),
    ])
    guest.cpu[gpr: 5] = 0x2000
    for index in 0..<2000 as Range<UInt64> {
      try guest.memory.write(index &* 0x9E37_79B9_7F4A_7C15, at: 0x2000 + 8 * index)
    }
    _ = guest.cpu.run(instructions: 6 * 2000)
    #expect(guest.cpu[gpr: 5] == 0x2000 + 8 * 2000)
    #expect(guest.cpu[gpr: 6] == 0)
    #expect(guest.cpu[gpr: 3] == 1999 &* 0x9E37_79B9_7F4A_7C15)
  }

  @Test("a group whose page was not cached leaves nothing for a later helperCall to look up")
  func abandonedMiss() throws {
    // Pages of 64 KiB in a radix tree: the code where it is, and 3 to 5 elsewhere, each moved by
    // another distance. A loop would have slots for its loads.
    let guest = try Translated(
      [
        ("or", [1, 14, 14]), ("std", [9, 0, 1]), ("std", [9, 8, 1]), ("b", [8]),
        ("addi", [0, 0, 0]), ("or", [1, 15, 15]), ("std", [9, 0, 1]), ("ldx", [10, 0, 5]),
        ("std", [9, 8, 1]), ("b", [4]),
      ], memorySize: 8 << 20)
    let root: UInt64 = 0x4000_0000_0000_00AD | 0x10_0000
    try guest.memory.write(root, at: 0x2_0000)
    try guest.memory.write(0x8000_0000_0000_0009 | 0x12_0000 as UInt64, at: 0x10_0000)
    try guest.memory.write(0x8000_0000_0000_0009 | 0x12_1000 as UInt64, at: 0x12_0000)
    try guest.memory.write(0x8000_0000_0000_0005 | 0x12_2000 as UInt64, at: 0x12_1000)
    let real: [UInt64: UInt64] = [1: 0x1_0000, 3: 0x30_0000, 4: 0x35_0000, 5: 0x3B_0000]
    for (page, place) in real {
      try guest.memory.write(0xC000_0000_0000_0187 | place, at: 0x12_2000 + 8 * page)
    }
    guest.cpu.setProcessTable(ProcessTable(base: 0x2_0000, size: 0x1000, isRadix: true))
    guest.cpu.machineState = MSR.sf | MSR.dr | MSR.ir | MSR.me
    (guest.cpu[gpr: 14], guest.cpu[gpr: 15], guest.cpu[gpr: 5]) = (0x3_0100, 0x4_0200, 0x5_0300)
    for round in 1...40 as ClosedRange<UInt64> {
      guest.cpu[gpr: 9] = round
      guest.cpu.nextInstruction = Translated.code
      // The pages of the first group and of the load.
      for page: UInt64 in [3, 5] {
        guest.cpu.invalidateTranslations(
          TranslationInvalidation(operand: page << 16 | 5 << 5, process: 0))
      }
      _ = guest.cpu.run(instructions: 9)
      for place in [0x30_0100, 0x30_0108, 0x35_0200, 0x35_0208] as [UInt64] {
        #expect(try guest.memory.read(UInt64.self, at: place) == round)
      }
    }
  }
}
