import Devices
import GuestMemory
import Hypervisor
import MachineDescription
import Testing

@testable import Machine

/// A driver of a machine's disk 1 that is outside the guest: it uses registers, rings and windows as a
/// guest's does, one request at a time.
struct DiskDriver {
  let machine: PowerMachine
  /// Requests that were made.
  var requests: UInt16 = 0
  var device = Self.device

  static let device = PCIDevice(.block(PCIDevice.Disk(serial: "disk")), number: 1)
  static let readKind: UInt32 = 0
  static let writeKind: UInt32 = 1

  // Real addresses, which are bus addresses too.
  private static let rings: UInt64 = 0x700_0000
  private static let available = rings + 0x1000
  private static let used = rings + 0x2000
  private static let header = rings + 0x3000
  private static let status = rings + 0x4000
  static let data = rings + 0x5000

  private var registers: UInt64 {
    let window = device.place.layout.memory64
    return window.real + device.address(of: PCIDevice.virtIORegion) - window.bus
  }

  /// Whether the registers are where they belong.
  var isPlaced: Bool { machine.partition.space.region(at: registers, count: 0x4000) != nil }

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

  /// Places the registers, maps memory, and makes the queue.
  func start() throws {
    let bridge = try #require(machine.bridges[device.place.bridge])
    try bridge.write(6, PCIConfigurationAddress(rawValue: 1 << 11 | 4), size: 2)
    let table = try #require(bridge.dma.tables.first)
    for page in (Self.rings >> 12)..<(Self.rings >> 12) + 16 { table[page] = page << 12 | 3 }
    try machine.memory.fill(0x3000, at: Self.rings)
    for status in [0, 1, 3] as [UInt64] { set(0x14, status, 1) }
    for (select, bits) in [(0, 1 << 9), (1, 3)] as [(UInt64, UInt64)] {
      set(0x08, select, 4)
      set(0x0C, bits, 4)
    }
    set(0x14, 11, 1)
    set(0x18, 8, 2)
    for (register, address) in [
      (0x20, Self.rings), (0x28, Self.available), (0x30, Self.used),
    ] as [(UInt64, UInt64)] {
      set(register, address, 4)
      set(register + 4, 0, 4)
    }
    set(0x1C, 1, 2)
    set(0x14, 15, 1)
    #expect(try get(0x14, 1) == 15)
  }

  /// Makes a request for a sector at ``data``, and does not wait for it.
  mutating func submit(_ kind: UInt32, sector: UInt64) throws {
    let memory = machine.memory
    try memory.write(kind, at: Self.header, .little)
    try memory.write(sector, at: Self.header + 8, .little)
    try memory.write(0xEE as UInt8, at: Self.status)
    let parts: [(UInt64, UInt32, UInt16)] = [
      (Self.header, 16, 1), (Self.data, 512, kind == Self.readKind ? 3 : 1), (Self.status, 1, 2),
    ]
    for (index, part) in parts.enumerated() {
      let place = Self.rings + 16 * UInt64(index)
      try memory.write(part.0, at: place, .little)
      try memory.write(part.1, at: place + 8, .little)
      try memory.write(part.2, at: place + 12, .little)
      try memory.write(UInt16(index + 1), at: place + 14, .little)
    }
    try memory.write(0 as UInt16, at: Self.available + 4 + 2 * UInt64(requests % 8), .little)
    requests &+= 1
    try memory.write(requests, at: Self.available + 2, .little)
    set(0x3000, 0, 2)
  }

  /// Whether the last request has been answered, and its status.
  func answer() throws -> UInt8? {
    guard try machine.memory.read(UInt16.self, at: Self.used + 2, .little) == requests else {
      return nil
    }
    return try machine.memory.read(UInt8.self, at: Self.status)
  }
}
