import GuestMemory
import Hypervisor
import HypervisorTestSupport
import Testing

private let prepare: UInt64 = 0x36C
private let commit: UInt64 = 0x370
private let enter: UInt64 = 0x08
private let exact: UInt64 = 1 << 39

/// A page of virtual memory and where the architecture puts its entry, worked out from the
/// address alone (Power ISA 3.1, Book III 6.7.9.2).
private struct Page: Hashable {
  var segmentShift: UInt64
  var segment: UInt64
  var index: UInt64
  var baseShift: UInt64
  var isSecondary: Bool

  static func random(_ random: inout some RandomNumberGenerator) -> Page {
    let segmentShift: UInt64 = Bool.random(using: &random) ? 28 : 40
    let baseShift: UInt64 = [12, 16, 24].randomElement(using: &random) ?? 12
    return Page(
      segmentShift: segmentShift,
      segment: UInt64.random(in: 0..<1 << (segmentShift == 28 ? 37 : 25), using: &random),
      index: UInt64.random(in: 0..<1 << (segmentShift - baseShift), using: &random),
      baseShift: baseShift, isSecondary: Bool.random(using: &random))
  }

  func group(tableLog2: Int) -> UInt64 {
    let primary = segmentShift == 40 ? segment ^ (segment << 25) ^ index : segment ^ index
    return (isSecondary ? ~primary : primary) & (1 << UInt64(tableLog2 - 7) - 1)
  }

  /// B, AVPN, bolted, L, H and V.
  var first: UInt64 {
    // Virtual addresses have more than 64 bits: the segment and the offset apart.
    let avpn = (segment << (segmentShift - 23) | (index << baseShift) >> 23) << 7
    return (segmentShift == 40 ? 1 << 62 : 0) | avpn & ~(3 << 62) | 0x10
      | (baseShift > 12 ? 4 : 0) | (isSecondary ? 2 : 0) | 1
  }

  var second: UInt64 {
    switch baseShift {
    case 16: 0x1000 | 0x10
    default: 0x10
    }
  }
}

@Suite struct HashPageTableResizeTests {
  @Test(arguments: [18, 20, 24]) func `bolted entries are where they hash to`(target: Int) throws {
    let board = try TestBoard(memory: 64 << 20, hashPageTableLog2: 20)
    var generator = SystemRandomNumberGenerator()
    var pages: [(page: Page, slot: UInt64)] = []
    // Sparse, so that a quarter of the groups does not overflow either.
    for _ in 0..<100 {
      let page = Page.random(&generator)
      let slot = UInt64.random(in: 0..<8, using: &generator)
      let isFree = !pages.contains {
        $0.slot == slot && $0.page.group(tableLog2: 18) == page.group(tableLog2: 18)
      }
      guard isFree else { continue }
      let place = page.group(tableLog2: 20) * 8 + slot
      #expect(board.call(enter, exact, place, page.first, page.second).status == 0)
      pages.append((page, slot))
    }
    // One that is not bolted stays behind.
    let loose = Page(
      segmentShift: 28, segment: 1, index: 1, baseShift: 12, isSecondary: false)
    board.call(enter, 0, loose.group(tableLog2: 20) * 8, loose.first & ~0x10, loose.second)

    #expect(board.call(commit, 0, UInt64(target)).status == 2)
    #expect(board.call(prepare, 0, UInt64(target)).status == 0)
    #expect(board.call(prepare, 0, UInt64(target)).status == 0)
    #expect(board.call(commit, 0, UInt64(target)).status == 0)
    let table = try #require(board.partition.hashPageTable)
    #expect(table.sizeLog2 == target)
    #expect(board.processors[0].hashPageTable === table)
    for (page, slot) in pages {
      let entry = table[page.group(tableLog2: target) * 8 + slot]
      #expect(entry.first == page.first && entry.second == page.second, "\(page)")
    }
    let count = (0..<table.entryCount).count { table[$0].first & 1 != 0 }
    #expect(count == pages.count)
  }

  @Test func `a collision leaves the old table in use`() throws {
    let board = try TestBoard(memory: 1 << 20, hashPageTableLog2: 20)
    let old = board.partition.hashPageTable
    // The same group of the smaller table, and the same slot.
    for index: UInt64 in [5, 5 + 1 << 11] {
      let page = Page(
        segmentShift: 40, segment: 0, index: index, baseShift: 12, isSecondary: false)
      let place = page.group(tableLog2: 20) * 8 + 3
      #expect(board.call(enter, exact, place, page.first, page.second).status == 0)
    }
    #expect(board.call(prepare, 0, 18).status == 0)
    #expect(board.call(commit, 0, 18).status == -6)
    #expect(board.partition.hashPageTable === old)
    #expect(board.call(commit, 0, 18).status == -6)
  }

  @Test func `parameters are checked, and a pending table can be cancelled`() throws {
    let board = try TestBoard()
    #expect(board.call(prepare, 1, 20).status == -4)
    #expect(board.call(prepare, 0, 17).status == -4)
    #expect(board.call(prepare, 0, 47).status == -4)
    #expect(board.call(prepare, 0, .max).status == -4)
    #expect(board.call(prepare, 0, 20).status == 0)
    #expect(board.call(prepare, 0, 0).status == 0)
    #expect(board.call(commit, 0, 20).status == 2)
    board.partition.largestHashPageTable = 24
    #expect(board.call(prepare, 0, 25).status == -16)
    #expect(board.call(prepare, 0, 24).status == 0)
    #expect(board.call(commit, 1, 24).status == 2)
    #expect(board.call(commit, 0, 23).status == 2)
    #expect(board.call(commit, 0, 24).status == 0)
  }

  @Test func `processors hear which page a removal is about`() throws {
    let board = try TestBoard(memory: 64 << 20, hashPageTableLog2: 20)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let page = Page.random(&generator)
      let place = page.group(tableLog2: 20) * 8
      #expect(board.call(enter, exact, place, page.first, page.second).status == 0)
      #expect(board.call(0x04, 0, place, 0).status == 0)
      let heard = try #require(board.processors[0].invalidatedPages.last)
      #expect(heard.segment == page.segment && heard.segmentShift == page.segmentShift)
      #expect(heard.offset == page.index << page.baseShift, "\(page)")
      #expect(heard.baseShift == page.baseShift && heard.shift == page.baseShift)
    }
  }
}
