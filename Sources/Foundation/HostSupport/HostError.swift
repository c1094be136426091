internal import Glibc

/// Errors of the host's calls.
package enum HostError {
  /// The host's text for an `errno` value.
  package static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
