internal import JSON
internal import Machine
internal import Hypervisor

/// An event of the control socket, with QMP's name and data.
struct ControlEvent {
  var name: String
  var data: JSONValue?

  static let stop = ControlEvent(name: "STOP")
  static let resume = ControlEvent(name: "RESUME")
  static let powerDown = ControlEvent(name: "POWERDOWN")
  /// The machine powers off when the guest's operating system reports a fatal error.
  static let guestPanicked = ControlEvent(name: "GUEST_PANICKED", data: ["action": "poweroff"])

  static func watchdog(_ action: WatchdogAction) -> ControlEvent {
    let name =
      switch action {
      case .powerOff: "poweroff"
      case .restart: "reset"
      case .dumpRestart: "inject-nmi"
      }
    return ControlEvent(name: "WATCHDOG", data: ["action": .string(name)])
  }

  /// - Parameter change: seconds between the clock's base and the time that the guest has set.
  static func clockSet(_ change: Int64) -> ControlEvent {
    ControlEvent(
      name: "RTC_CHANGE", data: ["offset": .integer(change), "qom-path": "/machine/rtc"])
  }

  static func reset(_ cause: RestartCause) -> ControlEvent {
    ControlEvent(name: "RESET", data: data(ShutdownReason(cause)))
  }

  static func shutdown(_ reason: ShutdownReason) -> ControlEvent {
    ControlEvent(name: "SHUTDOWN", data: data(reason))
  }

  static func migration(_ status: MigrationStatus) -> ControlEvent {
    ControlEvent(name: "MIGRATION", data: ["status": .string(status.rawValue)])
  }

  static func dumpCompleted(_ result: JSONValue) -> ControlEvent {
    ControlEvent(name: "DUMP_COMPLETED", data: ["result": result])
  }

  /// - Parameter number: the number of the pass over memory that begins, from 1.
  static func migrationPass(_ number: UInt64) -> ControlEvent {
    ControlEvent(name: "MIGRATION_PASS", data: ["pass": .integer(number)])
  }

  private static func data(_ reason: ShutdownReason) -> JSONValue {
    ["guest": .bool(reason.isGuests), "reason": .string(reason.rawValue)]
  }
}
