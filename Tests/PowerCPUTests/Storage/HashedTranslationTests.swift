import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

@Suite struct HashedTranslationTests {
  let processor: VirtualProcessor
  let table: HashPageTable
  let handle: Processor

  init() throws {
    processor = try .forTest(.power8)
    table = try #require(HashPageTable(sizeLog2: 18))
    processor.hashPageTable = table
    handle = processor.processor
    processor.machineState = MSR.sf | MSR.dr
    // Segment 5, VSID 0x123, 4 KiB pages; both keys.
    processor.slbMoveTo(rs: 0x123 << 12 | 0xC00, rb: 5 << 28 | 0x0800_0000 | 3)
  }

  /// The entry of a 4 KiB page of segment 5, placed by an independent computation of the hash.
  func map(page: UInt64, to real: UInt64, bits: UInt64, secondary: Bool = false) {
    let hash = 0x123 ^ page
    let group = (secondary ? ~hash : hash) & 0x7FF
    let first =
      0x123 << 12 | (page >> 11) << 7 | HPTE.valid | (secondary ? HPTE.secondary : 0)
    table[group * 8 + 2] = (first, real | bits)
    processor.invalidateTranslations()
  }

  /// What a hypercall changes is translated again, by each segment that leads to it, and nothing else is.
  @Test func `invalidation is by page`() throws {
    processor.slbMoveTo(rs: 0x123 << 12 | 0xC00, rb: 9 << 28 | 0x0800_0000 | 4)
    for (page, value) in [(0x42, 0x11), (0x43, 0x22), (0x44, 0x33)] as [(UInt64, UInt8)] {
      try processor.memory.write(value, at: 0x20_0000 + page << 12)
      map(page: page, to: 0x20_0000 + page << 12, bits: 2)
    }
    for segment in [5, 9] as [UInt64] {
      #expect(handle.load(UInt8.self, segment << 28 | 0x4_2000) == 0x11)
      #expect(handle.load(UInt8.self, segment << 28 | 0x4_3000) == 0x22)
    }
    // Both pages lead to the third one's storage now, and the first alone is invalidated.
    for page in [0x42, 0x43] as [UInt64] {
      table[(0x123 ^ page) * 8 + 2].second = 0x24_4000 | 2
    }
    processor.invalidateTranslations(
      ofSegment: 0x123, at: 0x4_2000, segmentShift: 28, shift: 12)
    for segment in [5, 9] as [UInt64] {
      #expect(handle.load(UInt8.self, segment << 28 | 0x4_2000) == 0x33)
      #expect(handle.load(UInt8.self, segment << 28 | 0x4_3000) == 0x22)
    }
    // Of another segment's page nothing is known here.
    processor.invalidateTranslations(
      ofSegment: 0x124, at: 0x4_3000, segmentShift: 28, shift: 12)
    #expect(handle.load(UInt8.self, 0x5004_3000) == 0x22)
    processor.invalidateTranslations(
      ofSegment: 0x123, at: 0x4_0000, segmentShift: 28, shift: 16)
    #expect(handle.load(UInt8.self, 0x5004_3000) == 0x33)
  }

  /// Entries that a process had take its translations with them, and leave those of the system.
  @Test(arguments: ["slbie", "slbia", "slbmte"])
  func `entries take the translations of their quadrant along`(instruction: String) throws {
    let system = 0xC000_0000_0000_0000 as UInt64
    processor.slbMoveTo(rs: 0x123 << 12 | 0xC00, rb: system | 0x0800_0000 | 4)
    try processor.memory.write(0x11 as UInt8, at: 0x20_0000)
    try processor.memory.write(0x22 as UInt8, at: 0x30_0000)
    map(page: 1, to: 0x20_0000, bits: 2)
    #expect(handle.load(UInt8.self, system | 0x1000) == 0x11)
    #expect(handle.load(UInt8.self, 0x5000_1000) == 0x11)
    table[(0x123 ^ 1) * 8 + 2].second = 0x30_0000 | 2
    switch instruction {
    case "slbie": processor.slbInvalidate(rb: 5 << 28)
    // Entry 0 stays, and there is none; those above are all of a process.
    case "slbia":
      processor.slbInvalidate(rb: system)
      #expect(handle.load(UInt8.self, 0x5000_1000) == 0x22)
      processor.slbInvalidateAll(hint: 7)
      #expect(handle.load(UInt8.self, 0x5000_1000) == nil)
      return
    default: processor.slbMoveTo(rs: 0x124 << 12 | 0xC00, rb: 6 << 28 | 0x0800_0000 | 3)
    }
    processor.slbMoveTo(rs: 0x123 << 12 | 0xC00, rb: 5 << 28 | 0x0800_0000 | 7)
    #expect(handle.load(UInt8.self, system | 0x1000) == 0x11)
    #expect(handle.load(UInt8.self, 0x5000_1000) == 0x22)
  }

  @Test(arguments: [false, true])
  func findsPrimaryAndSecondaryEntries(secondary: Bool) throws {
    map(page: 0x42, to: 0x20_0000, bits: 2, secondary: secondary)
    try processor.memory.write(0xCAFE as UInt16, at: 0x20_0010)
    #expect(handle.load(UInt16.self, 0x5004_2010) == 0xCAFE)
    #expect(handle.store(0xBEEF as UInt16, 0x5004_2010))
    #expect(try processor.memory.read(UInt16.self, at: 0x20_0010) == 0xBEEF)
  }

  @Test func setsReferenceThenChange() {
    map(page: 1, to: 0x20_0000, bits: 2)
    let index = ((0x123 ^ 1) as UInt64) * 8 + 2
    #expect(handle.load(UInt8.self, 0x5000_1000) != nil)
    #expect(table[index].second & (HPTE.reference | HPTE.change) == HPTE.reference)
    #expect(handle.store(1 as UInt8, 0x5000_1000))
    #expect(table[index].second & (HPTE.reference | HPTE.change) == HPTE.reference | HPTE.change)
  }

  @Test func noSegmentRaisesDataSegment() {
    #expect(handle.load(UInt8.self, 0x6000_0000) == nil)
    #expect(processor.nextInstruction == 0x380)
    #expect(processor.read(.dar) == 0x6000_0000)
  }

  @Test func noEntryRaisesDataStorage() {
    #expect(!handle.store(1 as UInt8, 0x5000_9000))
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dsisr) == 0x4200_0000)
  }

  /// Storage protection: key and PP (Book III 6.7.12.1): who may load, who may store.
  @Test(
    arguments: [
      (0, true, true, false, false), (1, true, true, true, false), (2, true, true, true, true),
      (3, true, false, true, false),
    ] as [(UInt64, Bool, Bool, Bool, Bool)])
  func protection(
    _ row: (pp: UInt64, load0: Bool, store0: Bool, load1: Bool, store1: Bool)
  ) {
    // Ks = 0 for the supervisor, Kp = 1 for problem state.
    processor.slbMoveTo(rs: 0x123 << 12 | 0x400, rb: 5 << 28 | 0x0800_0000 | 3)
    for problem in [false, true] {
      for isStore in [false, true] {
        map(page: 0, to: 0x20_0000, bits: row.pp)
        processor.machineState = MSR.sf | MSR.dr | (problem ? MSR.pr : 0)
        let done =
          isStore
          ? handle.store(0 as UInt8, 0x5000_0000) : handle.load(UInt8.self, 0x5000_0000) != nil
        let allowed =
          problem ? (isStore ? row.store1 : row.load1) : (isStore ? row.store0 : row.load0)
        #expect(done == allowed, "pp \(row.pp) problem \(problem) store \(isStore)")
        if !done { #expect(processor.read(.dsisr) & 0x4800_0000 == 0x0800_0000) }
      }
    }
  }

  @Test func virtualPageClassKeysDeny() {
    map(page: 0, to: 0x20_0000, bits: 2 | 3 << 9)
    #expect(handle.load(UInt8.self, 0x5000_0000) != nil)
    processor.write(.amr, 2 << 56)
    #expect(handle.load(UInt8.self, 0x5000_0000) != nil)
    #expect(!handle.store(0 as UInt8, 0x5000_0000))
    #expect(processor.read(.dsisr) == 0x0220_0000)
  }

  /// Both keys of every pair of bits: AMR for loads and stores, in both states, IAMR for fetches; the
  /// interrupt says that it was the key (DSISR and SRR1 bit 42).
  @Test(arguments: [0, 1, 7, 8, 24, 31] as [UInt64])
  func everyKey(key: UInt64) {
    let bits: UInt64 = 2 | (key & 7) << 9 | (key & 0x18) << 57
    let shift = 62 - 2 * key
    for problem in [false, true] {
      func attempt(_ amr: UInt64, _ iamr: UInt64) -> (load: Bool, store: Bool, fetch: Bool) {
        map(page: 0, to: 0x20_0000, bits: bits)
        processor.write(.amr, amr << shift)
        processor.write(.iamr, iamr << shift)
        processor.machineState = MSR.sf | MSR.dr | MSR.ir | (problem ? MSR.pr : 0)
        let load = handle.load(UInt8.self, 0x5000_0000) != nil
        if !load { #expect(processor.read(.dsisr) == 0x0020_0000) }
        processor.machineState = MSR.sf | MSR.dr | MSR.ir | (problem ? MSR.pr : 0)
        let store = handle.store(0 as UInt8, 0x5000_0000)
        if !store { #expect(processor.read(.dsisr) == 0x0220_0000) }
        processor.machineState = MSR.sf | MSR.dr | MSR.ir | (problem ? MSR.pr : 0)
        processor.nextInstruction = 0x5000_0000
        _ = processor.run(instructions: 1)
        // Zeros are no instruction.
        let fetch = processor.nextInstruction == 0x700
        if !fetch {
          #expect(processor.nextInstruction == 0x400)
          #expect(processor.read(.srr1) & 0x783F_0000 == 0x0020_0000)
        }
        return (load, store, fetch)
      }
      #expect(attempt(0, 0) == (true, true, true))
      #expect(attempt(1, 0) == (false, true, true))
      #expect(attempt(2, 0) == (true, false, true))
      #expect(attempt(3, 2) == (false, false, true))
      #expect(attempt(0, 1) == (true, true, false))
    }
  }

  /// POWER7 has no IAMR.
  @Test func keysOfInstructionsCameWithPOWER8() throws {
    let processor = try VirtualProcessor.forTest(.power7)
    #expect(!processor.permits(SPR.iamr.number, writing: true, isPrivileged: true))
    #expect(processor.permits(SPR.amr.number, writing: true, isPrivileged: true))
  }

  /// Problem state writes what UAMOR gives it, at its own number.
  @Test func problemStateMasksAMR() throws {
    processor.write(.amr, 0xAAAA << 48)
    processor.write(.uamor, 0x00FF << 48)
    processor.machineState |= MSR.pr
    processor.write(.amrProblem, 0x5555 << 48)
    #expect(processor.read(.amrProblem) == 0xAA55 << 48)
  }

  /// Before version 2.05 the register is ACCR, and AC of a page the bit it concerns.
  @Test func addressCompare() throws {
    let processor = try LeveledProcessor(hardware: .power5Plus).make()
    let handle = processor.processor
    processor.enterState(problem: false)
    func mark(_ bits: UInt64) {
      processor.hashPageTable?[0x20 * 8] = (HPTE.valid, 0x2_0000 | 2 | bits)
      processor.invalidateTranslations()
    }
    for (accr, load, store) in [(0, true, true), (1, false, true), (2, true, false)] {
      processor.write(.accr, UInt64(accr))
      mark(0x200)
      processor.enterState(problem: false)
      #expect((handle.load(UInt8.self, 0x2_0000) != nil) == load)
      if !load { #expect(processor.read(.dsisr) == 0x0040_0000) }
      processor.enterState(problem: false)
      #expect(handle.store(1 as UInt8, 0x2_0000) == store)
      if !store { #expect(processor.read(.dsisr) == 0x0240_0000) }
      mark(0)
      processor.enterState(problem: false)
      #expect(handle.load(UInt8.self, 0x2_0000) != nil)
      #expect(handle.store(1 as UInt8, 0x2_0000))
    }
  }

  @Test func largeSegmentOf64KPages() throws {
    // 1 TiB segment 0, VSID 0x77, 64 KiB base pages (L=1, LP=01).
    processor.slbMoveTo(rs: 1 << 62 | 0x77 << 24 | 0xC00 | 0x110, rb: 0x0800_0000 | 1)
    let page: UInt64 = 0x1_2345
    let hash = (0x77 ^ 0x77 << 25 ^ page) & 0x7FF
    let first: UInt64 =
      1 << 62 | 0x77 << 24 | (page >> 7) << 7 | HPTE.valid | HPTE.large
    // LP 1 in bits 44:51 says 64 KiB.
    table[hash * 8] = (first, 0x31_0000 | 0x1000 | 2)
    try processor.memory.write(0x5A as UInt8, at: 0x31_BCDE)
    #expect(handle.load(UInt8.self, 0x1_2345_BCDE) == 0x5A)
  }

  @Test func slbInstructionsRoundTrip() {
    #expect(processor.slbEntry(3).virtual == 0x123 << 12 | 0xC00)
    #expect(processor.slbEntry(3).effective == 5 << 28 | 0x0800_0000)
    processor.slbInvalidate(rb: 5 << 28)
    #expect(processor.slbEntry(3).effective & 0x0800_0000 == 0)
    #expect(processor.slbEntry(4095).virtual == 0)
  }

  @Test func slbiaSparesEntryZero() {
    processor.slbMoveTo(rs: 0x9 << 12, rb: 0xC << 60 | 0x0800_0000)
    processor.slbInvalidateAll(hint: 0)
    #expect(processor.segments.map(\.index) == [0])
  }
}
