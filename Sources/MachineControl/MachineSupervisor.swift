internal import JSON
public import Machine
internal import Synchronization

/// Looks after a machine while it runs: serves the control socket, moves the guest to another
/// process, saves it when asked.
public final class MachineSupervisor: MachineAttendant {
  /// What the supervisor needs of the program around it.
  public struct Surroundings {
    /// Writes a machine's state to a file, which is there when it is complete.
    public var save: (PowerMachine, String) throws(ControlError) -> Void
    /// Writes a file.
    public var write: ([UInt8], String) throws(ControlError) -> Void
    /// Takes the request to save that a signal has made, if there is one: where to, and whether the
    /// guest ends then.
    public var takeSaveSignal: () -> (file: String, ends: Bool)? = { nil }
    /// Tells the user a line.
    public var report: (String) -> Void

    public init(
      save: @escaping (PowerMachine, String) throws(ControlError) -> Void,
      write: @escaping ([UInt8], String) throws(ControlError) -> Void,
      report: @escaping (String) -> Void
    ) {
      self.save = save
      self.write = write
      self.report = report
    }
  }

  /// What the machine is doing, by QMP's names.
  enum RunState: String {
    case incoming = "inmigrate"
    case running
    case paused
    case handingOver = "finish-migrate"
    case moved = "postmigrate"
    case ended = "shutdown"
  }

  let surroundings: Surroundings
  private let wake: WakeEvent
  private var server: ControlServer?
  /// How the next migration is to be done.
  public var parameters = MigrationParameters()
  private(set) var migration: OutgoingMigration?
  private var toldStatus = MigrationStatus.none
  /// How an arriving guest comes along; nil once it runs.
  private var incoming: IncomingMigration?
  private(set) var state = RunState.running
  /// Set by commands that end the machine.
  var outcome: MachineOutcome?

  /// - Parameter address: where the control socket is; nil for none.
  public init(control address: SocketAddress?, _ surroundings: Surroundings) throws(SocketError) {
    self.surroundings = surroundings
    wake = try WakeEvent()
    if let address { server = try ControlServer(at: address) }
  }

  // MARK: attending

  public var wakeDescriptors: [Int32] { [wake.descriptor] + (server?.descriptors ?? []) }

  public func attend(to machine: PowerMachine) -> MachineOutcome? {
    serve(machine)
    if let migration {
      migration.attend(to: machine)
      tellStatus()
      if migration.status == .completed, server?.hasClients != true {
        outcome = .moved(to: "\(migration.destination)")
      }
    }
    if let signal = surroundings.takeSaveSignal() { save(machine, signal.file, ends: signal.ends) }
    update(machine)
    return outcome
  }

  /// Answers what has come.
  private func serve(_ machine: PowerMachine?) {
    // Without a socket nothing can come, and a migration cannot begin.
    guard let server else { return }
    server.flush()
    for descriptor in HostPoll.readable(wakeDescriptors, milliseconds: 0) {
      if descriptor == wake.descriptor {
        wake.clear()
      } else {
        _ = server.serve(descriptor) { request, client in
          answer(request, client, machine)
        }
      }
    }
  }

  private func answer(
    _ request: JSONValue, _ client: ControlClient, _ machine: PowerMachine?
  ) -> JSONValue {
    let id = request["id"]
    do throws(ControlError) {
      let call = try ControlCall(request, from: client, to: self, machine)
      return ["return": try call.perform(), "id": id]
    } catch {
      return error.answer(id: id)
    }
  }

  /// Notes what the machine does now, and tells who listens.
  private func update(_ machine: PowerMachine) {
    let now: RunState =
      if migration?.status == .completed {
        .moved
      } else if migration?.status == .device {
        .handingOver
      } else {
        machine.isHalted ? .paused : .running
      }
    guard now != state else { return }
    if state == .running { server?.tell("STOP") }
    if now == .running { server?.tell("RESUME") }
    state = now
  }

  private func tellStatus() {
    guard let migration, case let status = migration.status, status != toldStatus else { return }
    toldStatus = status
    server?.tell("MIGRATION", ["status": .string(status.rawValue)])
    switch status {
    case .completed: surroundings.report("\(migration.statistics)")
    case .failed: surroundings.report("the guest stays: \(migration.failure ?? "")")
    default: break
    }
  }

  private func save(_ machine: PowerMachine, _ file: String, ends: Bool) {
    do throws(ControlError) {
      try save(machine, to: file)
      surroundings.report("saved to \(file)")
      if ends { outcome = .paused(at: machine.instructionCount) }
    } catch {
      surroundings.report(error.description)
    }
  }

  /// Saves, with the guest's time standing still.
  func save(_ machine: PowerMachine, to file: String) throws(ControlError) {
    guard migration?.status.isActive != true else {
      throw ControlError("a migration is in progress")
    }
    let wasHalted = machine.isHalted
    machine.halt()
    defer { if !wasHalted { machine.resume() } }
    try surroundings.save(machine, file)
  }

  // MARK: migration

  func migrate(_ machine: PowerMachine, to destination: SocketAddress) throws(ControlError) {
    guard migration?.status.isActive != true else {
      throw ControlError("There's a migration process in progress")
    }
    guard state != .moved else { throw ControlError("the guest has moved already") }
    do throws(SocketError) {
      migration = try OutgoingMigration(of: machine, to: destination, parameters, wake: wake)
      toldStatus = .none
    } catch {
      throw ControlError("\(error)")
    }
  }

  /// Waits for a guest that comes to this process.
  /// - Parameter isInterrupted: whether somebody wants to end the program.
  public func receive(
    from listener: ListeningSocket, isInterrupted: @escaping () -> Bool
  ) throws(SocketError) -> IncomingMigration {
    state = .incoming
    let migration = try IncomingMigration(from: listener) {
      [unowned self] awaited throws(SocketError) in
      while true {
        let ready = HostPoll.readable(wakeDescriptors + [awaited], milliseconds: 200)
        serve(nil)
        guard outcome == nil, !isInterrupted() else { throw SocketError("left") }
        if ready.contains(awaited) { return }
      }
    }
    incoming = migration
    return migration
  }

  /// The guest has arrived, and is about to run.
  public func arrived(_ machine: PowerMachine, staysHalted: Bool) {
    incoming = nil
    if staysHalted { machine.halt() }
  }

  /// How far the guest that comes is.
  var arrival: (bytes: UInt64, milliseconds: Double)? {
    incoming.map { ($0.received, $0.milliseconds) }
  }

  /// The machine has stopped for good.
  public func end(_ outcome: MachineOutcome) {
    migration?.machineEnded("\(outcome)")
    state = .ended
    let isGuest =
      switch outcome {
      case .poweredOff, .rebooted, .osTerminated, .clientExited, .bootFailure: true
      default: false
      }
    server?.tell("SHUTDOWN", ["guest": .bool(isGuest), "reason": .string("\(outcome)")])
  }
}
