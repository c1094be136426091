public import MachineDescription

/// A logical LAN adapter for its calls (LoPAR "Interpartition Logical LAN (ILLAN) Option"). Calls come
/// with the partition's lock held.
public protocol LogicalLANDevice: WindowedDevice {
  /// H_REGISTER_LOGICAL_LAN: where the guest's receive queue is, and pages for the platform's use.
  func register(
    bufferList: BusAddress, queue: BufferDescriptor, filterList: BusAddress,
    address: HardwareAddress
  ) throws(HypercallStatus)
  /// H_FREE_LOGICAL_LAN: the guest's memory is used no more.
  func deregister() throws(HypercallStatus)
  /// H_ADD_LOGICAL_LAN_BUFFER: a buffer for what arrives.
  func add(_ buffer: BufferDescriptor) throws(HypercallStatus)
  /// H_FREE_LOGICAL_LAN_BUFFER: puts a buffer of so many bytes into the receive queue, without a frame.
  func returnBuffer(ofSize size: UInt64) throws(HypercallStatus)
  /// H_SEND_LOGICAL_LAN: sends the frame that is in buffers one after the other.
  /// - Parameters:
  ///   - buffers: where the frame's parts are.
  ///   - segmentSize: bytes of TCP's data in a segment, for an adapter with large send.
  func send(_ buffers: [BufferDescriptor], segmentSize: UInt64) throws(HypercallStatus)
  /// H_MULTICAST_CTRL: sets which frames to groups are received.
  /// - Returns: the status, and the state of the filter.
  func controlMulticast(
    flags: UInt64, address: UInt64
  ) throws(HypercallStatus) -> (status: HypercallStatus, state: UInt64)
  /// H_CHANGE_LOGICAL_LAN_MAC
  func changeAddress(_ address: HardwareAddress)
  /// H_ILLAN_ATTRIBUTES: changes attributes.
  /// - Returns: the status, and the attributes after the change.
  func changeAttributes(
    reset: UInt64, set: UInt64
  ) throws(HypercallStatus) -> (status: HypercallStatus, attributes: UInt64)
}

/// A buffer descriptor of a logical LAN adapter (LoPAR "Buffer Descriptor"): a control byte, a length in
/// three bytes, and a bus address in four.
public struct BufferDescriptor: RawRepresentable, Hashable, Sendable {
  /// The eight bytes, the control byte in the most significant one.
  public var rawValue: UInt64
  /// A descriptor from its eight bytes.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Bits of the control byte.
  public struct Control: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Bits from their value.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The descriptor is in use; in an entry of a receive queue the bit that alternates.
    public static let valid = Control(rawValue: 0x80)
    /// In the descriptor of a receive queue: the inverse of the bit by which its entries are valid. In
    /// an entry: there is a frame in the buffer.
    public static let toggle = Control(rawValue: 0x40)
    /// The frame is longer than the network's, and has a segment size.
    public static let isLarge = Control(rawValue: 0x04)
    /// The frame has no checksum.
    public static let lacksChecksum = Control(rawValue: 0x02)
    /// The frame's checksum is right or need not be verified.
    public static let hasGoodChecksum = Control(rawValue: 0x01)
  }

  /// The control byte.
  public var control: Control { Control(rawValue: UInt8(rawValue >> 56)) }
  /// Bytes of the buffer.
  public var count: Int { Int(rawValue >> 32 & 0xFF_FFFF) }
  /// Where the buffer begins.
  public var address: BusAddress { BusAddress(rawValue & 0xFFFF_FFFF) }
}
