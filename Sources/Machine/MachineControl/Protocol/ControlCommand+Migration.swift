internal import JSON

extension ControlCommand {
  static let migrationCommands: [ControlCommand] = [
    ControlCommand(
      "migrate",
      "Move the running guest to `--incoming` at unix:PATH, tcp:HOST:PORT, or fd:NAME, connected to it.",
      ["uri"]
    ) {
      call throws(ControlError) in
      let uri = try call.text("uri")
      let destination: MigrationDestination
      if uri.hasPrefix("fd:") {
        destination = try call.connected(String(uri.dropFirst(3)))
      } else {
        do throws(SocketError) { destination = .address(try SocketAddress(uri)) } catch {
          throw ControlError("\(error)")
        }
      }
      try call.supervisor.migrate(try call.machine, to: destination)
      return [:]
    },
    ControlCommand("migrate_cancel", "Cancel the migration; the guest stays here.") {
      call throws(ControlError) in
      call.supervisor.migration?.cancel()
      return [:]
    },
    ControlCommand("query-migrate", "The migration's status and progress.") {
      call throws(ControlError) in
      call.supervisor.migration.map(answer) ?? answer(call.supervisor.arrival)
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
    ControlCommand("query-migrate-parameters", "The parameters of migrations.") {
      call throws(ControlError) in
      let parameters = call.supervisor.parameters
      return [
        "max-bandwidth": .integer(parameters.maximumBandwidth),
        "downtime-limit": .integer(parameters.downtimeLimit),
      ]
    },
    ControlCommand(
      "migrate-set-capabilities",
      "`auto-converge`: slow a guest down that writes faster than can be sent; `events`: an event for "
        + "every change of the status.", ["capabilities"]
    ) { call throws(ControlError) in
      guard let capabilities = call.arguments["capabilities"]?.elements else {
        throw ControlError("Parameter 'capabilities' is missing")
      }
      var parameters = call.supervisor.parameters
      for capability in capabilities {
        let row = MigrationCapability.all.first { $0.name == capability["capability"]?.string }
        guard let row, let state = capability["state"]?.bool else {
          let names = MigrationCapability.all.map(\.name).joined(separator: " and ")
          throw ControlError("the capabilities are \(names), true or false")
        }
        parameters[keyPath: row.place] = state
      }
      call.supervisor.parameters = parameters
      call.supervisor.migration?.use(parameters)
      return [:]
    },
    ControlCommand("query-migrate-capabilities", "The enabled capabilities.") {
      call throws(ControlError) in
      let parameters = call.supervisor.parameters
      return .array(
        MigrationCapability.all.map {
          ["capability": .string($0.name), "state": .bool(parameters[keyPath: $0.place])]
        })
    },
  ]

  private static func milliseconds(_ value: Double) -> JSONValue { .integer(Int(value.rounded())) }

  /// The destination's answer: the address while it waits, then the progress.
  private static func answer(_ arrival: MachineSupervisor.Arrival) -> JSONValue {
    guard arrival.status != .none else {
      return arrival.address.map { ["socket-address": [address($0)]] } ?? [:]
    }
    return [
      "status": .string(arrival.status.rawValue),
      "total-time": arrival.migration.map { milliseconds($0.milliseconds) },
      "ram": arrival.migration.map { ["transferred": .integer($0.received)] },
    ]
  }

  private static func address(_ address: SocketAddress) -> JSONValue {
    switch address {
    case .unix(let path): ["type": "unix", "path": .string(path)]
    case .tcp(let host, let port):
      ["type": "inet", "host": .string(host), "port": .string("\(port)")]
    }
  }

  /// The source's answer; it has numbers only during a migration or after one that succeeded.
  private static func answer(_ migration: OutgoingMigration) -> JSONValue {
    let status = migration.status
    switch status {
    case .none: return [:]
    case .setup, .cancelled: return ["status": .string(status.rawValue)]
    case .failed:
      return [
        "status": .string(status.rawValue),
        "error-desc": migration.failure.map { .string($0) },
      ]
    case .active, .device, .cancelling, .completed: break
    }
    let statistics = migration.statistics
    let isCompleted = status == .completed
    return [
      "status": .string(status.rawValue),
      "total-time": milliseconds(statistics.totalTime),
      "setup-time": milliseconds(statistics.setupTime),
      "downtime": isCompleted ? statistics.downtime.map(milliseconds) : nil,
      "expected-downtime": isCompleted ? nil : statistics.expectedDowntime.map(milliseconds),
      "cpu-throttle-percentage": statistics.slowedPercent > 0
        ? .integer(statistics.slowedPercent) : nil,
      "ram": memory(statistics),
    ]
  }

  private static func memory(_ statistics: MigrationStatistics) -> JSONValue {
    let pageSize: UInt64 = 4096
    let seconds = max(statistics.totalTime / 1000, 0.001)
    return [
      "transferred": .integer(statistics.transferred), "total": .integer(statistics.total),
      "remaining": .integer(statistics.remainingPages * pageSize),
      "duplicate": .integer(statistics.zeroPages),
      "normal": .integer(statistics.pages), "normal-bytes": .integer(statistics.pages * pageSize),
      "mbps": .decimal((Double(statistics.transferred) * 8 / seconds / 1e3).rounded() / 1e3),
      "dirty-pages-rate": .integer(statistics.dirtyPagesRate),
      "pages-per-second": .integer(statistics.pagesPerSecond),
      "dirty-sync-count": .integer(statistics.passes), "page-size": .integer(pageSize),
      // All of memory is sent before the destination runs, on one connection, compressed.
      "precopy-bytes": .integer(statistics.transferred), "downtime-bytes": 0,
      "postcopy-requests": 0, "postcopy-bytes": 0, "multifd-bytes": 0,
      "dirty-sync-missed-zero-copy": 0,
    ]
  }
}

/// A capability of migrations, with QMP's name.
private struct MigrationCapability {
  var name: String
  var place: any (WritableKeyPath<MigrationParameters, Bool> & Sendable)

  static let all = [
    MigrationCapability(name: "auto-converge", place: \.slowsGuest),
    MigrationCapability(name: "events", place: \.sendsEvents),
  ]
}
