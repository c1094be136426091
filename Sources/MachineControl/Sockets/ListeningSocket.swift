internal import Glibc

/// A socket that others connect to. The file of a local one goes away with it.
public final class ListeningSocket {
  public let address: SocketAddress
  let descriptor: Int32

  public init(at address: SocketAddress) throws(SocketError) {
    self.address = address
    if case .unix(let path) = address { try Self.removeUnused(path, address) }
    descriptor = try address.withSockets("listen at") { descriptor, place, size in
      bind(descriptor, place, size) == 0 && listen(descriptor, 8) == 0
    }
  }

  deinit {
    close(descriptor)
    if case .unix(let path) = address { unlink(path) }
  }

  /// Removes the socket that a process left which is no more.
  private static func removeUnused(
    _ path: String, _ address: SocketAddress
  ) throws(SocketError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    guard (try? StreamSocket(connectingTo: address)) == nil else {
      throw SocketError("cannot listen at \(address): somebody does")
    }
    unlink(path)
  }

  /// Waits for somebody who connects.
  /// - Returns: nil when nobody did within `milliseconds`; negative is forever.
  public func accept(milliseconds: Int32 = -1) throws(SocketError) -> StreamSocket? {
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, milliseconds) > 0 else { return nil }
    let connection = Glibc.accept(descriptor, nil, nil)
    guard connection >= 0 else {
      guard errno == EINTR || errno == EAGAIN || errno == ECONNABORTED else {
        throw .last("cannot accept a connection at \(address)")
      }
      return nil
    }
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    return StreamSocket(connection)
  }
}
