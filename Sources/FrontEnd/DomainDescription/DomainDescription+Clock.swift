public import MachineDescription

extension DomainDescription {
  /// `<clock>`: what the real-time clock shows first, and what moves it.
  public struct Clock: Hashable, Sendable {
    /// What the clock shows when the machine starts.
    public enum Base: Hashable, Sendable {
      case utc
      case localtime
      /// The local time of a zone, `Europe/Berlin`.
      case zone(String)
      /// A moment, in seconds since the Unix epoch.
      case date(Int64)
    }

    /// `offset`, or what `basis` says of it.
    public var base = Base.utc
    /// Seconds that the clock is ahead of its base.
    public var adjustment: Int64 = 0
    /// `track` of the `rtc` timer: what moves the clock.
    public var source = MachineDescription.ClockSource.host

    /// A clock that shows UTC.
    public init() {}
  }

  /// Seconds between any two dates of four digits, for bounds.
  private static let mostSeconds = 9999 * 366 * 86400

  mutating func readClock(_ element: XMLCursor) throws(DomainError) {
    let offset = try element.word(
      element["offset"] ?? "utc", "offset",
      of: ["utc", "localtime", "timezone", "variable", "absolute"])
    switch offset {
    case "localtime": clock.base = .localtime
    case "timezone":
      guard let zone = element["timezone"] else { throw element.error("it has no timezone") }
      clock.base = .zone(zone)
    case "absolute":
      guard let start = element["start"] else { throw element.error("it has no start") }
      clock.base = .date(Int64(try element.number(start, "start", in: 0...Self.mostSeconds)))
    case "variable":
      let basis = try element.word(
        element["basis"] ?? "utc", "basis", of: ["utc", "localtime"])
      clock.base = basis == "utc" ? .utc : .localtime
    default: break
    }
    // `reset` stands for no seconds, after which libvirt would follow what the guest sets.
    if let adjustment = element["adjustment"], adjustment != "reset" {
      let isNegative = adjustment.hasPrefix("-")
      let seconds = try element.number(
        String(adjustment.dropFirst(isNegative ? 1 : 0)), "adjustment", in: 0...Self.mostSeconds)
      clock.adjustment = Int64(isNegative ? -seconds : seconds)
    }
    for timer in element.children("timer") { try readTimer(timer) }
  }

  private mutating func readTimer(_ timer: XMLCursor) throws(DomainError) {
    guard timer["name"] == "rtc" else {
      if timer["present"] != "no" {
        notes.append(
          timer.note("left out, not in this machine: timer '\(timer["name"] ?? "")'"))
      }
      return
    }
    guard let track = timer["track"] else { return }
    _ = try timer.word(track, "track", of: ["boot", "guest", "wall", "realtime"])
    switch track {
    case "guest": clock.source = .vm
    case "realtime": clock.source = .rt
    case "boot": throw timer.error("track 'boot' is not for a real-time clock")
    default: clock.source = .host
    }
  }
}
