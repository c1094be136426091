internal import Devices
internal import JSON
public import Machine
internal import SavedState
internal import Synchronization

/// Serves the control socket, migrates the guest to another process and saves it, while the machine
/// runs.
public final class MachineSupervisor: MachineService {
  /// The functions of the process that the supervisor calls.
  public struct HostCallbacks {
    /// Writes a machine's state to a file. The file appears under its name when it is complete.
    public var save: (PowerMachine, String) throws(ControlError) -> Void
    /// Writes a file.
    public var write: ([UInt8], String) throws(ControlError) -> Void
    /// Writes a file from the pieces that a function delivers. The file appears under its name when
    /// the function returns.
    public var writePieces:
      (String, (_ sink: ([UInt8]) throws(ControlError) -> Void) throws(ControlError) -> Void)
        throws(ControlError) -> Void
    /// Returns and clears the request to save that a signal has made: the file, and whether the
    /// guest ends after the save.
    public var takeSaveSignal: () -> (file: String, ends: Bool)? = { nil }
    /// Prints a line for the user.
    public var report: (String) -> Void

    /// What the program does for commands that reach beyond the machine.
    public init(
      save: @escaping (PowerMachine, String) throws(ControlError) -> Void,
      write: @escaping ([UInt8], String) throws(ControlError) -> Void,
      writePieces:
        @escaping (
          String, (_ sink: ([UInt8]) throws(ControlError) -> Void) throws(ControlError) -> Void
        ) throws(ControlError) -> Void,
      report: @escaping (String) -> Void
    ) {
      self.save = save
      self.write = write
      self.writePieces = writePieces
      self.report = report
    }
  }

  /// The run state, with QMP's names.
  enum RunState: String {
    case incoming = "inmigrate"
    case running
    case paused
    /// A debugger has stopped it.
    case debug
    /// Reset while stopped, and not started since.
    case prelaunch
    case handingOver = "finish-migrate"
    case moved = "postmigrate"
    case ended = "shutdown"
  }

  let callbacks: HostCallbacks
  private let wake: WakeEvent
  private var server: ControlServer?
  /// The parameters of the next migration.
  public var parameters = MigrationParameters()
  private(set) var migration: OutgoingMigration?
  /// The migration status and pass that clients have received.
  private var sent = (status: MigrationStatus.none, passes: UInt64(0))
  private(set) var arrival = Arrival()
  private(set) var state = RunState.running
  /// A client has let the guest continue here after it had moved.
  private var isTakenBack = false
  /// A change of the guest's clock whose event has not been sent, and the time since the last
  /// event.
  private var clockChange: Int64?
  private var clockEvent: Stopwatch?
  private var isShutdownReported = false
  /// Set by commands that end the machine.
  var outcome: MachineOutcome?

  /// The guest for which this process waits.
  struct Arrival {
    /// The address on which the guest is expected; nil after it has arrived.
    var address: SocketAddress?
    var status = MigrationStatus.none
    /// Set while the guest arrives.
    var migration: IncomingMigration?
    /// Whether the guest starts after it has arrived, if it ran at the source.
    var starts = true
  }

  /// - Parameters:
  ///   - address: the address of the control socket; nil for none.
  ///   - callbacks: the functions that the commands call.
  public init(control address: SocketAddress?, _ callbacks: HostCallbacks) throws(SocketError) {
    self.callbacks = callbacks
    wake = try WakeEvent()
    if let address { server = try ControlServer(at: address) }
  }

  // MARK: between time slices

  /// The descriptors that become readable when a client or the migration has something to do.
  public var wakeDescriptors: [Int32] { [wake.descriptor] + (server?.descriptors ?? []) }

  /// Serves clients and the migration, between two slices of the guest; an outcome ends the run.
  public func runBetweenSlices(of machine: PowerMachine) -> MachineOutcome? {
    serve(machine)
    if let migration {
      migration.advance(machine)
      if migration.status == .completed, !isTakenBack, server?.hasClients != true {
        outcome = .moved(to: "\(migration.destination)")
      }
    }
    if let signal = callbacks.takeSaveSignal() { save(machine, signal.file, ends: signal.ends) }
    update(machine)
    sendClockChange()
    return outcome
  }

  /// Answers the commands that have arrived.
  private func serve(_ machine: PowerMachine?) {
    // Without a socket no command arrives, and a migration cannot begin.
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

  /// Passes an event of the machine on to the clients.
  public func notice(_ event: MachineEvent) {
    switch event {
    case .reset(let cause):
      if state == .paused || state == .moved { state = .prelaunch }
      server?.broadcast(.reset(cause))
    case .restartEnds(let cause): reportShutdown(ShutdownReason(cause))
    case .powerButton: server?.broadcast(.powerDown)
    case .watchdog(let action): server?.broadcast(.watchdog(action))
    case .panicked: server?.broadcast(.guestPanicked)
    case .clockSet(let change):
      clockChange = change
      sendClockChange()
    case .left: reportShutdown(.user)
    }
  }

  /// Records the run state, and sends its change to clients that receive events.
  func update(_ machine: PowerMachine) {
    let now: RunState =
      switch migration?.status {
      case .completed where !isTakenBack: .moved
      case .device: .handingOver
      default:
        !machine.isHalted
          ? .running
          : state == .prelaunch ? .prelaunch : machine.isStoppedByDebugger ? .debug : .paused
      }
    guard now != state else { return }
    if state == .running { server?.broadcast(.stop) }
    if now == .running { server?.broadcast(.resume) }
    state = now
  }

  /// Sends clients the changes of the migration, in the order of QEMU's source.
  private func sendMigrationEvents(_ machine: PowerMachine) {
    guard let migration else { return }
    update(machine)
    let (status, passes) = (migration.status, migration.statistics.passes)
    if status != sent.status {
      // The first pass over memory begins before the migration is reported as active.
      if status == .active, passes > 0 { sendPassEvents(upTo: 1) }
      sent.status = status
      tell(status)
      switch status {
      case .completed: callbacks.report("\(migration.statistics)")
      case .failed: callbacks.report("the guest stays: \(migration.failure ?? "")")
      default: break
      }
    }
    sendPassEvents(upTo: passes)
  }

  private func sendPassEvents(upTo passes: UInt64) {
    while sent.passes < passes {
      sent.passes += 1
      if parameters.sendsEvents { server?.broadcast(.migrationPass(sent.passes)) }
    }
  }

  /// Sends RTC_CHANGE at most once a second, with the last change, as QEMU does.
  private func sendClockChange() {
    guard let change = clockChange, clockEvent.map({ $0.milliseconds >= 1000 }) ?? true else {
      return
    }
    clockChange = nil
    clockEvent = Stopwatch()
    server?.broadcast(.clockSet(change))
  }

  private func tell(_ status: MigrationStatus) {
    if parameters.sendsEvents { server?.broadcast(.migration(status)) }
  }

  private func reportShutdown(_ reason: ShutdownReason) {
    guard !isShutdownReported else { return }
    isShutdownReported = true
    server?.broadcast(.shutdown(reason))
  }

  /// Ends the machine for a client.
  func quit() {
    outcome = .left
    reportShutdown(.quit)
  }

  private func save(_ machine: PowerMachine, _ file: String, ends: Bool) {
    do throws(ControlError) {
      try save(machine, to: .file(file))
      callbacks.report("saved to \(file)")
      if ends { outcome = .paused(at: machine.instructionCount) }
    } catch {
      callbacks.report(error.description)
    }
  }

  /// Saves the machine while the guest's time is halted.
  func save(_ machine: PowerMachine, to output: ControlOutput) throws(ControlError) {
    guard migration?.status.isActive != true else {
      throw ControlError("a migration is in progress")
    }
    try halting(machine) { () throws(ControlError) in
      switch output {
      case .file(let name): try callbacks.save(machine, name)
      case .descriptor(let descriptor): try save(machine, to: try machine.output(to: descriptor))
      }
    }
  }

  private func save(_ machine: PowerMachine, to output: DescriptorOutput) throws(ControlError) {
    do throws(StateError) {
      try machine.save(version: parameters.machineVersion) { bytes throws(StateError) in
        do throws(ControlError) { try output.write(bytes) } catch {
          throw StateError(.input(error.description), at: 0)
        }
      }
    } catch {
      throw ControlError("\(error.reason)")
    }
  }

  /// Writes the pieces that a function delivers.
  func writePieces(
    _ output: ControlOutput, of machine: PowerMachine,
    _ body: (_ sink: ([UInt8]) throws(ControlError) -> Void) throws(ControlError) -> Void
  ) throws(ControlError) {
    switch output {
    case .file(let name): try callbacks.writePieces(name, body)
    case .descriptor(let descriptor):
      let output = try machine.output(to: descriptor)
      try body { bytes throws(ControlError) in try output.write(bytes) }
    }
  }

  /// Calls a function while the guest's time is halted.
  func halting<Result>(
    _ machine: PowerMachine, _ body: () throws(ControlError) -> Result
  ) throws(ControlError) -> Result {
    let wasPaused = machine.isPaused
    machine.halt()
    defer { if !wasPaused { machine.resume() } }
    return try body()
  }

  /// Sends an event to every client.
  func send(_ event: ControlEvent) { server?.broadcast(event) }

  // MARK: migration

  func migrate(_ machine: PowerMachine, to destination: MigrationDestination) throws(ControlError) {
    guard migration?.status.isActive != true else {
      throw ControlError("There's a migration process in progress")
    }
    guard state != .moved else {
      throw ControlError("Can't migrate the vm that was paused due to previous migration")
    }
    do throws(SocketError) {
      let migration = try OutgoingMigration(of: machine, to: destination, parameters, wake: wake)
      migration.onChange = { [unowned self] in sendMigrationEvents(machine) }
      self.migration = migration
    } catch {
      throw ControlError("\(error)")
    }
    // QEMU sends the first event, and only that one, before the answer, whatever the sending thread
    // has done by then.
    sent = (.setup, 0)
    isTakenBack = false
    tell(.setup)
  }

  /// Lets a client continue the guest here although it has moved, as QMP does.
  func resumeAfterMigration(_ machine: PowerMachine) throws(ControlError) {
    guard state == .moved else { return }
    do throws(BlockStorageError) { try machine.claimStorage() } catch {
      throw ControlError("a disk cannot be had again: \(error)")
    }
    isTakenBack = true
    machine.stopWatchingPages()
  }

  /// Waits for a guest that another process migrates to this one.
  /// - Parameters:
  ///   - listener: the socket to which the source connects.
  ///   - isInterrupted: whether the program must end.
  public func receive(
    from listener: ListeningSocket, isInterrupted: @escaping () -> Bool
  ) throws(SocketError) -> IncomingMigration {
    state = .incoming
    arrival.address = listener.address
    arrival.migration = nil
    let migration = try IncomingMigration(from: listener) {
      [unowned self] awaited throws(SocketError) in
      let ready = HostPoll.readable(wakeDescriptors + awaited, milliseconds: 200)
      serve(nil)
      guard outcome == nil, !isInterrupted() else { throw .ended }
      return ready
    }
    arrival.address = nil
    arrival.migration = migration
    arrival.status = .active
    tell(.active)
    return migration
  }

  /// Reports that the guest has arrived and is about to run.
  /// - Parameters:
  ///   - machine: the machine with the state of the guest.
  ///   - wasHalted: whether the guest was stopped at the source.
  public func arrived(_ machine: PowerMachine, wasHalted: Bool) {
    arrival.migration = nil
    arrival.status = .completed
    if wasHalted || !arrival.starts { machine.halt() }
    update(machine)
    tell(.completed)
  }

  /// Reports that the guest stays at the source.
  public func arrivalFailed() {
    arrival.migration = nil
    arrival.status = .failed
    tell(.failed)
  }

  /// Sets whether the guest starts after it has arrived.
  func startOnArrival(_ starts: Bool) { arrival.starts = starts }

  /// Reports that a machine without files of its own has ended, and closes the control socket.
  public func end(_ outcome: MachineOutcome) { end(outcome) {} }

  /// Reports that the machine has ended, and closes the control socket: a request that came too late
  /// for the machine is answered, or its connection ends.
  /// - Parameters:
  ///   - outcome: how the machine ended.
  ///   - saving: writes the machine's files. A client whose connection ends finds them complete.
  public func end(_ outcome: MachineOutcome, saving: () throws -> Void) rethrows {
    defer { close() }
    let wasMoving = migration?.status.isActive == true
    migration?.machineEnded("\(outcome)")
    state = .ended
    reportShutdown(ShutdownReason(outcome))
    if wasMoving, let migration { tell(migration.status) }
    try saving()
  }

  /// Answers the requests that have arrived, closes the control socket, removes its file, and
  /// releases the machine.
  public func close() {
    state = .ended
    serve(nil)
    server = nil
    migration = nil
    arrival.migration = nil
  }
}
