internal import Glibc

/// The time of day: what a source says plus what the guest has set it to.
public struct RealTimeClock: Sendable {
  /// Nanoseconds since the Unix epoch.
  public let source: @Sendable () -> Int64
  /// Added to the source, in seconds; the guest changes it by setting the time.
  public internal(set) var offset: Int64
  /// The offset that the machine was started with; a saved state does not change it.
  private let baseOffset: Int64

  /// - Parameter source: nanoseconds since the Unix epoch; the host's by default.
  public init(
    offset: Int64 = 0, source: @escaping @Sendable () -> Int64 = RealTimeClock.hostTime
  ) {
    self.offset = offset
    baseOffset = offset
    self.source = source
  }

  /// The host's time of day.
  public static let hostTime: @Sendable () -> Int64 = {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  /// Seconds that the guest's clock is ahead of the one that the machine was started with.
  public var change: Int64 { offset &- baseOffset }

  private var seconds: (whole: Int64, nanosecond: Int64) {
    let (quotient, remainder) = source().quotientAndRemainder(dividingBy: 1_000_000_000)
    return remainder < 0
      ? (quotient - 1, remainder + 1_000_000_000) : (quotient, remainder)
  }

  public var now: CalendarDate {
    let (whole, nanosecond) = seconds
    return CalendarDate(
      secondsSinceEpoch: whole &+ offset, nanosecond: Int(nanosecond))
  }

  /// Makes the clock show `date`.
  public mutating func set(_ date: CalendarDate) {
    offset = date.secondsSinceEpoch - seconds.whole
  }
}
