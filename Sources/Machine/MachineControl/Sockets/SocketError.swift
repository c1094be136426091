internal import Glibc

/// The reason for which a socket cannot be made or used.
public struct SocketError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// No failure: the program must end.
  public static let ended = SocketError("ended")

  /// The error of the latest system call.
  static func last(_ what: String) -> SocketError {
    SocketError("\(what): \(String(cString: strerror(errno)))")
  }
}
