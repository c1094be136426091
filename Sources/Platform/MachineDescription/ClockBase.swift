/// What a real-time clock shows first.
public enum ClockBase: Hashable, Sendable {
  /// The host's time in UTC, or so many seconds ahead of it. A machine whose time is counted in
  /// instructions has a date of its own in its place.
  case host(ahead: Int64)
  /// A date, in seconds since the Unix epoch.
  case date(Int64)
}
