internal import GuestMemory
internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState
internal import Synchronization

extension StateSection {
  /// A logical LAN adapter; the instance is its unit address. 2: a link that the user has taken down.
  public static let logicalLAN = StateSection("llan", version: 2)
}

/// A logical LAN adapter (LoPAR "Interpartition Logical LAN (ILLAN) Option"), with the options of checksum
/// offload, padded packets, buffer size control and large send.
public final class LogicalLANAdapter: LogicalLANDevice, Claimable, @unchecked Sendable {
  // Safety: `lock` guards what changes.

  typealias Control = BufferDescriptor.Control

  /// Attributes (LoPAR "ILLAN Attributes").
  enum Attribute {
    static let anyChecksumField: UInt64 = 0x2_0000
    static let largePackets: UInt64 = 0x1_0000
    static let largeSend: UInt64 = 0x8000
    static let paddedChecksum: UInt64 = 0x2000
    static let bufferSizes: UInt64 = 0x1000
    static let trunkPriority: UInt64 = 0xF00
    static let checksum6: UInt64 = 4
    static let checksum4: UInt64 = 2
    static let activeTrunk: UInt64 = 1

    /// What the adapter has.
    static let fixed = anyChecksumField | largeSend | paddedChecksum
    /// What the driver sets.
    static let settable = largePackets | bufferSizes | checksum6 | checksum4
    static let checksums = checksum6 | checksum4
  }

  /// Flags of H_MULTICAST_CTRL.
  private enum MulticastFlag {
    static let changesReceiving: UInt64 = 0x8_0000
    static let changesFiltering: UInt64 = 0x4_0000
    static let isReceiving: UInt64 = 0x2_0000
    static let isFiltering: UInt64 = 0x1_0000
    static let table: UInt64 = 3
    static let all = changesReceiving | changesFiltering | isReceiving | isFiltering | table
  }

  static let page: UInt64 = 0x1000
  static let entrySize: UInt64 = 16
  /// The most bytes of a receive queue, by which the time of a call is bounded.
  private static let largestQueue = 8 << 20
  private static let smallestBuffer = 16
  /// Frames to groups that can be selected.
  static let mostFilters = VIODevice.mostMulticastFilters

  /// What the driver has registered.
  struct Registration {
    var bufferList: UInt64 = 0
    /// The receive queue, with the inverse of the bit by which entries are valid.
    var queue: UInt64 = 0
    var filterList: UInt64 = 0
    /// Offset of the entry that is filled next.
    var next: UInt64 = 0
  }

  /// The unit address.
  public let unitAddress: UInt32
  /// Memory as the adapter reaches it.
  public let dma: DMASpace
  private let ownAddress: HardwareAddress
  let port: NetworkPort
  let interrupt: InterruptInput
  private let lock = Mutex(())
  var registration: Registration?
  var attributes = Attribute.fixed
  var pools = ReceivePools()
  /// Frames for which there was no buffer since the registration.
  var lostFrames: UInt64 = 0
  var hasInterrupt = false
  /// Whether an entry has been put into the queue for which there was no interrupt.
  var mustInterrupt = false
  /// Whether the network takes nothing, so that no frame waits for it.
  var isStalled = false
  /// Whether something waits to be sent.
  var isBlocked = false

  /// That of logical LAN adapters.
  public var section: StateSection { .logicalLAN }

  /// - Parameters:
  ///   - description: the adapter.
  ///   - card: what its driver sees.
  ///   - link: the network.
  ///   - partition: whose adapter it is.
  ///   - work: what watches the link.
  /// - Returns: nil when the host has no descriptors left.
  public init?(
    _ description: VIODevice, _ card: PCIDevice.Network, _ link: any NetworkLink,
    _ partition: Partition, work: DeviceWork
  ) {
    guard let watch = work.watch() else { return nil }
    unitAddress = description.unitAddress
    ownAddress = card.address
    dma = DMASpace(of: description, memory: partition.memory)
    interrupt = partition.interruptInput(description.interrupt)
    // With the offset a buffer of 64 KiB has room for it.
    port = NetworkPort(
      card.address, link, watch, largestMerged: 65536 - Self.largeMessageOffset)
    port.filter.takesAllGroups()
    watch.call { [weak self] in self?.withLock { $0.linkReady() } }
  }

  func withLock<Result: Sendable, Failure>(
    _ body: (LogicalLANAdapter) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try lock.withLock { _ throws(Failure) in try body(self) }
  }

  // MARK: the machine's side

  /// As after power-on.
  public func reset() {
    withLock { adapter in
      adapter.forget()
      adapter.attributes = Attribute.fixed
      adapter.hasInterrupt = false
      adapter.port.filter = ReceiveFilter(address: adapter.ownAddress)
      adapter.port.filter.takesAllGroups()
      for table in adapter.dma.tables { table.clear() }
    }
  }

  /// Uses nothing of the driver's memory any more.
  private func forget() {
    registration = nil
    pools = ReceivePools()
    (lostFrames, mustInterrupt) = (0, false)
    port.forget()
    use()
    wait()
  }

  /// H_VIO_SIGNAL
  public func setInterrupt(isEnabled: Bool) { withLock { $0.hasInterrupt = isEnabled } }

  /// Has the network learn where the guest is now: a request of RARP, as hypervisors send it.
  public func claim() {
    withLock { adapter in
      guard adapter.registration != nil else { return }
      let own = adapter.port.filter.address.bytes
      let addresses = own + [0, 0, 0, 0] + own + [0, 0, 0, 0]
      let frame =
        [UInt8](repeating: 0xFF, count: 6) + own
        + [0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3] + addresses + [UInt8](repeating: 0, count: 18)
      adapter.put(header: [])
      adapter.port.outgoing[NetworkPort.headerSize...].copyBytes(from: frame)
      if adapter.port.hasRoom() {
        adapter.port.send(NetworkPort.headerSize + frame.count)
        adapter.flush()
      }
      adapter.wait()
    }
  }

  /// Receives nothing more.
  public func release() { withLock { $0.port.wait(receives: false) } }

  /// Saves or restores the adapter.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    try port.filter.code(&coder, most: Self.mostFilters)
    try coder.field("attr", attributes) {
      attributes = $0 & Attribute.settable | Attribute.fixed
    }
    try coder.group("reg", &registration, initial: Registration()) {
      registration, coder throws(StateError) in
      try coder.field("bufs", &registration.bufferList)
      try coder.field("queue", registration.queue) { raw throws(InvalidValue) in
        let count = BufferDescriptor(rawValue: raw).count
        guard count > 0, count <= Self.largestQueue, count.isMultiple(of: Int(Self.entrySize))
        else { throw InvalidValue("no receive queue has \(count) bytes") }
        registration.queue = raw
      }
      try coder.field("filters", &registration.filterList)
      let count = BufferDescriptor(rawValue: registration.queue).count
      try coder.field("next", registration.next) { next throws(InvalidValue) in
        guard next < count, next.isMultiple(of: Self.entrySize) else {
          throw InvalidValue("the receive queue has \(count) bytes")
        }
        registration.next = next
      }
    }
    try coder.field("lost", &lostFrames)
    try pools.code(&coder)
    try coder.field("off", &port.isDisconnected, since: 2, default: false)
    if coder.isReading { use() }
  }

  // MARK: registration

  /// H_REGISTER_LOGICAL_LAN
  public func register(
    bufferList: BusAddress, queue: BufferDescriptor, filterList: BusAddress,
    address: HardwareAddress
  ) throws(HypercallStatus) {
    try withLock { adapter throws(HypercallStatus) in
      guard adapter.registration == nil else { throw .resource }
      for list in [bufferList, filterList] {
        guard list.rawValue.isMultiple(of: Self.page),
          adapter.isMapped(list, count: Int(Self.page))
        else { throw .parameter }
      }
      guard queue.control.contains(.valid), queue.count > 0, queue.count <= Self.largestQueue,
        queue.count.isMultiple(of: Int(Self.entrySize)),
        queue.address.rawValue.isMultiple(of: Self.entrySize),
        adapter.isMapped(queue.address, count: queue.count)
      else { throw .parameter }
      adapter.forget()
      let descriptor = queue.rawValue & ~(UInt64(Control.toggle.rawValue) << 56)
      adapter.registration = Registration(
        bufferList: bufferList.rawValue, queue: descriptor, filterList: filterList.rawValue)
      // The lists are this side's; the driver reads the queue's descriptor and the number of lost
      // frames.
      let page = [UInt8](repeating: 0, count: Int(Self.page))
      try? adapter.dma.write(page, at: bufferList)
      try? adapter.dma.write(page, at: filterList)
      try? adapter.dma.write(descriptor.byteSwapped, at: bufferList)
      let filters = UInt64(Control.valid.rawValue) << 56 | Self.page << 32 | filterList.rawValue
      try? adapter.dma.write(filters.byteSwapped, at: bufferList + 8)
      adapter.port.filter = ReceiveFilter(address: address)
      adapter.port.filter.takesAllGroups()
      adapter.use()
      adapter.wait()
    }
  }

  private func isMapped(_ address: BusAddress, count: Int) -> Bool {
    (try? dma.pieces(address, count: count, [.read, .write])) != nil
  }

  /// H_FREE_LOGICAL_LAN
  public func deregister() throws(HypercallStatus) {
    try withLock { adapter throws(HypercallStatus) in
      guard let registration = adapter.registration else { throw .resource }
      // All but the number of lost frames, which the driver reads afterwards.
      try? adapter.dma.write(
        [UInt8](repeating: 0, count: Int(Self.page) - 8), at: BusAddress(registration.bufferList))
      adapter.forget()
    }
  }

  /// H_ADD_LOGICAL_LAN_BUFFER
  public func add(_ buffer: BufferDescriptor) throws(HypercallStatus) {
    try withLock { adapter throws(HypercallStatus) in
      guard buffer.control.contains(.valid), buffer.count >= Self.smallestBuffer,
        buffer.address.rawValue.isMultiple(of: 4),
        adapter.isMapped(buffer.address, count: buffer.count)
      else { throw .parameter }
      guard adapter.registration != nil, adapter.pools.add(buffer) else { throw .resource }
      if adapter.port.hasHeldPacket { adapter.receive() }
    }
  }

  /// H_FREE_LOGICAL_LAN_BUFFER
  public func returnBuffer(ofSize size: UInt64) throws(HypercallStatus) {
    try withLock { adapter throws(HypercallStatus) in
      guard adapter.registration != nil, let buffer = adapter.pools.take(ofSize: size) else {
        throw .notFound
      }
      adapter.enqueue(buffer, [], offset: 0, count: 0)
      adapter.interruptIfNeeded()
    }
  }

  // MARK: attributes

  /// H_MULTICAST_CTRL
  public func controlMulticast(
    flags: UInt64, address: UInt64
  ) throws(HypercallStatus) -> (status: HypercallStatus, state: UInt64) {
    let command = flags & MulticastFlag.table
    guard flags & ~MulticastFlag.all == 0, (command != 1 && command != 2) || address >> 48 == 0
    else { throw .parameter }
    return withLock { adapter in
      let filter = HardwareAddress(rawValue: address)
      if flags & MulticastFlag.changesReceiving != 0 {
        adapter.port.filter[.noMulticast] = flags & MulticastFlag.isReceiving == 0
      }
      if flags & MulticastFlag.changesFiltering != 0 {
        adapter.port.filter[.allMulticast] = flags & MulticastFlag.isFiltering == 0
      }
      var status = HypercallStatus.success
      switch command {
      case 1:
        if adapter.port.filter.multicast.count < Self.mostFilters {
          adapter.port.filter.multicast.insert(filter)
        } else if !adapter.port.filter.multicast.contains(filter) {
          status = .constrained
        }
      case 2: if adapter.port.filter.multicast.remove(filter) == nil { status = .notFound }
      case 3: adapter.port.filter.multicast = []
      default: break
      }
      let state =
        (adapter.port.filter[.noMulticast] ? 0 : MulticastFlag.isReceiving)
        | (adapter.port.filter[.allMulticast] ? 0 : MulticastFlag.isFiltering)
      return (status, state | UInt64(adapter.port.filter.multicast.count))
    }
  }

  /// H_CHANGE_LOGICAL_LAN_MAC
  public func changeAddress(_ address: HardwareAddress) {
    withLock { $0.port.filter.address = address }
  }

  /// H_ILLAN_ATTRIBUTES
  public func changeAttributes(
    reset: UInt64, set: UInt64
  ) throws(HypercallStatus) -> (status: HypercallStatus, attributes: UInt64) {
    try withLock { adapter throws(HypercallStatus) in
      let wanted = adapter.attributes & ~reset | set
      guard wanted & Attribute.trunkPriority == 0 else { throw .parameter }
      let implemented = Attribute.fixed | Attribute.settable
      let changes = (wanted ^ adapter.attributes) & implemented
      let allowed = adapter.registration == nil ? changes & Attribute.settable : 0
      adapter.attributes ^= allowed
      let isDone = changes == allowed && wanted & Attribute.activeTrunk == 0
      return (isDone ? .success : .constrained, adapter.attributes)
    }
  }

  /// Lets the network send what the driver can receive.
  private func use() {
    var offload: ReceiveOffload = []
    if registration != nil, attributes & Attribute.checksums == Attribute.checksums {
      offload.insert(.checksum)
      if attributes & Attribute.largePackets != 0 {
        offload.formUnion([.segmentation4, .segmentation6])
      }
    }
    port.use(offload)
  }
}

extension ReceiveFilter {
  /// What a logical LAN adapter's driver gets that has not asked for anything else: its own address,
  /// and every group.
  fileprivate mutating func takesAllGroups() {
    self[.promiscuous] = false
    self[.allMulticast] = true
  }
}
