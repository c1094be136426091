/// One end of an Ethernet: frames without preamble and frame check sequence, in both directions.
///
/// As on a wire, a frame can be lost. The lock of the card that has the link guards it.
public protocol NetworkLink: AnyObject, Sendable {
  /// Can be read when something has arrived, or the other end comes or is gone; can be written when
  /// there is room again. Negative when nothing can come any more.
  var descriptor: Int32 { get }
  /// What its frames are like.
  var format: LinkFormat { get }
  /// Whether there is another end.
  var isUp: Bool { get }
  /// Whether a frame is here already, so that the descriptor need not become readable for it.
  var hasFrame: Bool { get }

  /// Whether one more packet can be sent.
  func hasRoom() -> Bool
  /// Sends a frame, or keeps it until ``flush()``.
  func send(_ frame: UnsafeRawBufferPointer)
  /// Sends what is kept.
  /// - Returns: false when some of it waits until the descriptor can be written.
  func flush() -> Bool
  /// Receives a frame, if there is one, without waiting.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival
  /// Sets what the card's driver can receive.
  func setReceiveOffload(_ offload: ReceiveOffload)
}

/// What the frames of a link are like.
public struct LinkFormat: Hashable, Sendable {
  /// Whether each frame has the header of virtio before it (virtio 1.2, 5.1.6), by which checksums
  /// and segmentation are left to the other end.
  public var hasHeader = false
  /// Whether the other end takes TCP's packets of up to 64 KiB in one frame.
  public var takesLargePackets = false
  /// Whether the checksums of what arrives are right.
  public var isChecked = false

  /// Frames as on a wire.
  public static let wire = LinkFormat()
  /// Frames that a separate process exchanges with this one.
  public static let local = LinkFormat(takesLargePackets: true, isChecked: true)
  /// Frames with headers.
  public static let headers = LinkFormat(hasHeader: true)
}

/// What a driver can receive.
public struct ReceiveOffload: OptionSet, Hashable, Sendable {
  /// TUN_F_CSUM and so on.
  public let rawValue: UInt32
  /// Some of them.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Frames without checksums (TUN_F_CSUM).
  public static let checksum = ReceiveOffload(rawValue: 1)
  /// TCP over IPv4 in packets of up to 64 KiB (TUN_F_TSO4).
  public static let segmentation4 = ReceiveOffload(rawValue: 2)
  /// TCP over IPv6 in packets of up to 64 KiB (TUN_F_TSO6).
  public static let segmentation6 = ReceiveOffload(rawValue: 4)
}

/// What a link has.
public enum NetworkArrival: Hashable, Sendable {
  /// A frame of so many bytes.
  case frame(Int)
  /// Nothing now.
  case nothing
  /// The other end has come.
  case opened
  /// The other end is gone.
  case closed
}
