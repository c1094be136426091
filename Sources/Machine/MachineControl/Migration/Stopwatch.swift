internal import Glibc
internal import Machine

/// Measures time with the host's monotonic clock.
struct Stopwatch {
  private let clock = HostClock()

  /// Milliseconds since the initialisation.
  var milliseconds: Double { Double(clock.nanoseconds) / 1e6 }

  /// Suspends the calling thread.
  static func sleep(milliseconds: Double) {
    guard milliseconds > 0 else { return }
    usleep(UInt32(min(milliseconds, 1000) * 1000))
  }
}
