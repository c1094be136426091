import Devices
import GuestMemory
import Hypervisor
import MachineDescription
import Testing

@testable import Machine

/// A driver of a machine's network card, device 1, that is outside the guest: it uses registers, rings
/// and windows as a guest's does.
struct NetworkDriver {
  let machine: PowerMachine
  /// Requests of the queues.
  var requests: [UInt16] = [0, 0, 0]

  static let address = HardwareAddress(rawValue: 0x5254_0012_3456)
  static let device = PCIDevice(.network(PCIDevice.Network(address: address)), number: 1)

  // Real addresses, which are bus addresses too.
  private static let rings: UInt64 = 0x700_0000
  private static let data = rings + 0x9000
  private static let size: UInt16 = 8

  private var registers: UInt64 {
    let window = Self.device.place.layout.memory64
    return window.real + Self.device.address(of: PCIDevice.virtIORegion) - window.bus
  }

  private static func area(_ queue: Int, _ part: UInt64) -> UInt64 {
    rings + 0x3000 * UInt64(queue) + 0x1000 * part
  }

  func set(_ register: UInt64, _ value: UInt64, _ size: Int) {
    #expect(
      machine.partition.space.store(
        value.reversed(bytes: size), at: registers + register, size: size))
    machine.devicesAccessed()
  }

  func get(_ register: UInt64, _ size: Int) throws -> UInt64 {
    try #require(machine.partition.space.load(at: registers + register, size: size))
      .reversed(bytes: size)
  }

  /// Places the registers, maps memory, and makes the queues.
  func start() throws {
    let bridge = try #require(machine.bridges[Self.device.place.bridge])
    try bridge.write(6, PCIConfigurationAddress(rawValue: 1 << 11 | 4), size: 2)
    let table = try #require(bridge.dma.tables.first)
    for page in (Self.rings >> 12)..<(Self.rings >> 12) + 32 { table[page] = page << 12 | 3 }
    for status in [0, 1, 3] as [UInt64] { set(0x14, status, 1) }
    // Status, control queue, modes, announcement.
    for (select, bits) in [(0, 1 << 16 | 1 << 17 | 1 << 18 | 1 << 21), (1, 3)]
      as [(UInt64, UInt64)]
    {
      set(0x08, select, 4)
      set(0x0C, bits, 4)
    }
    set(0x14, 11, 1)
    for queue in 0..<3 {
      set(0x16, UInt64(queue), 2)
      set(0x18, UInt64(Self.size), 2)
      for part in 0..<3 as Range<UInt64> {
        set(0x20 + 8 * part, Self.area(queue, part), 4)
        set(0x24 + 8 * part, 0, 4)
      }
      set(0x1C, 1, 2)
    }
    set(0x14, 15, 1)
    #expect(try get(0x14, 1) == 15)
  }

  /// Makes a request with one or two buffers.
  private mutating func offer(
    _ queue: Int, _ parts: [(address: UInt64, count: Int, isWritable: Bool)]
  ) throws {
    let memory = machine.memory
    for (index, part) in parts.enumerated() {
      let place = Self.area(queue, 0) + 16 * UInt64(index)
      try memory.write(part.address, at: place, .little)
      try memory.write(UInt32(part.count), at: place + 8, .little)
      let next = index < parts.count - 1 ? 1 : 0 as UInt16
      try memory.write((part.isWritable ? 2 : 0) | next, at: place + 12, .little)
      try memory.write(UInt16(index + 1), at: place + 14, .little)
    }
    let available = Self.area(queue, 1)
    try memory.write(
      0 as UInt16, at: available + 4 + 2 * UInt64(requests[queue] % Self.size), .little)
    requests[queue] &+= 1
    try memory.write(requests[queue], at: available + 2, .little)
    set(0x3000 + 4 * UInt64(queue), UInt64(queue), 2)
  }

  /// Whether all requests of a queue have been answered.
  private func isAnswered(_ queue: Int) throws -> Bool {
    try machine.memory.read(UInt16.self, at: Self.area(queue, 2) + 2, .little) == requests[queue]
  }

  /// Sends a frame.
  mutating func send(_ frame: [UInt8]) throws {
    try machine.memory.write([UInt8](repeating: 0, count: 12) + frame, at: Self.data)
    try offer(1, [(Self.data, 12 + frame.count, false)])
    #expect(try isAnswered(1))
  }

  /// Gives the card a buffer.
  mutating func offerBuffer() throws { try offer(0, [(Self.data + 0x1000, 4096, true)]) }

  /// The frame in the buffer; nil when none has arrived.
  func received() throws -> [UInt8]? {
    machine.work.followUp()
    guard try isAnswered(0) else { return nil }
    let index = UInt64((requests[0] &- 1) % Self.size)
    let count = try machine.memory.read(
      UInt32.self, at: Self.area(0, 2) + 8 + 8 * index, .little)
    return Array(try machine.memory.read(Int(count), at: Self.data + 0x1000).dropFirst(12))
  }

  /// Executes a command; gives the card's answer.
  mutating func control(_ group: UInt8, _ command: UInt8, _ bytes: [UInt8]) throws -> UInt8 {
    let place = Self.data + 0x3000
    try machine.memory.write([group, command] + bytes, at: place)
    try offer(2, [(place, 2 + bytes.count, false), (place + 0x1000, 1, true)])
    #expect(try isAnswered(2))
    return try machine.memory.read(UInt8.self, at: place + 0x1000)
  }
}
