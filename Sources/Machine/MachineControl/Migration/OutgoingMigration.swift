internal import Devices
internal import Machine
internal import MigrationCompatibility
internal import MachineDescription
internal import SavedState
internal import Synchronization

/// The migration of a running guest to another process, on the source's side.
///
/// The machine's thread makes the decisions in `advance(_:)`, and a second thread sends. The first
/// pass sends all of memory. Each further pass sends the pages that the guest wrote during the pass
/// before. When few enough are left, the guest is stopped for the last pass. Until the destination
/// has been asked to start the guest, the guest continues here after any failure.
public final class OutgoingMigration: @unchecked Sendable {
  // Safety: both threads access `shared` and the mailboxes only; the sending thread accesses
  // `machine` only after the order for the last pass, while the machine's thread waits.

  /// An order from the machine's thread to the sending thread.
  enum Order: Sendable {
    case pass([UInt64], [StoragePieces])
    /// The last pass; the guest is stopped.
    case last([UInt64], [StoragePieces], wasHalted: Bool)
    case cancel(String)
  }

  /// A report from the sending thread.
  enum Report: Sendable {
    case passEnded(pages: Int, milliseconds: Double)
    case completed
    /// - Parameter isUncertain: the destination was asked to start the guest, and has not answered.
    case failed(String, isUncertain: Bool)
  }

  struct Shared {
    var status = MigrationStatus.setup
    var statistics = MigrationStatistics()
    var parameters: MigrationParameters
    var failure: String?
    var socket: StreamSocket?
    var isCancelled = false
  }

  let destination: MigrationDestination
  let shared: Mutex<Shared>
  let orders = Mailbox<Order>()
  let reports = Mailbox<Report>()
  let wake: WakeEvent
  let clock = Stopwatch()
  let machine: PowerMachine
  /// The head of the state that the destination has received.
  private let head: StateHead
  private let wasHalted: Bool
  /// Whether it was halted by anything but a debugger.
  private let wasPaused: Bool
  private var halted: Stopwatch?
  private var slowing = GuestSlowing()
  /// Called on the machine's thread when the status, the pass or the run state changes.
  var onChange: () -> Void = {}

  /// Begins a migration; called on the machine's thread.
  init(
    of machine: PowerMachine, to destination: MigrationDestination,
    _ parameters: MigrationParameters,
    wake: WakeEvent
  ) throws(SocketError) {
    self.machine = machine
    self.destination = destination
    self.wake = wake
    shared = Mutex(Shared(parameters: parameters))
    head = machine.head
    wasHalted = machine.isHalted
    wasPaused = machine.isPaused
    shared.withLock {
      $0.statistics.total = machine.description.memory
      $0.statistics.remainingPages = machine.description.memory / UInt64(StoragePieces.pageSize)
    }
    machine.watchPages()
    let sender = try MigrationSender(
      self, version: parameters.machineVersion, storage: machine.storage)
    try HostThread.start { sender.run() }
  }

  /// Where the migration is.
  public var status: MigrationStatus { shared.withLock { $0.status } }
  /// The reason for which the migration failed.
  public var failure: String? { shared.withLock { $0.failure } }

  /// What has been moved so far, with the time until now.
  public var statistics: MigrationStatistics {
    shared.withLock {
      if $0.status.isActive { $0.statistics.totalTime = clock.milliseconds }
      return $0.statistics
    }
  }

  /// Changes the parameters of the migration in progress.
  func use(_ parameters: MigrationParameters) { shared.withLock { $0.parameters = parameters } }

  /// Cancels the migration, unless the destination has been asked to start the guest.
  func cancel() {
    let socket: StreamSocket? = shared.withLock {
      guard $0.status.isActive, $0.status != .cancelling else { return nil }
      $0.isCancelled = true
      $0.status = .cancelling
      return $0.socket
    }
    socket?.shutDown()
    orders.put(.cancel("cancelled"))
    onChange()
  }

  // MARK: on the machine's thread

  /// Makes the decisions of the machine's thread, between time slices.
  func advance(_ machine: PowerMachine) {
    onChange()
    while let report = reports.poll() {
      switch report {
      case .passEnded(let pages, let milliseconds): next(machine, pages, milliseconds)
      case .completed: end(.completed, nil)
      case .failed(let reason, let isUncertain):
        let status = shared.withLock { $0.isCancelled } ? MigrationStatus.cancelled : .failed
        machine.stopWatchingPages()
        // Two machines must never run one guest.
        guard !isUncertain, halted != nil else {
          end(status, reason)
          continue
        }
        do throws(BlockStorageError) {
          try Self.reclaimStorage(of: machine)
          end(status, reason)
          if !wasPaused { machine.resume() }
        } catch {
          end(.failed, "\(reason); the guest stays stopped, its disk cannot be had again: \(error)")
        }
      }
    }
    if status == .active, !machine.isHalted { slowing.holdBack() }
  }

  /// Takes storage back from a destination that has refused the guest, and may not have ended yet.
  private static func reclaimStorage(of machine: PowerMachine) throws(BlockStorageError) {
    let clock = Stopwatch()
    while true {
      do throws(BlockStorageError) { return try machine.claimStorage() } catch {
        guard error == .inUse, clock.milliseconds < 5000 else { throw error }
        Stopwatch.sleep(milliseconds: 20)
      }
    }
  }

  /// Ends the migration of a machine that has ended: nothing is left to move.
  func machineEnded(_ reason: String) {
    guard status.isActive else { return }
    var isMoved = false
    while let report = reports.poll() {
      if case .completed = report { isMoved = true }
    }
    let socket: StreamSocket? = shared.withLock {
      $0.status = isMoved ? .completed : .failed
      if !isMoved { $0.failure = "the machine ended: \(reason)" }
      $0.isCancelled = true
      return $0.socket
    }
    socket?.shutDown()
    orders.put(.cancel(reason))
  }

  private func end(_ status: MigrationStatus, _ failure: String?) {
    shared.withLock {
      $0.status = status
      $0.failure = failure
      $0.statistics.totalTime = clock.milliseconds
      if status == .completed { $0.statistics.downtime = halted?.milliseconds }
      $0.socket = nil
    }
    onChange()
  }

  /// Decides after a pass whether to stop the guest for the last one.
  private func next(_ machine: PowerMachine, _ pages: Int, _ milliseconds: Double) {
    onChange()
    let written = machine.takeWrittenPages()
    let perPage = milliseconds / Double(max(pages, 1))
    let expected = Double(written.count) * perPage
    let (isEnough, slowsGuest) = shared.withLock {
      $0.statistics.expectedDowntime = expected
      let seconds = max(milliseconds, 1) / 1000
      $0.statistics.dirtyPagesRate = UInt64(Double(written.count) / seconds)
      $0.statistics.pagesPerSecond = UInt64(Double(pages) / seconds)
      return (expected <= Double($0.parameters.downtimeLimit), $0.parameters.slowsGuest)
    }
    guard isEnough || machine.isHalted else {
      if slowsGuest { slowing.passEnded(sent: pages, written: written.count) }
      shared.withLock { $0.statistics.slowedPercent = slowing.percent }
      passBegins(written)
      return orders.put(.pass(written, machine.storage))
    }
    guard machine.head == head else {
      return orders.put(.cancel("the guest negotiated another level or other options meanwhile"))
    }
    halted = Stopwatch()
    machine.halt()
    onChange()
    // What devices still do writes memory. The destination claims their storage next.
    machine.finishDeviceWork()
    let last = Set(written).union(machine.takeWrittenPages()).sorted()
    do throws(BlockStorageError) { try machine.releaseStorage() } catch {
      return orders.put(.cancel("a disk cannot be handed over: \(error)"))
    }
    shared.withLock { if $0.status == .active { $0.status = .device } }
    onChange()
    passBegins(last)
    orders.put(.last(last, machine.storage, wasHalted: wasHalted))
  }

  private func passBegins(_ pages: [UInt64]) {
    shared.withLock {
      $0.statistics.passes += 1
      $0.statistics.remainingPages = UInt64(pages.count)
    }
    onChange()
  }
}
