internal import JSON

extension ControlCommand {
  static let migrationCommands: [ControlCommand] = [
    ControlCommand(
      "migrate", "Move the running guest to `--incoming` at unix:PATH or tcp:HOST:PORT.", ["uri"]
    ) {
      call throws(ControlError) in
      let uri = try call.text("uri")
      let destination: SocketAddress
      do throws(SocketError) { destination = try SocketAddress(uri) } catch {
        throw ControlError("\(error)")
      }
      try call.supervisor.migrate(try call.machine, to: destination)
      return [:]
    },
    ControlCommand("migrate_cancel", "Give the migration up; the guest stays.") {
      call throws(ControlError) in
      call.supervisor.migration?.cancel()
      return [:]
    },
    ControlCommand("query-migrate", "How far the migration is.") { call throws(ControlError) in
      if let arrival = call.supervisor.arrival {
        return [
          "status": "active", "total-time": milliseconds(arrival.milliseconds),
          "ram": ["transferred": .integer(arrival.bytes)],
        ]
      }
      return call.supervisor.migration.map(answer) ?? [:]
    },
    ControlCommand(
      "migrate-set-parameters", "Limits: bytes a second, milliseconds the guest may stand still.",
      ["max-bandwidth", "downtime-limit"]
    ) { call throws(ControlError) in
      var parameters = call.supervisor.parameters
      if let limit = try call.number("max-bandwidth") { parameters.maximumBandwidth = limit }
      if let limit = try call.number("downtime-limit", upTo: 2_000_000) {
        parameters.downtimeLimit = limit
      }
      call.supervisor.parameters = parameters
      call.supervisor.migration?.use(parameters)
      return [:]
    },
    ControlCommand("query-migrate-parameters", "The limits.") { call throws(ControlError) in
      let parameters = call.supervisor.parameters
      return [
        "max-bandwidth": .integer(parameters.maximumBandwidth),
        "downtime-limit": .integer(parameters.downtimeLimit),
      ]
    },
    ControlCommand(
      "migrate-set-capabilities",
      "`auto-converge`: slow a guest down that writes faster than can be sent.", ["capabilities"]
    ) { call throws(ControlError) in
      guard let capabilities = call.arguments["capabilities"]?.elements else {
        throw ControlError("Parameter 'capabilities' is missing")
      }
      for capability in capabilities {
        guard capability["capability"]?.string == "auto-converge",
          let state = capability["state"]?.bool
        else { throw ControlError("the only capability is auto-converge, true or false") }
        call.supervisor.parameters.slowsGuest = state
      }
      call.supervisor.migration?.use(call.supervisor.parameters)
      return [:]
    },
    ControlCommand("query-migrate-capabilities", "What is switched on.") {
      call throws(ControlError) in
      [["capability": "auto-converge", "state": .bool(call.supervisor.parameters.slowsGuest)]]
    },
  ]

  private static func milliseconds(_ value: Double) -> JSONValue { .integer(Int(value.rounded())) }

  private static func answer(_ migration: OutgoingMigration) -> JSONValue {
    let statistics = migration.statistics
    let pageSize: UInt64 = 4096
    let seconds = max(statistics.totalTime / 1000, 0.001)
    return [
      "status": .string(migration.status.rawValue),
      "error-desc": migration.failure.map { .string($0) },
      "total-time": milliseconds(statistics.totalTime),
      "setup-time": milliseconds(statistics.setupTime),
      "downtime": statistics.downtime.map(milliseconds),
      "expected-downtime": statistics.expectedDowntime.map(milliseconds),
      "cpu-throttle-percentage": .integer(statistics.slowedPercent),
      "ram": [
        "transferred": .integer(statistics.transferred), "total": .integer(statistics.total),
        "remaining": .integer(statistics.dirtyPages * pageSize),
        "normal": .integer(statistics.pages), "normal-bytes": .integer(statistics.pages * pageSize),
        "mbps": .decimal((Double(statistics.transferred) * 8 / seconds / 1e3).rounded() / 1e3),
        "dirty-sync-count": .integer(statistics.passes), "page-size": .integer(pageSize),
      ],
    ]
  }
}
