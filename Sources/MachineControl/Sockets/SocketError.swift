internal import Glibc

/// Why a socket cannot be had or used.
public struct SocketError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }

  /// What the host's last call failed for.
  static func last(_ what: String) -> SocketError {
    SocketError("\(what): \(String(cString: strerror(errno)))")
  }
}
