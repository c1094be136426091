internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState
internal import Synchronization

extension StateSection {
  /// A virtual SCSI adapter; the instance is its unit address.
  public static let virtualSCSI = StateSection("vscsi")
}

/// A virtual SCSI adapter (VSCSI) with the server behind it (LoPAR "Virtual SCSI" and "A Protocol for
/// VSCSI Communications"): information units of SRP and management datagrams in memory, to which
/// entries of the command/response queue point.
public final class VirtualSCSIAdapter: QueuedDevice, Claimable, @unchecked Sendable {
  // Safety: `lock` guards what changes.

  /// Formats of commands and responses in the queue: its second byte.
  private enum Format {
    static let unit: UInt8 = 1
    static let datagram: UInt8 = 2
    static let message: UInt8 = 6
  }

  /// The status of a response in the queue: its fourth byte.
  private enum Status {
    static let good: UInt8 = 0
    static let ping: UInt8 = 0xF5
    static let pingResponse: UInt8 = 0xF6
  }

  /// Requests that a client may have active at a time, which a queue of one page has room for.
  private static let mostRequests = 128
  /// The most bytes of a command that a client is advised of.
  private static let mostTransferred: UInt32 = 2 << 20

  /// What changes; every field is saved.
  private struct State {
    /// Both sides have initialized the connection.
    var isConnected = false
    /// The client has logged in.
    var isLoggedIn = false
    /// Where the client wants a target's logout, and the tag that it has.
    var logout: (address: BusAddress, tag: UInt64)?
  }

  /// The unit address.
  public let unitAddress: UInt32
  /// The queue.
  public let queue: CommandResponseQueue
  private let target: SCSITarget
  private let log: @Sendable (String) -> Void
  private let lock = Mutex(())
  private var state = State()

  /// That of virtual SCSI adapters.
  public var section: StateSection { .virtualSCSI }

  /// - Parameters:
  ///   - description: the adapter.
  ///   - units: what its client finds.
  ///   - storage: the bytes of its units, by target.
  ///   - partition: whose adapter it is.
  ///   - work: where storage is waited for.
  ///   - log: takes what clients log.
  public init(
    _ description: VIODevice, _ units: [SCSIDevice], _ storage: [UInt8: any BlockStorage],
    _ partition: Partition, work: DeviceWork,
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    let dma = DMASpace(of: description, memory: partition.memory)
    unitAddress = description.unitAddress
    queue = CommandResponseQueue(
      unitAddress: unitAddress, dma: dma,
      interrupt: partition.interruptInput(description.interrupt))
    target = SCSITarget(units, storage, dma: dma, work: work)
    self.log = log
    queue.connect(
      .init(
        receive: { [weak self] entry in self?.withLock { $0.receive(entry) } },
        close: { [weak self] in self?.withLock { $0.close() } }))
  }

  /// Operation codes of commands that units serve.
  package static var operations: [UInt8] { SCSICommandRow.all.map(\.operation) }

  private func withLock(_ body: (VirtualSCSIAdapter) -> Void) { lock.withLock { _ in body(self) } }

  // MARK: the machine's side

  /// As after power-on.
  public func reset() {
    withLock { adapter in
      adapter.target.reset()
      adapter.state = State()
      adapter.queue.reset()
    }
  }

  /// Claims the units' storage.
  public func claim() throws(BlockStorageError) { try target.claim() }
  /// Releases the units' storage.
  public func release() throws(BlockStorageError) { try target.release() }

  /// Saves or restores the adapter, while no command waits.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    try queue.code(&coder)
    try coder.field("conn", &state.isConnected)
    try coder.field("login", &state.isLoggedIn)
    try coder.group("logout", &state.logout, initial: (BusAddress(0), 0)) {
      logout, coder throws(StateError) in
      try coder.field("addr", logout.address.rawValue) { logout.address = BusAddress($0) }
      try coder.field("tag", &logout.tag)
    }
    try target.code(&coder)
  }

  // MARK: the connection

  /// The client has deregistered its queue.
  private func close() {
    target.end(nil)
    state = State()
  }

  private func receive(_ entry: QueueEntry) {
    switch (entry.header, entry.format) {
    case (.initialization, QueueEntry.initialize.format):
      // Once connected, another initialization is a violation of the protocol.
      if state.isLoggedIn { return endConnection() }
      state.isConnected = true
      queue.send(.initializationComplete)
    case (.initialization, QueueEntry.initializationComplete.format):
      if state.isLoggedIn { return endConnection() }
      state.isConnected = true
    case (.command, Format.message):
      if UInt8(truncatingIfNeeded: entry.high >> 32) == Status.ping {
        queue.send(
          QueueEntry(
            high: QueueEntry(.command, Format.message).high | UInt64(Status.pingResponse) << 32))
      }
    case (.command, Format.unit), (.command, Format.datagram):
      guard state.isConnected else { return endConnection() }
      let address = BusAddress(entry.low)
      let length = Int(UInt16(truncatingIfNeeded: entry.high))
      guard length <= RemoteDMAUnit.mostBytes, let bytes = try? dma.read(length, at: address)
      else { return endConnection() }
      if entry.format == Format.unit {
        unit(bytes, address)
      } else {
        datagram(bytes, address)
      }
    // Private formats of operating systems, and what is reserved.
    default: break
    }
  }

  /// Closes and opens the connection again after a violation of the protocol.
  private func endConnection() {
    target.end(nil)
    if let logout = state.logout {
      // Reason 0: none is given.
      let unit = RemoteDMAUnit.targetLogout(logout.tag, reason: 0)
      if (try? dma.write(unit, at: logout.address)) != nil {
        send(Format.unit, unit.count, tag: logout.tag)
      }
    }
    state = State()
    queue.send(.partnerClosed)
    queue.send(.initialize)
  }

  /// Informs the client of an answer in its memory.
  private func send(_ format: UInt8, _ length: Int, tag: UInt64) {
    queue.send(
      QueueEntry(
        high: QueueEntry(.command, format).high | UInt64(Status.good) << 32 | UInt64(length),
        low: tag))
  }

  /// Stores an answer over its request.
  private func answer(
    _ bytes: [UInt8], at address: BusAddress, _ format: UInt8, tag: UInt64
  ) {
    guard (try? dma.write(bytes, at: address)) != nil else { return endConnection() }
    send(format, bytes.count, tag: tag)
  }

  // MARK: information units

  private func unit(_ bytes: [UInt8], _ address: BusAddress) {
    guard bytes.count >= 16 else { return endConnection() }
    let tag = UInt64(bigEndianBytes: bytes[8..<16])
    switch bytes[0] {
    case RemoteDMAUnit.Operation.login where bytes.count >= RemoteDMAUnit.loginSize:
      guard !state.isLoggedIn else { return endConnection() }
      answer(login(bytes), at: address, Format.unit, tag: tag)
    case RemoteDMAUnit.Operation.command where bytes.count >= RemoteDMAUnit.commandSize:
      guard state.isLoggedIn, target.waiting < Self.mostRequests else { return endConnection() }
      command(bytes, address, tag)
    case RemoteDMAUnit.Operation.management where bytes.count >= RemoteDMAUnit.managementSize:
      guard state.isLoggedIn else { return endConnection() }
      let response = RemoteDMAUnit.response(bytes, management: manage(bytes))
      answer(response, at: address, Format.unit, tag: tag)
    case RemoteDMAUnit.Operation.logout:
      target.end(nil)
      state.isLoggedIn = false
    default: endConnection()
    }
  }

  private func login(_ bytes: [UInt8]) -> [UInt8] {
    let (tag, length) = (bytes[8..<16], UInt32(bigEndianBytes: bytes[16..<20]))
    let formats = UInt16(bigEndianBytes: bytes[24..<26])
    guard length <= RemoteDMAUnit.mostBytes else {
      return RemoteDMAUnit.loginRejection(tag, RemoteDMAUnit.Rejection.tooLong)
    }
    guard formats & ~RemoteDMAUnit.BufferFormat.all == 0 else {
      return RemoteDMAUnit.loginRejection(tag, RemoteDMAUnit.Rejection.descriptorFormat)
    }
    state.isLoggedIn = true
    return RemoteDMAUnit.loginResponse(tag, limit: UInt32(Self.mostRequests))
  }

  /// The target that a logical unit number names, and the unit of it (SAM-5 4.7.7). The number 0 is
  /// that of target 0 too.
  private func place(_ number: UInt64) -> (target: UInt8, unit: UInt8)? {
    guard number & 0xFFFF_FFFF_FFFF == 0 else { return nil }
    switch number >> 62 {
    case 0 where number >> 48 == 0: return (0, 0)
    // Channel, target and unit in one level.
    case 2:
      guard number >> 53 & 7 == 0 else { return nil }
      return (UInt8(number >> 56 & 0x3F), UInt8(number >> 48 & 0x1F))
    default: return nil
    }
  }

  /// The numbers that REPORT LUNS lists of all targets.
  private var allNumbers: [UInt64] {
    target.units.keys.sorted().map(VirtualSCSI.number(ofTarget:))
  }

  /// The well-known unit of REPORT LUNS.
  private static let reportUnits: UInt64 = 0xC101 << 48

  private func command(_ bytes: [UInt8], _ address: BusAddress, _ tag: UInt64) {
    let number = UInt64(bigEndianBytes: bytes[20..<28])
    let data: (out: SCSIData, in: SCSIData)
    do throws(SCSIFailure) { data = try RemoteDMAUnit.buffers(bytes, dma) } catch {
      return endConnection()
    }
    let extra = min(Int(bytes[31] & 0xFC), bytes.count - RemoteDMAUnit.commandSize)
    let command = SCSICommand(
      bytes[32..<48 + extra], dataOut: data.out, dataIn: data.in)
    let reply: SCSITarget.Reply = { [weak self] answer in
      self?.respond(bytes, command, answer, address, tag)
    }
    let isReport = command.operation == 0xA0 && (number == 0 || number == Self.reportUnits)
    guard let place = place(number), target.units[place.target] != nil, place.unit == 0 else {
      // REPORT LUNS of no unit in particular lists all.
      return reply(SCSIUnit.absent(command, dma, numbers: isReport ? allNumbers : [0]))
    }
    target.execute(
      command, on: place.target, tag: tag, numbers: isReport ? allNumbers : [0],
      lock: { [weak self] body in self?.withLock { _ in body() } }, reply: reply)
  }

  private func respond(
    _ request: [UInt8], _ command: SCSICommand, _ answer: SCSIAnswer, _ address: BusAddress,
    _ tag: UInt64
  ) {
    var needed: UInt64 = 0
    let result: SCSIResult
    switch answer {
    case .result(let found): result = found
    case .overrun(let count): (result, needed) = (.check(.dataPhase), count)
    case .fault: result = .check(.targetFailure)
    // What task management has ended is not answered.
    case .aborted, .reset: return
    }
    self.answer(
      RemoteDMAUnit.response(
        request, result, out: command.dataOut.count, in: command.dataIn.count, needed: needed),
      at: address, Format.unit, tag: tag)
  }

  /// Does a task management function.
  private func manage(_ bytes: [UInt8]) -> UInt8 {
    typealias Response = RemoteDMAUnit.ManagementResponse
    guard let place = place(UInt64(bigEndianBytes: bytes[20..<28])), place.unit == 0,
      let unit = target.units[place.target]
    else { return Response.invalidFields }
    switch bytes[30] {
    case RemoteDMAUnit.Management.abortTask:
      target.end(
        unit: place.target, tag: UInt64(bigEndianBytes: bytes[32..<40]), .aborted)
    case RemoteDMAUnit.Management.abortTaskSet, RemoteDMAUnit.Management.clearTaskSet:
      target.end(unit: place.target, .aborted)
    case RemoteDMAUnit.Management.unitReset:
      target.end(unit: place.target, .reset)
      unit.reset(.unitReset)
    case RemoteDMAUnit.Management.clearACA: return Response.unsupported
    default: return Response.invalidFields
    }
    return Response.complete
  }

  // MARK: management datagrams

  private func datagram(_ bytes: [UInt8], _ address: BusAddress) {
    guard let datagram = ManagementDatagram(bytes) else { return endConnection() }
    if datagram.kind == .emptyUnit {
      // It is answered when the connection ends.
      state.logout = datagram.buffer.map { ($0, datagram.tag) }
      return
    }
    answer(
      datagram.answered(status(of: datagram)), at: address, Format.datagram, tag: datagram.tag)
  }

  /// Does what a datagram asks for.
  private func status(of datagram: ManagementDatagram) -> UInt16 {
    typealias Status = ManagementDatagram.Status
    switch datagram.kind {
    case .emptyUnit, .none: return Status.unsupported
    // No unit ever loses all of its paths, which is all that would be reported.
    case .enableFastFail: return Status.success
    case .adapterInformation:
      let information = ManagementDatagram.adapterInformation(
        mostTransferred: Self.mostTransferred)
      return write(information.prefix(datagram.length), to: datagram.buffer)
    case .capabilities:
      guard let list = read(datagram, most: RemoteDMAUnit.mostBytes),
        let supported = ManagementDatagram.capabilities(list)
      else { return Status.failed }
      return write(supported[...], to: datagram.buffer)
    case .errorLog:
      guard let bytes = read(datagram, most: ManagementDatagram.logSize),
        let text = ManagementDatagram.text(ofLog: bytes)
      else { return Status.failed }
      log(text)
      return Status.success
    }
  }

  private func read(_ datagram: ManagementDatagram, most: Int) -> [UInt8]? {
    guard let buffer = datagram.buffer else { return nil }
    return try? dma.read(min(datagram.length, most), at: buffer)
  }

  private func write(_ bytes: ArraySlice<UInt8>, to buffer: BusAddress?) -> UInt16 {
    guard let buffer, (try? dma.write(Array(bytes), at: buffer)) != nil else {
      return ManagementDatagram.Status.failed
    }
    return ManagementDatagram.Status.success
  }
}
