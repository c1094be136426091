import ArgumentParser
import Devices
import GuestMemory
import Hypervisor
import MachineDescription

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
  private static let valid: UInt64 = 1 << 63

  private let board: FuzzBoard
  private let adapter: LogicalLANAdapter
  private let link = FuzzLink()
  private let work = DeviceWork(isImmediate: false)

  init() throws {
    board = try FuzzBoard { $0.hasLogicalLANs = true }
    let card = PCIDevice.Network(address: HardwareAddress(rawValue: 0x5254_0012_3456))
    let device = VIODevice(.network(card), at: Self.unit)
    guard let adapter = LogicalLANAdapter(device, card, link, board.partition, work: work) else {
      throw ExitCode.failure
    }
    self.adapter = adapter
    board.partition.add(adapter, interrupt: device.interrupt)
    board.map(adapter.dma.tables.first)
  }

  /// A descriptor of memory, mostly in the window and aligned.
  private func descriptor(_ g: inout InputGenerator) -> UInt64 {
    let size = UInt64([16, 64, 512, 2048, 65536, g.below(1 << 24)][g.below(6)])
    let place = UInt64(g.below(0x100)) << 12 | (g.below(8) == 0 ? UInt64(g.below(4096)) : 0)
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
    return board.isSound ? name : nil
  }

  private func call(_ g: inout InputGenerator) throws(HypercallStatus) -> String {
    switch g.below(12) {
    case 0:
      try adapter.register(
        bufferList: BusAddress(UInt64(g.below(0x100)) << 12),
        queue: BufferDescriptor(rawValue: descriptor(&g)),
        filterList: BusAddress(UInt64(g.below(0x100)) << 12 | UInt64(g.below(8) / 7)),
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
      // The guest changes its window, for a while.
      let window = adapter.dma.tables.first
      if g.below(64) == 0 { adapter.reset() }
      board.map(window)
      if g.below(4) == 0 {
        window?[UInt64(g.below(256))] = g.below(2) == 0 ? 0 : UInt64(g.below(0x100)) << 12 | 1
      }
      return "window"
    default:
      let frames = frames(&g)
      link.change { $0.arriving = frames }
      work.followUp()
      return "frames"
    }
  }

  private func send(_ g: inout InputGenerator) throws(HypercallStatus) -> String {
    let frame = g.frame()
    try? board.memory.write(frame, at: 0x8_0000)
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
    (0...g.below(4)).map { _ in g.frameHeader() + g.frame() }
  }
}
