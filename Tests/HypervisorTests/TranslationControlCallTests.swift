import GuestMemory
import HypervisorTestSupport
import Testing

@testable import Hypervisor

/// H_GET_TCE, H_PUT_TCE, H_STUFF_TCE and H_PUT_TCE_INDIRECT, and what devices reach through the
/// entries.
@Suite struct TranslationControlCallTests {
  static let bus: UInt64 = 0x8000_0000
  static let start: UInt64 = 0x1000_0000
  static let parameter: Int64 = -4
  static let function: Int64 = -2
  static let parameter4: Int64 = -57

  let board: TestBoard
  let table: TCETable
  let dma: DMASpace

  /// A window of 1024 pages of 4 KiB over a memory of 1 MiB.
  init() throws {
    board = try TestBoard(hasPCI: true)
    table = try #require(
      TCETable(bus: UInt32(Self.bus), start: Self.start, pageShift: 12, sizeShift: 22))
    dma = DMASpace(memory: board.partition.memory)
    dma.add(table)
    board.partition.addTCETable(table)
  }

  func get(_ address: UInt64) -> (status: Int64, entry: UInt64) {
    let (status, results) = board.call(0x1C, Self.bus, address)
    return (status, results[0])
  }

  func put(_ address: UInt64, _ entry: UInt64) -> Int64 {
    board.call(0x20, Self.bus, address, entry).status
  }

  @Test func `an entry that is put is got, and nothing else changes`() {
    #expect(put(Self.start + 0x3FF_FFF, 0x5003) == 0)
    #expect(get(Self.start + 0x3FF_000) == (0, 0x5003))
    #expect(get(Self.start + 0x3FE_000) == (0, 0))
    #expect(put(Self.start + 0x3FF_000, 0) == 0)
    #expect(get(Self.start + 0x3FF_000) == (0, 0))
  }

  @Test(
    arguments: [
      (bus, start - 1, 0x5003), (bus, start + 0x40_0000, 0x5003), (bus, .max, 0x5003),
      (bus, 0, 0x5003),
      (bus + 1, start, 0x5003), (bus, start, 0x10_0003), (bus, start, 0xFFFF_FFFF_FFFF_F003),
      (bus, start, 1 << 40 | 1),
    ] as [(UInt64, UInt64, UInt64)])
  func `what no window or no memory has is a wrong parameter`(
    bus: UInt64, address: UInt64, entry: UInt64
  ) {
    #expect(board.call(0x20, bus, address, entry).status == Self.parameter)
    #expect(get(Self.start) == (0, 0))
  }

  @Test func `an entry that allows nothing may name any page`() {
    #expect(put(Self.start, 0xFFFF_FFFF_FFFF_F000) == 0)
    #expect(throws: DMAError.fault(BusAddress(Self.start), .read)) {
      try dma.read(1, at: BusAddress(Self.start))
    }
  }

  @Test func `a run of entries is set, and none beyond it`() {
    func stuff(_ address: UInt64, _ entry: UInt64, _ count: UInt64) -> Int64 {
      board.call(0x138, Self.bus, address, entry, count).status
    }
    #expect(stuff(Self.start + 0x1000, 0x7001, 512) == 0)
    #expect(get(Self.start) == (0, 0))
    #expect(get(Self.start + 0x1000) == (0, 0x7001))
    #expect(get(Self.start + 512 * 0x1000) == (0, 0x7001))
    #expect(get(Self.start + 513 * 0x1000) == (0, 0))
    #expect(stuff(Self.start, 0, 513) == Self.parameter4)
    #expect(stuff(Self.start, 0, .max) == Self.parameter4)
    // An address of no window comes before a count of too many.
    #expect(stuff(0, 0, 513) == Self.parameter)
    #expect(stuff(Self.start + 1024 * 0x1000, 0, 513) == Self.parameter)
    #expect(stuff(Self.start + 1023 * 0x1000, 0x7001, 2) == Self.parameter)
    #expect(get(Self.start + 1023 * 0x1000) == (0, 0))
    #expect(stuff(Self.start, 0x10_0001, 1) == Self.parameter)
    #expect(stuff(Self.start, 0x7001, 0) == 0)
    #expect(get(Self.start) == (0, 0))
  }

  @Test func `entries come from a page, all or none`() throws {
    func put(_ list: UInt64, _ count: UInt64, at address: UInt64 = Self.start) -> Int64 {
      board.call(0x13C, Self.bus, address, list, count).status
    }
    let memory = board.partition.memory
    for index in 0..<512 as Range<UInt64> {
      try memory.write((index % 256) << 12 | 3, at: 0x8000 + 8 * index)
    }
    #expect(put(0x8000, 512) == 0)
    #expect(get(Self.start + 255 * 0x1000) == (0, 255 << 12 | 3))
    #expect(get(Self.start + 511 * 0x1000) == (0, 255 << 12 | 3))
    #expect(get(Self.start + 512 * 0x1000) == (0, 0))
    for (list, count, address) in [
      (0x8008, 1, Self.start), (0x8000, 513, Self.start), (0x8000, .max, Self.start),
      (0x10_0000, 1, Self.start), (.max & ~0xFFF, 1, Self.start),
      (0x8000, 2, Self.start + 1023 * 0x1000), (0x8000, 1, Self.start - 0x1000),
    ] as [(UInt64, UInt64, UInt64)] {
      #expect(put(list, count, at: address) == Self.parameter)
    }
    // The last of the entries is no memory.
    try memory.write(0x10_0000 | 3 as UInt64, at: 0x8000 + 8 * 9)
    #expect(put(0x8000, 10, at: Self.start + 600 * 0x1000) == Self.parameter)
    #expect(get(Self.start + 600 * 0x1000) == (0, 0))
    #expect(board.call(0x13C, 1 << 63 | Self.bus, Self.start, 0x8000, 1).status == Self.function)
    #expect(board.call(0x13C, 1 << 32 | Self.bus, Self.start, 0x8000, 1).status == Self.parameter)
  }

  @Test func `machines without bridges have none of the calls`() throws {
    let board = try TestBoard()
    for number in [0x1C, 0x20, 0x138, 0x13C] as [UInt64] {
      #expect(board.call(number, Self.bus, 0).status == Self.function)
    }
  }

  // MARK: devices

  @Test func `devices do only what entries allow`() throws {
    #expect(put(Self.start, 0x5001) == 0)
    #expect(put(Self.start + 0x1000, 0x9003) == 0)
    #expect(put(Self.start + 0x2000, 0x6002) == 0)
    let memory = board.partition.memory
    try memory.write([1, 2, 3, 4], at: 0x5FFC)
    try memory.write([5, 6, 7, 8], at: 0x9000)
    // Pages that are neighbours on the bus only.
    let edge = BusAddress(Self.start + 0xFFC)
    #expect(try dma.read(8, at: edge) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(try dma.read(UInt64.self, at: edge) == 0x0807_0605_0403_0201)
    #expect(
      try dma.pieces(edge, count: 8, .read)
        == [.init(real: 0x5FFC, count: 4), .init(real: 0x9000, count: 4)])
    // The first page is read only: nothing of the write happens.
    #expect(throws: DMAError.fault(edge, .write)) { try dma.write([9, 9, 9, 9, 9, 9], at: edge) }
    #expect(throws: DMAError.fault(edge, .write)) { try dma.write(0 as UInt64, at: edge) }
    #expect(throws: DMAError.fault(edge, .write)) { try dma.write(0 as UInt32, at: edge) }
    #expect(try memory.read(4, at: 0x9000) == [5, 6, 7, 8])
    let end = BusAddress(Self.start + 0x1FFE)
    try dma.write([0xA, 0xB, 0xC, 0xD], at: end)
    #expect(try memory.read(2, at: 0x9FFE) == [0xA, 0xB])
    #expect(try memory.read(2, at: 0x6000) == [0xC, 0xD])
    #expect(throws: DMAError.fault(BusAddress(Self.start + 0x2000), .read)) {
      try dma.read(4, at: end)
    }
    // The third page cannot be read, the fourth has no entry.
    #expect(throws: DMAError.fault(BusAddress(Self.start + 0x3000), .write)) {
      try dma.write([0, 0], at: BusAddress(Self.start + 0x2FFF))
    }
  }

  @Test(arguments: [0, start - 1, start + 0x40_0000, 1 << 59, .max] as [UInt64])
  func `addresses outside every window are faults`(address: UInt64) {
    let address = BusAddress(address)
    #expect(throws: DMAError.fault(address, .read)) { try dma.read(UInt32.self, at: address) }
    #expect(throws: DMAError.fault(address, .write)) { try dma.write([0], at: address) }
    #expect(throws: DMAError.fault(address, .read)) { try dma.pieces(address, count: .max, .read) }
  }

  @Test func `a length that goes round the address space ends at the window`() {
    for place in 0..<1024 as Range<UInt64> { #expect(put(Self.start + place << 12, 0x5003) == 0) }
    #expect(throws: DMAError.fault(BusAddress(Self.start + 0x40_0000), .read)) {
      try dma.pieces(BusAddress(Self.start), count: .max, .read)
    }
  }

  @Test(
    arguments: [
      (0, 11, 22), (0, 35, 40), (0, 16, 12), (0, 12, 60), (UInt64.max & ~0xFFF, 12, 13),
    ] as [(UInt64, UInt64, UInt64)])
  func `windows that cannot be are not made`(start: UInt64, pageShift: UInt64, sizeShift: UInt64) {
    #expect(TCETable(bus: 1, start: start, pageShift: pageShift, sizeShift: sizeShift) == nil)
  }

  @Test func `a large page that is not all memory is refused`() throws {
    let large = try #require(TCETable(bus: 2, start: 1 << 59, pageShift: 24, sizeShift: 30))
    board.partition.addTCETable(large)
    #expect(board.call(0x20, 2, 1 << 59, 3).status == Self.parameter)
    let medium = try #require(TCETable(bus: 3, start: 1 << 59, pageShift: 16, sizeShift: 30))
    board.partition.addTCETable(medium)
    #expect(board.call(0x20, 3, 1 << 59, 0xF_0003).status == 0)
    #expect(try #require(medium.translate(1 << 59 | 0x1234, .write)) == (0xF_1234, 0xEDCC))
  }
}
