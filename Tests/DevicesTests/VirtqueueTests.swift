import GuestMemory
import Testing

@testable import Devices
@testable import Hypervisor

/// Memory of 64 KiB that devices see from a bus address on, but for its last page.
struct DMABoard {
  static let start: UInt64 = 0x1000_0000
  let memory: GuestMemory
  let dma: DMASpace
  let table: TCETable

  init(size: UInt64 = 1 << 16) throws {
    memory = try GuestMemory(size: size)
    dma = DMASpace(memory: memory)
    table = try #require(TCETable(bus: 1, start: Self.start, pageShift: 12, sizeShift: 28))
    for page in 0..<(size >> 12 - 1) { table[page] = page << 12 | 3 }
    dma.add(table)
  }

  static func bus(_ real: UInt64) -> BusAddress { BusAddress(start + real) }

  /// A descriptor of either kind of ring: flags and next, or id and flags.
  func descriptor(
    _ real: UInt64, at address: UInt64, count: UInt32, _ first: UInt16, _ second: UInt16,
    onBus: Bool = true
  ) throws {
    try memory.write((onBus ? Self.start : 0) &+ address, at: real, .little)
    try memory.write(count, at: real + 8, .little)
    try memory.write(first, at: real + 12, .little)
    try memory.write(second, at: real + 14, .little)
  }
}

private typealias Flag = VirtqueueDescriptor.Flag

/// Descriptors at 0x1000, what the driver writes at 0x2000, what the device writes at 0x3000.
private func setup(_ size: UInt16) -> VirtqueueSetup {
  VirtqueueSetup(
    size: size, descriptors: DMABoard.bus(0x1000), driver: DMABoard.bus(0x2000),
    device: DMABoard.bus(0x3000))
}

@Suite struct SplitVirtqueueTests {
  let board: DMABoard
  var queue: SplitVirtqueue

  init() throws {
    board = try DMABoard()
    queue = SplitVirtqueue(setup(8), VirtqueueFeatures(hasIndirect: true))
  }

  func put(_ index: UInt64, _ address: UInt64, _ count: UInt32, _ flags: UInt16, next: UInt16 = 0)
    throws
  {
    try board.descriptor(0x1000 + 16 * index, at: address, count: count, flags, next)
  }

  func offer(_ head: UInt16, index: UInt16) throws {
    try board.memory.write(head, at: 0x2004 + 2 * UInt64((index &- 1) % 8), .little)
    try board.memory.write(index, at: 0x2002, .little)
  }

  @Test mutating func `a chain is taken in order and given back`() throws {
    try put(5, 0x4000, 16, Flag.next, next: 2)
    try put(2, 0x5000, 512, Flag.next | Flag.write, next: 7)
    try put(7, 0x6000, 1, Flag.write)
    #expect(try queue.next(board.dma) == nil)
    try offer(5, index: 1)
    let request = try #require(try queue.next(board.dma))
    #expect(request.id == 5)
    #expect(request.readable == [.init(address: DMABoard.bus(0x4000), count: 16)])
    #expect(
      request.writable == [
        .init(address: DMABoard.bus(0x5000), count: 512),
        .init(address: DMABoard.bus(0x6000), count: 1),
      ])
    #expect(try queue.next(board.dma) == nil)
    try queue.complete(request, written: 513, board.dma)
    #expect(try board.memory.read(UInt16.self, at: 0x3002, .little) == 1)
    #expect(try board.memory.read(UInt32.self, at: 0x3004, .little) == 5)
    #expect(try board.memory.read(UInt32.self, at: 0x3008, .little) == 513)
  }

  @Test mutating func `indices wrap after 65536 requests`() throws {
    try put(0, 0x4000, 1, Flag.write)
    (queue.available, queue.used) = (0xFFFF, 0xFFFF)
    try offer(0, index: 0)
    let request = try #require(try queue.next(board.dma))
    try queue.complete(request, written: 1, board.dma)
    #expect((queue.available, queue.used) == (0, 0))
    // The entry of index 65535 is the last of the ring.
    #expect(try board.memory.read(UInt32.self, at: 0x3004 + 8 * 7 + 4, .little) == 1)
  }

  @Test mutating func `an indirect table is a chain of its own`() throws {
    try put(1, 0x4000, 32, Flag.indirect)
    try board.descriptor(0x4000, at: 0x5000, count: 16, Flag.next, 1)
    try board.descriptor(0x4010, at: 0x6000, count: 9, Flag.write, 0)
    try offer(1, index: 1)
    let request = try #require(try queue.next(board.dma))
    #expect((request.id, request.readableCount, request.writableCount) == (1, 16, 9))
  }

  @Test(
    arguments: [
      ("a loop", [(0x4000, 16, 1, 1), (0x5000, 16, 1, 0)]),
      ("a descriptor that is its own next", [(0x4000, 16, 1, 0)]),
      ("a next beyond the table", [(0x4000, 16, 1, 8)]),
      ("a next far beyond the table", [(0x4000, 16, 1, 0xFFFF)]),
      ("what is read after what is written", [(0x4000, 16, 3, 1), (0x5000, 16, 0, 0)]),
      ("an indirect table with a next", [(0x4000, 16, 5, 1), (0x5000, 16, 0, 0)]),
      ("an indirect table of no descriptor", [(0x4000, 0, 4, 0)]),
      ("an indirect table of half a descriptor", [(0x4000, 24, 4, 0)]),
      // At 0x1000 is this very descriptor.
      ("an indirect table in an indirect table", [(0x1000, 16, 4, 0)]),
      ("an indirect table outside the window", [(0xFFF_FFFF_0000, 16, 4, 0)]),
      ("an indirect table in a page without entry", [(0xF000, 16, 4, 0)]),
    ] as [(String, [(UInt64, UInt32, UInt16, UInt16)])])
  mutating func `a chain that cannot be is an error`(
    name: String, chain: [(UInt64, UInt32, UInt16, UInt16)]
  ) throws {
    for (index, (address, count, flags, next)) in chain.enumerated() {
      try put(UInt64(index), address, count, flags, next: next)
    }
    try offer(0, index: 1)
    #expect(throws: VirtqueueError.self, "\(name)") { try queue.next(board.dma) }
  }

  @Test mutating func `an indirect table of 4 GiB that is a loop is an error`() throws {
    try put(0, 0x4000, 0xFFFF_FFF0, Flag.indirect)
    try board.descriptor(0x4000, at: 0x5000, count: 1, Flag.next, 0)
    try offer(0, index: 1)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
  }

  @Test mutating func `heads and indices beyond the ring are errors`() throws {
    try put(0, 0x4000, 1, Flag.write)
    try offer(8, index: 1)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
    try offer(0, index: 9)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
    try offer(0, index: 0xFFFF)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
  }

  @Test mutating func `indirect tables are errors without their feature`() throws {
    queue = SplitVirtqueue(setup(8), VirtqueueFeatures())
    try put(0, 0x4000, 16, Flag.indirect)
    try board.descriptor(0x4000, at: 0x5000, count: 1, Flag.write, 0)
    try offer(0, index: 1)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
  }

  @Test mutating func `a device never holds more requests than the ring has entries`() throws {
    try put(0, 0x4000, 1, Flag.write)
    for index in 1...8 as ClosedRange<UInt16> {
      try offer(0, index: index)
      #expect(try queue.next(board.dma) != nil)
    }
    try offer(0, index: 9)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
  }

  @Test mutating func `rings outside the window are errors`() throws {
    for place in [0xF000, 0x1_0000, 0xFFFF_FFFF_FFFF_0000] as [UInt64] {
      for part in [\VirtqueueSetup.descriptors, \.driver, \.device] {
        var hostile = setup(8)
        hostile[keyPath: part] = BusAddress(DMABoard.start &+ place)
        queue = SplitVirtqueue(hostile, VirtqueueFeatures())
        try put(0, 0x4000, 1, Flag.write)
        try offer(0, index: 1)
        #expect(throws: VirtqueueError.self) {
          if let request = try queue.next(board.dma) {
            try queue.complete(request, written: 0, board.dma)
          }
        }
      }
    }
  }

  @Test mutating func `interrupts follow the driver's wish`() throws {
    let request = VirtqueueRequest(id: 0)
    #expect(try !queue.wantsInterrupt(board.dma))
    try queue.complete(request, written: 0, board.dma)
    #expect(try queue.wantsInterrupt(board.dma))
    #expect(try !queue.wantsInterrupt(board.dma))
    try board.memory.write(1 as UInt16, at: 0x2000, .little)
    try queue.complete(request, written: 0, board.dma)
    #expect(try !queue.wantsInterrupt(board.dma))
  }

  @Test mutating func `the event index asks for one interrupt`() throws {
    queue = SplitVirtqueue(setup(8), VirtqueueFeatures(hasEventIndex: true))
    // The third request is to interrupt.
    try board.memory.write(2 as UInt16, at: 0x2004 + 2 * 8, .little)
    var interrupts: [Bool] = []
    for _ in 0..<5 {
      try queue.complete(VirtqueueRequest(id: 0), written: 0, board.dma)
      interrupts.append(try queue.wantsInterrupt(board.dma))
    }
    #expect(interrupts == [false, false, true, false, false])
  }
}

@Suite struct PackedVirtqueueTests {
  let board: DMABoard
  var queue: PackedVirtqueue

  init() throws {
    board = try DMABoard()
    queue = PackedVirtqueue(setup(5), VirtqueueFeatures(hasIndirect: true))
  }

  /// Makes a descriptor available in the round of a wrap counter.
  func put(
    _ index: UInt64, _ address: UInt64, _ count: UInt32, _ flags: UInt16, id: UInt16 = 0,
    wrap: Bool = true
  ) throws {
    try board.descriptor(
      0x1000 + 16 * index, at: address, count: count, id,
      flags | (wrap ? Flag.available : Flag.used))
  }

  @Test mutating func `chains pass the ring's end and are given back in any order`() throws {
    #expect(try queue.next(board.dma) == nil)
    try put(0, 0x4000, 16, Flag.next)
    try put(1, 0x5000, 16, Flag.next)
    try put(2, 0x6000, 1, Flag.write, id: 11)
    let first = try #require(try queue.next(board.dma))
    #expect(
      (first.id, first.descriptors, first.readableCount, first.writableCount) == (11, 3, 32, 1))
    try put(3, 0x4000, 7, 0, id: 12)
    let second = try #require(try queue.next(board.dma))
    #expect((second.id, second.descriptors, second.readableCount) == (12, 1, 7))
    #expect(try queue.next(board.dma) == nil)
    try queue.complete(second, written: 0, board.dma)
    #expect(try board.memory.read(UInt16.self, at: 0x100C, .little) == 12)
    #expect(
      try board.memory.read(UInt16.self, at: 0x100E, .little) == Flag.available | Flag.used)
    try queue.complete(first, written: 1, board.dma)
    #expect(try board.memory.read(UInt16.self, at: 0x101C, .little) == 11)
    #expect(
      try board.memory.read(UInt16.self, at: 0x101E, .little)
        == Flag.available | Flag.used | Flag.write)
    // The next chain is the last descriptor and the first one of the next round.
    try put(4, 0x4000, 1, Flag.next)
    try put(0, 0x5000, 1, Flag.write, id: 13, wrap: false)
    let third = try #require(try queue.next(board.dma))
    #expect((third.id, third.descriptors) == (13, 2))
    #expect(queue.available == .init(index: 1, wrap: false))
    try queue.complete(third, written: 1, board.dma)
    #expect(queue.used == .init(index: 1, wrap: false))
    #expect(try queue.next(board.dma) == nil)
  }

  @Test mutating func `a chain without an end is an error`() throws {
    for index in 0..<5 as Range<UInt64> { try put(index, 0x4000, 1, Flag.next) }
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
  }

  @Test mutating func `a device never holds more descriptors than the ring has`() throws {
    for index in 0..<5 as Range<UInt64> {
      try put(index, 0x4000, 1, 0)
      #expect(try queue.next(board.dma) != nil)
    }
    try put(0, 0x4000, 1, 0, wrap: false)
    #expect(throws: VirtqueueError.malformed) { try queue.next(board.dma) }
  }

  @Test mutating func `an indirect table is a chain of its own`() throws {
    try put(0, 0x4000, 32, Flag.indirect, id: 4)
    try board.descriptor(0x4000, at: 0x5000, count: 16, 0, 0)
    try board.descriptor(0x4010, at: 0x6000, count: 9, 0, Flag.write)
    let request = try #require(try queue.next(board.dma))
    #expect((request.id, request.descriptors) == (4, 1))
    #expect((request.readableCount, request.writableCount) == (16, 9))
  }

  @Test(
    arguments: [
      ("an indirect table of 4 GiB", 0x5000, 0xFFFF_FFF0, 4),
      ("an indirect table of no descriptor", 0x5000, 0, 4),
      ("an indirect table of half a descriptor", 0x5000, 24, 4),
      ("an indirect table with a next", 0x5000, 16, 5),
      ("an indirect table in an indirect table", 0x1000, 16, 4),
      ("an indirect table outside the window", 0xFFF_FFFF_0000, 16, 4),
    ] as [(String, UInt64, UInt32, UInt16)])
  mutating func `a table that cannot be is an error`(
    name: String, address: UInt64, count: UInt32, flags: UInt16
  ) throws {
    try put(0, address, count, flags)
    try put(1, 0x4000, 1, 0)
    #expect(throws: VirtqueueError.self, "\(name)") { try queue.next(board.dma) }
  }

  @Test mutating func `the event place asks for one interrupt`() throws {
    queue = PackedVirtqueue(setup(5), VirtqueueFeatures(hasEventIndex: true))
    // After the second place of the second round.
    try board.memory.write(2 << 16 | 1 as UInt32, at: 0x2000, .little)
    var interrupts: [Bool] = []
    for _ in 0..<9 {
      try queue.complete(VirtqueueRequest(id: 0), written: 0, board.dma)
      interrupts.append(try queue.wantsInterrupt(board.dma))
    }
    #expect(interrupts.firstIndex(of: true) == 6)
    #expect(interrupts.count { $0 } == 1)
  }
}

@Suite struct HostileVirtqueueTests {
  @Test(arguments: [false, true])
  func `random rings end in an error or in a ring's requests`(isPacked: Bool) throws {
    let board = try DMABoard()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      let size =
        isPacked ? UInt16.random(in: 1...16, using: &random) : 1 << UInt16.random(in: 0...4)
      let features = VirtqueueFeatures(hasIndirect: .random(), hasEventIndex: .random())
      for index in 0..<32 as Range<UInt64> {
        let near = Bool.random(using: &random)
        try board.descriptor(
          0x1000 + 16 * index, at: near ? .random(in: 0..<0x1_1000) : .random(in: 0 ... .max),
          count: near ? .random(in: 0...64) : .random(in: 0 ... .max),
          near ? .random(in: 0...7) : .random(in: 0 ... .max),
          near ? .random(in: 0...7) | Flag.available : .random(in: 0 ... .max))
      }
      for offset in stride(from: 0x2000, to: 0x2040, by: 2) as StrideTo<UInt64> {
        try board.memory.write(UInt16.random(in: 0...16), at: offset, .little)
      }
      var queue: any Virtqueue =
        isPacked ? PackedVirtqueue(setup(size), features) : SplitVirtqueue(setup(size), features)
      var taken = 0
      do throws(VirtqueueError) {
        while let request = try queue.next(board.dma) {
          taken += 1
          if .random() {
            try queue.complete(request, written: .random(in: 0 ... .max), board.dma)
            _ = try queue.wantsInterrupt(board.dma)
            try queue.setNotification(.random(), board.dma)
            break
          }
        }
      } catch {}
      #expect(taken <= Int(size))
    }
  }
}
