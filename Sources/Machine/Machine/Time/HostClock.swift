internal import HostSupport
public import PowerCPU
internal import PowerISA

/// The timebase from the host's monotonic clock.
public final class HostClock: ProcessorClock {
  private let start: UInt64

  public init() { start = HostTime.monotonic }

  /// Nanoseconds since initialisation.
  public var nanoseconds: UInt64 { HostTime.monotonic &- start }

  public func timebase(instructionsInRun: UInt64) -> UInt64 {
    TimeBase.ticks(nanoseconds: nanoseconds)
  }

  public func instructions(until deadline: UInt64) -> Int64? { nil }
}
