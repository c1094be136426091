import Devices
import GuestMemory
import Hypervisor
import MachineDescription

/// What a driver asks of a queue.
struct FuzzRequest {
  var queue: Int
  var readable: [UInt8] = []
  /// Bytes that the device may write.
  var writable = 0
}

/// A bus with one virtio function as its driver reaches it: registers, queues, and memory for data.
final class FuzzVirtIOBench {
  /// Real addresses of data; the queues' rings are before them.
  static let data: Range<UInt64> = 0x8000..<0x1_E000
  /// The device's number on the bus.
  static let number: UInt8 = 1
  /// Entries of a ring, unless an input takes others.
  static let usualSize: UInt16 = 16

  /// Registers of the common configuration (virtio 1.2, 4.1.4.3), and where the other parts are.
  enum Register {
    static let offeredSelect: UInt64 = 0x00
    static let offered: UInt64 = 0x04
    static let acceptedSelect: UInt64 = 0x08
    static let accepted: UInt64 = 0x0C
    static let status: UInt64 = 0x14
    static let queueSelect: UInt64 = 0x16
    static let queueSize: UInt64 = 0x18
    static let queueEnable: UInt64 = 0x1C
    static let queueAreas: UInt64 = 0x20
    static let interruptStatus: UInt64 = 0x1000
    static let device: UInt64 = 0x2000
    static let notification: UInt64 = 0x3000
    static let end: UInt64 = 0x4000
  }

  /// Bits of the device status.
  enum Status {
    static let found: [UInt64] = [0, 1, 3]
    static let featuresReady: UInt64 = 11
    static let driverReady: UInt64 = 15
  }

  /// Feature bits of every device.
  enum Feature {
    static let rings: UInt64 = 1 << 28 | 1 << 29
    static let required: UInt64 = 1 << 32 | 1 << 33
    static let packed: UInt64 = 1 << 34
  }

  let board: FuzzBoard
  let bridge: VirtualPCIBridge
  let work = DeviceWork(isImmediate: true)
  var rings: [FuzzRing] = []
  private var cursor = data.lowerBound
  private let registers: UInt64
  /// Base address registers, and what they have after a reset.
  let places: [(register: Int, value: UInt32)]

  init() throws {
    board = try FuzzBoard(size: 1 << 17)
    bridge = board.bridge()
    let (region, device) = (PCIDevice.virtIORegion, PCIDevice(.random, number: Self.number))
    let address = device.address(of: region)
    registers = bridge.layout.memory64.real(of: address, size: region.size) ?? 0
    let messages = device.address(of: device.messageRegion)
    places = [
      (Int(device.messageRegion.register), UInt32(truncatingIfNeeded: messages)),
      (Int(region.register), UInt32(truncatingIfNeeded: address)),
      (Int(region.register) + 4, UInt32(truncatingIfNeeded: address >> 32)),
    ]
  }

  var memory: GuestMemory { board.memory }

  // MARK: registers

  func set(_ register: UInt64, _ value: UInt64, _ size: Int) {
    _ = board.partition.space.store(
      value.reversed(bytes: size), at: registers + register, size: size)
  }

  func get(_ register: UInt64, _ size: Int) -> UInt64 {
    let value = board.partition.space.load(at: registers + register, size: size)
    return (value ?? .max).reversed(bytes: size)
  }

  /// A place in the function's configuration space.
  static func place(_ register: Int) -> PCIConfigurationAddress {
    PCIConfigurationAddress(
      rawValue: UInt32(number) << 11 | UInt32(register & 0xFF) | UInt32(register >> 8) << 28)
  }

  func configure(_ register: Int, _ value: UInt32, _ size: Int) {
    try? bridge.write(value, Self.place(register), size: size)
  }

  func configuration(_ register: Int, _ size: Int) -> UInt32 {
    (try? bridge.read(Self.place(register), size: size)) ?? .max
  }

  func notify(_ queue: Int) { set(Register.notification + 4 * UInt64(queue), UInt64(queue), 2) }

  // MARK: starting

  /// The bus and its device as after power-on, with memory and bus master enabled, and the driver's
  /// memory zero.
  func reset() throws {
    bridge.reset()
    try memory.fill(Int(board.guarded), at: 0)
    board.map(bridge.dma.tables.first)
    configure(4, 6, 2)
    (rings, cursor) = ([], Self.data.lowerBound)
  }

  /// The features that the device offers.
  var offered: UInt64 {
    (0..<2 as Range<UInt64>).reduce(0) { features, half in
      set(Register.offeredSelect, half, 4)
      return features | get(Register.offered, 4) << (32 * half)
    }
  }

  /// Resets the device and accepts features.
  func accept(_ features: UInt64) {
    for status in Status.found { set(Register.status, status, 1) }
    for half in 0..<2 as Range<UInt64> {
      set(Register.acceptedSelect, half, 4)
      set(Register.accepted, features >> (32 * half) & 0xFFFF_FFFF, 4)
    }
    set(Register.status, Status.featuresReady, 1)
  }

  /// Real address of the first area of a queue.
  static func base(ofQueue queue: Int) -> UInt64 { 0x1000 * UInt64(queue + 1) }

  /// Sets a queue up, with its areas where its ring has them.
  /// - Parameter change: called before the queue is enabled; false to leave it.
  func enable(
    _ queue: Int, size: UInt16 = usualSize, isPacked: Bool, change: () -> Bool = { true }
  ) {
    let ring = FuzzRing(base: Self.base(ofQueue: queue), size: size, isPacked: isPacked)
    rings.append(ring)
    set(Register.queueSelect, UInt64(queue), 2)
    set(Register.queueSize, UInt64(size), 2)
    for area in 0..<3 as Range<UInt64> {
      let address = ring.base + area * FuzzRing.areaSize
      set(Register.queueAreas + 8 * area, address, 4)
      set(Register.queueAreas + 8 * area + 4, 0, 4)
    }
    if change() { set(Register.queueEnable, 1, 2) }
  }

  // MARK: data

  /// Room for data, which later data takes again at some time.
  func reserve(_ count: Int) -> UInt64 {
    if cursor + UInt64(count) > Self.data.upperBound { cursor = Self.data.lowerBound }
    defer { cursor += UInt64(count + 15) & ~15 }
    return cursor
  }

  /// Puts data somewhere; what there is no room for is left out.
  func place(_ bytes: [UInt8]) throws -> UInt64 {
    let address = reserve(bytes.count)
    let room = Int(Self.data.upperBound - address)
    try memory.write(bytes.prefix(room), at: address)
    return address
  }

  // MARK: a driver that keeps to the rules

  /// Starts the device with no features of its own.
  func start(queues: Int, isPacked: Bool, rings features: UInt64) throws {
    try reset()
    accept(offered & (Feature.required | features | (isPacked ? Feature.packed : 0)))
    for queue in 0..<queues { enable(queue, isPacked: isPacked) }
    set(Register.status, Status.driverReady, 1)
  }

  /// Has the device serve a request.
  /// - Parameter meanwhile: what happens after the device was notified.
  /// - Returns: what it has written; nil when it has not given the request back, or has raised no
  ///   interrupt.
  func exchange(_ request: FuzzRequest, meanwhile: () -> Void = {}) throws -> [UInt8]? {
    let writable = reserve(request.writable)
    var buffers: [FuzzBuffer] = []
    if !request.readable.isEmpty {
      let address = try place(request.readable)
      buffers.append(
        FuzzBuffer(address: address, count: UInt32(request.readable.count), isWritable: false))
    }
    if request.writable > 0 {
      buffers.append(
        FuzzBuffer(address: writable, count: UInt32(request.writable), isWritable: true))
    }
    try rings[request.queue].offer(buffers, table: nil, in: memory)
    notify(request.queue)
    meanwhile()
    work.finish()
    guard let written = try rings[request.queue].used(in: memory), written <= request.writable,
      get(Register.interruptStatus, 1) & 1 != 0
    else { return nil }
    return try memory.read(written, at: writable)
  }
}
