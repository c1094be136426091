internal import Glibc

/// Measures time by the host's clock, which never goes back.
struct Stopwatch {
  private let start = Self.now

  private static var now: UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
  }

  /// Milliseconds since it was made.
  var milliseconds: Double { Double(Self.now &- start) / 1e6 }

  /// Lets the calling thread wait.
  static func sleep(milliseconds: Double) {
    guard milliseconds > 0 else { return }
    usleep(UInt32(min(milliseconds, 1000) * 1000))
  }
}
