internal import Glibc

/// The destination of a migration.
enum MigrationDestination: @unchecked Sendable {
  // Safety: only the sending thread uses the socket after it has received it.

  case address(SocketAddress)
  /// A connected socket that a client has passed under this name.
  case socket(StreamSocket, name: String)

  func connect() throws(SocketError) -> StreamSocket {
    switch self {
    case .address(let address): try StreamSocket(connectingTo: address)
    case .socket(let socket, _): socket
    }
  }
}

extension MigrationDestination: CustomStringConvertible {
  var description: String {
    switch self {
    case .address(let address): "\(address)"
    case .socket(_, let name): "fd:\(name)"
    }
  }
}

extension ControlCall {
  /// The descriptor that a client has passed under a name, which must be a connected socket.
  func connected(_ name: String) throws(ControlError) -> MigrationDestination {
    let descriptor = try client.parked.remove(name)
    var (type, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
    var (address, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
    let isConnected = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getpeername(descriptor.number, $0, &length) == 0
      }
    }
    guard isConnected, getsockopt(descriptor.number, SOL_SOCKET, SO_TYPE, &type, &size) == 0,
      type == Int32(SOCK_STREAM.rawValue)
    else {
      throw ControlError("fd:\(name): the descriptor is not a connected stream socket")
    }
    // The flags are shared with the client; the sending thread needs a blocking descriptor.
    let flags = fcntl(descriptor.number, F_GETFL)
    if flags >= 0 { _ = fcntl(descriptor.number, F_SETFL, flags & ~O_NONBLOCK) }
    return .socket(StreamSocket(descriptor.release()), name: name)
  }
}
