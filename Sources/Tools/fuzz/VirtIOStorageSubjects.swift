import Devices
import HostSupport
import MachineDescription

/// A disk of 128 sectors with two queues.
final class BlockSubject: VirtIOSubject {
  let name: String
  let description: PCIDevice
  let transport: VirtIOTransport
  let queues = 2
  private let bench: FuzzVirtIOBench
  private let storage = FuzzStorage()
  private let isReadOnly: Bool

  init(_ bench: FuzzVirtIOBench, isReadOnly: Bool) {
    let disk = PCIDevice.Disk(serial: "disk", queues: queues, isReadOnly: isReadOnly)
    (self.bench, self.isReadOnly) = (bench, isReadOnly)
    name = isReadOnly ? "read-only disk" : "disk"
    description = Self.device(.block(disk))
    transport = .block(disk, description, storage, dma: bench.bridge.dma, work: bench.work)
  }

  var isSound: Bool { storage.isSound && (!isReadOnly || storage.isUnchanged) }

  /// Type, reserved, sector (virtio 1.2, 5.2.6).
  private static func header(_ kind: UInt32, _ sector: UInt64) -> [UInt8] {
    kind.littleEndianBytes + [0, 0, 0, 0] + sector.littleEndianBytes
  }

  private func sector(_ g: inout InputGenerator) -> UInt64 {
    switch g.below(16) {
    case 0: g.next()
    case 1: g.next() >> 9
    default: UInt64(g.below(132))
    }
  }

  func request(_ g: inout InputGenerator) -> FuzzRequest {
    let kinds: [UInt32] = [0, 0, 0, 1, 1, 1, 4, 8, 11, 13, UInt32(g.below(20))]
    let kind = kinds[g.below(kinds.count)]
    let bytes = 512 * g.below(5) + (g.below(16) == 0 ? g.below(512) : 0)
    var request = FuzzRequest(
      queue: g.below(queues), readable: Self.header(kind, sector(&g)), writable: 1)
    switch kind {
    case 0: request.writable += bytes
    case 1: request.readable += g.bytes(bytes)
    case 8: request.writable = [20, 21, 21, 30][g.below(4)]
    case 11, 13:
      for _ in 0..<g.below(4) {
        let count = g.below(8) == 0 ? UInt32(truncatingIfNeeded: g.next()) : UInt32(g.below(16))
        request.readable += sector(&g).littleEndianBytes + count.littleEndianBytes
        request.readable += [UInt8(g.below(8) / 5), 0, 0, 0]
      }
    default: break
    }
    return request
  }

  func isUsable(_ g: inout InputGenerator) throws -> Bool {
    let (sector, data) = (UInt64(g.below(128)), g.bytes(512))
    let written = try bench.exchange(
      FuzzRequest(queue: 0, readable: Self.header(1, sector) + data, writable: 1))
    guard written == [isReadOnly ? 1 : 0] else { return false }
    let read = try bench.exchange(
      FuzzRequest(queue: 1, readable: Self.header(0, sector), writable: 513))
    return isReadOnly ? read?.count == 513 && read?.last == 0 : read == data + [0]
  }
}

/// A SCSI host with a disk and a CD-ROM drive, and two queues for commands.
final class SCSISubject: VirtIOSubject {
  let name = "SCSI host"
  let description: PCIDevice
  let transport: VirtIOTransport
  let queues = 4
  private let bench: FuzzVirtIOBench
  private let disk = FuzzStorage()
  private let disc = FuzzStorage()

  /// Bytes of a response without sense data, and with them.
  private static let (head, answer) = (12, 108)

  init(_ bench: FuzzVirtIOBench) {
    self.bench = bench
    let units = [
      SCSIDevice(.disk, target: 0, serial: "disk"), SCSIDevice(.cdrom, target: 1, serial: "disc"),
    ]
    let host = PCIDevice.SCSIHost(units: units, queues: queues - 2)
    description = Self.device(.scsi(host))
    transport = .scsi(
      host, description, [0: disk, 1: disc], dma: bench.bridge.dma, work: bench.work)
  }

  var isSound: Bool { disk.isSound && disc.isSound && disc.isUnchanged }

  private static func number(_ target: UInt8) -> [UInt8] { [1, target, 0x40, 0, 0, 0, 0, 0] }

  /// A request with its command descriptor block (virtio 1.2, 5.6.6.1).
  private static func command(_ number: [UInt8], _ block: [UInt8]) -> [UInt8] {
    number + [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + block
      + [UInt8](repeating: 0, count: max(32 - block.count, 0))
  }

  func request(_ g: inout InputGenerator) -> FuzzRequest {
    var number = Self.number(UInt8(g.below(3)))
    if g.below(32) == 0 { number = g.bytes(8) }
    if g.below(8) == 0 { return control(number, &g) }
    let sizes = [0, 4, 36, 512, 2048, 4096, 8192]
    let (dataOut, dataIn) = (sizes[g.below(sizes.count)], sizes[g.below(sizes.count)])
    var readable = Self.command(number, g.commandBlock())
    if g.below(2) == 0 { readable += g.bytes(dataOut) }
    if g.below(16) == 0 { readable = g.mutate(readable) }
    return FuzzRequest(
      queue: g.below(8) == 0 ? g.below(queues) : 2 + g.below(queues - 2), readable: readable,
      writable: Self.answer + (g.below(2) == 0 ? dataIn : 0))
  }

  /// Task management, or a request for events.
  private func control(_ number: [UInt8], _ g: inout InputGenerator) -> FuzzRequest {
    let kind = UInt32(g.below(4))
    let readable =
      kind == 0
      ? kind.littleEndianBytes + UInt32(g.below(9)).littleEndianBytes + number
        + [7, 0, 0, 0, 0, 0, 0, 0]
      : kind.littleEndianBytes + number + UInt32(g.below(8)).littleEndianBytes
    return FuzzRequest(queue: 0, readable: readable, writable: kind == 0 ? 1 : 5)
  }

  func isUsable(_ g: inout InputGenerator) throws -> Bool {
    let size = 36
    let inquiry = Self.command(Self.number(0), [0x12, 0, 0, 0, UInt8(size), 0])
    let answer = try bench.exchange(
      FuzzRequest(
        queue: 2 + g.below(queues - 2), readable: inquiry, writable: Self.answer + size))
    // No sense data, nothing left, status and response good; a disk.
    return answer?.count == Self.answer + size
      && answer?.prefix(Self.head).allSatisfy { $0 == 0 } == true
      && answer?[Self.answer] == 0
  }
}
