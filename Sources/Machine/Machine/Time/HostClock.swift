internal import Glibc
public import PowerCPU

/// The timebase from the host's monotonic clock.
public final class HostClock: ProcessorClock {
  private let start: UInt64

  public init() { start = Self.nanoseconds() }

  private static func nanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
  }

  /// Nanoseconds since the clock was made.
  public var nanoseconds: UInt64 { Self.nanoseconds() &- start }

  public func timebase(instructionsInRun: UInt64) -> UInt64 {
    timebaseTicks(nanoseconds: nanoseconds)
  }

  public func instructions(until deadline: UInt64) -> Int64? { nil }
}
