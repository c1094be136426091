import Glibc
import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// A temporary file with a disk's bytes.
final class TestFile {
  let path: String

  init(_ bytes: [UInt8]) throws {
    var name = Array("/tmp/disk-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    try #require(descriptor >= 0)
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
  }

  deinit { unlink(path) }

  var bytes: [UInt8] {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    #expect(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }

  func truncate(to size: Int) { #expect(Glibc.truncate(path, off_t(size)) == 0) }
}

/// Bytes that differ from sector to sector.
func pattern(_ count: Int, from seed: Int = 0) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 + seed) &* 7 + ($0 + seed) / 512) }
}

/// A driver of one queue of a virtio device, a disk unless it is given another, with one request at a
/// time over a ring of eight descriptors.
final class TestDriver {
  struct Answer: Equatable {
    var status: UInt8
    var bytes: [UInt8]
    /// What the device reports as written.
    var written: UInt32
  }

  let board: DMABoard
  let work: DeviceWork
  let transport: VirtIOTransport
  private let isPacked: Bool
  private let queue: UInt64
  /// Whether the device uses the bus's windows.
  private let usesBus: Bool
  private var requests: UInt16 = 0
  private var place = PackedVirtqueue.Place()

  // Real addresses.
  static let ring: UInt64 = 0x1000
  static let driverArea: UInt64 = 0x2000
  static let deviceArea: UInt64 = 0x3000
  static let header: UInt64 = 0x4000
  static let status: UInt64 = 0x5000
  static let data: UInt64 = 0x6000

  /// Offsets of the transport's registers.
  private static let notification: UInt64 = 0x3000

  /// A driver of a queue of any device.
  init(
    queue: UInt64, features: UInt64, isPacked: Bool = false, usesBus: Bool = true,
    work: DeviceWork = DeviceWork(isImmediate: true), _ device: (DMABoard) -> VirtIOTransport
  ) throws {
    board = try DMABoard(size: 1 << 20)
    self.work = work
    self.isPacked = isPacked
    self.queue = queue
    self.usesBus = usesBus
    transport = device(board)
    transport.function.write(6, 4, size: 2)
    start(features: features)
  }

  init(
    _ storage: any BlockStorage, serial: String = "serial-1", isPacked: Bool = false,
    isImmediate: Bool = true, features: UInt64 = 0x6A44
  ) throws {
    board = try DMABoard(size: 1 << 20)
    work = DeviceWork(isImmediate: isImmediate)
    self.isPacked = isPacked
    queue = 0
    usesBus = true
    let disk = PCIDevice.Disk(serial: serial)
    transport = .block(
      disk, PCIDevice(.block(disk), number: 1), storage, dma: board.dma, work: work)
    transport.function.write(6, 4, size: 2)
    start(features: features)
  }

  func start(features: UInt64) {
    (requests, place) = (0, .init())
    for status in [0, 1, 3] as [UInt64] { set(0x14, status, 1) }
    set(0x08, 0, 4)
    set(0x0C, features & transport.features(0), 4)
    set(0x08, 1, 4)
    // Version 1, the platform's DMA, and packed rings.
    set(0x0C, (isPacked ? 5 : 1) | (usesBus ? 2 : 0), 4)
    set(0x14, 11, 1)
    set(0x16, queue, 2)
    set(0x18, 8, 2)
    for (register, real) in [
      (0x20, Self.ring), (0x28, Self.driverArea), (0x30, Self.deviceArea),
    ] as [(UInt64, UInt64)] {
      let address = usesBus ? DMABoard.bus(real).rawValue : real
      set(register, address & 0xFFFF_FFFF, 4)
      set(register + 4, address >> 32, 4)
    }
    for area in [Self.ring, Self.driverArea, Self.deviceArea] {
      try? board.memory.fill(0x1000, at: area)
    }
    set(0x1C, 1, 2)
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

  /// Makes a request, and waits for its answer; nil when there is none.
  func request(
    _ kind: UInt32, sector: UInt64 = 0, writing out: [UInt8] = [], reading count: Int = 0,
    meanwhile: () -> Void = {}
  ) throws -> Answer? {
    let memory = board.memory
    try memory.write(kind, at: Self.header, .little)
    try memory.write(0 as UInt32, at: Self.header + 4, .little)
    try memory.write(sector, at: Self.header + 8, .little)
    try memory.write(out, at: Self.data)
    try memory.write(0xEE as UInt8, at: Self.status)
    var parts: [(real: UInt64, count: UInt32, flags: UInt16)] = [(Self.header, 16, 0)]
    if !out.isEmpty { parts.append((Self.data, UInt32(out.count), 0)) }
    if count > 0 { parts.append((Self.data, UInt32(count), VirtqueueDescriptor.Flag.write)) }
    parts.append((Self.status, 1, VirtqueueDescriptor.Flag.write))
    guard let written = try submit(parts, meanwhile: meanwhile) else { return nil }
    return Answer(
      status: try memory.read(UInt8.self, at: Self.status),
      bytes: try memory.read(count, at: Self.data), written: written)
  }

  /// Makes a request of some parts of memory, and waits for its answer.
  /// - Parameter meanwhile: called before the answer.
  /// - Returns: the bytes that the device reports as written; nil when there is no answer.
  func submit(
    _ parts: [(real: UInt64, count: UInt32, flags: UInt16)], meanwhile: () -> Void = {}
  ) throws -> UInt32? {
    let first = place
    try offer(parts)
    set(Self.notification + 4 * queue, queue, 2)
    meanwhile()
    work.finish()
    return try answered(first)
  }

  private func offer(_ parts: [(real: UInt64, count: UInt32, flags: UInt16)]) throws {
    typealias Flag = VirtqueueDescriptor.Flag
    for (index, part) in parts.enumerated() {
      let flags = part.flags | (index < parts.count - 1 ? Flag.next : 0)
      if isPacked {
        try board.descriptor(
          Self.ring + 16 * UInt64(place.index), at: part.real, count: part.count, 77,
          flags | (place.wrap ? Flag.available : Flag.used), onBus: usesBus)
        place.advance(1, 8)
      } else {
        try board.descriptor(
          Self.ring + 16 * UInt64(index), at: part.real, count: part.count, flags,
          UInt16(index + 1), onBus: usesBus)
      }
    }
    guard !isPacked else { return }
    try board.memory.write(
      0 as UInt16, at: Self.driverArea + 4 + 2 * UInt64(requests % 8), .little)
    requests &+= 1
    try board.memory.write(requests, at: Self.driverArea + 2, .little)
  }

  /// The bytes that the device says it has written.
  private func answered(_ first: PackedVirtqueue.Place) throws -> UInt32? {
    typealias Flag = VirtqueueDescriptor.Flag
    let memory = board.memory
    if isPacked {
      let real = Self.ring + 16 * UInt64(first.index)
      let flags = try memory.read(UInt16.self, at: real + 14, .little)
      guard (flags & Flag.used != 0) == first.wrap, (flags & Flag.available != 0) == first.wrap
      else { return nil }
      #expect(try memory.read(UInt16.self, at: real + 12, .little) == 77)
      return try memory.read(UInt32.self, at: real + 8, .little)
    }
    guard try memory.read(UInt16.self, at: Self.deviceArea + 2, .little) == requests else {
      return nil
    }
    return try memory.read(
      UInt32.self, at: Self.deviceArea + 8 + 8 * UInt64((requests &- 1) % 8), .little)
  }
}

extension VirtIOTransport {
  /// What the device offers of 32 feature bits.
  func features(_ select: UInt64) -> UInt64 {
    store(select, at: 0, size: 4)
    return load(at: 4, size: 4) & 0xFFFF_FFFF
  }
}
