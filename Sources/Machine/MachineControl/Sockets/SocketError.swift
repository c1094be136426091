internal import Glibc
internal import HostSupport

/// Why a socket cannot be had or used.
public enum SocketError: Error, Equatable, CustomStringConvertible {
  /// A call of the host failed: what was tried, and the error number.
  case host(String, code: Int32)
  /// A host's name has no address: what was tried, and the result of `getaddrinfo`.
  case name(String, code: Int32)
  /// A text that is no address of a socket.
  case notAnAddress(String)
  /// The path of a local socket does not fit into its address: the text, and the path's bytes.
  case pathLength(String, bytes: Int)
  /// Another program listens there.
  case inUse(SocketAddress)
  /// The other end sends, or leaves out, what the protocol does not allow.
  case peer(String)
  /// Nothing failed: the program is to end.
  case ended

  /// The reason in words.
  public var description: String {
    switch self {
    case .host(let what, let code): "\(what): \(HostError.text(code))"
    case .name(let what, let code): "\(what): \(String(cString: gai_strerror(code)))"
    case .notAnAddress(let text):
      "'\(text)' is none of unix:PATH, a path with a slash, tcp:PORT and tcp:HOST:PORT"
    case .pathLength(let text, let bytes):
      "'\(text)': the path has \(bytes) bytes, 1 to 107 are possible"
    case .inUse(let address): "cannot listen at \(address): the address is in use"
    case .peer(let reason): reason
    case .ended: "ended"
    }
  }

  /// The error of the host's last call.
  static func last(_ what: String) -> SocketError { .host(what, code: errno) }
}
