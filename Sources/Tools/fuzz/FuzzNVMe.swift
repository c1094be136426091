import ArgumentParser
import Devices
import GuestMemory
import Hypervisor
import MachineDescription

/// Drivers of an NVMe controller: registers, doorbells, commands on its queues, and lists of pages.
struct FuzzNVMe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nvme", abstract: "Drivers of NVMe controllers.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let drivers = [try NVMeDriver(isReadOnly: false), try NVMeDriver(isReadOnly: true)]
    try options.run("nvme") { generator in
      do { return try drivers[generator.below(8) == 0 ? 1 : 0].send(&generator) } catch {
        return nil
      }
    }
  }
}

/// A driver with memory of its own, which the bus's window maps but for its last page.
private final class NVMeDriver {
  private static let lists: UInt64 = 0x4_0000
  private static let data: UInt64 = 0x5_0000
  /// Identifiers of queues that commands name: one more than there are.
  private static let queues: UInt16 = 3
  private static let entries: UInt16 = 8

  private let board: FuzzBoard
  private let bridge: VirtualPCIBridge
  private let controller: NVMeController
  private let work = DeviceWork(isImmediate: true)
  private let storage = FuzzStorage()
  private let isReadOnly: Bool
  /// Tails and heads by queue, as the driver has them.
  private var tails = [UInt16](repeating: 0, count: 4)
  private var heads = [UInt16](repeating: 0, count: 4)
  private var sinceStart = 0

  init(isReadOnly: Bool) throws {
    board = try FuzzBoard()
    bridge = board.bridge()
    let disk = PCIDevice.Disk(serial: "disk", queues: 2, isReadOnly: isReadOnly)
    let device = PCIDevice(.nvme(disk), number: 1)
    self.isReadOnly = isReadOnly
    controller = NVMeController(
      disk, device, storage, dma: bridge.dma, work: work,
      machine: [UInt8](repeating: 0, count: 16))
    bridge.add(controller, device)
  }

  private func submissionQueue(_ number: UInt16) -> UInt64 { 0x1_0000 + UInt64(number) << 12 }
  private func completionQueue(_ number: UInt16) -> UInt64 { 0x2_0000 + UInt64(number) << 12 }

  private func set(_ register: UInt64, _ value: UInt64) {
    controller.store(value, at: register, size: 4)
    work.finish()
  }

  /// Starts the controller and makes two queues of each kind.
  private func start() throws {
    set(0x14, 0)
    try bridge.write(6, PCIConfigurationAddress(rawValue: 1 << 11 | 4), size: 2)
    board.map(bridge.dma.tables.first)
    try board.memory.fill(0x2_0000, at: submissionQueue(0))
    set(0x24, UInt64(Self.entries - 1) << 16 | UInt64(Self.entries - 1))
    controller.store(submissionQueue(0), at: 0x28, size: 8)
    controller.store(completionQueue(0), at: 0x30, size: 8)
    set(0x14, 0x46_0001)
    for number in 0..<4 { (tails[number], heads[number]) = (0, 0) }
    for number in 1..<Self.queues {
      for operation in [5, 1] as [UInt32] {
        var words = [UInt32](repeating: 0, count: 16)
        words[0] = operation
        let place = operation == 5 ? completionQueue(number) : submissionQueue(number)
        words[6] = UInt32(place)
        words[10] = UInt32(Self.entries - 1) << 16 | UInt32(number)
        words[11] = 3 | (operation == 1 ? UInt32(number) << 16 : 0)
        try put(words, on: 0)
      }
    }
  }

  private func put(_ words: [UInt32], on queue: UInt16) throws {
    let bytes = words.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
    }
    try board.memory.write(bytes, at: submissionQueue(queue) + 64 * UInt64(tails[Int(queue)]))
    tails[Int(queue)] = (tails[Int(queue)] + 1) % Self.entries
    set(0x1000 + 8 * UInt64(queue), UInt64(tails[Int(queue)]))
  }

  /// Whether the controller has left alone what is not its own.
  private var isSound: Bool {
    board.isSound && storage.isSound && (!isReadOnly || storage.isUnchanged)
  }

  /// Sends what an input makes.
  /// - Returns: what came back in a word; nil when it contradicts the protocol.
  func send(_ generator: inout InputGenerator) throws -> String? {
    if sinceStart == 0 || generator.below(64) == 0 { try start() }
    sinceStart = (sinceStart + 1) % 256
    if generator.below(16) == 0 { return registers(&generator) }
    let queue = UInt16(generator.below(Int(Self.queues)))
    try lists(&generator)
    try put(command(&generator, queue: queue), on: queue)
    let before = heads[Int(queue)]
    let place = completionQueue(queue) + 16 * UInt64(before)
    let result = try board.memory.read(UInt64.self, at: place + 8, .little)
    guard isSound else { return nil }
    let status = result >> 49 & 0x7FF
    // Now and then the queue is left to fill up.
    if generator.below(4) > 0 {
      heads[Int(queue)] = (before + 1) % Self.entries
      set(0x1004 + 8 * UInt64(queue), UInt64(heads[Int(queue)]))
    }
    return "\(queue == 0 ? "administration" : "I/O") status \(status)"
  }

  /// Stores to registers and doorbells.
  private func registers(_ generator: inout InputGenerator) -> String? {
    for _ in 0..<4 {
      let place = UInt64(
        [0x0C, 0x10, 0x14, 0x24, 0x28, 0x2C, 0x30, 0x34, 0x1000, 0x1004, 0x1008, 0x1010, 0x1020][
          generator.below(13)])
      let value = generator.below(2) == 0 ? UInt64(generator.below(16)) : generator.next()
      controller.store(value & 0xFFFF_FFFF, at: place, size: 4)
      _ = controller.load(at: UInt64(generator.below(0x4000)) & ~7, size: 8)
    }
    work.finish()
    sinceStart = 0
    return isSound ? "registers" : nil
  }

  /// Lists of pages that are mostly right.
  private func lists(_ generator: inout InputGenerator) throws {
    for place in [0, 8, 16, 0xFF0, 0xFF8] as [UInt64] {
      var entry = Self.data + UInt64(generator.below(8)) << 12
      if generator.below(16) == 0 { entry = generator.next() }
      if generator.below(16) == 0 { entry = board.guarded + UInt64(generator.below(2)) << 12 }
      if generator.below(4) == 0 { entry = Self.lists }
      try board.memory.write(entry, at: Self.lists + place, .little)
    }
  }

  private func command(_ generator: inout InputGenerator, queue: UInt16) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: 16)
    for place in 2..<16 where generator.below(4) == 0 {
      words[place] = UInt32(truncatingIfNeeded: generator.next())
    }
    let operations: [UInt32] =
      queue == 0 ? [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 0x80] : [0, 1, 2, 5, 8, 9, 12, 4]
    words[0] =
      operations[generator.below(operations.count)] | UInt32(generator.below(1 << 16)) << 16
    if generator.below(32) == 0 { words[0] ^= 1 << UInt32(generator.below(32)) }
    words[1] = [1, 1, 1, 0, 0xFFFF_FFFF, 2][generator.below(6)]
    words[6] = UInt32(Self.data) + UInt32(generator.below(3)) * 0x204
    if generator.below(16) == 0 { words[6] = UInt32(board.guarded) }
    words[7] = 0
    words[8] = UInt32(Self.lists) + [0, 0, 0xFF0, 0xFF8][generator.below(4)]
    words[9] = 0
    if queue == 0 {
      words[10] = UInt32(generator.below(13)) | UInt32(generator.below(9)) << 16
      words[11] = UInt32(generator.below(4)) | UInt32(generator.below(4)) << 16
      if generator.below(4) == 0 { words[6] = UInt32(completionQueue(2)) }
    } else if generator.below(4) > 0 {
      (words[10], words[11]) = (UInt32(generator.below(140)), 0)
      words[12] = UInt32(generator.below(64)) | UInt32(generator.below(16)) << 28
    }
    return words
  }
}
