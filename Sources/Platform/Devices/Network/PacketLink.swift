internal import Glibc

/// A descriptor of the host on which each write and each read is a frame: a TAP device, or a socket
/// that keeps the boundaries of messages.
public final class PacketLink: NetworkLink, @unchecked Sendable {
  // Safety: the card's lock guards what changes.

  /// Requests to TAP devices (linux/if_tun.h).
  private enum Request {
    static let interface: UInt = 0x8004_54D2
    static let headerSize: UInt = 0x4004_54D8
    static let littleEndian: UInt = 0x4004_54DC
    static let offload: UInt = 0x4004_54D0
  }

  /// IFF_VNET_HDR
  private static let hasHeader: Int16 = 0x4000

  private let ownDescriptor: Int32
  /// With headers on a TAP device that has them.
  public let format: LinkFormat
  /// Whether the other end has not gone.
  public private(set) var isUp = true

  /// A link over a descriptor, which from now on does not block and belongs to the link.
  public init(descriptor: Int32) {
    ownDescriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var request = ifreq()
    guard ioctl(descriptor, Request.interface, &request) == 0,
      request.ifr_ifru.ifru_flags & Self.hasHeader != 0
    else {
      format = .wire
      return
    }
    format = .headers
    var size = Int32(TransmitOffload.headerSize)
    _ = ioctl(descriptor, Request.headerSize, &size)
    var on: Int32 = 1
    _ = ioctl(descriptor, Request.littleEndian, &on)
    // A device that stays has what its last user could receive.
    _ = ioctl(descriptor, Request.offload, 0 as Int32)
  }

  deinit { close(ownDescriptor) }

  /// The descriptor, until the other end is gone.
  public var descriptor: Int32 { isUp ? ownDescriptor : -1 }

  /// Never: frames stay in the descriptor until they are received.
  public var hasFrame: Bool { false }

  /// Whether the descriptor can be written.
  public func hasRoom() -> Bool {
    var wait = pollfd(fd: ownDescriptor, events: Int16(POLLOUT), revents: 0)
    return !isUp || poll(&wait, 1, 0) != 0
  }

  /// Sends a frame; it is lost when the host has no room for it or the other end is gone.
  public func send(_ frame: UnsafeRawBufferPointer) {
    while write(ownDescriptor, frame.baseAddress, frame.count) < 0, errno == EINTR {}
  }

  /// Nothing is kept.
  public func flush() -> Bool { true }

  /// Receives a frame. What does not fit is lost.
  public func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival {
    while isUp {
      let count = read(ownDescriptor, buffer.baseAddress, buffer.count)
      if count > 0 { return .frame(count) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return .nothing }
      isUp = false
      return .closed
    }
    return .nothing
  }

  /// Lets the host send packets as the driver can take them.
  public func setReceiveOffload(_ offload: ReceiveOffload) {
    if format.hasHeader { _ = ioctl(ownDescriptor, Request.offload, Int32(offload.rawValue)) }
  }
}
