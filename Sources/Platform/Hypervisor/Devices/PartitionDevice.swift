public import SavedState

/// A device of a partition: its registration with the partition is all that its reset and its saved
/// state need. Any thread may call it.
public protocol PartitionDevice: AnyObject, Sendable {
  /// The section that its saved state is in.
  var section: StateSection { get }

  /// Whether its section is written; nil for a device that always has one, as streams of the first
  /// version do.
  var isSaved: Bool? { get }
  /// Puts it into the state after a reboot. The caller holds the partition's lock.
  func reset()
  /// Saves or restores its state.
  func code(_ coder: inout FieldCoder) throws(StateError)
}

extension PartitionDevice {
  /// Always.
  public var isSaved: Bool? { nil }
  /// Nothing, for a device that a reboot does not change.
  public func reset() {}
}

/// A device of the VIO bus (LoPAR "Virtualized Input/Output"): it has a unit address, by which calls
/// name it, and one interrupt. Its section's instance is the unit address.
///
/// Its node in the tree and the number of its interrupt source are those of its `VIODevice`.
public protocol VirtualIODevice: PartitionDevice {
  /// The unit address, from the `reg` property of its node.
  var unitAddress: UInt32 { get }

  /// Sets the function that raises its interrupt.
  func setInterruptHandler(_ action: (@Sendable () -> Void)?)
}

/// A device of the VIO bus that reaches memory through a window of bus addresses, and raises its
/// interrupt itself, where the guest has enabled it by H_VIO_SIGNAL.
public protocol WindowedDevice: VirtualIODevice {
  /// Memory as the device reaches it.
  var dma: DMASpace { get }

  /// Enables or disables the interrupt, which is disabled initially.
  func setInterrupt(isEnabled: Bool)
}

extension WindowedDevice {
  /// The device raises it.
  public func setInterruptHandler(_ action: (@Sendable () -> Void)?) {}
}

/// A device of the VIO bus with a command/response queue, which raises its interrupt.
public protocol QueuedDevice: WindowedDevice {
  /// The queue.
  var queue: CommandResponseQueue { get }
}

extension QueuedDevice {
  /// That of the queue.
  public var dma: DMASpace { queue.dma }

  /// The queue raises it.
  public func setInterrupt(isEnabled: Bool) { queue.setInterrupt(isEnabled: isEnabled) }
}

extension Partition {
  /// Registers a device that RTAS calls name by what it is. There is one of a kind: it takes the
  /// place of an earlier one, also in the saved state.
  func add(_ device: any PartitionDevice) {
    if let place = platformDevices.firstIndex(where: { $0.section == device.section }) {
      platformDevices[place] = device
    } else {
      platformDevices.append(device)
    }
  }

  /// Registers a device of the VIO bus.
  /// - Parameters:
  ///   - device: its unit address must be free.
  ///   - interrupt: its interrupt source; nil for a device that never interrupts.
  public func add(_ device: any VirtualIODevice, interrupt: UInt32?) {
    let unit = device.unitAddress
    lock.withLock {
      precondition(adapters[unit] == nil, "unit address \(unit) is in use")
      virtualDevices.append(device)
      adapters[unit] = VirtualAdapter(device: device, source: interrupt)
    }
    if let device = device as? any WindowedDevice {
      lock.withLock {
        for table in device.dma.tables { addTCETable(table) }
        setInterrupt(of: unit, isEnabled: false)
      }
    }
    device.setInterruptHandler { [weak self] in self?.signalAdapter(unit) }
  }

  /// Enables or disables the interrupt of a device of the VIO bus. The caller holds the lock.
  func setInterrupt(of unit: UInt32, isEnabled: Bool) {
    adapters[unit]?.isEnabled = isEnabled
    (adapters[unit]?.device as? any WindowedDevice)?.setInterrupt(isEnabled: isEnabled)
  }

  /// The command/response queue of the device at a unit address. The caller holds the lock.
  func queue(at unit: UInt32) -> CommandResponseQueue? {
    (adapters[unit]?.device as? any QueuedDevice)?.queue
  }

  /// The device of the VIO bus at a unit address. The caller holds the lock.
  public func virtualDevice(at unit: UInt64) -> (any VirtualIODevice)? {
    UInt32(exactly: unit).flatMap { adapters[$0]?.device }
  }

  /// Signals the interrupt of a device of the VIO bus.
  func signalAdapter(_ unit: UInt32) {
    lock.withLock {
      guard let adapter = adapters[unit], adapter.isEnabled, let source = adapter.source else {
        return
      }
      signal(source)
    }
  }
}

/// A device of the VIO bus with its interrupt.
struct VirtualAdapter {
  let device: any VirtualIODevice
  let source: UInt32?
  /// Set by H_VIO_SIGNAL. Enabled initially: guests use a terminal's interrupt without that call.
  var isEnabled = true
}
