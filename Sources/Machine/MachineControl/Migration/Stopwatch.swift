internal import Glibc
internal import Machine

/// Measures time by the host's clock, which never goes back.
struct Stopwatch {
  private let clock = HostClock()

  /// Milliseconds since it was made.
  var milliseconds: Double { Double(clock.nanoseconds) / 1e6 }

  /// Lets the calling thread wait.
  static func sleep(milliseconds: Double) {
    guard milliseconds > 0 else { return }
    usleep(UInt32(min(milliseconds, 1000) * 1000))
  }
}
