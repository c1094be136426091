internal import Glibc

/// Waiting for descriptors of the host.
package enum HostPoll {
  /// Waits until descriptors are readable or closed.
  /// - Returns: those descriptors; none after `milliseconds` or a signal.
  package static func readable(_ descriptors: [Int32], milliseconds: Int32) -> [Int32] {
    var waits = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&waits, nfds_t(waits.count), milliseconds) > 0 else { return [] }
    return waits.filter { $0.revents != 0 }.map(\.fd)
  }

  /// Waits until a descriptor is readable, a signal arrives, or less than a millisecond of the time
  /// is left. A shorter wait ignores the descriptors, because that does not need a busy host
  /// processor.
  package static func wait(_ descriptors: [Int32], nanoseconds: UInt64) {
    let milliseconds = Int32(clamping: nanoseconds / 1_000_000)
    if milliseconds > 0 {
      _ = readable(descriptors, milliseconds: milliseconds)
    } else {
      var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds % 1_000_000))
      nanosleep(&time, nil)
    }
  }
}
