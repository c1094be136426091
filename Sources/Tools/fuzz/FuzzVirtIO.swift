import ArgumentParser
import Devices
import GuestMemory
import Hypervisor
import MachineDescription

/// Drivers of virtio functions: rings, descriptors, requests, registers and configuration space that no
/// driver writes.
struct FuzzVirtIO: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "virtio", abstract: "Drivers of virtio devices on a PCI bus.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let drivers = try [
      VirtIODriver { BlockSubject($0, isReadOnly: false) },
      VirtIODriver { BlockSubject($0, isReadOnly: true) },
      VirtIODriver { SCSISubject($0) },
      VirtIODriver { try NetworkSubject($0) },
      VirtIODriver { try ConsoleSubject($0) },
      VirtIODriver { RandomSubject($0) },
      VirtIODriver { BalloonSubject($0) },
    ]
    try options.run("virtio") { g in
      do { return try drivers[g.below(drivers.count)].drive(&g) } catch { return nil }
    }
  }
}

/// A driver of a device, of whose acts some break the rules. Each input begins with a reset.
private final class VirtIODriver {
  private typealias Register = FuzzVirtIOBench.Register

  private let bench: FuzzVirtIOBench
  private let subject: any VirtIOSubject
  private let windowPlace: Int
  /// How the input's queues are.
  private var isPacked = false
  private var hasIndirect = false
  /// Whether the device has written memory while it had no bus.
  private var writesWithoutBus = false

  init(_ subject: (FuzzVirtIOBench) throws -> any VirtIOSubject) throws {
    bench = try FuzzVirtIOBench()
    self.subject = try subject(bench)
    bench.bridge.add(self.subject.transport, self.subject.description)
    windowPlace = Self.windowPlace(bench)
  }

  /// Where the capability is by which registers are reached through configuration space.
  private static func windowPlace(_ bench: FuzzVirtIOBench) -> Int {
    var place = Int(bench.configuration(0x34, 1))
    while place != 0 {
      let (id, kind) = (bench.configuration(place, 1), bench.configuration(place + 3, 1))
      if id == 9, kind == 5 { return place }
      place = Int(bench.configuration(place + 1, 1))
    }
    return 0
  }

  /// Does what an input makes.
  /// - Returns: the device and its state in words; nil when the device did what it must not.
  func drive(_ g: inout InputGenerator) throws -> String? {
    try bench.reset()
    subject.renew(&g)
    writesWithoutBus = false
    start(&g)
    for _ in 0...g.below(6) { try act(&g) }
    bench.work.finish()
    let status = subject.transport.load(at: Register.status, size: 1)
    guard isSound else { return nil }
    if g.below(4) == 0 {
      subject.prepare()
      try bench.start(
        queues: subject.queues, isPacked: g.below(2) == 0,
        rings: g.next() & FuzzVirtIOBench.Feature.rings)
      guard try subject.isUsable(&g), isSound else { return nil }
    }
    return subject.name + (status & 64 != 0 ? " broken" : status & 4 != 0 ? " in use" : " stopped")
  }

  private var isSound: Bool {
    subject.isSound && !writesWithoutBus && (bench.board.isSound || !subject.usesWindow)
  }

  // MARK: starting

  /// Starts the device, mostly by the rules.
  private func start(_ g: inout InputGenerator) {
    let (offered, required) = (bench.offered, FuzzVirtIOBench.Feature.required)
    var features = g.below(2) == 0 ? offered : offered & (g.next() | required)
    if g.below(16) == 0 { features ^= 1 << UInt64(g.below(64)) }
    if g.below(64) == 0 { features = g.next() }
    isPacked = features & FuzzVirtIOBench.Feature.packed != 0
    hasIndirect = features & 1 << 28 != 0
    bench.accept(features)
    bench.rings = []
    for queue in 0..<subject.queues { enable(queue, &g) }
    if g.below(32) > 0 {
      bench.set(Register.status, FuzzVirtIOBench.Status.driverReady, 1)
    }
  }

  private func enable(_ queue: Int, _ g: inout InputGenerator) {
    let sizes: [UInt16] = isPacked ? [1, 3, 5, 16, 16, 16] : [1, 2, 4, 16, 16, 16]
    var size = sizes[g.below(sizes.count)]
    if g.below(32) == 0 { size = UInt16(truncatingIfNeeded: g.next() >> UInt64(g.below(64))) }
    guard g.below(16) == 0 else { return bench.enable(queue, size: size, isPacked: isPacked) }
    // An area that is somewhere else, or a queue that is not enabled.
    let area = UInt64(g.below(3))
    bench.enable(queue, size: size, isPacked: isPacked) {
      bench.set(Register.queueAreas + 8 * area, address(&g), 8)
      return g.below(4) > 0
    }
  }

  // MARK: acts

  private func act(_ g: inout InputGenerator) throws {
    switch g.below(20) {
    case 0..<9: try request(&g)
    case 9, 10: try scramble(&g)
    case 11: notify(&g)
    case 12, 13: useRegisters(&g)
    case 14: useConfiguration(&g)
    case 15: useWindow(&g)
    case 16: changeBus(&g)
    case 17: try reset(&g)
    case 18: g.below(8) > 0 ? interrupt(&g) : try loseBus(&g)
    default: subject.happen(&g)
    }
    if g.below(4) > 0 { bench.work.finish() }
  }

  /// Makes requests of the device, in descriptors that are mostly right.
  private func request(_ g: inout InputGenerator) throws {
    for _ in 0...g.below(4) {
      let request = subject.request(&g)
      guard bench.rings.indices.contains(request.queue) else { return }
      let buffers = try buffers(request, &g)
      let size = 16 * buffers.count
      let table = hasIndirect && g.below(2) == 0 ? bench.reserve(size) : nil
      try bench.rings[request.queue].offer(buffers, table: table, in: bench.memory)
      if g.below(8) == 0 { try damage(request.queue, table, &g) }
      if g.below(4) > 0 { bench.notify(request.queue) }
    }
    notify(&g)
  }

  private func buffers(
    _ request: FuzzRequest, _ g: inout InputGenerator
  ) throws -> [FuzzBuffer] {
    var buffers = cut(try bench.place(request.readable), request.readable.count, false, &g)
    buffers += cut(bench.reserve(request.writable), request.writable, true, &g)
    for index in buffers.indices where g.below(64) == 0 {
      if g.below(2) == 0 { buffers[index].address = address(&g) }
      if g.below(2) == 0 { buffers[index].count = count(&g) }
      if g.below(8) == 0 { buffers[index].isWritable.toggle() }
    }
    return buffers
  }

  /// Up to three buffers that make up a range of bytes.
  private func cut(
    _ address: UInt64, _ count: Int, _ isWritable: Bool, _ g: inout InputGenerator
  ) -> [FuzzBuffer] {
    var (place, left, buffers) = (address, count, [FuzzBuffer]())
    while left > 0 {
      let part = buffers.count < 2 && g.below(2) == 0 ? 1 + g.below(left) : left
      buffers.append(FuzzBuffer(address: place, count: UInt32(part), isWritable: isWritable))
      (place, left) = (place + UInt64(part), left - part)
    }
    return buffers
  }

  /// Addresses at the ends of memory, windows and numbers.
  private func address(_ g: inout InputGenerator) -> UInt64 {
    let end = bench.memory.size
    let places: [UInt64] = [
      0, bench.board.guarded, bench.board.guarded - 8, end - 0x1000, end - 0x1008, end, end - 1,
      1 << 30, 1 << 30 - 16, 1 << 59, .max, .max - 15, g.next(), UInt64(g.below(Int(end))),
      FuzzVirtIOBench.base(ofQueue: g.below(subject.queues)) + UInt64(g.below(0xC00)),
    ]
    return places[g.below(places.count)]
  }

  private func count(_ g: inout InputGenerator) -> UInt32 {
    let counts: [UInt32] = [
      0, 1, 15, 16, 24, 0x1000, 0x1_0000, 1 << 31, .max, .max - 15,
      UInt32(truncatingIfNeeded: g.next()),
    ]
    return counts[g.below(counts.count)]
  }

  /// Changes a few fields of a queue's areas or of an indirect table.
  private func damage(_ queue: Int, _ table: UInt64?, _ g: inout InputGenerator) throws {
    let base = FuzzVirtIOBench.base(ofQueue: queue)
    for _ in 0...g.below(3) {
      let descriptor = (g.below(2) == 0 ? table : nil) ?? base + 16 * UInt64(g.below(16))
      switch g.below(6) {
      case 0: try bench.memory.write(address(&g), at: descriptor, .little)
      case 1: try bench.memory.write(count(&g), at: descriptor + 8, .little)
      case 2, 3:
        // Flags and next, or identifier and flags.
        try bench.memory.write(half(&g), at: descriptor + 12, .little)
        try bench.memory.write(half(&g), at: descriptor + 14, .little)
      default:
        let area = FuzzRing.areaSize * UInt64(1 + g.below(2))
        try bench.memory.write(half(&g), at: base + area + UInt64(2 * g.below(24)), .little)
      }
    }
  }

  /// A small number, flags, or anything.
  private func half(_ g: inout InputGenerator) -> UInt16 {
    switch g.below(4) {
    case 0: UInt16(truncatingIfNeeded: g.next())
    case 1: UInt16(g.below(8)) | (g.below(2) == 0 ? 0x80 : 0x8000)
    default: UInt16(g.below(20))
    }
  }

  /// Fills the rings of a queue with descriptors of any kind.
  private func scramble(_ g: inout InputGenerator) throws {
    let base = FuzzVirtIOBench.base(ofQueue: g.below(subject.queues))
    for place in stride(from: base, to: base + 256, by: 16) {
      let isNear = g.below(8) > 0
      let near = FuzzVirtIOBench.data.lowerBound + UInt64(g.below(0x1000))
      try bench.memory.write(isNear ? near : address(&g), at: place, .little)
      try bench.memory.write(
        isNear ? UInt32(g.below(2048)) : count(&g), at: place + 8, .little)
      try bench.memory.write(half(&g), at: place + 12, .little)
      try bench.memory.write(half(&g), at: place + 14, .little)
    }
    for area in 1...2 as ClosedRange<UInt64> where g.below(2) == 0 {
      let place = base + area * FuzzRing.areaSize
      for offset in 0..<24 as Range<UInt64> {
        try bench.memory.write(half(&g), at: place + 2 * offset, .little)
      }
    }
    try bench.memory.write(
      (0..<64).map { _ in UInt8(g.below(8)) },
      at: FuzzVirtIOBench.data.lowerBound + UInt64(g.below(64)))
    notify(&g)
  }

  /// Notifies the device of queues that it may have or not have.
  private func notify(_ g: inout InputGenerator) {
    for _ in 0...g.below(3) { bench.notify(g.below(subject.queues + 1)) }
  }

  private func useRegisters(_ g: inout InputGenerator) {
    for _ in 0...g.below(6) {
      let size = [1, 2, 4, 8][g.below(4)]
      let limit = g.below(4) == 0 ? Register.end : 0x40
      var place = UInt64(g.below(Int(limit))) & ~UInt64(size - 1)
      if g.below(4) == 0 { place = Register.device + UInt64(g.below(64)) & ~UInt64(size - 1) }
      if g.below(2) == 0 { _ = bench.get(place, size) }
      let value = g.below(2) == 0 ? UInt64(g.below(20)) : g.next()
      if g.below(2) == 0 { bench.set(place, value, size) }
    }
  }

  private func useConfiguration(_ g: inout InputGenerator) {
    let places = [0x04, 0x10, 0x14, 0x20, 0x24, 0x3C, 0x42, windowPlace + 16]
    for _ in 0...g.below(6) {
      let size = [1, 2, 4][g.below(3)]
      let place = g.below(2) == 0 ? places[g.below(places.count)] : g.below(300)
      _ = bench.configuration(place & ~(size - 1), size)
      let values: [UInt32] = [0, 6, 7, .max, 0x8000, UInt32(truncatingIfNeeded: g.next())]
      bench.configure(place & ~(size - 1), values[g.below(values.count)], size)
    }
    // Mostly the device is reached afterwards.
    if g.below(4) > 0 {
      for (register, value) in bench.places { bench.configure(register, value, 4) }
      bench.configure(4, 6, 2)
    }
  }

  /// Reads and writes registers through configuration space.
  private func useWindow(_ g: inout InputGenerator) {
    for _ in 0...g.below(4) {
      let length = [1, 2, 4][g.below(3)]
      let part = UInt32(g.below(5)) << 12
      let offset = (part | UInt32(g.below(0x40))) & ~UInt32(length - 1)
      bench.configure(windowPlace + 4, UInt32([4, 4, 4, 1, g.below(256)][g.below(5)]), 1)
      bench.configure(windowPlace + 8, g.below(16) == 0 ? .max : offset, 4)
      bench.configure(windowPlace + 12, UInt32(g.below(16) == 0 ? g.below(9) : length), 4)
      _ = bench.configuration(windowPlace + 16, length)
      let value = g.below(2) == 0 ? UInt32(g.below(20)) : UInt32(truncatingIfNeeded: g.next())
      if g.below(2) == 0 { bench.configure(windowPlace + 16, value, length) }
    }
  }

  /// Changes entries of the bus's window, while requests wait.
  private func changeBus(_ g: inout InputGenerator) {
    guard let window = bench.bridge.dma.tables.first else { return }
    let pages = bench.memory.size >> 12
    for _ in 0...g.below(4) {
      let entry = UInt64(g.below(Int(pages))) << 12
      let allowed: UInt64 = entry < bench.board.guarded ? UInt64(g.below(4)) : 1
      window[UInt64(g.below(Int(pages)))] = g.below(2) == 0 ? 0 : entry | allowed
    }
  }

  /// Resets the device in one of its ways, and mostly starts it again.
  private func reset(_ g: inout InputGenerator) throws {
    let function = FuzzVirtIOBench.place(0)
    switch g.below(4) {
    case 0: bench.bridge.reset()
    case 1: bench.set(Register.status, 0, 1)
    case 2: bench.configure(4, 0, 2)
    default:
      let state: PCIEndpointState = g.below(8) == 0 ? .unavailable : .reset
      try? bench.bridge.setEndpointState(state, function)
      bench.notify(0)
      try? bench.bridge.setEndpointState(.ready, function)
    }
    if g.below(8) == 0 { return }
    bench.configure(4, 6, 2)
    for queue in 0..<subject.queues {
      try bench.memory.fill(0xC00, at: FuzzVirtIOBench.base(ofQueue: queue))
    }
    start(&g)
  }

  /// Takes the bus away from the device for a while, which then must leave memory alone.
  private func loseBus(_ g: inout InputGenerator) throws {
    bench.configure(4, 2, 2)
    let before = try bench.memory.read(Int(bench.memory.size), at: 0)
    for queue in 0..<subject.queues { bench.notify(queue) }
    subject.happen(&g)
    bench.work.finish()
    if try bench.memory.read(Int(bench.memory.size), at: 0) != before { writesWithoutBus = true }
    bench.configure(4, 6, 2)
  }

  /// Changes messages and their table.
  private func interrupt(_ g: inout InputGenerator) {
    _ = try? bench.bridge.changeMessages(
      FuzzVirtIOBench.place(0), [nil, .msi, .msiX][g.below(3)], count: UInt32(g.below(8)))
    bench.configure(0x42, UInt32([0, 0x8000, 0xC000][g.below(3)]), 2)
    for _ in 0...g.below(4) {
      let size = [1, 2, 4, 8][g.below(4)]
      let place = UInt64(g.below(g.below(4) == 0 ? 0x1000 : 0x80)) & ~UInt64(size - 1)
      _ = subject.transport.function.messages?.load(at: place, size: size)
      subject.transport.function.messages?.store(g.next(), at: place, size: size)
    }
    bench.set(Register.queueSelect, UInt64(g.below(subject.queues + 1)), 2)
    bench.set(0x1A, UInt64(g.below(10)), 2)
    bench.set(0x10, UInt64(g.below(10)), 2)
  }
}
