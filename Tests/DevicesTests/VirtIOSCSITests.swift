import GuestMemory
import HostSupport
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// A driver of a virtio SCSI host with one request at a time in each queue.
final class SCSIHostDriver {
  let board: DMABoard
  let work: DeviceWork
  let transport: VirtIOTransport
  private var requests: [Int: UInt16] = [:]

  // Real addresses; a queue has three pages from 0x1_0000 on.
  private static let out: UInt64 = 0x4_0000
  private static let answer: UInt64 = 0x6_0000
  private static func rings(_ queue: Int) -> UInt64 { 0x1_0000 + 0x4000 * UInt64(queue) }

  init(
    _ units: [SCSIDevice], _ storage: [UInt8: any BlockStorage], queues: Int = 2,
    isImmediate: Bool = true
  ) throws {
    board = try DMABoard(size: 1 << 20)
    work = DeviceWork(isImmediate: isImmediate)
    let host = PCIDevice.SCSIHost(units: units, queues: queues)
    transport = .scsi(
      host, PCIDevice(.scsi(host), number: 1), storage, dma: board.dma, work: work)
    transport.function.write(6, 4, size: 2)
    start(queues: queues + 2)
  }

  func start(queues: Int) {
    requests = [:]
    for status in [0, 1, 3] as [UInt64] { set(0x14, status, 1) }
    set(0x08, 1, 4)
    set(0x0C, 3, 4)
    set(0x14, 11, 1)
    for queue in 0..<queues {
      set(0x16, UInt64(queue), 2)
      set(0x18, 8, 2)
      for (index, register) in ([0x20, 0x28, 0x30] as [UInt64]).enumerated() {
        let real = Self.rings(queue) + 0x1000 * UInt64(index)
        try? board.memory.fill(0x1000, at: real)
        let address = DMABoard.bus(real).rawValue
        set(register, address & 0xFFFF_FFFF, 4)
        set(register + 4, address >> 32, 4)
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

  var isBroken: Bool { self.get(0x14, 1) & 64 != 0 }

  /// Offers bytes and room for an answer, and does not wait.
  func offer(_ bytes: [UInt8], room: Int, queue: Int) throws {
    let (rings, memory) = (Self.rings(queue), board.memory)
    try memory.write(bytes, at: Self.out)
    try memory.fill(max(room, 1), at: Self.answer, with: 0xEE)
    try board.descriptor(rings, at: Self.out, count: UInt32(bytes.count), 1, 1)
    try board.descriptor(rings + 16, at: Self.answer, count: UInt32(room), 2, 0)
    let number = requests[queue, default: 0]
    try memory.write(0 as UInt16, at: rings + 0x1004 + 2 * UInt64(number % 8), .little)
    requests[queue] = number &+ 1
    try memory.write(number &+ 1, at: rings + 0x1002, .little)
    set(0x3000 + 4 * UInt64(queue), UInt64(queue), 2)
  }

  /// The answer of the last request; nil when there is none.
  func answer(room: Int, queue: Int) throws -> (bytes: [UInt8], written: UInt32)? {
    let (rings, number) = (Self.rings(queue), requests[queue, default: 0])
    guard try board.memory.read(UInt16.self, at: rings + 0x2002, .little) == number else {
      return nil
    }
    let written = try board.memory.read(
      UInt32.self, at: rings + 0x2008 + 8 * UInt64((number &- 1) % 8), .little)
    return (try board.memory.read(room, at: Self.answer), written)
  }

  func exchange(
    _ bytes: [UInt8], room: Int, queue: Int
  ) throws -> (bytes: [UInt8], written: UInt32)? {
    try offer(bytes, room: room, queue: queue)
    work.finish()
    return try answer(room: room, queue: queue)
  }

  struct Answer: Equatable {
    var response: UInt8 = 0
    var status: UInt8 = 0
    var residual: UInt32 = 0
    var sense: [UInt8]?
    var bytes: [UInt8] = []
  }

  static func number(_ target: UInt8, unit: UInt8 = 0) -> [UInt8] {
    [1, target, 0x40, unit, 0, 0, 0, 0]
  }

  static func request(_ block: [UInt8], target: UInt8, unit: UInt8 = 0) -> [UInt8] {
    number(target, unit: unit) + [7, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0] + block
      + [UInt8](repeating: 0, count: 32 - block.count)
  }

  func command(
    _ block: [UInt8], target: UInt8 = 0, unit: UInt8 = 0, out: [UInt8] = [], room: Int = 0,
    queue: Int = 2
  ) throws -> Answer? {
    let request = Self.request(block, target: target, unit: unit) + out
    guard let (bytes, written) = try exchange(request, room: 108 + room, queue: queue) else {
      return nil
    }
    let sense = UInt32(littleEndianBytes: bytes[..<4])
    #expect(written >= 108)
    return Answer(
      response: bytes[11], status: bytes[10], residual: UInt32(littleEndianBytes: bytes[4..<8]),
      sense: sense > 0 ? [bytes[14], bytes[24], bytes[25]] : nil,
      bytes: Array(bytes[108..<Int(written)]))
  }

  /// Does task management; nil when there is no answer.
  func management(_ function: UInt32, target: UInt8, unit: UInt8 = 0, tag: UInt8 = 7) throws
    -> UInt8?
  {
    let bytes: [UInt8] =
      [0, 0, 0, 0] + function.littleEndianBytes + Self.number(target, unit: unit)
      + [tag, 0, 0, 0, 0, 0, 0, 0]
    return try exchange(bytes, room: 1, queue: 0)?.bytes.first
  }
}

@Suite struct VirtIOSCSITests {
  let file = try? TestFile(pattern(16 * 512))

  func driver(isImmediate: Bool = true) throws -> SCSIHostDriver {
    let file = try #require(file)
    return try SCSIHostDriver(
      [
        SCSIDevice(.disk, target: 0, serial: "a"),
        SCSIDevice(.disk, target: 9, serial: "b", isReadOnly: true),
      ],
      [
        0: RawFile(opening: file.path),
        9: SnapshotStorage(of: RawFile(opening: file.path, isReadOnly: true, isClaimed: false)),
      ], isImmediate: isImmediate)
  }

  @Test func `the size of sense data cannot grow while a command is done`() throws {
    let driver = try driver(isImmediate: false)
    let request = SCSIHostDriver.request(CDB.ten(0x28, 0, 1), target: 0)
    try driver.offer(request, room: 108 + 512, queue: 2)
    driver.set(0x2014, 0xFFFF_FFFF, 4)
    driver.work.finish()
    #expect(try driver.answer(room: 108 + 512, queue: 2)?.written ?? .max <= 108 + 512 + 256)
  }

  @Test func `a command that waits is not answered when the bus is lost`() throws {
    let driver = try driver()
    _ = try driver.command([0])
    let request = SCSIHostDriver.request(CDB.ten(0x28, 0, 1), target: 0)
    try driver.offer(request, room: 108 + 512, queue: 2)
    driver.transport.function.write(2, 4, size: 2)
    driver.work.finish()
    #expect(try driver.answer(room: 108, queue: 2)?.written == nil)
  }

  @Test func `the configuration is what drivers expect`() throws {
    let driver = try driver()
    #expect(driver.get(0x2000, 4) == 2)
    #expect(driver.get(0x2014, 4) == 96 && driver.get(0x2018, 4) == 32)
    #expect(driver.get(0x201C, 2) == 0 && driver.get(0x201E, 2) == 63)
    #expect(driver.get(0x2020, 4) == 0)
    #expect(driver.transport.function.read(0, size: 4) == 0x1048_1AF4)
    #expect(driver.transport.function.messages?.count == 5)
  }

  @Test(arguments: [true, false], [2, 3])
  func `blocks are moved through each queue`(isImmediate: Bool, queue: Int) throws {
    let driver = try driver(isImmediate: isImmediate)
    #expect(try driver.command([0], queue: queue)?.sense == [6, 0x29, 0])
    #expect(
      try driver.command(CDB.ten(0x28, 3, 2), room: 1024, queue: queue)
        == .init(bytes: Array(pattern(16 * 512)[3 * 512..<5 * 512])))
    let new = pattern(1024, from: 5)
    #expect(try driver.command(CDB.ten(0x2A, 3, 2), out: new, queue: queue) == .init())
    #expect(try Array(#require(file).bytes[3 * 512..<5 * 512]) == new)
    #expect(!driver.isBroken)
  }

  @Test func `responses are those of the specification`() throws {
    let driver = try driver()
    for target in [0, 9] as [UInt8] { _ = try driver.command([0], target: target) }
    // Less than the buffer, and more.
    let short = try driver.command(CDB.ten(0x28, 0, 1), room: 2048)
    #expect(short?.residual == 1536 && short?.bytes.count == 512 && short?.response == 0)
    let over = try driver.command(CDB.ten(0x28, 0, 3), room: 1024)
    #expect(over?.response == 1)
    #expect(try driver.command(CDB.ten(0x2A, 0, 3), out: pattern(512))?.response == 1)
    #expect(try driver.command([0], target: 1) == .init(response: 3))
    #expect(try driver.command([0], unit: 1)?.sense == [5, 0x25, 0])
    #expect(try driver.command(CDB.inquiry(allocation: 36), unit: 1, room: 36)?.bytes.first == 0x7F)
    #expect(
      try driver.command(CDB.ten(0x2A, 0, 1), target: 9, out: pattern(512))?.sense == [7, 0x27, 0])
    // The driver's own sizes of sense data and command descriptor block.
    driver.set(0x2014, 20, 4)
    driver.set(0x2018, 16, 4)
    let request = Array(SCSIHostDriver.request([0x5E], target: 0)[..<35])
    let answer = try driver.exchange(request, room: 32, queue: 2)
    #expect(answer?.written == 32 && answer?.bytes[10] == 2 && answer?.bytes[24] == 0x20)
  }

  @Test func `task management ends what waits`() throws {
    let driver = try driver(isImmediate: false)
    _ = try driver.command([0])
    let read = SCSIHostDriver.request(CDB.ten(0x28, 0, 8), target: 0)
    try driver.offer(read, room: 108 + 4096, queue: 2)
    #expect(try driver.management(0, target: 0) == 0)
    let aborted = try driver.answer(room: 108, queue: 2)
    #expect(aborted?.bytes[11] == 2 || aborted?.bytes[11] == 0)
    #expect(try driver.management(5, target: 0) == 0)
    #expect(try driver.command([0])?.sense == [6, 0x29, 3])
    #expect(try driver.management(1, target: 0) == 0 && driver.management(3, target: 0) == 0)
    #expect(try driver.management(6, target: 0) == 0)
    #expect(try driver.management(2, target: 0) == 11)
    #expect(try driver.management(5, target: 0, unit: 2) == 12)
    #expect(try driver.management(5, target: 7) == 3)
    // Asynchronous notification: no events.
    let query: [UInt8] = [1, 0, 0, 0] + SCSIHostDriver.number(0) + [1, 0, 0, 0]
    #expect(try driver.exchange(query, room: 5, queue: 0)?.bytes == [0, 0, 0, 0, 0])
    #expect(!driver.isBroken)
  }

  @Test func `requests that cannot be stop the device until it is reset`() throws {
    let driver = try driver()
    for (bytes, room, queue) in [
      ([UInt8](repeating: 0, count: 50), 108, 2), ([UInt8](repeating: 0, count: 51), 107, 2),
      ([9, 0, 0, 0, 0], 1, 0), ([0, 0, 0], 1, 0),
    ] {
      #expect(try driver.exchange(bytes, room: room, queue: queue) == nil)
      #expect(driver.isBroken)
      driver.start(queues: 4)
      #expect(!driver.isBroken)
    }
    driver.set(0x2014, 0xFFFF_FFFF, 4)
    #expect(
      try driver.exchange(SCSIHostDriver.request([0], target: 0), room: 4096, queue: 2) == nil)
    driver.start(queues: 4)
    #expect(try driver.command([0]) != nil)
  }
}
