import ArgumentParser
import Devices
import Glibc
import GuestMemory
import Hypervisor
import MachineDescription
import PowerISA
import Synchronization

/// Drivers of a logical LAN adapter: its calls in any order, with descriptors that are mostly right, and
/// frames that arrive meanwhile.
struct FuzzLAN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lan", abstract: "Drivers of a logical LAN adapter, and frames of its network.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let driver = try LANDriver()
    try options.run("lan") { driver.act(&$0) }
  }
}

/// A driver with memory of its own, which the adapter's window maps but for its last page.
private final class LANDriver {
  private static let unit: UInt32 = 0x7100_0002
  private static let size: UInt64 = 1 << 20
  private static let valid: UInt64 = 1 << 63
  /// Pages that only the driver writes.
  private static let untouched: UInt64 = 0xF_0000

  private let memory: GuestMemory
  private let adapter: LogicalLANAdapter
  private let link = FuzzLink()
  private let work = DeviceWork(isImmediate: false)

  init() throws {
    memory = try GuestMemory(size: Self.size)
    var features = HypervisorFeatures(processor: .power9)
    features.hasLogicalLANs = true
    let partition = Partition(
      features: features, space: RealAddressSpace(memory: memory), clock: RealTimeClock(),
      nvram: NVRAM())
    let card = PCIDevice.Network(address: HardwareAddress(rawValue: 0x5254_0012_3456))
    let device = VIODevice(.network(card), at: Self.unit)
    guard let adapter = LogicalLANAdapter(device, card, link, partition, work: work) else {
      throw ExitCode.failure
    }
    self.adapter = adapter
    partition.add(adapter, interrupt: device.interrupt)
    try memory.fill(0x1_0000, at: Self.untouched, with: 0x5A)
    map()
  }

  private func map() {
    guard let window = adapter.dma.tables.first else { return }
    for page in 0..<Self.size >> 12 where window[page] == 0 {
      // A page that the adapter may only read.
      window[page] = page << 12 | (page << 12 >= Self.untouched ? 1 : 3)
    }
  }

  /// A descriptor of memory, mostly in the window and aligned.
  private func descriptor(_ g: inout InputGenerator) -> UInt64 {
    let size = UInt64([16, 64, 512, 2048, 65536, g.below(1 << 24)][g.below(6)])
    let place = UInt64(g.below(0xE0)) << 12 | (g.below(8) == 0 ? UInt64(g.below(4096)) : 0)
    var value = Self.valid | size << 32 | place
    if g.below(16) == 0 { value ^= 1 << UInt64(g.below(64)) }
    return value
  }

  /// Makes a call, or has frames arrive.
  /// - Returns: what it was and its status; nil when memory was written that is not the adapter's.
  func act(_ g: inout InputGenerator) -> String? {
    var name = ""
    do throws(HypercallStatus) { name = try call(&g) } catch {
      name = "status \(error.rawValue)"
    }
    if g.below(64) == 0 {
      let bytes = (try? memory.read(0x1_0000, at: Self.untouched)) ?? []
      guard bytes.count == 0x1_0000, bytes.allSatisfy({ $0 == 0x5A }) else { return nil }
    }
    return name
  }

  private func call(_ g: inout InputGenerator) throws(HypercallStatus) -> String {
    switch g.below(12) {
    case 0:
      try adapter.register(
        bufferList: BusAddress(UInt64(g.below(0xF4)) << 12),
        queue: BufferDescriptor(rawValue: descriptor(&g)),
        filterList: BusAddress(UInt64(g.below(0xF4)) << 12 | UInt64(g.below(8) / 7)),
        address: HardwareAddress(rawValue: g.next()))
      return "registered"
    case 1:
      if g.below(4) > 0 { return "nothing" }
      try adapter.deregister()
      return "deregistered"
    case 2, 3, 4:
      try adapter.add(BufferDescriptor(rawValue: descriptor(&g)))
      return "buffer added"
    case 5:
      try adapter.returnBuffer(ofSize: [16, 512, 2048, g.next()][g.below(4)])
      return "buffer returned"
    case 6, 7: return try send(&g)
    case 8:
      let answer = try adapter.controlMulticast(
        flags: g.below(4) == 0 ? g.next() : UInt64(g.below(16)) << 16 | UInt64(g.below(4)),
        address: g.next() >> UInt64(16 + g.below(40)))
      return "multicast \(answer.status.rawValue)"
    case 9:
      let answer = try adapter.changeAttributes(
        reset: g.below(2) == 0 ? 0 : g.next(), set: g.below(2) == 0 ? 0x1_0006 : g.next() & ~0xF00)
      return "attributes \(answer.status.rawValue)"
    case 10:
      // The guest changes its window.
      if let window = adapter.dma.tables.first, g.below(4) == 0 {
        window[UInt64(g.below(256))] = g.below(2) == 0 ? 0 : UInt64(g.below(0x100)) << 12 | 1
      }
      if g.below(64) == 0 { adapter.reset() }
      map()
      return "window"
    default:
      link.arrive(frames(&g))
      work.followUp()
      return "frames"
    }
  }

  private func send(_ g: inout InputGenerator) throws(HypercallStatus) -> String {
    let frame = frame(&g)
    try? memory.write(frame, at: 0x8_0000)
    let control = UInt64([0x80, 0x81, 0x82, 0x83, 0x87][g.below(5)]) << 56
    var buffers: [BufferDescriptor] = []
    var offset = 0
    for _ in 0..<1 + g.below(6) {
      let count = g.below(frame.count - offset + 1)
      buffers.append(
        BufferDescriptor(
          rawValue: g.below(32) == 0
            ? descriptor(&g) : control | UInt64(count) << 32 | UInt64(0x8_0000 + offset)))
      offset += count
    }
    try adapter.send(
      buffers, segmentSize: UInt64([0, 1448, g.below(64), g.below(1 << 17)][g.below(4)]))
    return "sent"
  }

  private func frames(_ g: inout InputGenerator) -> [[UInt8]] {
    (0...g.below(4)).map { _ in
      let header = (0..<12).map { _ in g.below(3) == 0 ? UInt8(truncatingIfNeeded: g.next()) : 0 }
      return header + frame(&g)
    }
  }

  /// Ethernet, IP and TCP, mostly right.
  private func frame(_ g: inout InputGenerator) -> [UInt8] {
    var bytes: [UInt8] = g.below(3) == 0 ? [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] : []
    if bytes.isEmpty { bytes = [0x52, 0x54, 0, 0x12, 0x34, 0x56] }
    bytes += [0x52, 0x54, 0, 0x12, 0x34, 0x56]
    let count = [0, 40, 1400, 5000, g.below(65500)][g.below(5)]
    if g.below(2) == 0 {
      let length = UInt16(clamping: 40 + count)
      bytes += [
        8, 0, 0x45, 0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, 0x40, 0, 64, 6, 0, 0,
      ]
      bytes += [10, 0, 2, 2, 10, 0, 2, 15]
    } else {
      let length = UInt16(clamping: 20 + count)
      bytes += [0x86, 0xDD, 0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xFF)]
      bytes += [[6, 0, 43, 60][g.below(4)], 64] + [UInt8](repeating: 1, count: 32)
    }
    bytes += [0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]
    bytes += [UInt8](repeating: 7, count: count)
    return g.below(3) == 0 ? g.mutate(bytes) : bytes
  }
}

/// A network that loses what is sent, and from which frames with headers arrive.
private final class FuzzLink: NetworkLink {
  private let frames = Mutex([[UInt8]]())

  /// Always ready.
  let descriptor: Int32
  var format: LinkFormat { .headers }
  var isUp: Bool { true }
  var hasFrame: Bool { false }

  init() {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    descriptor = ends[0]
    // Readable for good; the writing end stays open as long as the process.
    _ = write(ends[1], "!", 1)
  }

  func arrive(_ new: [[UInt8]]) { frames.withLock { $0 = new } }
  func hasRoom() -> Bool { true }
  func send(_ frame: UnsafeRawBufferPointer) {}
  func flush() -> Bool { true }
  func setReceiveOffload(_ offload: ReceiveOffload) {}

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival {
    frames.withLock { frames in
      guard !frames.isEmpty else { return .nothing }
      let frame = frames.removeFirst().prefix(buffer.count)
      buffer.copyBytes(from: frame)
      return .frame(frame.count)
    }
  }
}
