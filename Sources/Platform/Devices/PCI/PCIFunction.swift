public import GuestMemory
internal import Hypervisor
public import MachineDescription
internal import SavedState
internal import Synchronization

/// A capability of a function's own.
public struct PCICapability: Sendable {
  /// The capability's number.
  public let id: UInt8
  /// What comes after the number and the link to the next one.
  public let body: [UInt8]
  /// Bits of the body that the guest may change; none beyond the end.
  public let writable: [UInt8]

  /// A capability by its bytes.
  public init(_ id: UInt8, _ body: [UInt8], writable: [UInt8] = []) {
    (self.id, self.body, self.writable) = (id, body, writable)
  }
}

/// A function on a PCI bus: its configuration space, its regions, and its interrupts.
public final class PCIFunction: Sendable {
  /// Where a region is while the function decodes memory accesses, as the bridge has it.
  typealias Placement =
    @Sendable (_ region: PCIRegion, any DeviceRegisters, _ address: UInt64?) -> Void

  /// The regions in the order of their BARs.
  public let regions: [PCIRegion]
  /// The registers of regions that the device does not have itself, by BAR.
  private let registers: [Int: any DeviceRegisters]
  /// The MSI-X table, if it has one.
  public let messages: PCIMessageTable?
  /// Where the MSI-X capability is in configuration space.
  private let messageCapability: Int?
  /// Where the capabilities of its own are, in the order in which they were given; nil for one that
  /// had no room.
  let capabilityPlaces: [Int?]

  private struct State: ~Copyable {
    var configuration: PCIConfigurationSpace
    /// INTA of the function, and whether the function asserts it.
    var line: (@Sendable (Bool) -> Void)?
    var isAsserted = false
    var place: Placement?
    /// Called after a reset through the bridge.
    var reset: (@Sendable () -> Void)?
    /// Serves accesses to a capability of the device's own.
    var access: ConfigurationAccess?
    /// Registers that the device has itself, by BAR.
    var own: (@Sendable (Int) -> (any DeviceRegisters)?)?
  }

  /// Called for a read (no value) or after a write (the value) of a register of configuration
  /// space; a read's answer replaces what is there.
  public typealias ConfigurationAccess =
    @Sendable (_ register: Int, _ size: Int, _ written: UInt32?) -> UInt32?

  private let initial: PCIConfigurationSpace
  private let state: Mutex<State>

  /// - Parameters:
  ///   - device: the description of the function.
  ///   - registers: registers of regions by BAR; those of the message table come besides.
  ///   - capabilities: capabilities of its own.
  public init(
    _ device: PCIDevice, registers: [Int: any DeviceRegisters] = [:],
    capabilities: [PCICapability] = []
  ) {
    typealias Register = PCIConfigurationSpace.Register
    let identity = device.identity
    var space = PCIConfigurationSpace()
    space.set(identity.vendor, at: Register.vendor)
    space.set(identity.device, at: Register.device)
    space.set(identity.classCode << 8 | UInt32(identity.revision), at: Register.revision)
    space.set(identity.subsystemVendor, at: Register.subsystemVendor)
    space.set(identity.subsystem, at: Register.subsystem)
    // INTA.
    space.set(1 as UInt8, at: Register.interruptPin)
    space.allow(PCIConfigurationSpace.Command.writable, at: Register.command)
    space.allow(UInt8.max, at: Register.interruptLine)
    var registers = registers
    if device.messages > 0 {
      let table = PCIMessageTable(count: device.messages)
      let number = device.messageRegion.number
      registers[number] = table
      messages = table
      messageCapability = space.addCapability(0x11, table.capability(region: number))
      if let messageCapability { space.allow(UInt16(0xC000), at: messageCapability + 2) }
    } else {
      messages = nil
      messageCapability = nil
    }
    let regions = device.regions
    for region in regions {
      let kind: UInt32 = (region.isWide ? 4 : 0) | (region.isPrefetchable ? 8 : 0)
      let register = Int(region.register)
      space.set(kind, at: register)
      let mask = ~(max(region.size, 16) - 1)
      space.allow(UInt32(truncatingIfNeeded: mask), at: register)
      if region.isWide { space.allow(UInt32(truncatingIfNeeded: mask >> 32), at: register + 4) }
    }
    capabilityPlaces = capabilities.map { capability in
      guard let place = space.addCapability(capability.id, capability.body) else { return nil }
      for (index, mask) in capability.writable.enumerated() {
        space.allow(mask, at: place + 2 + index)
      }
      return place
    }
    self.regions = regions
    self.registers = registers
    initial = space
    state = Mutex(State(configuration: space))
  }

  // MARK: the device's side

  /// Connects the function with its device, which has the function.
  /// - Parameters:
  ///   - registers: the device's registers by BAR.
  ///   - access: serves a capability of the device's own.
  ///   - reset: called after a reset.
  public func connect(
    registers: @escaping @Sendable (Int) -> (any DeviceRegisters)?,
    access: ConfigurationAccess? = nil, reset: (@Sendable () -> Void)? = nil
  ) {
    state.withLock { ($0.own, $0.access, $0.reset) = (registers, access, reset) }
  }

  /// The registers of a region.
  func registers(ofRegion number: Int) -> (any DeviceRegisters)? {
    registers[number] ?? state.withLock { $0.own }?(number)
  }

  /// Whether the function may reach memory.
  public var isBusMaster: Bool {
    state.withLock { $0.configuration.command & PCIConfigurationSpace.Command.busMaster != 0 }
  }

  /// Asserts or negates INTA, for a function whose messages are not in use.
  public func setLine(_ isAsserted: Bool) {
    state.withLock { state in
      state.isAsserted = isAsserted
      updateLine(&state)
    }
  }

  private func updateLine(_ state: inout State) {
    let isDisabled =
      state.configuration.command & PCIConfigurationSpace.Command.interruptDisable != 0
    // Status: an interrupt waits.
    let status = PCIConfigurationSpace.Register.status
    let bits = UInt8(truncatingIfNeeded: state.configuration.read(status, size: 1))
    state.configuration.set(bits & ~8 | (state.isAsserted ? 8 : 0), at: status)
    state.line?(state.isAsserted && !isDisabled && messages?.isEnabled != true)
  }

  // MARK: the bridge's side

  /// Connects the function with its bus.
  /// - Parameters:
  ///   - line: sets INTA of the function.
  ///   - place: puts a region where the function decodes it.
  func attach(line: @escaping @Sendable (Bool) -> Void, place: @escaping Placement) {
    state.withLock { ($0.line, $0.place) = (line, place) }
  }

  func read(_ register: Int, size: Int) -> UInt32 {
    let access = state.withLock { $0.access }
    if let answer = access?(register, size, nil) { return answer }
    return state.withLock { $0.configuration.read(register, size: size) }
  }

  func write(_ value: UInt32, _ register: Int, size: Int) {
    let access = state.withLock { state in
      state.configuration.write(value, register, size: size)
      changed(register..<register + size, &state)
      return state.access
    }
    _ = access?(register, size, value)
  }

  /// Does what a write to configuration space asks for.
  private func changed(_ registers: Range<Int>, _ state: inout State) {
    typealias Register = PCIConfigurationSpace.Register
    if registers.overlaps(Register.command..<Register.command + 2)
      || registers.overlaps(Register.baseAddress..<Register.baseAddress + 24)
    {
      placeRegions(&state)
    }
    if let place = messageCapability, registers.overlaps(place + 2..<place + 4) {
      let control = state.configuration.read(place + 2, size: 2)
      messages?.setControl(isEnabled: control & 0x8000 != 0, isMasked: control & 0x4000 != 0)
    }
    updateLine(&state)
  }

  private func placeRegions(_ state: inout State) {
    let isDecoded = state.configuration.command & PCIConfigurationSpace.Command.memory != 0
    for region in regions {
      guard let registers = registers[region.number] ?? state.own?(region.number) else { continue }
      state.place?(
        region, registers, isDecoded ? address(of: region, state.configuration) : nil)
    }
  }

  private func address(of region: PCIRegion, _ configuration: PCIConfigurationSpace) -> UInt64 {
    let low = UInt64(configuration.read(Int(region.register), size: 4)) & ~0xF
    guard region.isWide else { return low }
    return UInt64(configuration.read(Int(region.register) + 4, size: 4)) << 32 | low
  }

  /// Saves or restores configuration space and line, and places the regions.
  func code(_ coder: inout FieldCoder) throws(StateError) {
    let copy = state.withLock { ($0.configuration, $0.isAsserted) }
    var (configuration, isAsserted) = copy
    try coder.field("conf", configuration.bytes) { bytes throws(InvalidValue) in
      guard configuration.restore(bytes) else {
        throw InvalidValue("the configuration space is that of another function")
      }
    }
    try coder.field("line", &isAsserted)
    guard coder.isReading else { return }
    state.withLock { state in
      (state.configuration, state.isAsserted) = (configuration, isAsserted)
      changed(0..<PCIConfigurationSpace.size, &state)
    }
  }

  /// Puts the function into the state after power-on, with its regions at the addresses that the
  /// tree lists.
  func reset(addresses: [Int: UInt64]) {
    messages?.reset()
    let reset = state.withLock { state in
      state.configuration = initial
      state.isAsserted = false
      for region in regions {
        let address = addresses[region.number] ?? 0
        state.configuration.write(
          UInt32(truncatingIfNeeded: address), Int(region.register), size: 4)
        if region.isWide {
          state.configuration.write(
            UInt32(truncatingIfNeeded: address >> 32), Int(region.register) + 4, size: 4)
        }
      }
      placeRegions(&state)
      updateLine(&state)
      return state.reset
    }
    reset?()
  }
}
