public import HostSupport
public import SavedState

/// A real-time clock as get-time-of-day and set-time-of-day use it (LoPAR "Time of Day").
public protocol TimeOfDay: Sendable {
  /// The date and time that the clock shows.
  var now: CalendarDate { get }
  /// Seconds that the guest has set the clock ahead of what the machine was started with.
  var change: Int64 { get }

  /// Makes the clock show `date`.
  mutating func set(_ date: CalendarDate)

  /// Saves or restores what the guest has set it to.
  mutating func code(_ coder: inout FieldCoder) throws(StateError)
}
