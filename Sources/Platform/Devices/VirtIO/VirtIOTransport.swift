public import GuestMemory
internal import HostSupport
internal import MachineDescription
internal import Hypervisor
internal import Synchronization

/// A virtio device on a PCI bus, of version 1 only (virtio 1.2, 4.1): its registers, its queues, and
/// its interrupts.
public final class VirtIOTransport: DeviceRegisters, @unchecked Sendable {
  // Safety: all that changes is guarded by `lock`.

  /// Where the parts of the region are.
  private enum Part {
    static let common: UInt64 = 0x0000
    static let interruptStatus: UInt64 = 0x1000
    static let device: UInt64 = 0x2000
    static let notification: UInt64 = 0x3000
    static let size: UInt64 = 0x1000
    /// Bytes between the notification registers of two queues.
    static let notificationStride: UInt64 = 4
  }

  /// Feature bits of rings and transport (virtio 1.2, 6).
  enum Feature {
    static let indirect: UInt64 = 1 << 28
    static let eventIndex: UInt64 = 1 << 29
    static let version1: UInt64 = 1 << 32
    static let accessPlatform: UInt64 = 1 << 33
    static let packed: UInt64 = 1 << 34
  }

  /// Bits of the device status.
  enum Status {
    static let driverReady: UInt8 = 4
    static let featuresReady: UInt8 = 8
    static let needsReset: UInt8 = 64
  }

  let device: any VirtIODevice
  let dma: DMASpace
  private let lock = Mutex(())
  /// The function on the PCI bus.
  public let function: PCIFunction

  /// What the guest changes.
  struct State {
    var status: UInt8 = 0
    var deviceFeatureSelect: UInt32 = 0
    var driverFeatureSelect: UInt32 = 0
    var driverFeatures: UInt64 = 0
    var configurationVector: UInt16 = 0xFFFF
    var generation: UInt8 = 0
    var queueSelect: UInt16 = 0
    var setups: [VirtqueueSetup]
    /// Bit 0: a queue's interrupt; bit 1: the configuration's.
    var interruptStatus: UInt8 = 0
  }

  var state: State
  var queues: [(any Virtqueue)?]

  init(_ device: some VirtIODevice, _ description: PCIDevice, dma: DMASpace) {
    self.device = device
    self.dma = dma
    state = State(setups: device.queueSizes.map { VirtqueueSetup(size: $0) })
    queues = device.queueSizes.map { _ in nil }
    let region = PCIDevice.virtIORegion.number
    function = PCIFunction(description, capabilities: Self.capabilities(region: region))
    let window = VirtIOConfigurationWindow(function)
    function.connect(
      registers: { [weak self] in $0 == region ? self : nil },
      access: { register, size, written in window?.access(register, size, written) },
      reset: { [weak self] in self?.withLock { $0.reset() } })
  }

  /// The capabilities that say where the parts are (virtio 1.2, 4.1.4).
  private static func capabilities(region: Int) -> [PCICapability] {
    func part(_ kind: UInt8, _ offset: UInt64, _ size: UInt64, extra: [UInt8] = [])
      -> PCICapability
    {
      let words = [UInt32(offset), UInt32(size)].flatMap(\.littleEndianBytes)
      let length = UInt8(16 + extra.count)
      return PCICapability(9, [length, kind, UInt8(region), 0, 0, 0] + words + extra)
    }
    return [
      part(1, Part.common, Part.size),
      part(3, Part.interruptStatus, Part.size),
      part(4, Part.device, Part.size),
      part(2, Part.notification, Part.size, extra: [UInt8(Part.notificationStride), 0, 0, 0]),
      VirtIOConfigurationWindow.capability,
    ]
  }

  /// Runs what touches the device with its lock held.
  func withLock(_ body: (VirtIOTransport) -> Void) { lock.withLock { _ in body(self) } }

  // MARK: registers

  /// Reads a register of the region.
  public func load(at offset: UInt64, size: Int) -> UInt64 {
    lock.withLock { _ in
      switch offset & ~(Part.size - 1) {
      case Part.common: return common(offset & (Part.size - 1))
      case Part.interruptStatus:
        defer {
          state.interruptStatus = 0
          function.setLine(false)
        }
        return UInt64(state.interruptStatus)
      case Part.device: return configuration(offset & (Part.size - 1), size)
      default: return 0
      }
    }
  }

  /// Stores to a register of the region.
  public func store(_ value: UInt64, at offset: UInt64, size: Int) {
    lock.withLock { _ in
      let place = offset & (Part.size - 1)
      switch offset & ~(Part.size - 1) {
      case Part.common: setCommon(value, place, size)
      case Part.device:
        for index in 0..<size {
          device.setConfiguration(
            UInt8(truncatingIfNeeded: value >> UInt64(8 * index)), at: Int(place) + index)
        }
      case Part.notification:
        let queue = Int(place / Part.notificationStride)
        guard queues.indices.contains(queue), queues[queue] != nil, isRunning else { return }
        device.notified(queue: queue, self)
      default: break
      }
    }
  }

  private func configuration(_ offset: UInt64, _ size: Int) -> UInt64 {
    let bytes = device.configuration
    return (0..<size).reversed().reduce(0) { value, index in
      let place = Int(offset) + index
      return value << 8 | UInt64(bytes.indices.contains(place) ? bytes[place] : 0)
    }
  }

  /// Whether requests are served. A function that is no bus master neither reads nor writes memory.
  var isRunning: Bool {
    state.status & (Status.driverReady | Status.needsReset) == Status.driverReady
      && function.isBusMaster
  }

  /// What every driver must accept: version 1, and the bus's windows where the device uses them.
  private var required: UInt64 {
    Feature.version1 | (device.usesBusAddresses ? Feature.accessPlatform : 0)
  }

  /// What the device offers.
  private var offered: UInt64 {
    device.features | Feature.indirect | Feature.eventIndex | required | Feature.packed
  }

  private var selected: VirtqueueSetup? {
    let queue = Int(state.queueSelect)
    return state.setups.indices.contains(queue) ? state.setups[queue] : nil
  }

  /// The 32 feature bits that are selected.
  private func half(_ select: UInt32, of features: UInt64) -> UInt64 {
    select < 2 ? features >> (32 * UInt64(select)) & 0xFFFF_FFFF : 0
  }

  /// The common configuration (virtio 1.2, 4.1.4.3); each register is read at its own offset.
  private func common(_ offset: UInt64) -> UInt64 {
    switch offset {
    case 0x00: UInt64(state.deviceFeatureSelect)
    case 0x04: half(state.deviceFeatureSelect, of: offered)
    case 0x08: UInt64(state.driverFeatureSelect)
    case 0x0C: half(state.driverFeatureSelect, of: state.driverFeatures)
    case 0x10: UInt64(state.configurationVector)
    case 0x12: UInt64(state.setups.count)
    case 0x14: UInt64(state.status)
    case 0x15: UInt64(state.generation)
    case 0x16: UInt64(state.queueSelect)
    case 0x18: UInt64(selected?.size ?? 0)
    case 0x1A: UInt64(selected?.vector ?? 0xFFFF)
    case 0x1C: selected?.isEnabled == true ? 1 : 0
    case 0x1E: UInt64(state.queueSelect)
    case 0x20: selected?.descriptors.rawValue ?? 0
    case 0x24: (selected?.descriptors.rawValue ?? 0) >> 32
    case 0x28: selected?.driver.rawValue ?? 0
    case 0x2C: (selected?.driver.rawValue ?? 0) >> 32
    case 0x30: selected?.device.rawValue ?? 0
    case 0x34: (selected?.device.rawValue ?? 0) >> 32
    default: 0
    }
  }

  private func setCommon(_ value: UInt64, _ offset: UInt64, _ size: Int) {
    let word = UInt32(truncatingIfNeeded: value)
    let half = UInt16(truncatingIfNeeded: value)
    switch offset {
    case 0x00: state.deviceFeatureSelect = word
    case 0x08: state.driverFeatureSelect = word
    case 0x0C: setFeatures(word)
    case 0x10: state.configurationVector = valid(half)
    case 0x14: setStatus(UInt8(truncatingIfNeeded: value))
    case 0x16: state.queueSelect = half
    case 0x18...0x37: setQueue(value, offset, size)
    default: break
    }
  }

  private func setFeatures(_ word: UInt32) {
    guard state.driverFeatureSelect < 2, state.status & Status.featuresReady == 0 else { return }
    let shift = 32 * UInt64(state.driverFeatureSelect)
    state.driverFeatures =
      state.driverFeatures & ~(0xFFFF_FFFF << shift) | UInt64(word) << shift
  }

  /// A message's number, or 0xFFFF for one that is not there.
  private func valid(_ vector: UInt16) -> UInt16 {
    Int(vector) < (function.messages?.count ?? 0) ? vector : 0xFFFF
  }

  private func setQueue(_ value: UInt64, _ offset: UInt64, _ size: Int) {
    let queue = Int(state.queueSelect)
    guard state.setups.indices.contains(queue) else { return }
    let half = UInt16(truncatingIfNeeded: value)
    if offset == 0x1A { return state.setups[queue].vector = valid(half) }
    guard !state.setups[queue].isEnabled else { return }
    /// An address with a part of it replaced.
    func address(_ old: BusAddress, from base: UInt64) -> BusAddress {
      if size == 8 { return BusAddress(value) }
      let shift = offset == base ? 0 : 32 as UInt64
      return BusAddress(
        old.rawValue & ~(0xFFFF_FFFF << shift) | (value & 0xFFFF_FFFF) << shift)
    }
    switch offset {
    case 0x18:
      guard half > 0, half <= device.queueSizes[queue] else { return }
      state.setups[queue].size = half
    case 0x1C: if half == 1 { enable(queue) }
    case 0x20, 0x24:
      state.setups[queue].descriptors = address(state.setups[queue].descriptors, from: 0x20)
    case 0x28, 0x2C:
      state.setups[queue].driver = address(state.setups[queue].driver, from: 0x28)
    case 0x30, 0x34:
      state.setups[queue].device = address(state.setups[queue].device, from: 0x30)
    default: break
    }
  }

  private func enable(_ queue: Int) {
    guard let rings = rings(state.setups[queue]) else { return fail() }
    state.setups[queue].isEnabled = true
    queues[queue] = rings
  }

  /// The rings of a queue as the driver wants them; nil when they cannot be.
  func rings(_ setup: VirtqueueSetup) -> (any Virtqueue)? {
    let features = VirtqueueFeatures(
      hasIndirect: state.driverFeatures & Feature.indirect != 0,
      hasEventIndex: state.driverFeatures & Feature.eventIndex != 0)
    if state.driverFeatures & Feature.packed != 0 { return PackedVirtqueue(setup, features) }
    // Split rings have sizes that are powers of two.
    guard setup.size.nonzeroBitCount == 1 else { return nil }
    return SplitVirtqueue(setup, features)
  }

  private func setStatus(_ status: UInt8) {
    guard status != 0 else { return reset() }
    var status = status | state.status & Status.needsReset
    if status & ~state.status & Status.featuresReady != 0 {
      let isValid =
        state.driverFeatures & ~offered == 0
        && state.driverFeatures & required == required
      if !isValid { status &= ~Status.featuresReady }
    }
    // Without agreed features the driver cannot be ready.
    if status & Status.featuresReady == 0 { status &= ~Status.driverReady }
    let starts = status & ~state.status & Status.driverReady != 0
    state.status = status
    if starts { device.start(features: state.driverFeatures, self) }
  }

  private func reset() {
    state = State(setups: device.queueSizes.map { VirtqueueSetup(size: $0) })
    queues = device.queueSizes.map { _ in nil }
    function.setLine(false)
    device.reset()
  }

  // MARK: the device's side

  /// The next request of a queue; nil when there is none, or the queue cannot be used.
  func next(queue: Int) -> VirtqueueRequest? {
    guard isRunning else { return nil }
    do throws(VirtqueueError) { return try queues[queue]?.next(dma) } catch {
      fail()
      return nil
    }
  }

  /// The next requests of a queue that together have room for so many bytes; nil, and none is taken,
  /// when there are not enough of them. The driver then notifies the device of further ones.
  func next(queue: Int, room: Int) -> [VirtqueueRequest]? {
    let before = queues[queue]
    var (requests, left) = ([VirtqueueRequest](), room)
    var isNotified = false
    while left > 0 {
      if let request = next(queue: queue) {
        requests.append(request)
        left -= Int(clamping: request.writableCount)
      } else if isNotified {
        if isRunning { queues[queue] = before }
        return nil
      } else {
        // What comes in between is not notified.
        setNotification(true, queue: queue)
        isNotified = true
      }
    }
    return requests
  }

  /// Serves the requests of a queue, also those that come meanwhile.
  /// - Parameter canServe: asked before each request; without it the rest stays in the queue, and the
  ///   driver does not notify the device of more.
  /// - Returns: whether nothing stays in the queue.
  @discardableResult func serveAll(
    queue: Int, while canServe: () -> Bool = { true }, _ serve: (VirtqueueRequest) -> Void
  ) -> Bool {
    setNotification(false, queue: queue)
    while canServe() {
      if let request = next(queue: queue) {
        serve(request)
        continue
      }
      setNotification(true, queue: queue)
      // What came in between has not been notified.
      guard let request = next(queue: queue) else { return true }
      setNotification(false, queue: queue)
      serve(request)
    }
    return false
  }

  /// Gives a request back.
  func complete(_ request: VirtqueueRequest, queue: Int, written: UInt32) {
    guard isRunning, queues[queue] != nil else { return }
    do throws(VirtqueueError) {
      try queues[queue]?.complete(request, written: written, dma)
    } catch { fail() }
  }

  /// Asks for notifications of a queue, or for none.
  func setNotification(_ isWanted: Bool, queue: Int) {
    guard isRunning else { return }
    do throws(VirtqueueError) { try queues[queue]?.setNotification(isWanted, dma) } catch { fail() }
    // The driver sees this before the device looks for further requests.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// Interrupts the driver if it wants to hear of what has been completed.
  func interrupt(queue: Int) {
    guard isRunning else { return }
    // The driver sees what was completed before the device looks whether it wants an interrupt.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    do throws(VirtqueueError) {
      guard try queues[queue]?.wantsInterrupt(dma) == true else { return }
      signal(state.setups[queue].vector, 1)
    } catch { fail() }
  }

  /// The device's configuration has changed.
  func configurationChanged() {
    state.generation &+= 1
    guard state.status & Status.driverReady != 0 else { return }
    signal(state.configurationVector, 2)
  }

  /// The driver broke the rules: nothing more is done until it resets the device.
  func fail() {
    state.status |= Status.needsReset
    if state.status & Status.driverReady != 0 { signal(state.configurationVector, 2) }
  }

  private func signal(_ vector: UInt16, _ status: UInt8) {
    if let messages = function.messages, messages.isEnabled {
      if vector != 0xFFFF { messages.send(Int(vector)) }
    } else {
      state.interruptStatus |= status
      function.setLine(true)
    }
  }
}
