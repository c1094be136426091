public import HostSupport
public import SavedState

/// A real-time clock for get-time-of-day and set-time-of-day (LoPAR "Time of Day").
public protocol TimeOfDay: PartitionDevice {
  /// The date and time that the clock shows.
  var now: CalendarDate { get }
  /// Seconds by which the guest has set the clock ahead of the machine's initial time.
  var change: Int64 { get }

  /// Makes the clock show `date`.
  func set(_ date: CalendarDate)
}

extension TimeOfDay {
  /// That of the real-time clock.
  public var section: StateSection { .realTimeClock }
}

extension StateSection {
  /// The real-time clock.
  public static let realTimeClock = StateSection("rtc")
}
