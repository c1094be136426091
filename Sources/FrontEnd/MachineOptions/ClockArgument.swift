package import ArgumentParser
internal import DomainDescription
internal import HostSupport
package import MachineDescription

/// The real-time clock, for commands that have a machine which runs.
package struct ClockOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      What the real-time clock shows at the start (the host's time in UTC or its time zone, or a date \
      as 2026-11-28T12:00:00), and what moves it: the host's time of day, the host's time without \
      corrections (rt), or the guest's own time (vm). Default: base=utc,clock=host.
      """,
      valueName: "base=utc|localtime|DATE[,clock=host|rt|vm]"))
  package var rtc: ClockArgument?

  package init() {}

  /// Puts what they say in the place of what a domain said.
  package func apply(to machine: inout ResolvedMachine) {
    guard let rtc else { return }
    if let base = rtc.base {
      machine.clock.adjustment = 0
      machine.clock.base =
        switch base {
        case .utc: .utc
        case .localtime: .localtime
        case .date(let seconds): .date(seconds)
        }
    }
    guard let source = rtc.source else { return }
    machine.clock.source = source
    machine.description.devices.clockSource = source
  }
}

/// `base=utc|localtime|DATE[,clock=host|rt|vm]`, in any order.
package struct ClockArgument: ExpressibleByArgument {
  package enum Base: Hashable {
    case utc
    case localtime
    /// Seconds since the Unix epoch.
    case date(Int64)
  }

  package var base: Base?
  package var source: MachineDescription.ClockSource?

  package init?(argument: String) {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count == 2 ? String(pair[1]) : ""
      switch pair[0] {
      case "base" where base == nil:
        switch value {
        case "utc": base = .utc
        case "localtime": base = .localtime
        default:
          guard let date = CalendarDate(text: value) else { return nil }
          base = .date(date.secondsSinceEpoch)
        }
      case "clock" where source == nil:
        source = MachineDescription.ClockSource(rawValue: value)
        if source == nil { return nil }
      default: return nil
      }
    }
  }

  /// The part that names the host's time, if there is one.
  package var hostTime: String? {
    switch (base, source) {
    case (.utc, _): "base=utc"
    case (.localtime, _): "base=localtime"
    case (_, .host?): "clock=host"
    case (_, .rt?): "clock=rt"
    default: nil
    }
  }
}
