internal import Glibc

/// Waiting for descriptors of the host.
package enum HostPoll {
  /// Waits until some descriptors can be read from, or have ended.
  /// - Returns: those; none after `milliseconds` or a signal.
  package static func readable(_ descriptors: [Int32], milliseconds: Int32) -> [Int32] {
    var waits = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&waits, nfds_t(waits.count), milliseconds) > 0 else { return [] }
    return waits.filter { $0.revents != 0 }.map(\.fd)
  }
}
