internal import GuestMemory
internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState

/// A virtio network card (virtio 1.2, 5.1).
final class VirtIONetwork: VirtIODevice, @unchecked Sendable {
  // Safety: the transport's lock guards what changes.

  /// Feature bits of network cards.
  private enum Feature {
    static let checksum: UInt64 = 1 << 0
    static let receiveChecksum: UInt64 = 1 << 1
    static let mtu: UInt64 = 1 << 3
    static let address: UInt64 = 1 << 5
    static let receiveSegmentation4: UInt64 = 1 << 7
    static let receiveSegmentation6: UInt64 = 1 << 8
    static let segmentation4: UInt64 = 1 << 11
    static let segmentation6: UInt64 = 1 << 12
    static let segmentationECN: UInt64 = 1 << 13
    static let mergedBuffers: UInt64 = 1 << 15
    static let status: UInt64 = 1 << 16
    static let control: UInt64 = 1 << 17
    static let receiveModes: UInt64 = 1 << 18
    static let moreReceiveModes: UInt64 = 1 << 20
    static let announcement: UInt64 = 1 << 21
    static let moreQueues: UInt64 = 1 << 22
    static let setAddress: UInt64 = 1 << 23
  }

  /// The queues of a pair.
  private enum QueueNumber {
    static func receive(_ pair: Int) -> Int { 2 * pair }
    static func transmit(_ pair: Int) -> Int { 2 * pair + 1 }
  }

  /// Classes of commands of the control queue.
  private enum Command {
    static let receiveMode: UInt8 = 0
    static let address: UInt8 = 1
    static let announcement: UInt8 = 3
    static let queues: UInt8 = 4
  }

  private static let queueSize: UInt16 = 256
  /// The most bytes of a command with its tables.
  private static let largestCommand: UInt64 = 4096

  private let network: PCIDevice.Network
  private let port: NetworkPort
  private var driverFeatures: UInt64 = 0
  /// Pairs of queues that the driver uses.
  private var pairs = 1
  private var flows = FlowTable()
  /// Whether the host takes no more of what is sent, and the rest stays in the queues.
  private var isBlocked = false
  /// Whether the driver has to announce its address, after it has moved.
  private var mustAnnounce = false

  /// - Parameters:
  ///   - network: the card as its driver sees it.
  ///   - port: its end of the network.
  init(_ network: PCIDevice.Network, _ port: NetworkPort) {
    (self.network, self.port) = (network, port)
  }

  var queueSizes: [UInt16] { Array(repeating: Self.queueSize, count: 2 * network.queues) + [64] }

  /// The queue for commands: behind the first pair for a driver without others.
  private var controlQueue: Int {
    driverFeatures & Feature.moreQueues != 0 ? 2 * network.queues : 2
  }

  var features: UInt64 {
    Feature.checksum | Feature.segmentation4 | Feature.segmentation6 | Feature.segmentationECN
      | Feature.receiveChecksum | Feature.receiveSegmentation4 | Feature.receiveSegmentation6
      | Feature.address | Feature.mergedBuffers | Feature.status | Feature.control
      | Feature.receiveModes
      | Feature.moreReceiveModes | Feature.announcement | Feature.setAddress
      | (network.mtu == nil ? 0 : Feature.mtu) | (network.queues > 1 ? Feature.moreQueues : 0)
  }

  var configuration: [UInt8] {
    let status: UInt16 = (port.isUp ? 1 : 0) | (mustAnnounce ? 2 : 0)
    return port.filter.address.bytes
      + [status, UInt16(network.queues), network.mtu ?? 0].flatMap(\.littleEndianBytes)
  }

  func start(features: UInt64, _ transport: VirtIOTransport) {
    use(features)
    transmitAll(transport)
    wait()
  }

  func reset() {
    port.forget()
    (isBlocked, mustAnnounce) = (false, false)
    (pairs, flows) = (1, FlowTable())
    port.filter = ReceiveFilter(address: network.address)
    use(0)
    wait()
  }

  /// Adapts to what the driver has accepted.
  private func use(_ features: UInt64) {
    driverFeatures = features
    var offload: ReceiveOffload = []
    if features & Feature.receiveChecksum != 0 { offload.insert(.checksum) }
    if features & Feature.receiveSegmentation4 != 0 { offload.insert(.segmentation4) }
    if features & Feature.receiveSegmentation6 != 0 { offload.insert(.segmentation6) }
    port.use(offload)
  }

  func notified(queue: Int, _ transport: VirtIOTransport) {
    if queue == controlQueue {
      transport.serveAll(queue: queue) { request in
        guard control(request, transport) else { return transport.fail() }
        transport.complete(request, queue: queue, written: 1)
      }
      transport.interrupt(queue: queue)
      // A frame may have waited for buffers of a pair that is no longer used.
      receive(transport)
    } else if !queue.isMultiple(of: 2) {
      transmit(pair: queue / 2, transport)
    } else if queue < 2 * pairs {
      receive(transport)
    }
    wait()
  }

  /// Follows up what the watch waited for.
  func linkReady(_ transport: VirtIOTransport) {
    // The driver may have reset the device meanwhile.
    guard driverFeatures != 0 else { return }
    if port.events.contains(.output) { transmitAll(transport) }
    receive(transport)
    wait()
  }

  /// Lets firmware use the network, while no driver does.
  fileprivate func withoutDriver(_ body: (NetworkPort) -> Void) {
    if driverFeatures == 0 { body(port) }
  }

  /// Takes the cable out, or puts it in.
  fileprivate func connect(_ isConnected: Bool, _ transport: VirtIOTransport) {
    guard port.isDisconnected == isConnected else { return }
    port.isDisconnected = !isConnected
    transport.configurationChanged()
    if driverFeatures != 0 { transmitAll(transport) }
    wait()
  }

  /// Waits for what can be done next.
  private func wait() {
    let hasDriver = driverFeatures != 0
    port.wait(receives: hasDriver, isBlocked: hasDriver && isBlocked)
  }

  // MARK: sending

  /// Sends what is in the queues of all pairs. A driver that uses fewer pairs than before may have put
  /// something into the others meanwhile.
  private func transmitAll(_ transport: VirtIOTransport) {
    isBlocked = false
    for pair in 0..<network.queues { transmit(pair: pair, transport) }
  }

  private func transmit(pair: Int, _ transport: VirtIOTransport) {
    let queue = QueueNumber.transmit(pair)
    let isDone = transport.serveAll(queue: queue, while: port.hasRoom) { request in
      guard transmit(request, pair: pair, transport) else { return transport.fail() }
      transport.complete(request, queue: queue, written: 0)
    }
    let isSent = port.flush()
    // What another pair has left in its queue still waits.
    if !isDone || !isSent { isBlocked = true }
    transport.interrupt(queue: queue)
  }

  private func transmit(
    _ request: VirtqueueRequest, pair: Int, _ transport: VirtIOTransport
  ) -> Bool {
    let count = Int(clamping: request.readableCount)
    guard count >= NetworkPort.headerSize, count <= port.outgoing.count,
      (try? transport.dma.read(request.readable, into: port.outgoing, count: count)) != nil
    else { return false }
    if pairs > 1 {
      let frame = UnsafeRawBufferPointer(rebasing: port.outgoing[NetworkPort.headerSize..<count])
      flows.record(frame, pair: pair)
    }
    port.send(count)
    return true
  }

  // MARK: receiving

  /// Passes on what has arrived, as far as the driver has room for it.
  private func receive(_ transport: VirtIOTransport) {
    port.receive(linkChanged: { transport.configurationChanged() }) { deliver($0, transport) }
    for pair in 0..<pairs { transport.interrupt(queue: QueueNumber.receive(pair)) }
  }

  /// Puts a frame with its header into buffers of the driver; false when it has none.
  private func deliver(
    _ packet: UnsafeMutableRawBufferPointer, _ transport: VirtIOTransport
  ) -> Bool {
    let size = packet.count
    let merges = driverFeatures & Feature.mergedBuffers != 0
    let frame = UnsafeRawBufferPointer(rebasing: packet[NetworkPort.headerSize...])
    let queue = QueueNumber.receive(pairs > 1 ? flows.pair(for: frame, of: pairs) : 0)
    guard let requests = transport.next(queue: queue, room: merges ? size : 1) else {
      return false
    }
    guard requests.reduce(0, { $0 + $1.writableCount }) >= size else {
      // The driver's buffer is too small: the frame is lost.
      for request in requests { transport.complete(request, queue: queue, written: 0) }
      return true
    }
    packet.putLittle(UInt16(requests.count), at: 10)
    var offset = 0
    for request in requests {
      let part = min(Int(clamping: request.writableCount), size - offset)
      let bytes = UnsafeRawBufferPointer(rebasing: packet[offset..<offset + part])
      do throws(DMAError) { try transport.dma.write(bytes, to: request.writable) } catch {
        transport.fail()
        return true
      }
      transport.complete(request, queue: queue, written: UInt32(part))
      offset += part
    }
    return true
  }

  // MARK: control

  /// Serves a command: class, number, its bytes; the answer is a byte, 0 for success.
  private func control(_ request: VirtqueueRequest, _ transport: VirtIOTransport) -> Bool {
    let count = request.readableCount
    guard count >= 2, count <= Self.largestCommand, request.writableCount >= 1,
      let bytes = try? transport.dma.read(request.readable, from: 0, count: Int(count))
    else { return false }
    let answer: UInt8 = execute(bytes[0], bytes[1], bytes[2...]) ? 0 : 1
    return (try? transport.dma.write([answer], to: request.writable, from: 0)) != nil
  }

  private func execute(_ group: UInt8, _ command: UInt8, _ bytes: ArraySlice<UInt8>) -> Bool {
    switch (group, command) {
    case (Command.receiveMode, _):
      guard let mode = ReceiveFilter.Mode(rawValue: command), bytes.count == 1 else { return false }
      port.filter[mode] = bytes.first != 0
      return true
    case (Command.address, 0): return setTables(bytes)
    case (Command.address, 1):
      guard bytes.count == 6 else { return false }
      port.filter.address = HardwareAddress(bytes)
      return true
    case (Command.announcement, 0):
      mustAnnounce = false
      return true
    case (Command.queues, 0) where driverFeatures & Feature.moreQueues != 0:
      guard bytes.count == 2 else { return false }
      let count = Int(UInt16(littleEndianBytes: bytes))
      guard count >= 1, count <= network.queues else { return false }
      pairs = count
      return true
    default: return false
    }
  }

  /// Two tables of addresses, each with the number of its entries before it.
  private func setTables(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    var tables: [Set<HardwareAddress>] = []
    for _ in 0..<2 {
      guard rest.count >= 4 else { return false }
      let count = Int(UInt32(littleEndianBytes: rest.prefix(4)))
      rest = rest.dropFirst(4)
      guard count <= Self.largestCommand, rest.count >= 6 * count else { return false }
      tables.append(Set((0..<count).map { HardwareAddress(rest.dropFirst(6 * $0).prefix(6)) }))
      rest = rest.dropFirst(6 * count)
    }
    guard rest.isEmpty else { return false }
    port.filter.setTables(unicast: tables[0], multicast: tables[1])
    return true
  }

  // MARK: the machine's side

  /// The network learns where the guest is now from what the driver sends.
  func claim(_ transport: VirtIOTransport) {
    transport.withLock { transport in
      guard driverFeatures != 0 else { return }
      mustAnnounce = driverFeatures & Feature.announcement != 0
      transport.configurationChanged()
      // Where it was saved the network may have taken nothing, and then the driver does not notify.
      transmitAll(transport)
      wait()
    }
  }

  /// Receives nothing more.
  func release() { port.wait(receives: false) }

  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {
    try sections.section(.networkCard, instance: instance) { coder throws(StateError) in
      try port.filter.code(&coder)
      try coder.field("pairs", UInt16(pairs), since: 2, default: 1) { count throws(InvalidValue) in
        guard count >= 1, count <= network.queues else {
          throw InvalidValue("the card has \(network.queues) pairs of queues")
        }
        pairs = Int(count)
      }
      try coder.field("off", &port.isDisconnected, since: 2, default: false)
    }
    if sections.isReading { use(features) }
  }
}

extension StateSection {
  /// A virtio network card; the instance is that of its function. 2: several pairs of queues, a link that
  /// the user has taken down.
  public static let networkCard = StateSection("net", version: 2)
}

extension VirtIOTransport {
  /// A network card.
  /// - Parameters:
  ///   - network: the card as its driver sees it.
  ///   - description: the device.
  ///   - link: the network.
  ///   - dma: memory as functions of its bus reach it.
  ///   - work: what watches the link.
  /// - Returns: the device, and the card as firmware uses it; nil when the host has no descriptors left.
  public static func network(
    _ network: PCIDevice.Network, _ description: PCIDevice, _ link: any NetworkLink, dma: DMASpace,
    work: DeviceWork
  ) -> (transport: VirtIOTransport, port: CardPort)? {
    guard let watch = work.watch() else { return nil }
    let card = VirtIONetwork(network, NetworkPort(network.address, link, watch))
    let transport = VirtIOTransport(card, description, dma: dma)
    watch.call { [weak transport, weak card] in
      transport?.withLock { card?.linkReady($0) }
    }
    let port = CardPort(
      access: { [weak transport, weak card] body in
        transport?.withLock { _ in card?.withoutDriver(body) }
      },
      connect: { [weak transport, weak card] isConnected in
        transport?.withLock { card?.connect(isConnected, $0) }
      })
    return (transport, port)
  }
}
