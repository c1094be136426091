import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// A driver of an NVMe controller, with one command at a time on each queue.
final class NVMeDriver {
  struct Answer: Equatable {
    var result: UInt32
    /// Status code type and code; more, and do not retry.
    var status: UInt16
    var flags: UInt16
    /// The submission queue's head.
    var head: UInt16
  }

  let board: DMABoard
  let work: DeviceWork
  let controller: NVMeController
  /// Entries of the queues.
  let size: UInt16
  private let pageShift: UInt64
  private var tails: [UInt16: UInt16] = [:]
  private var heads: [UInt16: UInt16] = [:]
  private var identifier: UInt16 = 0x100

  // Real addresses.
  static func submissionQueue(_ number: UInt16) -> UInt64 { 0x1_0000 + UInt64(number) << 16 }
  static func completionQueue(_ number: UInt16) -> UInt64 { 0x10_0000 + UInt64(number) << 16 }
  static let list: UInt64 = 0x20_0000
  static let data: UInt64 = 0x40_0000

  init(
    _ storage: any BlockStorage,
    disk: PCIDevice.Disk = PCIDevice.Disk(serial: "serial-1", queues: 3),
    isImmediate: Bool = true, size: UInt16 = 8, pageShift: UInt64 = 12
  ) throws {
    board = try DMABoard(size: 16 << 20)
    work = DeviceWork(isImmediate: isImmediate)
    (self.size, self.pageShift) = (size, pageShift)
    controller = NVMeController(
      disk, PCIDevice(.nvme(disk), number: 1), storage, dma: board.dma, work: work,
      machine: Array(1...16))
    controller.function.write(6, 4, size: 2)
    start()
  }

  func set(_ register: UInt64, _ value: UInt64, size: Int = 4) {
    controller.store(value, at: register, size: size)
  }

  func get(_ register: UInt64, size: Int = 4) -> UInt64 {
    controller.load(at: register, size: size) & (.max >> UInt64(64 - 8 * size))
  }

  var isReady: Bool { self.get(0x1C) & 3 == 1 }
  var isFatal: Bool { self.get(0x1C) & 2 != 0 }

  /// Starts the controller with its queues for administration.
  func start(adminSizes: UInt64? = nil, configuration: UInt64? = nil) {
    set(0x14, 0)
    (tails, heads) = ([:], [:])
    for queue in 0..<4 as Range<UInt16> {
      try? board.memory.fill(0x1000, at: Self.completionQueue(queue))
    }
    set(0x24, adminSizes ?? UInt64(size - 1) << 16 | UInt64(size - 1))
    set(0x28, DMABoard.bus(Self.submissionQueue(0)).rawValue, size: 8)
    set(0x30, DMABoard.bus(Self.completionQueue(0)).rawValue, size: 8)
    set(0x14, configuration ?? 0x46_0001 | (pageShift - 12) << 7)
  }

  /// The 16 double words of a command whose data begin at an address.
  func command(
    _ operation: UInt8, namespace: UInt32 = 0, at address: UInt64 = data, second: UInt64? = nil,
    _ words: [Int: UInt32] = [:]
  ) -> [UInt32] {
    identifier &+= 1
    var command = [UInt32](repeating: 0, count: 16)
    command[0] = UInt32(operation) | UInt32(identifier) << 16
    command[1] = namespace
    let (first, second) = (
      DMABoard.bus(address).rawValue, second.map { DMABoard.bus($0).rawValue } ?? 0
    )
    command[6] = UInt32(truncatingIfNeeded: first)
    command[7] = UInt32(first >> 32)
    command[8] = UInt32(truncatingIfNeeded: second)
    command[9] = UInt32(second >> 32)
    for (place, word) in words { command[place] = word }
    return command
  }

  /// Puts a command on a queue.
  func submit(_ command: [UInt32], queue: UInt16 = 0) throws {
    let tail = tails[queue, default: 0]
    try board.memory.write(
      command.flatMap(\.bytes), at: Self.submissionQueue(queue) + 64 * UInt64(tail))
    tails[queue] = (tail + 1) % size
    set(0x1000 + 8 * UInt64(queue), UInt64(tails[queue, default: 0]))
  }

  /// The next answer on a queue, which is taken; nil when there is none.
  func answer(queue: UInt16 = 0, isTaken: Bool = true) throws -> Answer? {
    work.finish()
    let place = heads[queue, default: 0]
    let (index, round) = (place % size, place / size)
    let address = Self.completionQueue(queue) + 16 * UInt64(index)
    let word = try board.memory.read(UInt64.self, at: address + 8, .little)
    guard word >> 48 & 1 == (round % 2 == 0 ? 1 : 0) else { return nil }
    #expect(UInt16(truncatingIfNeeded: word >> 16) == queue)
    heads[queue] = (place + 1) % (2 * size)
    if isTaken { release(queue: queue) }
    let field = UInt16(word >> 49)
    return Answer(
      result: try board.memory.read(UInt32.self, at: address, .little), status: field & 0x7FF,
      flags: field >> 13, head: UInt16(truncatingIfNeeded: word))
  }

  /// Gives the answers that were taken back.
  func release(queue: UInt16 = 0) {
    set(0x1004 + 8 * UInt64(queue), UInt64(heads[queue, default: 0] % size))
  }

  /// Sends a command and waits for its answer.
  func send(
    _ operation: UInt8, queue: UInt16 = 0, namespace: UInt32 = 0, at address: UInt64 = data,
    second: UInt64? = nil, _ words: [Int: UInt32] = [:]
  ) throws -> Answer? {
    try submit(
      command(operation, namespace: namespace, at: address, second: second, words), queue: queue)
    return try answer(queue: queue)
  }

  /// The status of a command.
  func status(
    _ operation: UInt8, queue: UInt16 = 0, namespace: UInt32 = 0, at address: UInt64 = data,
    second: UInt64? = nil, _ words: [Int: UInt32] = [:]
  ) throws -> UInt16? {
    try send(
      operation, queue: queue, namespace: namespace, at: address, second: second, words)?.status
  }

  /// Makes a completion queue and a submission queue of the same number.
  func makeQueues(_ number: UInt16 = 1, vector: UInt32 = 0) throws {
    let size = UInt32(size - 1) << 16 | UInt32(number)
    #expect(
      try status(5, at: Self.completionQueue(number), [10: size, 11: 3 | vector << 16]) == 0)
    #expect(
      try status(
        1, at: Self.submissionQueue(number), [10: size, 11: 1 | UInt32(number) << 16]) == 0)
    (tails[number], heads[number]) = (0, 0)
  }

  /// Reads or writes blocks at ``data``, or another command that names blocks.
  func blocks(
    _ operation: UInt8, _ block: UInt64, _ count: UInt32, queue: UInt16 = 1,
    at address: UInt64 = data, second: UInt64? = nil, flags: UInt32 = 0
  ) throws -> UInt16? {
    try status(
      operation, queue: queue, namespace: 1, at: address, second: second,
      [
        10: UInt32(truncatingIfNeeded: block), 11: UInt32(block >> 32),
        12: (count &- 1) & 0xFFFF | flags,
      ])
  }

  /// Writes a list of pages.
  func write(list pages: [UInt64], at address: UInt64 = list) throws {
    for (index, page) in pages.enumerated() {
      try board.memory.write(
        DMABoard.bus(page).rawValue, at: address + 8 * UInt64(index), .little)
    }
  }

  func bytes(_ count: Int, at address: UInt64 = data) throws -> [UInt8] {
    try board.memory.read(count, at: address)
  }
}

extension UInt32 {
  fileprivate var bytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: self >> UInt32(8 * $0)) }
  }
}
