public import HostSupport
public import Hypervisor
public import SavedState
internal import Synchronization

/// The time of day: what a source says plus what the guest has set it to. Safe to use from any thread.
public final class RealTimeClock: TimeOfDay {
  /// Nanoseconds since the Unix epoch.
  public let source: @Sendable () -> Int64
  private let currentOffset: Mutex<Int64>
  /// The offset that the machine was started with; a saved state does not change it.
  private let baseOffset: Int64

  /// - Parameters:
  ///   - offset: seconds that the clock is ahead of its source.
  ///   - source: nanoseconds since the Unix epoch; the host's by default.
  public init(
    offset: Int64 = 0, source: @escaping @Sendable () -> Int64 = { HostTime.sinceEpoch }
  ) {
    currentOffset = Mutex(offset)
    baseOffset = offset
    self.source = source
  }

  /// Added to the source, in seconds; the guest changes it by setting the time.
  public private(set) var offset: Int64 {
    get { currentOffset.withLock { $0 } }
    set { currentOffset.withLock { $0 = newValue } }
  }

  /// Seconds that the guest's clock is ahead of the one that the machine was started with.
  public var change: Int64 { offset &- baseOffset }

  private var seconds: (whole: Int64, nanosecond: Int64) {
    let (quotient, remainder) = source().quotientAndRemainder(dividingBy: 1_000_000_000)
    return remainder < 0
      ? (quotient - 1, remainder + 1_000_000_000) : (quotient, remainder)
  }

  /// The guest's calendar time, UTC.
  public var now: CalendarDate {
    let (whole, nanosecond) = seconds
    return CalendarDate(
      secondsSinceEpoch: whole &+ offset, nanosecond: Int(nanosecond))
  }

  /// Makes the clock show `date`.
  public func set(_ date: CalendarDate) {
    offset = date.secondsSinceEpoch - seconds.whole
  }
}

extension RealTimeClock {
  /// Saves or restores what the guest has set it to.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("ahead", offset) { seconds throws(InvalidValue) in
      // A guest, or the base of its clock, can set the years 1 to 9999; a source may begin at 0.
      let most = 2 * CalendarDate.mostSeconds
      guard (-most...most).contains(seconds) else {
        throw InvalidValue("no guest can set such a time")
      }
      offset = seconds
    }
  }
}
