import Glibc
import GuestMemory
import HypervisorTestSupport
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// A driver of a logical LAN adapter: it makes hypercalls, and its memory is mapped by the window's
/// entries, at bus addresses above the real ones.
final class LogicalLANDriver {
  /// An entry of the receive queue with its frame.
  struct Received: Equatable {
    var control: UInt8
    var handle: UInt64
    var offset: UInt64 = 8
    var frame: [UInt8]?
  }

  static let unit: UInt64 = 0x7100_0002
  static let address = HardwareAddress(rawValue: 0x5254_0012_3456)
  static let bus: UInt64 = 0x100_0000
  static let bufferList = bus + 0x1_0000
  static let filterList = bus + 0x1_1000
  static let queue = bus + 0x1_2000
  /// Entries of the queue.
  static let entries = 8
  /// Where buffers and what is sent begin.
  static let buffers: UInt64 = 0x4_0000
  static let outgoing: UInt64 = 0x2_0000

  let board: TestBoard
  let work = DeviceWork(isImmediate: false)
  let adapter: LogicalLANAdapter
  private var taken = 0
  private var nextBuffer = buffers

  init(_ link: any NetworkLink) throws {
    board = try TestBoard(memory: 2 << 20, hasLogicalLANs: true)
    let card = PCIDevice.Network(address: Self.address)
    let device = VIODevice(.network(card), at: UInt32(Self.unit))
    adapter = try #require(
      LogicalLANAdapter(device, card, link, board.partition, work: work))
    board.partition.add(adapter, interrupt: device.interrupt)
    for page in 0x10..<0x1F0 as Range<UInt64> {
      #expect(board.call(0x20, Self.unit, Self.bus + page << 12, page << 12 | 3).status == 0)
    }
  }

  func call(_ number: UInt64, _ arguments: UInt64...) -> Int64 {
    board.call(number, [Self.unit] + arguments).status
  }

  /// H_REGISTER_LOGICAL_LAN
  func register() -> Int64 {
    (taken, nextBuffer) = (0, Self.buffers)
    try? memory.fill(16 * Self.entries, at: Self.queue - Self.bus)
    return call(
      0x114, Self.bufferList, 1 << 63 | UInt64(16 * Self.entries) << 32 | Self.queue,
      Self.filterList, Self.address.rawValue)
  }

  /// H_ADD_LOGICAL_LAN_BUFFER: the handle is its real address.
  @discardableResult
  func offer(_ size: UInt64) throws -> UInt64 {
    defer { nextBuffer += (size + 0xFFF) & ~0xFFF }
    try memory.write(nextBuffer, at: nextBuffer)
    #expect(call(0x11C, 1 << 63 | size << 32 | Self.bus + nextBuffer) == 0)
    return nextBuffer
  }

  /// H_SEND_LOGICAL_LAN of a frame in pieces.
  func send(
    _ frame: [UInt8], control: UInt64 = 0x80, pieces: Int = 1, segmentSize: UInt64 = 0
  ) throws -> Int64 {
    try memory.write(frame, at: Self.outgoing)
    var descriptors: [UInt64] = []
    var offset = 0
    for piece in 0..<pieces {
      let count = piece == pieces - 1 ? frame.count - offset : frame.count / pieces
      descriptors.append(
        control << 56 | UInt64(count) << 32 | Self.bus + Self.outgoing + UInt64(offset))
      offset += count
    }
    descriptors += [UInt64](repeating: 0, count: 6 - pieces)
    return board.call(0x120, [Self.unit] + descriptors + [0, segmentSize]).status
  }

  /// H_ILLAN_ATTRIBUTES
  func attributes(reset: UInt64 = 0, set: UInt64 = 0) -> [UInt64] {
    let answer = board.call(0x244, Self.unit, reset, set)
    return [UInt64(bitPattern: answer.status), answer.results[0]]
  }

  /// What has been received since the last call.
  func received() throws -> [Received] {
    work.followUp()
    var found: [Received] = []
    while true {
      let place = Self.queue - Self.bus + UInt64(16 * (taken % Self.entries))
      let first = try memory.read(UInt64.self, at: place)
      let isValid = first >> 63 != 0
      guard isValid == (taken / Self.entries % 2 == 0) else { return found }
      taken += 1
      let handle = try memory.read(UInt64.self, at: place + 8)
      let (control, offset) = (UInt8(first >> 56) & 0x7F, first >> 32 & 0xFFFF)
      let frame =
        control & 0x40 == 0
        ? nil : try memory.read(Int(first & 0xFFFF_FFFF), at: handle + offset)
      found.append(Received(control: control, handle: handle, offset: offset, frame: frame))
    }
  }

  var memory: GuestMemory { board.partition.memory }

  /// Whether the adapter has interrupted since the last call.
  var hasInterrupted: Bool { !board.partition.interruptSignals.take().isEmpty }
}

/// A logical LAN adapter and its driver, with a socket of the host as the network.
@Suite struct LogicalLANTests {
  private static let own = LogicalLANDriver.address.bytes
  private static let parameter: Int64 = -4
  private static let resource: Int64 = -16
  private static let dropped: Int64 = 8

  private static func frame(_ count: Int, to: [UInt8] = own, seed: Int = 0) -> [UInt8] {
    to + [0x52, 0x54, 0, 1, 2, 3, 0x88, 0xB5] + pattern(count - 14, from: seed)
  }

  private static func packets() throws -> (SocketPair, LogicalLANDriver) {
    let pair = try SocketPair(SOCK_SEQPACKET)
    let driver = try LogicalLANDriver(PacketLink(descriptor: pair.first))
    #expect(driver.register() == 0)
    return (pair, driver)
  }

  @Test func `frames go both ways, and the queue's valid bit alternates`() throws {
    let (pair, driver) = try Self.packets()
    for round in 0..<40 {
      let frame = Self.frame(60 + round, seed: round)
      #expect(try driver.send(frame, pieces: 1 + round % 6) == 0)
      #expect(pair.receive() == frame)
      let handle = try driver.offer(2048)
      pair.send(frame)
      #expect(try driver.received() == [.init(control: 0x40, handle: handle, frame: frame)])
      // The toggle in the descriptor of the queue is the inverse of the bit that is used next.
      let descriptor = try driver.memory.read(
        UInt64.self, at: LogicalLANDriver.bufferList - LogicalLANDriver.bus)
      let isSecondPass = (round + 1) / LogicalLANDriver.entries % 2 == 1
      #expect(descriptor >> 62 == (isSecondPass ? 3 : 2))
    }
  }

  @Test func `interrupts come where H_VIO_SIGNAL has enabled them`() throws {
    let (pair, driver) = try Self.packets()
    for isEnabled in [false, true, false] {
      #expect(driver.call(0x104, isEnabled ? 1 : 0) == 0)
      try driver.offer(2048)
      pair.send(Self.frame(100))
      #expect(try driver.received().count == 1)
      #expect(driver.hasInterrupted == isEnabled)
    }
    #expect(driver.call(0x104, 1) == 0)
    #expect(driver.call(0x118) == 0)
    // Registering disables the interrupt.
    #expect(driver.register() == 0)
    try driver.offer(2048)
    pair.send(Self.frame(100))
    #expect(try driver.received().count == 1)
    #expect(!driver.hasInterrupted)
  }

  @Test func `the smallest buffer is taken that has room`() throws {
    let (pair, driver) = try Self.packets()
    let large = try driver.offer(4096)
    let small = try driver.offer(512)
    let other = try driver.offer(2048)
    // Eight bytes are the handle's.
    pair.send(Self.frame(504))
    pair.send(Self.frame(505))
    pair.send(Self.frame(100))
    #expect(try driver.received().map(\.handle) == [small, other, large])
    // Without a buffer frames wait.
    let waiting = Self.frame(200, seed: 9)
    pair.send(waiting)
    #expect(try driver.received() == [])
    let next = try driver.offer(512)
    #expect(try driver.received() == [.init(control: 0x40, handle: next, frame: waiting)])
    // With none that has room they are lost, and counted at the end of the buffer list.
    try driver.offer(512)
    pair.send(Self.frame(600))
    pair.send(Self.frame(700))
    #expect(try driver.received() == [])
    let count = LogicalLANDriver.bufferList - LogicalLANDriver.bus + 0xFF8
    #expect(try driver.memory.read(UInt64.self, at: count) == 2)
  }

  @Test func `with buffer size control a frame takes no larger size than it needs`() throws {
    let pair = try SocketPair(SOCK_SEQPACKET)
    let driver = try LogicalLANDriver(PacketLink(descriptor: pair.first))
    #expect(driver.attributes(set: 0x1000) == [0, 0x2_B000])
    #expect(driver.register() == 0)
    let small = try driver.offer(512)
    let large = try driver.offer(2048)
    pair.send(Self.frame(100))
    pair.send(Self.frame(100))
    pair.send(Self.frame(1000))
    #expect(try driver.received().map(\.handle) == [small, large])
  }

  @Test func `a buffer comes back without a frame`() throws {
    let (pair, driver) = try Self.packets()
    let handle = try driver.offer(512)
    #expect(driver.call(0x1D4, 256) == -7)
    #expect(driver.call(0x1D4, 512) == 0)
    #expect(driver.call(0x1D4, 512) == -7)
    #expect(try driver.received() == [.init(control: 0, handle: handle, offset: 0, frame: nil)])
    // So does one that the driver has unmapped.
    let unmapped = try driver.offer(8192)
    let second = LogicalLANDriver.bus + unmapped + 0x1000
    #expect(driver.board.call(0x20, LogicalLANDriver.unit, second, 0).status == 0)
    pair.send(Self.frame(5000))
    #expect(try driver.received().map(\.control) == [0])
  }

  @Test func `groups are filtered`() throws {
    let (pair, driver) = try Self.packets()
    func control(_ flags: UInt64, _ address: UInt64 = 0) -> [UInt64] {
      let answer = driver.board.call(0x130, LogicalLANDriver.unit, flags, address)
      return [UInt64(bitPattern: answer.status), answer.results[0]]
    }
    func isReceived(_ to: [UInt8]) throws -> Bool {
      try driver.offer(512)
      pair.send(Self.frame(100, to: to))
      return try driver.received().count == 1
    }
    let (group, other): ([UInt8], [UInt8]) = ([1, 0, 0x5E, 0, 0, 7], [1, 0, 0x5E, 0, 0, 8])
    #expect(try isReceived(group))
    #expect(try !isReceived([0x52, 0x54, 0, 0, 0, 1]))
    // Reception off, then on with a filter of one.
    #expect(control(0x8_0000) == [0, 0])
    #expect(try !isReceived(group))
    #expect(try isReceived([UInt8](repeating: 0xFF, count: 6)))
    #expect(control(0xF_0000 | 1, 0x0100_5E00_0007) == [0, 0x3_0001])
    #expect(control(1, 0x0100_5E00_0007) == [0, 0x3_0001])
    #expect(try isReceived(group))
    #expect(try !isReceived(other))
    #expect(control(2, 0x0100_5E00_0008) == [UInt64(bitPattern: -7), 0x3_0001])
    #expect(control(2, 0x0100_5E00_0007) == [0, 0x3_0000])
    #expect(try !isReceived(group))
    for number in 0..<255 as Range<UInt64> { #expect(control(1, 1 << 40 | number)[0] == 0) }
    #expect(control(1, 1 << 40 | 0xFFFF) == [4, 0x3_00FF])
    #expect(control(3) == [0, 0x3_0000])
    #expect(control(4)[0] == UInt64(bitPattern: Self.parameter))
    #expect(control(1, 1 << 48)[0] == UInt64(bitPattern: Self.parameter))
    // The adapter's address.
    #expect(driver.call(0x14C, 0x5254_0000_0001) == 0)
    #expect(try isReceived([0x52, 0x54, 0, 0, 0, 1]))
    #expect(try !isReceived(Self.own))
  }

  @Test func `attributes change while the adapter is not registered`() throws {
    let pair = try SocketPair(SOCK_SEQPACKET)
    let driver = try LogicalLANDriver(PacketLink(descriptor: pair.first))
    #expect(driver.attributes() == [0, 0x2_A000])
    #expect(driver.attributes(set: 0x1_0006) == [0, 0x3_A006])
    #expect(driver.attributes(reset: 4) == [0, 0x3_A002])
    // What the platform has cannot be taken away; a trunk adapter it is not.
    #expect(driver.attributes(reset: 0x8000, set: 4) == [4, 0x3_A006])
    #expect(driver.attributes(set: 1) == [4, 0x3_A006])
    #expect(driver.attributes(set: 0x100)[0] == UInt64(bitPattern: Self.parameter))
    // Bits that are nothing are ignored.
    #expect(driver.attributes(reset: 1 << 40, set: 1 << 63 | 0x78) == [0, 0x3_A006])
    #expect(driver.register() == 0)
    #expect(driver.attributes(reset: 2) == [4, 0x3_A006])
    #expect(driver.attributes(set: 2) == [0, 0x3_A006])
    #expect(driver.call(0x118) == 0)
    #expect(driver.attributes(reset: 0x1_0006) == [0, 0x2_A000])
  }

  @Test(arguments: [false, true])
  func `checksums and segments are completed`(isSix: Bool) throws {
    var frame = TransmitOffloadTests.frame(
      isSix: isSix, isTagged: false, data: pattern(5000), flags: 0x18)
    frame.replaceSubrange(6..<12, with: Self.own)
    let transport = isSix ? 54 : 34
    let pair = try SocketPair(SOCK_SEQPACKET)
    let driver = try LogicalLANDriver(PacketLink(descriptor: pair.first))
    #expect(driver.register() == 0)
    for control in [0x81, 0x82, 0x83] as [UInt64] {
      #expect(try driver.send(frame, control: control) == Self.parameter)
    }
    #expect(driver.call(0x118) == 0)
    #expect(driver.attributes(set: 0x1_0006)[0] == 0)
    #expect(driver.register() == 0)
    // No checksum, and not said to be good.
    #expect(try driver.send(frame, control: 0x82) == Self.parameter)
    #expect(try driver.send(Self.frame(100), control: 0x83) == Self.parameter)
    #expect(try driver.send(frame, control: 0x83, segmentSize: 15) == Self.parameter)
    #expect(try driver.send(frame, control: 0x83, segmentSize: 1 << 16) == Self.parameter)
    var foreign = frame
    foreign[11] ^= 1
    #expect(try driver.send(foreign, control: 0x83) == Self.dropped)
    #expect(pair.receive() == nil)

    func pseudo(_ bytes: [UInt8]) -> [UInt8] {
      Array(isSix ? bytes[22..<54] : bytes[26..<34]) + [0, 6]
        + TransmitOffloadTests.big(bytes.count - transport, 2)
    }
    #expect(try driver.send(frame, control: 0x83, pieces: 3) == 0)
    let whole = try #require(pair.receive())
    #expect(whole.count == frame.count)
    #expect(TransmitOffloadTests.sum(pseudo(whole) + whole[transport...]) == 0xFFFF)
    #expect(try driver.send(frame, control: 0x87, pieces: 2, segmentSize: 1448) == 0)
    var sizes: [Int] = []
    while let bytes = pair.receive() {
      sizes.append(bytes.count - transport - 32)
      #expect(TransmitOffloadTests.sum(pseudo(bytes) + bytes[transport...]) == 0xFFFF)
    }
    #expect(sizes == [1448, 1448, 1448, 656])
  }

  @Test func `segments that arrive are merged where the driver takes them`() throws {
    let pair = try SocketPair(SOCK_STREAM)
    let driver = try LogicalLANDriver(StreamLink(connected: pair.first, format: .local))
    #expect(driver.attributes(set: 0x1_0006)[0] == 0)
    #expect(driver.register() == 0)
    let frame = TransmitOffloadTests.frame(
      isSix: false, isTagged: false, data: pattern(4000), flags: 0x10)
    let header = TransmitOffloadTests.header(kind: 1, size: 1000, start: 34, offset: 16)
    let segments = try #require(TransmitOffloadTests.apply(header, frame)).frames.map {
      Self.own + $0[6...]
    }
    let handle = try driver.offer(1 << 14)
    for segment in segments { pair.sendFrame(segment) }
    let found = try driver.received()
    // Large, with a good checksum that is left out.
    #expect(found.map(\.control) == [0x47])
    #expect(found.first?.offset == 16)
    #expect(found.first?.frame?.count == frame.count)
    #expect(found.first?.frame?.suffix(4000) == frame.suffix(4000)[...])
    #expect(try driver.memory.read(UInt64.self, at: handle + 8) == 1000)
    // A packet of its own has its checksum, which is right.
    try driver.offer(2048)
    pair.sendFrame(segments[0])
    #expect(try driver.received().map(\.control) == [0x41])
  }

  @Test func `what cannot be registered is refused`() throws {
    let pair = try SocketPair(SOCK_SEQPACKET)
    let driver = try LogicalLANDriver(PacketLink(descriptor: pair.first))
    typealias Driver = LogicalLANDriver
    let queue = 1 << 63 | 128 << 32 | Driver.queue
    func register(_ list: UInt64, _ queue: UInt64, _ filters: UInt64) -> Int64 {
      driver.call(0x114, list, queue, filters, 0)
    }
    #expect(driver.call(0x118) == Self.resource)
    #expect(driver.call(0x11C, 1 << 63 | 512 << 32 | Driver.bus + 0x4_0000) == Self.resource)
    #expect(try driver.send(Self.frame(100)) == Self.dropped)
    #expect(register(Driver.bufferList + 16, queue, Driver.filterList) == Self.parameter)
    #expect(register(Driver.bufferList, queue, Driver.filterList + 8) == Self.parameter)
    #expect(register(0, queue, Driver.filterList) == Self.parameter)
    for wrong in [queue ^ 1 << 63, queue + 8, queue + 8 << 32, 1 << 63 | Driver.queue] {
      #expect(register(Driver.bufferList, wrong, Driver.filterList) == Self.parameter)
    }
    #expect(driver.register() == 0)
    #expect(driver.register() == Self.resource)
    for wrong in [
      512 << 32 | Driver.bus + 0x4_0000, 1 << 63 | 8 << 32 | Driver.bus + 0x4_0000,
      1 << 63 | 512 << 32 | Driver.bus + 0x4_0002, 1 << 63 | 512 << 32,
    ] as [UInt64] {
      #expect(driver.call(0x11C, wrong) == Self.parameter)
    }
    // Another device's unit address, and a continued call that never was.
    #expect(driver.board.call(0x118, UInt64(TestBoard.terminalUnit)).status == Self.parameter)
    #expect(
      driver.board.call(0x120, [Driver.unit, 0, 0, 0, 0, 0, 0, 1]).status == Self.parameter)
    #expect(try driver.send([1, 2, 3]) == Self.dropped)
    // A restart forgets everything.
    driver.board.partition.reset()
    #expect(driver.call(0x118) == Self.resource)
    #expect(driver.adapter.dma.tables.allSatisfy { $0.entries(0..<$0.count).isEmpty })
  }

  @Test func `a network that takes nothing loses frames`() throws {
    let pair = try SocketPair(SOCK_STREAM)
    let driver = try LogicalLANDriver(StreamLink(connected: pair.first))
    #expect(driver.register() == 0)
    var statuses: Set<Int64> = []
    for _ in 0..<60 { statuses.insert(try driver.send(Self.frame(40_000))) }
    #expect(statuses == [0, Self.dropped])
    // What waits is sent without another call.
    var received = 0
    while let bytes = pair.receive() {
      received += bytes.count
      driver.work.followUp()
    }
    #expect(received.isMultiple(of: 40_004))
    #expect(try driver.send(Self.frame(100)) == 0)
  }
}
