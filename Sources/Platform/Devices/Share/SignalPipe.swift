internal import Glibc

/// A pipe that is signalled as an event of Linux is, by eight bytes. No call for it waits, whatever the
/// process does that has its other end.
final class SignalPipe: Sendable {
  let reading: Int32
  let writing: Int32

  init() throws(ShareServerError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .host(action: "a pipe for virtiofsd", number: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    close(writing)
  }

  /// Signals; a full pipe is signalled already.
  func signal() {
    var one: UInt64 = 1
    _ = write(writing, &one, 8)
  }

  /// Takes all signals.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while read(reading, &bytes, bytes.count) == bytes.count {}
  }
}
