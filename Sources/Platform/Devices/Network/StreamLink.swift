internal import Glibc
internal import HostSupport

/// A stream socket with frames, each after its length in four bytes, big-endian: QEMU's
/// `-netdev stream`, passt, another machine, or the process that is the user network.
public final class StreamLink: NetworkLink, @unchecked Sendable {
  // Safety: the card's lock guards what changes.

  /// Bytes that wait to be sent before no more are taken from the driver.
  private static let mostWaiting = 256 << 10

  /// What the frames are like.
  public let format: LinkFormat
  private var stream: FrameStream?
  private let listener: Int32
  /// What has the listening socket.
  private let owner: AnyObject?

  /// A link over a connected socket, which belongs to it.
  public init(connected descriptor: Int32, format: LinkFormat = .wire) {
    self.format = format
    stream = FrameStream(descriptor: descriptor)
    (listener, owner) = (-1, nil)
  }

  /// A link to those who connect, one after the other.
  /// - Parameters:
  ///   - listener: a listening socket, from now on without waiting.
  ///   - owner: what closes the socket, kept as long as the link.
  public init(listening listener: Int32, owner: any AnyObject & Sendable) {
    format = .wire
    _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
    (self.listener, self.owner) = (listener, owner)
  }

  /// The connection, or the listening socket without one.
  public var descriptor: Int32 { stream?.descriptor ?? listener }
  /// Whether there is a connection.
  public var isUp: Bool { stream != nil }
  /// Whether a frame has been received with an earlier one.
  public var hasFrame: Bool { stream?.hasFrame ?? false }

  /// Whether little enough waits to be sent.
  public func hasRoom() -> Bool {
    guard let stream, stream.waiting >= Self.mostWaiting else { return true }
    return stream.flush()
  }

  /// Adds a frame to what is sent.
  public func send(_ frame: UnsafeRawBufferPointer) { stream?.append(frame) }

  /// Sends what the socket takes.
  public func flush() -> Bool { stream?.flush() ?? true }

  /// Receives a frame, or accepts a connection.
  public func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival {
    guard let stream else { return accept() ? .opened : .nothing }
    switch stream.next() {
    case .frame(let bytes) where bytes.count <= buffer.count:
      buffer.copyMemory(from: bytes)
      return .frame(bytes.count)
    case .nothing: return .nothing
    case .frame, .closed:
      self.stream = nil
      return .closed
    }
  }

  private func accept() -> Bool {
    guard listener >= 0 else { return false }
    let connection = Glibc.accept(listener, nil, nil)
    guard connection >= 0 else { return false }
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    // Fails on a local socket, which does not wait for more to send.
    var on: Int32 = 1
    setsockopt(
      connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    stream = FrameStream(descriptor: connection)
    return true
  }

  /// Frames come complete.
  public func setReceiveOffload(_ offload: ReceiveOffload) {}
}
