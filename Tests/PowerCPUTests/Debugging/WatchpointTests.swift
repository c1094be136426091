import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Watchpoints as hypercalls set them: DAWR0 and DAWR1 with DW and DR in bits 57 and 58 of DAWRX, WT
/// and WTI in 59 and 60, the states in 62 and 63, the length in doublewords less one in 48:53; before
/// 2.07 the DABR with BT, DW and DR in bits 61 to 63 (Book III chapter 9).
@Suite struct WatchpointTests {
  private let order = Endianness.big

  private func processor(
    _ address: UInt64, _ conditions: UInt64, _ model: ProcessorModel = .power10
  ) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest(model)
    processor.write(.dawr0, address)
    processor.write(.dawrx0, conditions)
    return processor
  }

  /// Executes an instruction, r4 an address.
  /// - Returns: DSISR and DAR of the data storage interrupt; nil when there is none.
  private func interrupt(
    _ processor: VirtualProcessor, _ spelling: String, _ values: [Int64], at address: UInt64
  ) throws -> (cause: UInt64, address: UInt64)? {
    processor.machineState = MSR.sf | MSR.me | MSR.fp | MSR.vec | MSR.vsx
    processor[gpr: 4] = address
    try processor.execute(words(spelling, values), count: 1)
    guard processor.nextInstruction == 0x300 else { return nil }
    #expect(processor.read(.srr0) == 0x1_0000)
    return (processor.read(.dsisr), processor.read(.dar))
  }

  @Test func `reads and writes are told apart`() throws {
    let writes = try processor(0x2000, 0x40 | 8 | 2)
    #expect(writes.watchedByte(0x2007, size: 1, .store) == 0x2007)
    #expect(writes.watchedByte(0x2007, size: 1, .load) == nil)
    let reads = try processor(0x2000, 0x20 | 8 | 2)
    #expect(reads.watchedByte(0x2000, size: 8, .load) == 0x2000)
    #expect(reads.watchedByte(0x2000, size: 8, .store) == nil)
    #expect(reads.watchedByte(0x1FFF, size: 1, .load) == nil)
    #expect(reads.watchedByte(0x2008, size: 1, .load) == nil)
  }

  @Test func `any byte of an access matches`() throws {
    let watched = try processor(0x2008, 0x60 | 8 | 2)
    #expect(watched.watchedByte(0x2004, size: 4, .load) == nil)
    #expect(watched.watchedByte(0x2005, size: 4, .load) == 0x2008)
    #expect(watched.watchedByte(0x2000, size: 16, .store) == 0x2008)
    #expect(watched.watchedByte(0x200F, size: 8, .store) == 0x200F)
  }

  @Test func `the range ends after its doublewords, at the top of the address space too`() throws {
    let four = try processor(0x2000, 3 << 10 | 0x60 | 8 | 2)
    #expect(four.watchedByte(0x201F, size: 1, .load) == 0x201F)
    #expect(four.watchedByte(0x2020, size: 1, .load) == nil)
    let top = try processor(~7, 0xFC00 | 0x60 | 8 | 2)
    #expect(top.watchedByte(.max, size: 1, .store) == .max)
    #expect(top.watchedByte(0x1000, size: 1, .store) == nil)
    #expect(top.processor.store(1 as UInt8, 0x1000))
  }

  @Test func `translation and state are conditions`() throws {
    // Translated accesses of problem state only.
    let watched = try processor(0x2000, 0x60 | 0x10 | 1)
    #expect(watched.watchedByte(0x2000, size: 1, .load) == nil)
    watched.machineState = MSR.sf | MSR.pr
    #expect(watched.watchedByte(0x2000, size: 1, .load) == 0x2000)
    watched.write(.dawrx0, 0x60 | 1)
    #expect(watched.watchedByte(0x2000, size: 1, .load) == nil)
  }

  @Test func `an access that matches interrupts and does nothing`() throws {
    let watched = try processor(0x2008, 0x60 | 8 | 2)
    let memory = watched.memory
    try memory.write(1 as UInt64, at: 0x2008, order)
    watched[gpr: 3] = 7
    // Its page was accessed before, and is later.
    #expect(try interrupt(watched, "std", [3, 0, 4], at: 0x2010) == nil)
    let store = try #require(try interrupt(watched, "std", [3, 0, 4], at: 0x2008))
    #expect(store.cause == 0x0240_0000 && store.address == 0x2008)
    #expect(try memory.read(UInt64.self, at: 0x2008, order) == 1)
    let load = try #require(try interrupt(watched, "ld", [3, 0, 4], at: 0x2004))
    #expect(load.cause == 0x0040_0000 && load.address == 0x2008)
    #expect(watched[gpr: 3] == 7)
    #expect(try interrupt(watched, "std", [3, 0, 4], at: 0x2010) == nil)
    #expect(try memory.read(UInt64.self, at: 0x2010, order) == 7)
    watched.write(.dawrx0, 0)
    #expect(try interrupt(watched, "std", [3, 0, 4], at: 0x2008) == nil)
  }

  /// Each with r4 0x2000 and the watchpoint at 0x2008, which all of them reach.
  @Test(
    arguments: [
      ("lq", [6, 0, 4]), ("lmw", [28, 0, 4]), ("lvx", [1, 0, 4]), ("lxvp", [2, 0, 4]),
      ("lswi", [5, 4, 16]), ("lfd", [1, 8, 4]), ("ldarx", [3, 4, 5, 0]),
    ] as [(String, [Int64])])
  func `loads of every kind match`(_ row: (spelling: String, values: [Int64])) throws {
    let watched = try processor(0x2008, 0x20 | 8 | 2)
    watched[gpr: 5] = 8
    let found = try #require(try interrupt(watched, row.spelling, row.values, at: 0x2000))
    #expect(found.cause == 0x0040_0000 && found.address == 0x2008)
  }

  @Test(
    arguments: [
      ("stq", [6, 0, 4]), ("stmw", [28, 0, 4]), ("stvx", [1, 0, 4]), ("stxvp", [2, 0, 4]),
      ("stswi", [5, 4, 16]), ("stfd", [1, 8, 4]), ("stdcx.", [3, 4, 5]), ("dcbz", [0, 4]),
      ("stdat", [3, 5, 0]),
    ] as [(String, [Int64])])
  func `stores of every kind match`(_ row: (spelling: String, values: [Int64])) throws {
    let watched = try processor(0x2008, 0x40 | 8 | 2)
    watched[gpr: 5] = row.spelling == "stdat" ? 0x2008 : 8
    let found = try #require(try interrupt(watched, row.spelling, row.values, at: 0x2000))
    #expect(found.cause == 0x0240_0000 && found.address == 0x2008)
  }

  @Test(arguments: ["dcbst", "dcbf", "icbi"])
  func `cache management does not match`(_ spelling: String) throws {
    let watched = try processor(0x2000, 0x60 | 8 | 2)
    let values: [Int64] = spelling == "dcbf" ? [0, 4, 0] : [0, 4]
    #expect(try interrupt(watched, spelling, values, at: 0x2000) == nil)
    #expect(watched.nextInstruction == 0x1_0004)
  }

  @Test func `the second watchpoint is that of 3_1`() throws {
    let watched = try processor(0x2000, 0x60 | 8 | 2)
    watched.write(.dawr1, 0x5000)
    watched.write(.dawrx1, 0x40 | 8 | 2)
    #expect(try interrupt(watched, "stb", [3, 0, 4], at: 0x2000) != nil)
    #expect(try interrupt(watched, "stb", [3, 0, 4], at: 0x5007) != nil)
    #expect(try interrupt(watched, "lbz", [3, 0, 4], at: 0x5007) == nil)
    let older = try processor(0, 0, .power9)
    older.write(.dawr1, 0x5000)
    older.write(.dawrx1, 0x40 | 8 | 2)
    #expect(try interrupt(older, "stb", [3, 0, 4], at: 0x5000) == nil)
  }

  @Test(arguments: [ProcessorModel.ppc970, .power5Plus, .power6, .power7])
  func `before 2_07 the DABR watches a doubleword`(_ model: ProcessorModel) throws {
    let watched = try VirtualProcessor.forTest(model)
    // Stores without translation, in privileged state.
    watched.write(.dabr, 0x2008 | 2)
    watched.write(.dabrx, 3)
    #expect(try interrupt(watched, "stb", [3, 0, 4], at: 0x200F)?.address == 0x200F)
    #expect(try interrupt(watched, "stb", [3, 0, 4], at: 0x2010) == nil)
    #expect(try interrupt(watched, "lbz", [3, 0, 4], at: 0x2008) == nil)
    // Loads, with translation or whatever there is.
    watched.write(.dabr, 0x2008 | 5)
    #expect(try interrupt(watched, "lbz", [3, 0, 4], at: 0x2008) == nil)
    watched.write(.dabrx, 8 | 2)
    #expect(try interrupt(watched, "lbz", [3, 0, 4], at: 0x2008)?.cause == 0x0040_0000)
    watched.write(.dabrx, 8 | 1)
    #expect(try interrupt(watched, "lbz", [3, 0, 4], at: 0x2008) == nil)
  }
}
