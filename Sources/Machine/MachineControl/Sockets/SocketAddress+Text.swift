internal import Glibc

extension SocketAddress {
  /// Calls a function with a new socket for each host address of this address, until one succeeds.
  /// - Returns: the socket's descriptor.
  func withSockets(
    _ what: String, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(SocketError) -> Int32 {
    switch self {
    case .unix(let path): try Self.unixSocket("cannot \(what) \(self)", path, body)
    case .tcp(let host, let port): try Self.tcpSocket("cannot \(what) \(self)", host, port, body)
    }
  }

  private static func unixSocket(
    _ failure: String, _ path: String,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(SocketError) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .last(failure) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isDone = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard isDone else {
      let error = SocketError.last(failure)
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func tcpSocket(
    _ failure: String, _ host: String, _ port: UInt16,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(SocketError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var results: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &results)
    guard status == 0 else {
      throw .name(failure, code: status)
    }
    defer { freeaddrinfo(results) }
    var error = SocketError.peer("\(failure): the host has no address")
    var next = results
    while let result = next?.pointee {
      next = result.ai_next
      let descriptor = socket(
        result.ai_family, result.ai_socktype | O_CLOEXEC, result.ai_protocol)
      guard descriptor >= 0, let address = result.ai_addr else { continue }
      var on: Int32 = 1
      let size = socklen_t(MemoryLayout<Int32>.size)
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
      if body(descriptor, address, result.ai_addrlen) { return descriptor }
      error = .last(failure)
      close(descriptor)
    }
    throw error
  }
}
