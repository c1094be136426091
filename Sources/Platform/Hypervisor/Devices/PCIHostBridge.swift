/// A PCI function and a place in its configuration space, as RTAS calls name them (LoPAR
/// "read-pci-config"): bus in bits 8:15, device and function in 16:23, the low byte of the register
/// in 24:31, its other four bits in 0:3.
public struct PCIConfigurationAddress: RawRepresentable, Hashable, Sendable {
  /// The cell of the call.
  public var rawValue: UInt32
  /// An address from the cell of a call.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bus number.
  public var bus: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 16) }
  /// Device number on its bus, 0 to 31.
  public var device: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 11 & 0x1F) }
  /// Function number of the device, 0 to 7.
  public var function: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8 & 7) }
  /// Byte offset in the function's configuration space, 0 to 4095.
  public var register: Int { Int(rawValue & 0xFF | rawValue >> 20 & 0xF00) }
  /// The same function's register 0.
  public var functionOnly: Self { Self(rawValue: rawValue & 0x00FF_FF00) }
}

/// How a function signals interrupts: what `ibm,change-msi` can ask for.
public enum PCIMessageKind: Hashable, Sendable {
  /// Message signalled interrupts (MSI).
  case msi
  /// Extended message signalled interrupts (MSI-X).
  case msiX
}

/// The reset state of a partitionable endpoint (LoPAR "ibm,read-slot-reset-state2"). A function is an
/// endpoint of its own; none is ever stopped by an error, as the functions are not hardware.
public enum PCIEndpointState: UInt8, Hashable, Sendable {
  /// In use: neither reset nor stopped.
  case ready = 0
  /// The reset is active.
  case reset = 1
  /// Permanently unavailable, until the partition is started again.
  case unavailable = 5
}

/// Why a host bridge did not do what a call asked for.
public enum PCIBridgeError: Error, Hashable, Sendable {
  /// There is no function at the address.
  case noFunction
  /// A value that the bridge or the function does not have.
  case invalid
  /// Nothing is left of what was asked for.
  case exhausted
}

/// What a bridge's partitionable endpoint has for windows of bus addresses.
public struct DMAWindowResources: Hashable, Sendable {
  /// Windows that can still be made.
  public var windows: UInt32
  /// Translation control entries of the largest window.
  public var entries: UInt64
  /// Base-2 logarithms of the page sizes.
  public var pageShifts: [UInt64]

  /// Resources from their numbers.
  public init(windows: UInt32, entries: UInt64, pageShifts: [UInt64]) {
    (self.windows, self.entries, self.pageShifts) = (windows, entries, pageShifts)
  }
}

/// A PCI host bridge as RTAS calls reach it. Calls come with the partition's lock held.
public protocol PCIHostBridge: AnyObject, Sendable {
  /// The unit identifier (BUID), from the `reg` property of its node.
  var unit: UInt64 { get }

  // MARK: configuration space

  /// The value of 1, 2 or 4 bytes of a function's configuration space.
  func read(_ address: PCIConfigurationAddress, size: Int) throws(PCIBridgeError) -> UInt32
  /// Stores 1, 2 or 4 bytes of a function's configuration space.
  func write(
    _ value: UInt32, _ address: PCIConfigurationAddress, size: Int) throws(PCIBridgeError)

  // MARK: interrupts

  /// Gives a function as many message interrupts as there are, up to `count`; 0 takes them away.
  /// - Parameters:
  ///   - address: the function.
  ///   - kind: nil for what the function has.
  ///   - count: nil to change nothing.
  /// - Returns: what it has now.
  func changeMessages(
    _ address: PCIConfigurationAddress, _ kind: PCIMessageKind?, count: UInt32?
  ) throws(PCIBridgeError) -> (kind: PCIMessageKind, count: UInt32)
  /// An interrupt of a function: its messages, or the line where it has none.
  /// - Throws: ``PCIBridgeError/exhausted`` for an index that the function has no interrupt of.
  func interrupt(
    _ address: PCIConfigurationAddress, index: UInt32
  ) throws(PCIBridgeError) -> (source: UInt32, isLevel: Bool)

  // MARK: error handling

  /// The state of a function's endpoint.
  func endpointState(_ address: PCIConfigurationAddress) throws(PCIBridgeError) -> PCIEndpointState
  /// Changes the state of a function's endpoint: a reset is activated or deactivated, or the
  /// endpoint is given up.
  func setEndpointState(
    _ state: PCIEndpointState, _ address: PCIConfigurationAddress) throws(PCIBridgeError)

  // MARK: windows of bus addresses

  /// Whether a logical I/O bus number is one of the bridge's, in use or not.
  func owns(bus: UInt32) -> Bool
  /// What is left for windows.
  var windowResources: DMAWindowResources { get }
  /// Makes a window.
  func createWindow(
    pageShift: UInt64, sizeShift: UInt64, _ partition: Partition
  ) throws(PCIBridgeError) -> TCETable
  /// Takes a window away; with the last one the default window comes back.
  func removeWindow(bus: UInt32, _ partition: Partition) throws(PCIBridgeError)
  /// The windows as at start: the default one, with no entries.
  func resetWindows(_ partition: Partition)
}
