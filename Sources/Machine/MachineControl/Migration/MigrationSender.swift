internal import JSON
internal import Machine
internal import MigrationCompatibility
internal import SavedState
internal import Synchronization

/// The reason for which a migration failed.
struct OutgoingMigrationError: Error {
  var reason: String
  /// The destination was asked to start the guest, and has not confirmed it.
  var isUncertain = false

  /// What a program before machine version 2.0 means by its answer to a format it does not read.
  func explained(sending version: MachineVersion) -> OutgoingMigrationError {
    guard version >= .v2_0, reason == TransferAnswer.notASavedState else { return self }
    return OutgoingMigrationError(
      reason:
        "the destination answers '\(reason)' to format \(StateWriter.format): a program before "
        + "machine version \(MachineVersion.v2_0) reads format \(StateFormat1.number), which machine "
        + "version \(MachineVersion.v1_2) is sent in (--machine-version)")
  }
}

/// The source's sending thread: connects, waits for the acceptance, and sends one pass for each
/// order.
final class MigrationSender: @unchecked Sendable {
  // Safety: the machine's thread makes it, and then only the sending thread uses it.

  private let migration: OutgoingMigration
  private let connection: Connection
  private var writer: StateWriter
  private var storage: StorageSender
  private let allStorage: [StoragePieces]
  /// The version of the machine that the stream is for.
  private let version: MachineVersion

  /// The receiver of the stream: memory until the socket is connected.
  private final class Connection {
    var socket: StreamSocket?
    var waiting: [UInt8] = []
    /// Bytes of the stream so far.
    private(set) var sent: UInt64 = 0

    func send(_ bytes: [UInt8]) throws(StateError) {
      sent += UInt64(bytes.count)
      guard let socket else { return waiting += bytes }
      do throws(SocketError) { try socket.write(bytes) } catch {
        throw StateError(.input("\(error)"), at: 0)
      }
    }
  }

  init(
    _ migration: OutgoingMigration, version: MachineVersion, storage: [StoragePieces]
  ) throws(SocketError) {
    self.migration = migration
    self.storage = StorageSender()
    self.version = version
    allStorage = storage
    let connection = Connection()
    self.connection = connection
    do throws(StateError) {
      writer = try StateWriter(for: version) { bytes throws(StateError) in
        try connection.send(bytes)
      }
      try migration.machine.saveBeginning(to: &writer, version: version)
    } catch {
      throw SocketError.peer("\(error.reason)")
    }
  }

  func run() {
    do throws(OutgoingMigrationError) {
      try move()
      migration.reports.put(.completed)
    } catch {
      migration.reports.put(.failed(error.reason, isUncertain: error.isUncertain))
    }
    migration.wake.signal()
  }

  // MARK: sequence

  private func move() throws(OutgoingMigrationError) {
    let socket = try connect()
    do throws(OutgoingMigrationError) { try TransferAnswer.accepted.expect(from: socket) } catch {
      throw error.explained(sending: version)
    }
    migration.shared.withLock {
      if $0.status == .setup { $0.status = .active }
      $0.statistics.setupTime = migration.clock.milliseconds
      $0.statistics.passes = 1
    }
    migration.wake.signal()
    try pass { sender throws(StateError) in
      try sender.storage.sendAll(sender.allStorage, to: &sender.writer, sender.paced(limited: true))
    }
    while true {
      switch migration.orders.take() {
      case .cancel(let reason): throw OutgoingMigrationError(reason: reason)
      case .pass(let pages, let storage):
        try pass { sender throws(StateError) in
          _ = try sender.storage.send(
            pages, of: storage, to: &sender.writer, sender.paced(limited: true))
        }
      case .last(let pages, let storage, let wasHalted):
        do throws(StateError) { try sendRest(pages, storage) } catch {
          throw OutgoingMigrationError(reason: "\(error.reason)")
        }
        return try handOver(socket, wasHalted: wasHalted)
      }
    }
  }

  private func connect() throws(OutgoingMigrationError) -> StreamSocket {
    // A destination that hangs up may have said why.
    var refusal: OutgoingMigrationError?
    do throws(SocketError) {
      let socket = try migration.destination.connect()
      let isCancelled = migration.shared.withLock {
        $0.socket = socket
        return $0.isCancelled
      }
      guard !isCancelled else { throw SocketError.peer("cancelled") }
      do throws(SocketError) { try socket.write(connection.waiting) } catch {
        refusal = TransferAnswer.refusal(from: socket)
        throw error
      }
      connection.waiting = []
      connection.socket = socket
      return socket
    } catch {
      throw refusal ?? OutgoingMigrationError(reason: "\(error)")
    }
  }

  /// Sends one pass, and reports its statistics.
  private func pass(
    _ body: (MigrationSender) throws(StateError) -> Void
  ) throws(OutgoingMigrationError) {
    let clock = Stopwatch()
    pages = 0
    waited = 0
    do throws(StateError) { try body(self) } catch {
      // A destination that disconnects may have sent the reason before.
      throw (connection.socket.flatMap { TransferAnswer.refusal(from: $0) })
        ?? OutgoingMigrationError(reason: "\(error.reason)")
    }
    migration.reports.put(
      .passEnded(pages: pages, milliseconds: max(clock.milliseconds - waited, 0)))
    migration.wake.signal()
  }

  /// Sends the rest while the guest is stopped.
  private func sendRest(_ pages: [UInt64], _ parts: [StoragePieces]) throws(StateError) {
    let pace = paced(limited: false)
    if try !storage.send(pages, of: parts, to: &writer, pace) {
      try migration.machine.saveTableSizes(to: &writer)
      try storage.sendNewTables(parts, to: &writer, pace)
    }
    try migration.machine.saveRest(to: &writer)
    try writer.finish()
    migration.shared.withLock { $0.statistics.transferred = connection.sent }
  }

  private func handOver(_ socket: StreamSocket, wasHalted: Bool) throws(OutgoingMigrationError) {
    try TransferAnswer.ready.expect(from: socket)
    guard !migration.shared.withLock({ $0.isCancelled }) else {
      throw OutgoingMigrationError(reason: "cancelled")
    }
    let start = TransferStart(wasHalted: wasHalted)
    do throws(SocketError) { try socket.write(start.line) } catch {
      throw OutgoingMigrationError(reason: "\(error)", isUncertain: true)
    }
    do throws(OutgoingMigrationError) { try TransferAnswer.running.expect(from: socket) } catch {
      throw OutgoingMigrationError(
        reason: "the destination does not answer the command to start: \(error.reason)",
        isUncertain: true)
    }
  }

  // MARK: bandwidth

  private var pages = 0
  /// Milliseconds of the pass spent in waiting.
  private var waited = 0.0
  /// The time and the byte from which the limit is applied.
  private var window = (clock: Stopwatch(), start: UInt64(0), limit: UInt64(0))

  private func paced(limited: Bool) -> StorageSender.Pace {
    { [self] progress throws(StateError) in
      pages += progress.sent
      let (limit, isCancelled) = migration.shared.withLock {
        $0.statistics.pages += UInt64(progress.sent)
        $0.statistics.zeroPages += UInt64(max(progress.memory - progress.sent, 0))
        $0.statistics.remainingPages -= min(
          $0.statistics.remainingPages, UInt64(progress.memory))
        $0.statistics.transferred = connection.sent
        return ($0.parameters.maximumBandwidth, $0.isCancelled)
      }
      guard !isCancelled else { throw StateError(.input("cancelled"), at: 0) }
      if limited { keep(limit) }
    }
  }

  private func keep(_ limit: UInt64) {
    guard limit > 0 else { return }
    if window.limit != limit || window.clock.milliseconds > 1000 {
      window = (Stopwatch(), connection.sent, limit)
    }
    let due = Double(connection.sent - window.start) * 1000 / Double(limit)
    let early = due - window.clock.milliseconds
    guard early > 1 else { return }
    Stopwatch.sleep(milliseconds: early)
    waited += early
  }
}
