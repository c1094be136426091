/// The address of a socket: `unix:PATH`, or a path that has a slash or ends with `.sock`;
/// `tcp:PORT` on this host, or `tcp:HOST:PORT`; an IPv6 address is in brackets.
public enum SocketAddress: Hashable, Sendable {
  case unix(path: String)
  case tcp(host: String, port: UInt16)

  /// Reads an address as command lines have it.
  public init(_ text: String) throws(SocketError) {
    let isPath = !text.contains(":") && (text.contains("/") || text.hasSuffix(".sock"))
    if isPath || text.hasPrefix("unix:") {
      let path = isPath ? text : String(text.dropFirst(5))
      // The longest path that fits in a sockaddr_un with its terminating zero.
      guard (1...107).contains(path.utf8.count), !path.utf8.contains(0) else {
        throw .pathLength(text, bytes: path.utf8.count)
      }
      self = .unix(path: path)
      return
    }
    guard text.hasPrefix("tcp:") else { throw .notAnAddress(text) }
    let rest = text.dropFirst(4)
    let colon = rest.lastIndex(of: ":")
    guard let port = UInt16(colon.map { rest[rest.index(after: $0)...] } ?? rest), port > 0 else {
      throw .notAnAddress(text)
    }
    var host = colon.map { rest[..<$0] } ?? ""
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    // Other hosts can connect only when the address names an interface that they reach.
    self = .tcp(host: host.isEmpty ? "localhost" : String(host), port: port)
  }
}

extension SocketAddress: CustomStringConvertible {
  /// The address as ``init(_:)`` reads it.
  public var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .tcp(let host, let port):
      host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
    }
  }
}
