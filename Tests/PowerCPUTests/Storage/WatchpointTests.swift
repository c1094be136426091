import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// DAWR0 as H_SET_MODE sets it (Book III 9.3): DW and DR are bits 57 and 58 of DAWRX, WT and WTI
/// 59 and 60, the states 62 and 63, the length in doublewords less one 48:53.
@Suite struct WatchpointTests {
  private func processor(_ address: UInt64, _ conditions: UInt64) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest()
    processor.write(.dawr0, address)
    processor.write(.dawrx0, conditions)
    return processor
  }

  @Test func `reads and writes are told apart`() throws {
    let writes = try processor(0x2000, 0x40 | 8 | 2)
    #expect(writes.watchpointMatches(0x2007, .store))
    #expect(!writes.watchpointMatches(0x2007, .load))
    let reads = try processor(0x2000, 0x20 | 8 | 2)
    #expect(reads.watchpointMatches(0x2000, .load))
    #expect(!reads.watchpointMatches(0x2000, .store))
    #expect(!reads.watchpointMatches(0x1FFF, .load) && !reads.watchpointMatches(0x2008, .load))
  }

  @Test func `the range ends after its doublewords, at the top of the address space too`() throws {
    let four = try processor(0x2000, 3 << 10 | 0x60 | 8 | 2)
    #expect(four.watchpointMatches(0x201F, .load) && !four.watchpointMatches(0x2020, .load))
    let top = try processor(~7, 0xFC00 | 0x60 | 8 | 2)
    #expect(top.watchpointMatches(.max, .store) && !top.watchpointMatches(0x1000, .store))
    #expect(top.processor.store(1 as UInt8, 0x1000))
  }

  @Test func `translation and state are conditions`() throws {
    // Translated accesses of problem state only.
    let watched = try processor(0x2000, 0x60 | 0x10 | 1)
    #expect(!watched.watchpointMatches(0x2000, .load))
    watched.machineState = MSR.sf | MSR.pr
    #expect(watched.watchpointMatches(0x2000, .load))
    watched.write(.dawrx0, 0x60 | 1)
    #expect(!watched.watchpointMatches(0x2000, .load))
  }
}
