internal import GuestMemory
public import Hypervisor
public import MachineDescription
internal import Synchronization

/// A PCI host bridge with one bus, whose functions share its windows of bus addresses (LoPAR "PCI Host
/// Bridge").
public final class VirtualPCIBridge: PCIHostBridge, Claimable {
  /// Addresses and numbers of the bridge.
  public let layout: PCIBridgeLayout
  /// Memory as functions of the bus reach it.
  public let dma: DMASpace
  /// Base-2 logarithm of the largest DMA window's bytes: all memory that there may be.
  let largestWindowShift: UInt64
  private let space: RealAddressSpace
  let pool: MessagePool
  let interrupt: @Sendable (UInt32) -> InterruptInput
  /// The lines that functions share, by the last two bits of their device numbers.
  private let lines: [SharedLine]

  struct Slot {
    let function: PCIFunction
    let device: any PCIDeviceModel
    /// Addresses of its regions on the bus by BAR, as the tree lists them.
    let addresses: [Int: UInt64]
    /// Its message sources.
    var messages: [UInt32] = []
    /// Whether it answers at all.
    var endpoint = PCIEndpointState.ready
  }

  private struct State: ~Copyable {
    /// By device number.
    var slots: [UInt8: Slot] = [:]
    /// Where a region's registers are in the real address space, by device and BAR.
    var places: [Int: UInt64] = [:]
  }

  private let state = Mutex(State())

  /// Makes a bridge without functions.
  /// - Parameters:
  ///   - layout: the bridge's numbers.
  ///   - partition: whose bridge it is.
  ///   - pool: the message sources that the partition's bridges share.
  ///   - maximumMemory: bytes of memory that there may be.
  public init(
    _ layout: PCIBridgeLayout, _ partition: Partition, pool: MessagePool, maximumMemory: UInt64
  ) {
    self.layout = layout
    self.pool = pool
    space = partition.space
    dma = DMASpace(memory: partition.memory)
    let shift = UInt64(64 - max(maximumMemory - 1, 1).leadingZeroBitCount)
    largestWindowShift = max(shift, PCIBridgeLayout.windowShift)
    let signals = partition.interruptSignals
    interrupt = { InterruptInput($0, signals) }
    let sources = (0..<4).map { layout.line(ofDevice: $0) }
    lines = sources.map { SharedLine(InterruptInput($0, signals)) }
    partition.addBridge(self)
    for source in sources { partition.setInterruptSource(source, isLevel: true) }
    partition.lock.withLock { resetWindows(partition) }
  }

  /// The unit identifier (BUID).
  public var unit: UInt64 { layout.unit }

  /// Adds a device, whose number on the bus has nothing there yet.
  public func add(_ device: any PCIDeviceModel, _ description: PCIDevice) {
    let number = description.number
    let function = device.function
    let line = lines[Int(number) & 3]
    function.attach(line: { line.set($0, by: number) }) {
      [weak self] region, registers, address in
      self?.place(region, registers, of: number, at: address)
    }
    let addresses = Dictionary(
      uniqueKeysWithValues: description.regions.map {
        ($0.number, description.address(of: $0))
      })
    state.withLock {
      $0.slots[number] = Slot(function: function, device: device, addresses: addresses)
    }
    function.reset(addresses: addresses)
  }

  /// The devices in the order of their numbers.
  var devices: [(number: UInt8, slot: Slot)] {
    state.withLock { $0.slots.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }

  /// Notes the message sources that a device has.
  func setMessages(_ sources: [UInt32], of device: UInt8) {
    state.withLock { $0.slots[device]?.messages = sources }
  }

  /// Every function as after power-on.
  public func reset() {
    let slots = state.withLock { state in
      for device in state.slots.keys {
        pool.give(back: state.slots[device]?.messages ?? [])
        state.slots[device]?.messages = []
        state.slots[device]?.endpoint = .ready
      }
      return state.slots.sorted { $0.key < $1.key }.map(\.value)
    }
    for slot in slots { slot.function.reset(addresses: slot.addresses) }
  }

  /// Puts a region's registers where the function decodes them, or takes them away.
  private func place(
    _ region: PCIRegion, _ registers: any DeviceRegisters, of device: UInt8, at address: UInt64?
  ) {
    let real = address.flatMap {
      layout.memory64.real(of: $0, size: region.size)
        ?? layout.memory32.real(of: $0, size: region.size)
    }
    state.withLock { state in
      let key = Int(device) << 3 | region.number
      guard state.places[key] != real else { return }
      if let old = state.places.removeValue(forKey: key) { space.remove(at: old) }
      // Where other registers are already, the function does not answer.
      if let real, (try? space.add(registers, at: real, size: region.size)) != nil {
        state.places[key] = real
      }
    }
  }

  // MARK: configuration space

  private func slot(_ address: PCIConfigurationAddress) throws(PCIBridgeError) -> Slot {
    guard address.bus == 0, address.function == 0,
      let slot = state.withLock({ $0.slots[address.device] })
    else { throw .noFunction }
    return slot
  }

  /// The value of 1, 2 or 4 bytes of a function's configuration space.
  public func read(
    _ address: PCIConfigurationAddress, size: Int
  ) throws(PCIBridgeError) -> UInt32 {
    try readySlot(address).function.read(address.register, size: size)
  }

  /// Stores 1, 2 or 4 bytes of a function's configuration space.
  public func write(
    _ value: UInt32, _ address: PCIConfigurationAddress, size: Int
  ) throws(PCIBridgeError) {
    try readySlot(address).function.write(value, address.register, size: size)
  }

  /// The slot of a function that is neither reset nor unavailable, in which case it is as if it were
  /// not there.
  private func readySlot(_ address: PCIConfigurationAddress) throws(PCIBridgeError) -> Slot {
    let slot = try slot(address)
    guard slot.endpoint == .ready else { throw .noFunction }
    return slot
  }

  // MARK: error handling

  /// The state of a function's endpoint.
  public func endpointState(
    _ address: PCIConfigurationAddress
  ) throws(PCIBridgeError) -> PCIEndpointState {
    try slot(address).endpoint
  }

  /// Resets a function, for as long as the reset is active or for good. Its messages stay as RTAS has
  /// assigned them.
  public func setEndpointState(
    _ endpoint: PCIEndpointState, _ address: PCIConfigurationAddress
  ) throws(PCIBridgeError) {
    let slot = try slot(address)
    guard slot.endpoint != .unavailable else { throw .invalid }
    setEndpoint(endpoint, of: address.device)
    guard endpoint != .ready, slot.endpoint == .ready else { return }
    slot.function.reset(addresses: slot.addresses)
    slot.function.messages?.assign(slot.messages.map(interrupt), address: Self.messageAddress)
  }

  /// Notes the state of a device's endpoint.
  func setEndpoint(_ endpoint: PCIEndpointState, of device: UInt8) {
    state.withLock { $0.slots[device]?.endpoint = endpoint }
  }

  // MARK: interrupts

  /// Gives a function as many message interrupts as there are, up to `count`.
  public func changeMessages(
    _ address: PCIConfigurationAddress, _ kind: PCIMessageKind?, count: UInt32?
  ) throws(PCIBridgeError) -> (kind: PCIMessageKind, count: UInt32) {
    let slot = try slot(address)
    guard let count else { return (.msiX, UInt32(slot.messages.count)) }
    // Functions here have MSI-X or nothing.
    guard let table = slot.function.messages else {
      if kind == nil, count == 0 { return (.msiX, 0) }
      throw .invalid
    }
    if kind == .msi, count > 0 { throw .invalid }
    pool.give(back: slot.messages)
    let sources = pool.take(min(Int(count), table.count))
    setMessages(sources, of: address.device)
    table.assign(sources.map(interrupt), address: Self.messageAddress)
    return (.msiX, UInt32(sources.count))
  }

  /// Where messages are written to, on the bus: a number like any other, for no other function
  /// decodes it.
  private static let messageAddress: UInt64 = 0x4000_0000_0000

  /// An interrupt of a function: a message, or the line where it has none.
  public func interrupt(
    _ address: PCIConfigurationAddress, index: UInt32
  ) throws(PCIBridgeError) -> (source: UInt32, isLevel: Bool) {
    let slot = try slot(address)
    if slot.messages.indices.contains(Int(index)) { return (slot.messages[Int(index)], false) }
    guard slot.messages.isEmpty, index == 0,
      slot.function.read(PCIConfigurationSpace.Register.interruptPin, size: 1) == 1
    else { throw .exhausted }
    return (layout.line(ofDevice: Int(address.device)), true)
  }

  // MARK: windows of bus addresses

  /// Whether a logical I/O bus number is one of the bridge's two.
  public func owns(bus: UInt32) -> Bool { bus == layout.bus || bus == layout.dynamicBus }

  /// The windows that can still be made, and their largest size.
  public var windowResources: DMAWindowResources {
    DMAWindowResources(
      windows: UInt32(2 - min(dma.tables.count, 2)), entries: 1 << (largestWindowShift - 12),
      pageShifts: PCIBridgeLayout.pageShifts)
  }

  /// Makes a window beyond 4 GiB, or one in the default window's place.
  public func createWindow(
    pageShift: UInt64, sizeShift: UInt64, _ partition: Partition
  ) throws(PCIBridgeError) -> TCETable {
    guard PCIBridgeLayout.pageShifts.contains(pageShift),
      (pageShift...max(largestWindowShift, pageShift)).contains(sizeShift)
    else { throw .invalid }
    let used = dma.tables.map(\.bus)
    // The window beyond 4 GiB first; after it one in the default one's place, if that was removed.
    let isDynamic = !used.contains(layout.dynamicBus)
    let bus = isDynamic ? layout.dynamicBus : layout.bus
    guard !used.contains(bus) else { throw .exhausted }
    guard isDynamic || sizeShift <= 32,
      let table = TCETable(
        bus: bus, start: isDynamic ? PCIBridgeLayout.dynamicWindowStart : 0,
        pageShift: pageShift, sizeShift: sizeShift)
    else { throw .exhausted }
    add(table, partition)
    return table
  }

  /// Removes a window; the default one comes back when no other is left.
  public func removeWindow(bus: UInt32, _ partition: Partition) throws(PCIBridgeError) {
    guard dma.tables.contains(where: { $0.bus == bus }) else { throw .invalid }
    dma.remove(bus: bus)
    partition.removeTCETable(bus: bus)
    if dma.tables.isEmpty, bus != layout.bus { addDefaultWindow(partition) }
  }

  /// The default window only, with no entries.
  public func resetWindows(_ partition: Partition) {
    removeWindows(partition)
    addDefaultWindow(partition)
  }

  func removeWindows(_ partition: Partition) {
    for table in dma.tables {
      dma.remove(bus: table.bus)
      partition.removeTCETable(bus: table.bus)
    }
  }

  private func addDefaultWindow(_ partition: Partition) {
    let table = TCETable(
      bus: layout.bus, start: 0, pageShift: 12, sizeShift: PCIBridgeLayout.windowShift)
    // Without it every access of a device is a fault.
    if let table { add(table, partition) }
  }

  func add(_ table: TCETable, _ partition: Partition) {
    dma.add(table)
    partition.addTCETable(table)
  }
}
