internal import HostSupport
public import PowerCPU
internal import PowerISA

/// The timebase from the host's monotonic clock.
public final class HostClock: ProcessorClock {
  private let start: UInt64

  /// A clock that starts at 0.
  public init() { start = HostTime.monotonic }

  /// Nanoseconds since initialisation.
  public var nanoseconds: UInt64 { HostTime.monotonic &- start }

  /// The timebase now; instructions do not count.
  public func timebase(instructionsInRun: UInt64) -> UInt64 {
    TimeBase.ticks(nanoseconds: nanoseconds)
  }

  /// Nil: time passes without instructions.
  public func instructions(until deadline: UInt64) -> Int64? { nil }
}
