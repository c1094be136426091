import ArgumentParser
import Devices
import HostSupport
import MachineDescription

/// A network card on a network in memory.
final class NetworkSubject: VirtIOSubject {
  let name = "network card"
  let description: PCIDevice
  let transport: VirtIOTransport
  private let port: CardPort
  let queues = 2 * pairs + 1
  private let bench: FuzzVirtIOBench
  private let link = FuzzLink()

  private static let pairs = 3

  private enum Queue {
    static let receive = 0
    static let transmit = 1
    /// By what the driver has accepted.
    static let control = [2, 2 * pairs]
  }

  private static let headerSize = 12
  private static let broadcast = [UInt8](repeating: 0xFF, count: 6)

  init(_ bench: FuzzVirtIOBench) throws {
    self.bench = bench
    let card = PCIDevice.Network(
      address: HardwareAddress(rawValue: 0x5254_0012_3456), queues: Self.pairs)
    description = Self.device(.network(card))
    let made = VirtIOTransport.network(
      card, description, link, dma: bench.bridge.dma, work: bench.work)
    // The host has no descriptors left.
    guard let made else { throw ExitCode.failure }
    (transport, port) = made
  }

  func renew(_ g: inout InputGenerator) {
    let format = [LinkFormat.wire, .local, .headers][g.below(3)]
    let isFull = g.below(8) == 0
    link.change {
      $0 = FuzzLink.State()
      ($0.format, $0.isFull) = (format, isFull)
    }
  }

  func prepare() {
    port.setConnected(true)
    link.change {
      $0 = FuzzLink.State()
      $0.format = .wire
    }
  }

  func request(_ g: inout InputGenerator) -> FuzzRequest {
    let pair = 2 * g.below(Self.pairs)
    switch g.below(8) {
    case 0, 1, 2:
      let sizes = [1526, 1526, 4096, 65600, 12, g.below(2000)]
      return FuzzRequest(queue: Queue.receive + pair, writable: sizes[g.below(sizes.count)])
    case 3:
      return FuzzRequest(
        queue: Queue.control[g.below(2)], readable: command(&g), writable: 1)
    default:
      return FuzzRequest(queue: Queue.transmit + pair, readable: header(&g) + g.frame())
    }
  }

  /// A header that is mostly one of a driver's.
  private func header(_ g: inout InputGenerator) -> [UInt8] {
    switch g.below(3) {
    case 0: return [UInt8](repeating: 0, count: Self.headerSize)
    case 1: return g.frameHeader()
    default:
      // A checksum is needed; segmentation, or none.
      let (kind, segment) = ([0, 1, 4, 0x81] as [UInt8], UInt16([1448, 536, 1, 0][g.below(4)]))
      let head = [1, kind[g.below(4)]] + UInt16(54 + g.below(2) * 20).littleEndianBytes
      return head + segment.littleEndianBytes + UInt16(34 + g.below(2) * 20).littleEndianBytes
        + [16, 0, 0, 0]
    }
  }

  /// A command of the control queue.
  private func command(_ g: inout InputGenerator) -> [UInt8] {
    let command: [UInt8]
    switch g.below(5) {
    case 0: command = [0, UInt8(g.below(8)), UInt8(g.below(2))]
    case 1: command = [1, 1] + g.bytes(6)
    case 2:
      let counts = [g.below(4), g.below(80)]
      command =
        [1, 0] + counts.flatMap { UInt32($0).littleEndianBytes + g.bytes(6 * $0) }
    case 3: command = [4, 0, UInt8(g.below(Self.pairs + 2)), 0]
    default: command = [3, 0]
    }
    return g.below(4) == 0 ? g.mutate(command) : command
  }

  /// Frames arrive, the network is full or has room again, and its other end comes or goes.
  func happen(_ g: inout InputGenerator) {
    let frames = (0...g.below(4)).map { _ in
      (link.format.hasHeader ? g.frameHeader() : []) + g.frame()
    }
    if g.below(8) == 0 { port.setConnected(g.below(2) == 0) }
    let (isFull, isUp) = (g.below(4) == 0, g.below(4) > 0)
    link.change {
      $0.arriving = frames
      $0.isFull = isFull
      if isUp != $0.isUp { $0.change = isUp ? .opened : .closed }
      $0.isUp = isUp
    }
    bench.work.followUp()
  }

  func isUsable(_ g: inout InputGenerator) throws -> Bool {
    let size = 64 + g.below(1000)
    let header = [UInt8](repeating: 0, count: Self.headerSize)
    let sent = try bench.exchange(
      FuzzRequest(queue: Queue.transmit, readable: header + g.bytes(size)))
    guard sent == [], link.largest == size else { return false }
    let frame = Self.broadcast + g.bytes(size)
    let received = try bench.exchange(FuzzRequest(queue: Queue.receive, writable: 2000)) {
      link.change { $0.arriving = [frame] }
      bench.work.followUp()
    }
    return received.map { Array($0.dropFirst(Self.headerSize)) } == frame
  }
}
