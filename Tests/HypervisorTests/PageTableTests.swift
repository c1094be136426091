import GuestMemory
import Hypervisor
import HypervisorTestSupport
import Testing

/// Numbers of the calls under test.
private enum Call {
  static let remove: UInt64 = 0x04
  static let enter: UInt64 = 0x08
  static let read: UInt64 = 0x0C
  static let clearModified: UInt64 = 0x10
  static let clearReferenced: UInt64 = 0x14
  static let protect: UInt64 = 0x18
  static let bulkRemove: UInt64 = 0x124
}

/// Flags by LoPAR's bit numbers, where bit 0 is the most significant.
private func flag(_ bit: UInt64) -> UInt64 { 1 << (63 - bit) }

/// A coherent 4 KiB page at real address 0x2000.
private let second4K: UInt64 = 0x2000 | 1 << 4
private let valid: UInt64 = 1

@Suite struct PageTableTests {
  @Test func `an entry goes into the first free place of its group`() throws {
    let board = try TestBoard()
    for place: UInt64 in 0..<8 {
      let (status, results) = board.call(Call.enter, 0, 0x155, 0x1000 | valid, second4K)
      #expect(status == 0 && results[0] == 0x150 + place)
    }
    #expect(board.call(Call.enter, 0, 0x150, 0x1000 | valid, second4K).status == -6)
  }

  @Test func `an exact entry goes where it is told or nowhere`() throws {
    let board = try TestBoard()
    let first = board.call(Call.enter, flag(24), 0x155, 0x1000 | valid, second4K)
    #expect(first.status == 0 && first.results[0] == 0x155)
    #expect(board.call(Call.enter, flag(24), 0x155, 0x1000 | valid, second4K).status == -6)
  }

  @Test func `what an entry must not hold is refused or dropped`() throws {
    let board = try TestBoard()
    // Past the table, past memory (but coherent), caching-inhibited memory, memory with guarded.
    #expect(board.call(Call.enter, 0, 1 << 14, valid, second4K).status == -4)
    #expect(board.call(Call.enter, 0, .max, valid, second4K).status == -4)
    #expect(board.call(Call.enter, 0, 0, valid, 1 << 20 | 1 << 4).status == -4)
    #expect(board.call(Call.enter, 0, 0, valid, 0x2000 | 1 << 5).status == -4)
    #expect(board.call(Call.enter, 0, 0, valid, 0x2000 | 1 << 4 | 1 << 3).status == -4)
    // A large page with an encoding that does not exist.
    #expect(board.call(Call.enter, 0, 0, valid | 4, 0x2000 | 1 << 4).status == -4)
    // I/O space is caching-inhibited, guarded or not.
    #expect(board.call(Call.enter, 0, 0, valid, 1 << 40 | 1 << 5 | 1 << 3).status == 0)
    // Bits 57 and 58 are firmware's.
    let index = board.call(Call.enter, 0, 8, 0x1000 | 0x60 | valid, second4K).results[0]
    #expect(board.call(Call.read, 0, index).results[0] == 0x1000 | valid)
  }

  /// A partition gets no pages that its tree does not offer.
  @Test(arguments: [(12, [0, -4, -4]), (16, [0, 0, -4]), (24, [0, 0, 0])])
  func `pages are as large as the machine allows`(largest: Int, statuses: [Int64]) throws {
    let board = try TestBoard(memory: 64 << 20, largestPage: largest)
    let pages: [(first: UInt64, second: UInt64)] = [
      (valid, second4K), (valid | 4, 0x1_0000 | 1 << 12 | 1 << 4), (valid | 4, 0x100_0000 | 1 << 4),
    ]
    #expect(
      pages.enumerated().map { index, page in
        board.call(Call.enter, 0, UInt64(8 * index), page.first, page.second).status
      } == statuses)
  }

  @Test func `a page can be zeroed on entry up to 64 KiB`() throws {
    let board = try TestBoard(memory: 64 << 20)
    try board.partition.memory.fill(0x3000, at: 0x1000, with: 0xAA)
    #expect(board.call(Call.enter, flag(48), 0, valid, second4K).status == 0)
    #expect(try board.partition.memory.read(UInt8.self, at: 0x1FFF) == 0xAA)
    #expect(try board.partition.memory.read(0x1000, at: 0x2000).allSatisfy { $0 == 0 })
    #expect(try board.partition.memory.read(UInt8.self, at: 0x3000) == 0xAA)
    // 16 MiB, LP 0.
    for bit: UInt64 in [40, 41, 48] {
      let status = board.call(Call.enter, flag(bit), 8, valid | 4, 16 << 20 | 1 << 4).status
      #expect(status == -64)
    }
    #expect(board.call(Call.enter, 0, 8, valid | 4, 16 << 20 | 1 << 4).status == 0)
    // The page must end within memory.
    #expect(board.call(Call.enter, 0, 8, valid | 4, 64 << 20 | 1 << 4).status == -4)
  }

  @Test func `removal checks what it is asked to check`() throws {
    let board = try TestBoard()
    let avpn: UInt64 = 0x1234_5680
    let index = board.call(Call.enter, 0, 0x80, avpn | 0x10 | valid, second4K | 0x180).results[0]
    #expect(board.call(Call.remove, flag(32), index, avpn ^ 0x80).status == -7)
    #expect(board.call(Call.remove, flag(33), index, 0x10).status == -7)
    let (status, results) = board.call(Call.remove, flag(32), index, avpn)
    #expect(status == 0)
    #expect(Array(results[0..<2]) == [avpn | 0x10 | valid, second4K | 0x180])
    #expect(board.call(Call.read, 0, index).results[0] == 0)
    #expect(board.call(Call.remove, 0, index, 0).status == -7)
    #expect(board.processors[0].invalidatedPages.count == 1)
  }

  @Test func `protection bits come from the flags, and reference is cleared`() throws {
    let board = try TestBoard()
    let index = board.call(Call.enter, 0, 0, 0x80 | valid, second4K | 0x180).results[0]
    // pp0 in bit 55, keys in 50:54, n in 61, pp in 62:63.
    let flags = flag(55) | 0x3000 | 0x0E00 | 4 | 3 | flag(32)
    #expect(board.call(Call.protect, flags, index, 0x80).status == 0)
    let expected: UInt64 = second4K | 0x80 | 0xB000_0000_0000_0E07
    #expect(board.call(Call.read, 0, index).results[1] == expected)
    #expect(board.call(Call.protect, flag(32), index, 0x180).status == -7)
    #expect(board.call(Call.protect, 0, index, 0).status == 0)
    #expect(board.call(Call.read, 0, index).results[1] == second4K | 0x80)
    #expect(board.call(Call.protect, 0, index + 1, 0).status == -7)
  }

  @Test func `reference and change are cleared one by one`() throws {
    let board = try TestBoard()
    let index = board.call(Call.enter, 0, 0, valid, second4K | 0x180).results[0]
    var answer = board.call(Call.clearModified, 0, index)
    #expect(answer.status == 0 && answer.results[0] == second4K | 0x180)
    answer = board.call(Call.clearReferenced, 0, index)
    #expect(answer.status == 0 && answer.results[0] == second4K | 0x100)
    #expect(board.call(Call.read, 0, index).results[1] == second4K)
    #expect(board.call(Call.clearModified, 0, index + 1).status == -7)
    #expect(board.call(Call.clearReferenced, 0, 1 << 14).status == -4)
  }

  @Test func `four entries can be read at once`() throws {
    let board = try TestBoard()
    for place: UInt64 in 0..<4 {
      board.call(Call.enter, flag(24), 0x10 + place, place << 7 | valid, second4K)
    }
    let (status, results) = board.call(Call.read, flag(26), 0x12)
    #expect(status == 0)
    #expect(
      Array(results[0..<8])
        == [1, second4K, 0x81, second4K, 0x101, second4K, 0x181, second4K])
  }

  @Test func `a bulk removal answers each request`() throws {
    let board = try TestBoard()
    board.call(Call.enter, flag(24), 0x10, 0x100 | valid, second4K | 0x80)
    board.call(Call.enter, flag(24), 0x11, 0x200 | valid, second4K | 0x100)
    let request: UInt64 = 0x40 << 56
    let avpn: UInt64 = 0x02 << 56
    let (status, results) = board.call(
      Call.bulkRemove, request | 0x10, 0, request | avpn | 0x11, 0x200, request | 0x12, 0,
      0xC0 << 56, 7)
    #expect(status == 0)
    #expect(results[0] == 0x8400_0000_0000_0010)
    #expect(results[2] == 0x8800_0000_0000_0011)
    #expect(results[4] == 0x9000_0000_0000_0012)
    // The end mark stays as it was.
    #expect(results[6] == 0xC000_0000_0000_0000 && results[7] == 7)
    // A wrong index or type stops it.
    let wrong = board.call(Call.bulkRemove, request | 1 << 20, 0, request | 0x10, 0)
    #expect(wrong.status == -4 && wrong.results[0] == 0xA000_0000_0010_0000)
    #expect(board.call(Call.bulkRemove, 0, 0).status == -4)
    #expect(board.call(Call.bulkRemove, request | 0x03 << 56, 0).status == -4)
  }

  @Test func `random calls agree with a plain model`() throws {
    let board = try TestBoard()
    var model: [UInt64: (UInt64, UInt64)] = [:]
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      // Few groups, so that they fill up.
      let index = UInt64.random(in: 0..<64, using: &random)
      let avpn = UInt64.random(in: 0..<4, using: &random) << 7
      let checked = Bool.random(using: &random)
      let old = model[index]
      let matches = old.map { !checked || $0.0 & ~0x7F == avpn } ?? false
      let flags = checked ? flag(32) : 0
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let page = UInt64.random(in: 0..<256, using: &random) << 12 | 0x190
        let (status, results) = board.call(Call.enter, 0, index, avpn | valid, page)
        let place = (index & ~7..<index & ~7 + 8).first { model[$0] == nil }
        #expect(status == (place == nil ? -6 : 0))
        if let place {
          #expect(results[0] == place)
          model[place] = (avpn | valid, page)
        }
      case 1:
        let (status, results) = board.call(Call.remove, flags, index, avpn)
        #expect(status == (matches ? 0 : -7))
        if matches, let old {
          #expect(results[0] == old.0 && results[1] == old.1)
          model[index] = nil
        }
      case 2:
        let pp = UInt64.random(in: 0..<4, using: &random)
        #expect(board.call(Call.protect, flags | pp, index, avpn).status == (matches ? 0 : -7))
        if matches, let old {
          let kept: UInt64 = ~(0xB000_0000_0000_0E07 | 0x100)
          model[index] = (old.0, old.1 & kept | pp)
        }
      default:
        let (_, results) = board.call(Call.read, 0, index)
        #expect(results[0] == old?.0 ?? 0 && results[1] == old?.1 ?? 0)
      }
    }
  }
}
