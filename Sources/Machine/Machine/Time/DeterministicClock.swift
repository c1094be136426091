public import PowerCPU
internal import PowerISA
internal import Synchronization

/// Time counted in instructions: 10^9 per second. Two runs of the same guest see the same times.
public final class DeterministicClock: ProcessorClock {
  /// Nanoseconds at the beginning of the current run.
  private let instant = Atomic<UInt64>(0)

  /// A clock at 0, as when the machine is switched on.
  public init() {}

  /// Nanoseconds since the machine was switched on.
  public var now: UInt64 { instant.load(ordering: .relaxed) }

  /// The last time, after 146 years, which a guest that only waits can reach.
  static let end: UInt64 = 1 << 62

  /// Advances time after instructions or a wait. Only one thread calls it.
  public func advance(nanoseconds: UInt64) {
    set(nanoseconds: now + min(nanoseconds, Self.end))
  }

  /// Returns to the beginning of a slice that another processor also runs.
  public func set(nanoseconds: UInt64) {
    instant.store(min(nanoseconds, Self.end), ordering: .relaxed)
  }

  /// The timebase after `instructionsInRun` instructions of the current run, at 1 ns each.
  public func timebase(instructionsInRun: UInt64) -> UInt64 {
    TimeBase.ticks(nanoseconds: now &+ instructionsInRun)
  }

  /// Nanoseconds, and so instructions, until the timebase reaches `deadline`; 0 where it has.
  public func instructions(until deadline: UInt64) -> Int64? {
    // The first nanosecond at which the timebase has reached the deadline.
    let needed = Self.nanoseconds(atTick: deadline)
    let now = now
    return needed <= now ? 0 : Int64(clamping: needed - now)
  }

  /// Rounded up, so that the timebase has reached the tick; the far future is clamped.
  static func nanoseconds(atTick tick: UInt64) -> UInt64 {
    let (whole, overflow) = (tick / 64).multipliedReportingOverflow(by: 125)
    guard !overflow, whole < .max - 125 else { return .max }
    return whole + (tick % 64 * 125 + 63) / 64
  }
}
