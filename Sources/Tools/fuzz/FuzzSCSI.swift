import ArgumentParser
import Devices
import GuestMemory
import Hypervisor
import MachineDescription

/// Clients of a VSCSI adapter: entries of its queue, information units of SRP, management datagrams, and
/// command descriptor blocks of a disk and a CD-ROM drive.
struct FuzzSCSI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scsi", abstract: "Clients of a virtual SCSI adapter and its units.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let client = try SCSIClient()
    try options.run("scsi") { generator in
      do { return try client.send(&generator) } catch { return nil }
    }
  }
}

/// A client with memory of its own, which the adapter's window maps but for its last page.
private final class SCSIClient {
  private static let unit: UInt32 = 0x7100_0002
  private static let queue: UInt64 = 0x1_0000
  private static let request: UInt64 = 0x2_0000
  private static let buffer: UInt64 = 0x3_0000
  private static let tag: UInt64 = 0x1122_3344_5566_7788

  private let board: FuzzBoard
  private let adapter: VirtualSCSIAdapter
  private let work = DeviceWork(isImmediate: true)
  private let disk = FuzzStorage()
  private let disc = FuzzStorage()
  /// Entries that have been taken.
  private var taken: UInt64 = 0
  private var sinceLogin = 0

  init() throws {
    board = try FuzzBoard { $0.hasQueues = true }
    let units = [
      SCSIDevice(.disk, target: 0, serial: "disk"), SCSIDevice(.cdrom, target: 1, serial: "disc"),
    ]
    let device = VIODevice(.scsi(units), at: Self.unit)
    adapter = VirtualSCSIAdapter(device, units, [0: disk, 1: disc], board.partition, work: work)
    board.partition.add(adapter, interrupt: device.interrupt)
  }

  private func connect() throws {
    adapter.queue.free()
    adapter.reset()
    board.map(adapter.queue.dma.tables.first)
    try board.memory.fill(0x1000, at: Self.queue)
    (taken, sinceLogin) = (0, 0)
    try adapter.queue.register(at: Self.queue, size: 0x1000)
    try adapter.queue.receive(.initialize)
    var login = [UInt8](repeating: 0, count: 64)
    (login[19], login[25]) = (0x80, 6)
    try board.memory.write(login, at: Self.request)
    try adapter.queue.receive(QueueEntry(high: 0x8001_0000_0000_0040, low: Self.request))
    while try next() != nil {}
  }

  /// The next entry of the queue.
  private func next() throws -> QueueEntry? {
    work.finish()
    let place = Self.queue + 16 * (taken % 256)
    let high = try board.memory.read(UInt64.self, at: place)
    guard high >> 63 != 0 else { return nil }
    taken += 1
    try board.memory.write(0 as UInt64, at: place)
    return QueueEntry(high: high, low: try board.memory.read(UInt64.self, at: place + 8))
  }

  /// Sends what an input makes.
  /// - Returns: what came back in a word; nil when it contradicts the protocol.
  func send(_ generator: inout InputGenerator) throws -> String? {
    if sinceLogin == 0 || generator.below(64) == 0 { try connect() }
    sinceLogin = (sinceLogin + 1) % 256
    let isCommand = generator.below(4) > 0
    var bytes = isCommand ? command(&generator) : other(&generator)
    if generator.below(3) == 0 { bytes = generator.mutate(bytes) }
    bytes = Array(bytes.prefix(4096))
    try board.memory.write(bytes, at: Self.request)
    let format: UInt64 = isCommand || generator.below(2) == 0 ? 1 : 2
    var entry = QueueEntry(
      high: 0x80 << 56 | format << 48 | UInt64(bytes.count), low: Self.request)
    if generator.below(32) == 0 { entry.high ^= 1 << UInt64(generator.below(64)) }
    if generator.below(32) == 0 { entry.low ^= 1 << UInt64(generator.below(64)) }
    do throws(HypercallStatus) { try adapter.queue.receive(entry) } catch {
      return "status \(error.rawValue)"
    }
    var result = "no answer"
    while let answer = try next() {
      guard let kind = try check(answer, at: entry.low) else { return nil }
      result = kind
    }
    guard board.isSound, disk.isSound, disc.isSound, disc.isUnchanged else { return nil }
    if result == "connection ended" { sinceLogin = 0 }
    return result
  }

  /// The kind of an answer.
  /// - Parameter address: that of its request, which it is written over.
  private func check(_ entry: QueueEntry, at address: UInt64) throws -> String? {
    guard let header = entry.header else { return nil }
    guard header == .command else { return "connection ended" }
    if entry.format == 6 { return "ping" }
    if entry.format == 2 { return "datagram" }
    // A logout is where the client has wanted it.
    if entry.high & 0xFFFF == 16 { return "logout" }
    let answer = try board.memory.read(Int(entry.high & 0xFFFF), at: address)
    switch answer.first {
    case 0xC1 where answer.count >= 36:
      guard answer[19] == 0 || answer[19] == 2 else { return nil }
      let sense = answer[28..<32].reduce(0) { $0 << 8 | Int($1) }
      let response = answer[32..<36].reduce(0) { $0 << 8 | Int($1) }
      guard answer.count == 36 + sense + response, (answer[19] == 2) == (sense > 0) else {
        return nil
      }
      return sense > 0 ? "check condition \(answer[38])" : response > 0 ? "management" : "good"
    case 0xC0, 0xC2: return "login"
    default: return nil
    }
  }

  /// A command for one of the units, with descriptors that are mostly right.
  private func command(_ generator: inout InputGenerator) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 48)
    bytes[0] = 2
    bytes.replaceSubrange(8..<16, with: Self.bytes(Self.tag))
    (bytes[20], bytes[21]) = (0x80 | UInt8(generator.below(3)), 0)
    bytes.replaceSubrange(32..<48, with: generator.commandBlock())
    let count = 1 + generator.below(4)
    let isOut = generator.below(2) == 0
    bytes[5] = (count > 1 ? 2 : 1) << (isOut ? 4 : 0)
    var (list, total): ([UInt8], UInt32) = ([], 0)
    for index in 0..<count {
      let size = UInt32([0, 4, 36, 512, 2048, 4096][generator.below(6)])
      let buffer = generator.below(32) == 0 ? board.guarded : Self.buffer
      list += Self.bytes(buffer + 0x1000 * UInt64(index)) + Self.bytes(size)
      total += size
    }
    guard count > 1 else { return bytes + list }
    bytes[isOut ? 6 : 7] = UInt8(count)
    return bytes + Self.bytes(Self.buffer) + Self.bytes(UInt32(16 * count))
      + Self.bytes(total).suffix(4) + list
  }

  /// A login, task management or datagram.
  private func other(_ generator: inout InputGenerator) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes[[0, 3][generator.below(2)]] = UInt8(generator.below(10))
    bytes.replaceSubrange(8..<16, with: Self.bytes(Self.tag))
    bytes.replaceSubrange(16..<24, with: Self.bytes(Self.buffer))
    (bytes[6], bytes[7]) = (0, UInt8(truncatingIfNeeded: generator.next()))
    bytes[30] = UInt8(generator.below(70))
    return bytes
  }

  /// A number as eight bytes, the most significant first: as a descriptor has handle and length, too.
  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: UInt64(number) >> UInt64(56 - 8 * $0)) }
  }
}

extension InputGenerator {
  /// A command descriptor block with an operation code that units serve.
  mutating func commandBlock() -> [UInt8] {
    var bytes = (0..<16).map { _ in below(3) == 0 ? UInt8(truncatingIfNeeded: next()) : 0 }
    bytes[0] = VirtualSCSIAdapter.operations[below(VirtualSCSIAdapter.operations.count)]
    return bytes
  }
}
