internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState
internal import Synchronization

extension StateSection {
  /// A virtual TPM; the instance is its unit address.
  public static let virtualTPM = StateSection("vtpm")
}

/// A virtual TPM (LoPAR "Virtual TPM"): commands in memory, to which entries of the command/response
/// queue point, are executed by an emulator.
public final class VirtualTPM: QueuedDevice, @unchecked Sendable {
  // Safety: `lock` guards what changes.

  /// Formats of commands: the second byte of an entry. Answers have bit 7 too.
  private enum Format {
    static let version: UInt8 = 1
    static let command: UInt8 = 2
    static let bufferSize: UInt8 = 3
    static let prepareToSuspend: UInt8 = 4
    static let answer: UInt8 = 0x80
    static let error: UInt8 = 0xFF
  }

  /// Codes of an error's answer.
  private enum Failure {
    static let copyIn: UInt32 = 3
    static let copyOut: UInt32 = 4
  }

  /// What changes; nothing of it while no work is in progress, which is when it is saved.
  private struct State {
    /// The emulator executes a command, or is started.
    var isBusy = false
    /// Counts resets, which the answers to earlier commands do not outlive.
    var generation = 0
    /// The emulator is to be started before it executes more.
    var mustStart = false
    /// The command that is executed next.
    var waiting: BusAddress?
  }

  /// The unit address.
  public let unitAddress: UInt32
  /// The queue.
  public let queue: CommandResponseQueue
  private let emulator: TPMEmulator
  private let work: DeviceWork
  private let lock = Mutex(())
  private var state = State()

  /// That of virtual TPMs.
  public var section: StateSection { .virtualTPM }
  /// Memory as the client has mapped it.
  public var dma: DMASpace { queue.dma }

  /// - Parameters:
  ///   - description: the device.
  ///   - emulator: executes commands.
  ///   - partition: whose TPM it is.
  ///   - work: where the emulator is waited for.
  public init(
    _ description: VIODevice, _ emulator: TPMEmulator, _ partition: Partition, work: DeviceWork
  ) {
    let dma = DMASpace(of: description, memory: partition.memory)
    unitAddress = description.unitAddress
    queue = CommandResponseQueue(
      unitAddress: unitAddress, dma: dma,
      interrupt: partition.interruptInput(description.interrupt))
    (self.emulator, self.work) = (emulator, work)
    queue.connect(
      .init(
        receive: { [weak self] entry in self?.withLock { $0.receive(entry) } },
        close: { [weak self] in self?.withLock { $0.forget() } }))
  }

  private func withLock(_ body: (VirtualTPM) -> Void) { lock.withLock { _ in body(self) } }

  // MARK: the machine's side

  /// As after power-on: the emulator is started again.
  public func reset() {
    withLock { device in
      device.forget()
      device.queue.reset()
      device.state.mustStart = true
      device.proceed()
    }
  }

  /// Saves or restores queue and emulator, while no command is executed.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    try queue.code(&coder)
    var blobs: [TPMEmulator.Blob] = []
    if !coder.isReading {
      do throws(TPMError) { blobs = try emulator.state() } catch {
        throw StateError(.input("the TPM emulator: \(error)"), at: 0)
      }
    }
    try coder.list("state", &blobs, initial: TPMEmulator.Blob(kind: 0, flags: 0, bytes: [])) {
      blob, coder throws(StateError) in
      try coder.field("kind", blob.kind) { kind throws(InvalidValue) in
        guard TPMEmulator.blobKinds.contains(kind) else {
          throw InvalidValue("a TPM has no such state")
        }
        blob.kind = kind
      }
      try coder.field("flags", &blob.flags)
      try coder.field("data", blob.bytes) { bytes throws(InvalidValue) in
        guard bytes.count <= TPMEmulator.largestBlob else {
          throw InvalidValue("a TPM's state has up to \(TPMEmulator.largestBlob) bytes")
        }
        blob.bytes = bytes
      }
    }
    guard coder.isReading else { return }
    withLock { device in
      device.forget()
      device.state.mustStart = false
    }
    do throws(TPMError) { try emulator.restore(blobs) } catch {
      throw StateError(.input("the TPM emulator: \(error)"), at: 0)
    }
  }

  // MARK: the queue

  /// Gives no answer to what is being executed, for its buffer is no longer there.
  private func forget() {
    state.generation += 1
    state.waiting = nil
  }

  private func receive(_ entry: QueueEntry) {
    switch (entry.header, entry.format) {
    case (.initialization, QueueEntry.initialize.format): queue.send(.initializationComplete)
    case (.command, Format.version):
      answer(Format.version, data: emulator.version == .v2_0 ? 2 : 1)
    case (.command, Format.bufferSize):
      answer(Format.bufferSize, length: UInt16(TPMEmulator.mostBytes))
    case (.command, Format.prepareToSuspend): answer(Format.prepareToSuspend)
    case (.command, Format.command):
      // There is room for one command that comes before the answer to another.
      guard state.waiting == nil else { return fail(Failure.copyIn) }
      state.waiting = BusAddress(entry.high & 0xFFFF_FFFF)
      proceed()
    default: break
    }
  }

  private func answer(_ format: UInt8, length: UInt16 = 0, data: UInt32 = 0) {
    let high = QueueEntry(.command, format | Format.answer).high
    queue.send(QueueEntry(high: high | UInt64(length) << 32 | UInt64(data)))
  }

  private func fail(_ code: UInt32) {
    queue.send(
      QueueEntry(high: QueueEntry(.command, Format.error).high | UInt64(code)))
  }

  // MARK: commands

  /// Has the emulator do what is next, if it does nothing.
  private func proceed() {
    guard !state.isBusy else { return }
    if state.mustStart {
      (state.isBusy, state.mustStart) = (true, false)
      // An emulator that has failed answers commands with that.
      work.submit(for: self) { [emulator] in
        (try? emulator.start()) != nil
      } then: { [weak self] _ in
        self?.withLock { $0.finished() }
      }
      return
    }
    guard let address = state.waiting else { return }
    state.waiting = nil
    guard let command = command(at: address) else { return fail(Failure.copyIn) }
    guard command.count >= TPMEmulator.headerSize else {
      return complete(emulator.wrongSize, at: address)
    }
    state.isBusy = true
    let generation = state.generation
    work.submit(for: self) { [emulator] in
      emulator.execute(command) ?? emulator.failure
    } then: {
      [weak self] answer in
      self?.withLock { device in
        if device.state.generation == generation { device.complete(answer, at: address) }
        device.finished()
      }
    }
  }

  private func finished() {
    state.isBusy = false
    proceed()
  }

  /// A command by its header; empty when its size cannot be, nil when it is not in memory.
  private func command(at address: BusAddress) -> [UInt8]? {
    guard let header = try? dma.read(TPMEmulator.headerSize, at: address) else { return nil }
    let size = Int(UInt32(bigEndianBytes: header[2..<6]))
    guard (TPMEmulator.headerSize...TPMEmulator.mostBytes).contains(size) else { return [] }
    return try? dma.read(size, at: address)
  }

  private func complete(_ bytes: [UInt8], at address: BusAddress) {
    guard (try? dma.write(bytes, at: address)) != nil else { return fail(Failure.copyOut) }
    answer(
      Format.command, length: UInt16(bytes.count),
      data: UInt32(truncatingIfNeeded: address.rawValue))
  }
}
