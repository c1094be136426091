import Glibc
import GuestTestSupport
import JSON
import Machine
import MigrationCompatibility
import MachineDescription
import PowerISA
import SavedState
import Testing

@testable import MachineControl

/// What a client of the control socket sees, beside what a client of QEMU sees: events, their data,
/// and their place among the answers.
///
/// The expected lines are those of QEMU 7.2, noted from its socket while it ran a guest that made the
/// same calls: the name of an event with its data, `>` and a command, and `=` with what it returned.
/// The migration's status `device` is of QEMU 10.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EventTests {
  private let folder = TestFolder()

  // MARK: one machine

  private static let resumed = ["> cont", "RESUME", "= {}"]

  @Test func guestRestarts() throws {
    let client = try machine(.reboot).client()
    try client.execute("cont")
    try client.wait(lines: 5)
    let reset = #"RESET {"guest": true, "reason": "guest-reset"}"#
    #expect(client.log == Self.resumed + [reset, reset])
    try client.execute("quit")
  }

  @Test(arguments: [
    (EventGuest.Call.powerOff, true, [#"SHUTDOWN {"guest": true, "reason": "guest-shutdown"}"#]),
    (.reboot, false, [#"SHUTDOWN {"guest": true, "reason": "guest-reset"}"#]),
    (
      .terminate, true,
      [
        #"GUEST_PANICKED {"action": "poweroff"}"#,
        #"SHUTDOWN {"guest": true, "reason": "guest-panic"}"#,
      ]
    ),
  ])
  func guestEnds(_ call: EventGuest.Call, allowsRestart: Bool, _ events: [String]) throws {
    let machine = try machine(call, allowsRestart: allowsRestart)
    let client = try machine.client()
    try client.execute("cont")
    try client.waitForEnd()
    #expect(client.log == Self.resumed + events)
    machine.join()
  }

  @Test func clientRestartsAndStops() throws {
    let machine = try machine(.nothing)
    let client = try machine.client()
    for command in [
      "cont", "system_reset", "query-status", "stop", "query-status", "stop", "system_reset",
      "query-status", "system_powerdown", "cont", "cont", "query-status", "system_powerdown",
      "stop",
      "quit",
    ] {
      try client.execute(command)
    }
    try client.waitForEnd()
    machine.join()
    let reset = #"RESET {"guest": false, "reason": "host-qmp-system-reset"}"#
    func status(_ status: String, _ running: Bool) -> [String] {
      ["> query-status", #"= {"status": "\#(status)", "running": \#(running)}"#]
    }
    let expected = [
      Self.resumed, ["> system_reset", reset, "= {}"], status("running", true),
      ["> stop", "STOP", "= {}"], status("paused", false), ["> stop", "= {}"],
      ["> system_reset", reset, "= {}"], status("prelaunch", false),
      ["> system_powerdown", "POWERDOWN", "= {}"], ["> cont", "RESUME", "= {}"],
      ["> cont", "= {}"], status("running", true), ["> system_powerdown", "POWERDOWN", "= {}"],
      ["> stop", "STOP", "= {}"],
      ["> quit", #"SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}"#, "= {}"],
    ]
    #expect(client.log == expected.flatMap { $0 })
  }

  @Test func clientRestartsWhereNoneIsAllowed() throws {
    let machine = try machine(.nothing, allowsRestart: false)
    let client = try machine.client()
    try client.execute("cont")
    try client.execute("system_reset")
    try client.waitForEnd()
    machine.join()
    #expect(
      client.log == Self.resumed + [
        "> system_reset", #"SHUTDOWN {"guest": false, "reason": "host-qmp-system-reset"}"#, "= {}",
      ])
  }

  /// The offset is from the clock's base, and there is one event a second however often the guest
  /// sets its clock.
  @Test func guestSetsItsClock() throws {
    let machine = try machine(.setTime)
    let client = try machine.client()
    try client.execute("cont")
    var moments: [Double] = []
    for number in 1...2 {
      try client.wait(lines: Self.resumed.count + number)
      moments.append(Self.now)
    }
    try client.execute("quit")
    machine.join()
    let events = client.log.filter { $0.hasPrefix("RTC_CHANGE ") }
    for event in events {
      let data = try JSONValue(parsing: Array(event.utf8.dropFirst("RTC_CHANGE ".utf8.count)))
      let offset = try #require(data["offset"]?.integer)
      #expect((moments[0] - 2...moments[1] + 2).contains(1_893_456_000 - Double(offset)))
      #expect(data["qom-path"] == "/machine/rtc" && data.members?.count == 2)
    }
    #expect(events.count >= 2 && moments[1] - moments[0] > 0.5)
    #expect(Double(events.count) <= Self.now - moments[0] + 2)
  }

  private static var now: Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  /// Cores are numbered by their first threads, and every processor has its NUMA node.
  @Test func processors() throws {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 4, threads: 2, maximum: 8),
      memory: 512 << 20)
    description.numaNodes = [
      .init(memory: 256 << 20, processors: [0...1, 4...7]),
      .init(memory: 256 << 20, processors: [2...3]),
    ]
    let machine = try TestMachine(in: folder, "m", .nothing, description: description)
    let client = try machine.client()
    try client.execute("query-cpus-fast")
    let rows = try #require(client.answer?.elements)
    let expected = [
      (0, 0, "/machine/unattached/device[1]/thread[0]"),
      (0, 0, "/machine/unattached/device[1]/thread[1]"),
      (2, 1, "/machine/unattached/device[2]/thread[0]"),
      (2, 1, "/machine/unattached/device[2]/thread[1]"),
    ]
    #expect(rows.count == expected.count)
    for (index, (row, (core, node, path))) in zip(rows, expected).enumerated() {
      #expect(row["cpu-index"] == .integer(index))
      #expect(row["props"] == ["core-id": .integer(core), "node-id": .integer(node)])
      #expect(row["qom-path"]?.string == path)
      #expect(row["target"] == "ppc64")
      #expect((row["thread-id"]?.integer ?? 0) > 0)
    }
    try client.execute("quit")
    machine.join()
  }

  // MARK: migration

  private func migration(
    _ body: (_ source: TestClient, _ destination: TestClient, _ uri: JSONValue) throws -> Void
  ) throws -> (source: [String], destination: [String]) {
    let there = try SocketAddress("unix:\(folder.path)/there")
    let destination = try TestMachine(in: folder, "destination", incoming: there)
    let source = try machine(.nothing)
    let (here, other) = (try source.client(), try destination.client())
    for client in [here, other] {
      try client.execute(
        "migrate-set-capabilities",
        ["capabilities": [["capability": "events", "state": true]]], isLogged: false)
    }
    try body(here, other, .string("\(there)"))
    // A destination that was given no guest has ended.
    for client in [here, other] { try? client.execute("quit", isLogged: false) }
    source.join()
    destination.join()
    return (here.log, other.log)
  }

  private static func status(_ status: String) -> String { #"MIGRATION {"status": "\#(status)"}"# }
  private static let quit = #"SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}"#

  /// A running guest that moves, and what both sides say of it before and after.
  @Test func moves() throws {
    var answer: JSONValue?
    let logs = try migration { source, destination, uri in
      try destination.execute("query-status")
      try destination.execute("query-migrate", isLogged: false)
      #expect(
        destination.answer == ["socket-address": [["type": "unix", "path": path(uri)]]])
      try source.execute("query-migrate")
      try source.execute("cont")
      try source.execute("migrate", ["uri": uri])
      try source.wait(for: Self.status("completed"))
      try destination.wait(for: Self.status("completed"))
      try source.execute("query-migrate", isLogged: false)
      answer = source.answer
      try source.execute("query-status")
      for command in ["query-migrate", "query-status", "stop", "query-migrate"] {
        try destination.execute(command)
      }
      try source.execute("migrate", ["uri": uri])
    }
    #expect(
      logs.source == [
        "> query-migrate", "= {}", "> cont", "RESUME", "= {}", "> migrate", Self.status("setup"),
        "= {}", #"MIGRATION_PASS {"pass": 1}"#, Self.status("active"), "STOP",
        Self.status("device"), #"MIGRATION_PASS {"pass": 2}"#, Self.status("completed"),
        "> query-status", #"= {"status": "postmigrate", "running": false}"#, "> migrate",
        "! Can't migrate the vm that was paused due to previous migration", Self.quit,
      ])
    #expect(
      logs.destination == [
        "> query-status", #"= {"status": "inmigrate", "running": false}"#, Self.status("active"),
        "RESUME", Self.status("completed"), "> query-migrate", #"= {"status": "completed"}"#,
        "> query-status", #"= {"status": "running", "running": true}"#, "> stop", "STOP", "= {}",
        "> query-migrate", #"= {"status": "completed"}"#, Self.quit,
      ])
    let memory = try #require(answer?["ram"])
    #expect(memory["remaining"] == 0)
    #expect(memory["total"]?.unsigned == 256 << 20)
    #expect(memory["dirty-sync-count"] == 2)
    #expect((memory["duplicate"]?.unsigned ?? 0) > 60_000)
    #expect(answer?["downtime"] != nil && answer?["expected-downtime"] == nil)
  }

  /// A client may run the guest here again although it has moved: `cont`, or a restart.
  @Test(arguments: [false, true])
  func isTakenBack(byRestart: Bool) throws {
    let logs = try migration { source, destination, uri in
      try source.execute("cont", isLogged: false)
      try source.execute("migrate", ["uri": uri], isLogged: false)
      try source.wait(for: Self.status("completed"))
      try source.execute("stop")
      try source.execute("query-status")
      if byRestart {
        try source.execute("system_reset")
        try source.execute("query-status")
      }
      for command in ["cont", "query-status", "stop", "query-status"] {
        try source.execute(command)
      }
      try source.execute("query-migrate", isLogged: false)
      #expect(source.answer?["status"] == "completed")
      try source.execute("migrate", ["uri": .string("unix:\(folder.path)/nobody")])
      try source.wait(for: Self.status("failed"))
      try source.execute("query-status")
    }
    func status(_ status: String, _ running: Bool) -> [String] {
      ["> query-status", #"= {"status": "\#(status)", "running": \#(running)}"#]
    }
    let reset = #"RESET {"guest": false, "reason": "host-qmp-system-reset"}"#
    let restart = ["> system_reset", reset, "= {}"] + status("prelaunch", false)
    let expected =
      [["> stop", "= {}"], status("postmigrate", false), byRestart ? restart : []]
      + [Self.resumed, status("running", true), ["> stop", "STOP", "= {}"]]
      + [status("paused", false), ["> migrate", Self.status("setup"), "= {}"]]
      + [[Self.status("failed")], status("paused", false), [Self.quit]]
    let after = logs.source.drop { $0 != Self.status("completed") }.dropFirst()
    #expect(Array(after) == expected.flatMap { $0 })
  }

  private func path(_ uri: JSONValue) -> JSONValue {
    .string(String((uri.string ?? "").dropFirst(5)))
  }

  /// A guest that was stopped stays so, and one that the destination was asked not to start does too.
  @Test(arguments: [true, false])
  func staysStopped(bySource: Bool) throws {
    let logs = try migration { source, destination, uri in
      if !bySource {
        try source.execute("cont", isLogged: false)
        try destination.execute("stop", isLogged: false)
      }
      try source.execute("migrate", ["uri": uri], isLogged: false)
      try destination.wait(for: Self.status("completed"))
      for command in ["query-status", "cont", "query-status"] { try destination.execute(command) }
      try source.wait(for: Self.status("completed"))
    }
    #expect(
      logs.destination == [
        Self.status("active"), Self.status("completed"), "> query-status",
        #"= {"status": "paused", "running": false}"#, "> cont", "RESUME", "= {}", "> query-status",
        #"= {"status": "running", "running": true}"#, Self.quit,
      ])
    #expect(logs.source.filter { $0 == "STOP" }.count == (bySource ? 0 : 1))
  }

  /// During the first pass the rest to send counts down from all of memory.
  @Test func remainingInTheFirstPass() throws {
    var remaining: [UInt64] = []
    _ = try migration { source, _, uri in
      try source.execute("migrate-set-parameters", ["max-bandwidth": 100, "downtime-limit": 0])
      try source.execute("cont")
      try source.execute("migrate", ["uri": uri])
      try source.wait(for: Self.status("active"))
      for _ in 0..<3 {
        try source.execute("query-migrate", isLogged: false)
        #expect(source.answer?["status"] == "active")
        remaining.append(source.answer?["ram"]?["remaining"]?.unsigned ?? 0)
        #expect(source.answer?["ram"]?["dirty-sync-count"] == 1)
        usleep(50_000)
      }
      try source.execute("migrate_cancel")
      try source.wait(for: Self.status("cancelled"))
      let log = source.log.suffix(4)
      #expect(
        Array(log) == [
          "> migrate_cancel", Self.status("cancelling"), "= {}", Self.status("cancelled"),
        ])
      try source.execute("query-migrate", isLogged: false)
      #expect(source.answer == ["status": "cancelled"])
    }
    #expect(remaining.allSatisfy { $0 > 0 && $0 <= 256 << 20 })
    #expect(remaining == remaining.sorted(by: >))
  }

  /// An address without a listener.
  @Test func fails() throws {
    let machine = try machine(.nothing)
    let client = try machine.client()
    try client.execute(
      "migrate-set-capabilities", ["capabilities": [["capability": "events", "state": true]]],
      isLogged: false)
    try client.execute("cont")
    try client.execute("migrate", ["uri": .string("unix:\(folder.path)/nobody")])
    try client.wait(for: Self.status("failed"))
    try client.execute("query-migrate", isLogged: false)
    #expect(client.answer?.members?.map(\.key) == ["status", "error-desc"])
    try client.execute("query-status")
    #expect(
      client.log == Self.resumed + [
        "> migrate", Self.status("setup"), "= {}", Self.status("failed"), "> query-status",
        #"= {"status": "running", "running": true}"#,
      ])
    try client.execute("quit")
    machine.join()
  }

  /// Without the capability there are no events of the migration, as in QEMU.
  @Test func migrationEventsAreAskedFor() throws {
    let machine = try machine(.nothing)
    let client = try machine.client()
    try client.execute("migrate", ["uri": .string("unix:\(folder.path)/nobody")])
    while client.answer?["status"] != "failed" {
      try client.execute("query-migrate", isLogged: false)
      usleep(10_000)
    }
    #expect(client.log == ["> migrate", "= {}"])
    try client.execute("quit")
    machine.join()
  }

  private func machine(
    _ call: EventGuest.Call, allowsRestart: Bool = true
  ) throws -> TestMachine {
    let description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    return try TestMachine(
      in: folder, "m", call, description: description, allowsRestart: allowsRestart)
  }
}

/// A client that notes what it sends and gets.
private final class TestClient {
  private let socket: StreamSocket
  private(set) var log: [String] = []
  /// What the last command returned.
  private(set) var answer: JSONValue?

  init(_ address: SocketAddress) throws {
    socket = try StreamSocket(connectingTo: address)
    _ = try socket.readLine()
    try execute("qmp_capabilities", isLogged: false)
  }

  func execute(_ command: String, _ arguments: JSONValue? = nil, isLogged: Bool = true) throws {
    let request: JSONValue = ["execute": .string(command), "arguments": arguments]
    if isLogged { log.append("> \(command)") }
    try socket.write(Array((request.line + "\n").utf8))
    while let message = try next() {
      if message["event"] != nil { continue }
      answer = message["return"]
      let text = answer?.line ?? ""
      if isLogged {
        log.append(answer == nil ? "! \(message["error"]?["desc"]?.string ?? "")" : "= \(text)")
      }
      return
    }
  }

  /// Reads a message; events are noted.
  private func next() throws -> JSONValue? {
    guard let line = try socket.readLine(limit: 1 << 20) else { return nil }
    let message = try JSONValue(parsing: line)
    if let event = message["event"]?.string {
      log.append(event + (message["data"].map { " " + $0.line } ?? ""))
    }
    return message
  }

  func wait(lines: Int) throws { while log.count < lines, try next() != nil {} }
  func wait(for line: String) throws { while !log.contains(line), try next() != nil {} }
  func waitForEnd() throws { while try next() != nil {} }
}

/// A machine with a control socket on a thread of its own, whose guest stands still at first, or a
/// destination of a migration.
private final class TestMachine: @unchecked Sendable {
  // Safety: the thread has everything it uses before it starts, and `join` waits for its end.

  private let control: SocketAddress
  private let ended = Mailbox<Void>()

  init(
    in folder: TestFolder, _ name: String, _ call: EventGuest.Call = .nothing,
    description: MachineDescription? = nil, allowsRestart: Bool = true,
    incoming: SocketAddress? = nil
  ) throws {
    control = try SocketAddress("unix:\(folder.path)/\(name).control")
    let callbacks = MachineSupervisor.HostCallbacks(
      save: { _, _ throws(ControlError) in throw ControlError("not here") },
      write: { _, _ throws(ControlError) in throw ControlError("not here") },
      writePieces: { _, _ throws(ControlError) in throw ControlError("not here") },
      report: { _ in })
    let supervisor = try MachineSupervisor(control: control, callbacks)
    let listener = try incoming.map { try ListeningSocket(at: $0) }
    nonisolated(unsafe) let parts = (supervisor, listener)
    try HostThread.start { [ended] in
      let (supervisor, listener) = parts
      do {
        let machine = try Self.machine(call, description, allowsRestart, supervisor, listener)
        machine.service = supervisor
        supervisor.end(machine.run())
      } catch {}
      ended.put(())
    }
  }

  private static func machine(
    _ call: EventGuest.Call, _ description: MachineDescription?, _ allowsRestart: Bool,
    _ supervisor: MachineSupervisor, _ listener: ListeningSocket?
  ) throws -> PowerMachine {
    let console = HostConsole(input: -1, output: -1)
    guard let listener else {
      var configuration = MachineConfiguration(
        description: description!,
        program: .file(GuestFile(EventGuest.program(call), name: "guest")))
      configuration.allowsRestart = allowsRestart
      configuration.timeout = 100
      let machine = try PowerMachine(configuration, console: console)
      try machine.powerOn()
      machine.halt()
      supervisor.update(machine)
      return machine
    }
    let incoming = try supervisor.receive(from: listener) { false }
    do {
      let saved = try SavedMachine(from: incoming.source)
      var configuration = MachineConfiguration(description: saved.head.description)
      configuration.timeout = 100
      let machine = try PowerMachine(configuration, console: console)
      try incoming.accept()
      try machine.restore(saved)
      supervisor.arrived(machine, wasHalted: try incoming.start())
      return machine
    } catch {
      incoming.refuse("\(error)")
      supervisor.arrivalFailed()
      throw error
    }
  }

  func client() throws -> TestClient { try TestClient(control) }
  func join() { ended.take() }
}
