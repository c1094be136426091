internal import Glibc

/// The host's end of a port: a stream socket of which one program at a time has the other end.
public final class PortSocket: @unchecked Sendable {
  // Safety: the lock of the device that has it guards what changes.

  /// What a program has sent.
  enum Arrival: Equatable {
    case bytes([UInt8])
    case nothing
    case closed
  }

  private var connection: Int32
  private let listener: Int32
  /// What has the listening socket.
  private let owner: AnyObject?

  /// The end of a connection, which belongs to it.
  public init(connected descriptor: Int32) {
    (connection, listener, owner) = (descriptor, -1, nil)
  }

  /// The end for those who connect, one after the other.
  /// - Parameters:
  ///   - listener: a listening socket, from now on without waiting.
  ///   - owner: what closes the socket, kept as long as this.
  public init(listening listener: Int32, owner: any AnyObject & Sendable) {
    _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
    (connection, self.listener, self.owner) = (-1, listener, owner)
  }

  deinit { if connection >= 0 { close(connection) } }

  /// The connection, or the listening socket without one; negative when no program can come.
  var descriptor: Int32 { connection >= 0 ? connection : listener }
  /// Whether a program is connected.
  var isConnected: Bool { connection >= 0 }

  /// Takes the next connection; false when there is none.
  func accept() -> Bool {
    guard listener >= 0, connection < 0 else { return false }
    connection = Glibc.accept(listener, nil, nil)
    guard connection >= 0 else { return false }
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    return true
  }

  /// Receives up to `limit` bytes, without waiting.
  func receive(limit: Int) -> Arrival {
    guard connection >= 0 else { return .nothing }
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, size in
      count = recv(connection, buffer.baseAddress, limit, Int32(MSG_DONTWAIT))
      size = max(count, 0)
    }
    if count > 0 { return .bytes(bytes) }
    if count < 0, [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) { return .nothing }
    disconnect()
    return .closed
  }

  /// Sends what the connection takes, without waiting.
  /// - Returns: the number of bytes; nil when the program is gone.
  func send(_ bytes: [UInt8]) -> Int? {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    let count = Glibc.send(connection, bytes, bytes.count, flags)
    if count >= 0 { return count }
    if [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) { return 0 }
    disconnect()
    return nil
  }

  private func disconnect() {
    close(connection)
    connection = -1
  }
}
