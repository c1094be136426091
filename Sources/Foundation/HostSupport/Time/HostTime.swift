internal import Glibc

/// The host's clocks, in nanoseconds.
public enum HostTime {
  /// Nanoseconds of a clock that never goes back, from an arbitrary start.
  public static var monotonic: UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
  }

  /// Nanoseconds since the Unix epoch, in UTC.
  public static var sinceEpoch: Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
