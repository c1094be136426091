internal import Glibc

/// A listening socket. Deinitialisation removes the file of a local one.
public final class ListeningSocket: @unchecked Sendable {
  // Safety: only initialization and deinitialization change it.

  /// Where clients reach it; the port is the one that was asked for.
  public let address: SocketAddress
  package let descriptor: Int32
  /// Identifies the file of a local socket: another program may have replaced it.
  private var file: (device: dev_t, number: ino_t)?

  /// Listens at an address; the file of a local socket that no program listens at any more is
  /// replaced.
  public init(at address: SocketAddress) throws(SocketError) {
    self.address = address
    if case .unix(let path) = address { try Self.removeUnused(path, address) }
    descriptor = try address.withSockets("listen at") { descriptor, place, size in
      // Sets the mode of the file, whatever the umask is: a client that can connect controls the
      // guest.
      fchmod(descriptor, 0o600)
      return bind(descriptor, place, size) == 0 && listen(descriptor, 128) == 0
    }
    var status = stat()
    if case .unix(let path) = address, lstat(path, &status) == 0 {
      file = (status.st_dev, status.st_ino)
    }
  }

  deinit {
    close(descriptor)
    guard case .unix(let path) = address, let file else { return }
    var status = stat()
    if lstat(path, &status) == 0, status.st_dev == file.device, status.st_ino == file.number {
      unlink(path)
    }
  }

  /// Removes the socket file that an ended process left.
  private static func removeUnused(
    _ path: String, _ address: SocketAddress
  ) throws(SocketError) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    var isUnused = false
    _ = try? address.withSockets("connect to") { descriptor, place, size in
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      // A socket with a full queue, or without permission for us, is in use.
      isUnused = connect(descriptor, place, size) != 0 && errno == ECONNREFUSED
      return false
    }
    guard isUnused else { throw .inUse(address) }
    unlink(path)
  }

  /// Waits for a connection.
  /// - Returns: nil when there was none within `milliseconds`; a negative number waits forever.
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
