import Glibc
import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// Two connected sockets; the object closes the second one.
final class SocketPair: Sendable {
  let first: Int32
  let second: Int32

  init(_ kind: __socket_type) throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(kind.rawValue), 0, &ends) == 0)
    (first, second) = (ends[0], ends[1])
  }

  deinit { close(second) }

  /// Sends bytes to the card.
  func send(_ bytes: [UInt8]) { #expect(Glibc.send(second, bytes, bytes.count, 0) == bytes.count) }

  /// Sends a frame with its length before it.
  func sendFrame(_ bytes: [UInt8]) { send(TransmitOffloadTests.big(bytes.count, 4) + bytes) }

  /// What has come from the card; nil when there is nothing.
  func receive(_ count: Int = 1 << 18) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = recv(second, &bytes, count, Int32(MSG_DONTWAIT))
    return received > 0 ? Array(bytes[..<received]) : nil
  }
}

/// A driver of a virtio network card, or of another device with several queues, over rings of 16
/// descriptors.
final class CardDriver {
  /// What the device gave back.
  struct Used: Equatable {
    var id: UInt16
    var written: UInt32
  }

  /// A queue as the driver sees it.
  private struct Queue {
    var next: UInt16 = 0
    var available: UInt16 = 0
    var used: UInt16 = 0
    var place = PackedVirtqueue.Place()
    var usedPlace = PackedVirtqueue.Place()
    /// Descriptors of each request of a packed ring.
    var counts: [UInt16: UInt16] = [:]
  }

  static let size: UInt16 = 16
  static let address = HardwareAddress(rawValue: 0x5254_0012_3456)
  /// Real addresses from which on a test puts data.
  static let data: UInt64 = 0x2_0000

  let board: DMABoard
  let work = DeviceWork(isImmediate: false)
  let transport: VirtIOTransport
  private let isPacked: Bool
  private var queues: [Queue]

  convenience init(
    _ link: any NetworkLink, features: UInt64 = .max, isPacked: Bool = false, mtu: UInt16? = nil,
    pairs: Int = 1
  ) throws {
    let card = PCIDevice.Network(address: Self.address, mtu: mtu, queues: pairs)
    try self.init(queues: 2 * pairs + 1, features: features, isPacked: isPacked) { board, work in
      VirtIOTransport.network(
        card, PCIDevice(.network(card), number: 1), link, dma: board.dma, work: work)?
        .transport
    }
  }

  /// A driver of any device.
  init(
    queues: Int, features: UInt64 = .max, isPacked: Bool = false,
    _ device: (DMABoard, DeviceWork) -> VirtIOTransport?
  ) throws {
    board = try DMABoard(size: 1 << 20)
    self.isPacked = isPacked
    self.queues = [Queue](repeating: Queue(), count: queues)
    transport = try #require(device(board, work))
    transport.function.write(6, 4, size: 2)
    start(features: features)
  }

  private func area(_ queue: Int, _ part: UInt64) -> UInt64 {
    0x1000 + 0x3000 * UInt64(queue) + 0x1000 * part
  }

  func start(features: UInt64 = .max) {
    queues = queues.map { _ in Queue() }
    for status in [0, 1, 3] as [UInt64] { set(0x14, status, 1) }
    set(0x08, 0, 4)
    set(0x0C, features & transport.features(0) & 0x0FFF_FFFF, 4)
    set(0x08, 1, 4)
    set(0x0C, isPacked ? 7 : 3, 4)
    set(0x14, 11, 1)
    for queue in queues.indices {
      set(0x16, UInt64(queue), 2)
      set(0x18, UInt64(Self.size), 2)
      for part in 0..<3 as Range<UInt64> {
        try? board.memory.fill(0x1000, at: area(queue, part))
        let address = DMABoard.bus(area(queue, part)).rawValue
        set(0x20 + 8 * part, address & 0xFFFF_FFFF, 4)
        set(0x24 + 8 * part, address >> 32, 4)
      }
      set(0x1C, 1, 2)
    }
    set(0x14, 15, 1)
  }

  func set(_ register: UInt64, _ value: UInt64, _ size: Int) {
    transport.store(value, at: register, size: size)
  }

  func get(_ register: UInt64, _ size: Int) -> UInt64 {
    transport.load(at: register, size: size) & (.max >> UInt64(64 - 8 * size))
  }

  /// The device waits for a reset.
  var isBroken: Bool { self.get(0x14, 1) & 64 != 0 }
  /// Bit 0: the link is up; bit 1: the driver has to announce itself.
  var linkStatus: UInt64 { self.get(0x2006, 2) }

  /// Waits for what the other end of the link does, for at most two seconds.
  func wait(until isDone: () -> Bool) {
    for _ in 0..<2000 where !isDone() {
      work.followUp()
      usleep(1000)
    }
    #expect(isDone())
  }

  func notify(_ queue: Int) { set(0x3000 + 4 * UInt64(queue), UInt64(queue), 2) }

  /// Makes a request available, without notifying the device.
  func offer(_ queue: Int, _ parts: [(real: UInt64, count: Int, isWritable: Bool)]) throws {
    typealias Flag = VirtqueueDescriptor.Flag
    let head = queues[queue].next
    for (index, part) in parts.enumerated() {
      let flags =
        (part.isWritable ? Flag.write : 0) | (index < parts.count - 1 ? Flag.next : 0)
      if isPacked {
        let place = queues[queue].place
        try board.descriptor(
          area(queue, 0) + 16 * UInt64(place.index), at: part.real, count: UInt32(part.count),
          head, flags | (place.wrap ? Flag.available : Flag.used))
        queues[queue].place.advance(1, Self.size)
      } else {
        let index = (head + UInt16(index)) % Self.size
        try board.descriptor(
          area(queue, 0) + 16 * UInt64(index), at: part.real, count: UInt32(part.count), flags,
          (index + 1) % Self.size)
      }
    }
    queues[queue].counts[head] = UInt16(parts.count)
    queues[queue].next = (head + UInt16(parts.count)) % Self.size
    guard !isPacked else { return }
    let available = queues[queue].available
    try board.memory.write(
      head, at: area(queue, 1) + 4 + 2 * UInt64(available % Self.size), .little)
    queues[queue].available &+= 1
    try board.memory.write(queues[queue].available, at: area(queue, 1) + 2, .little)
  }

  /// What the device has given back since the last call.
  func takeUsed(_ queue: Int) throws -> [Used] {
    typealias Flag = VirtqueueDescriptor.Flag
    let memory = board.memory
    var used: [Used] = []
    if isPacked {
      while true {
        let place = queues[queue].usedPlace
        let real = area(queue, 0) + 16 * UInt64(place.index)
        let flags = try memory.read(UInt16.self, at: real + 14, .little)
        guard (flags & Flag.used != 0) == place.wrap, (flags & Flag.available != 0) == place.wrap
        else { return used }
        let id = try memory.read(UInt16.self, at: real + 12, .little)
        used.append(Used(id: id, written: try memory.read(UInt32.self, at: real + 8, .little)))
        queues[queue].usedPlace.advance(try #require(queues[queue].counts[id]), Self.size)
      }
    }
    while try memory.read(UInt16.self, at: area(queue, 2) + 2, .little) != queues[queue].used {
      let real = area(queue, 2) + 4 + 8 * UInt64(queues[queue].used % Self.size)
      used.append(
        Used(
          id: UInt16(try memory.read(UInt32.self, at: real, .little)),
          written: try memory.read(UInt32.self, at: real + 4, .little)))
      queues[queue].used &+= 1
    }
    return used
  }

  /// Sends a frame with a header before it.
  func send(
    _ frame: [UInt8], header: [UInt8] = [UInt8](repeating: 0, count: 12), at real: UInt64 = data,
    pair: Int = 0
  ) throws {
    try board.memory.write(header + frame, at: real)
    try offer(2 * pair + 1, [(real, 12, false), (real + 12, frame.count, false)])
    notify(2 * pair + 1)
  }

  /// Real address of a buffer for what a pair receives.
  private func buffer(_ index: UInt16, _ pair: Int) -> UInt64 {
    Self.data + 0x1_0000 * UInt64(pair) + 0x1000 * UInt64(index)
  }

  /// Gives the device buffers for what it receives, of a page each.
  func offerBuffers(_ count: Int, of size: Int = 4096, pair: Int = 0) throws {
    for _ in 0..<count {
      try offer(2 * pair, [(buffer(queues[2 * pair].next, pair), size, true)])
    }
    notify(2 * pair)
  }

  /// What has been received: headers and frames, merged as the headers say.
  func received(pair: Int = 0) throws -> [(header: [UInt8], frame: [UInt8])] {
    var frames: [(header: [UInt8], frame: [UInt8])] = []
    var left = 0
    for used in try takeUsed(2 * pair) {
      let bytes = try board.memory.read(Int(used.written), at: buffer(used.id, pair))
      if left == 0 {
        left = Int(bytes[10]) | Int(bytes[11]) << 8
        frames.append((Array(bytes[..<12]), Array(bytes[12...])))
      } else {
        frames[frames.count - 1].frame += bytes
      }
      left -= 1
    }
    #expect(left == 0)
    return frames
  }

  /// Executes a command of the control queue.
  /// - Parameter queue: the control queue.
  /// - Returns: the device's answer.
  func control(
    _ group: UInt8, _ command: UInt8, _ bytes: [UInt8], queue: Int = 2
  ) throws -> UInt8 {
    let real = 0x8_0000 as UInt64
    try board.memory.write([group, command] + bytes, at: real)
    try board.memory.write(0xEE as UInt8, at: real + 0x8000)
    try offer(
      queue, [(real, 2, false), (real + 2, bytes.count, false), (real + 0x8000, 1, true)])
    notify(queue)
    #expect(try takeUsed(queue).map(\.written) == [1])
    return try board.memory.read(UInt8.self, at: real + 0x8000)
  }
}
