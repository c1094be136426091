internal import Glibc

/// Why a socket cannot be had or used.
public struct SocketError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// Nothing failed: the program is to end.
  public static let ended = SocketError("ended")

  /// What the host's last call failed for.
  static func last(_ what: String) -> SocketError {
    SocketError("\(what): \(String(cString: strerror(errno)))")
  }
}
