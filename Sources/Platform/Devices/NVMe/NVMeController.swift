public import GuestMemory
internal import HostSupport
public import Hypervisor
public import MachineDescription
internal import Synchronization

/// An NVMe controller with one namespace (NVM Express 1.4): its registers, and when it runs.
public final class NVMeController: DeviceRegisters, @unchecked Sendable {
  // Safety: all that changes is guarded by `lock`.

  /// Registers (NVM Express 1.4, 3.1).
  private enum Register {
    static let capabilities: UInt64 = 0x00
    static let version: UInt64 = 0x08
    static let setMask: UInt64 = 0x0C
    static let clearMask: UInt64 = 0x10
    static let configuration: UInt64 = 0x14
    static let status: UInt64 = 0x1C
    static let adminSizes: UInt64 = 0x24
    static let adminSubmission: UInt64 = 0x28
    static let adminCompletion: UInt64 = 0x30
    static let doorbells: UInt64 = 0x1000
  }

  /// Bits of the status register.
  enum Status {
    static let ready: UInt32 = 1
    static let fatal: UInt32 = 2
    static let shutdownInProgress: UInt32 = 1 << 2
    static let shutdownComplete: UInt32 = 2 << 2
    static let shutdown: UInt32 = 3 << 2
  }

  /// NVM Express 1.4.
  static let version: UInt32 = 0x0001_0400
  /// The most entries of a queue for I/O commands.
  static let mostEntries: UInt32 = 1024
  /// The largest memory page in units of the smallest one, 4 KiB, as a power of two.
  private static let largestPage: UInt32 = 4

  let disk: PCIDevice.Disk
  let storage: any BlockStorage
  let dma: DMASpace
  /// 16 bytes that no other namespace has.
  let uuid: [UInt8]
  private let lock = Mutex(())
  /// The function on the PCI bus.
  public let function: PCIFunction
  let tasks: StorageTasks<NVMeOwner>

  /// What a reset of the controller leaves nothing of.
  struct State {
    /// The configuration register; the version and page size that it has while the controller runs.
    var configuration: UInt32 = 0
    var status: UInt32 = 0
    /// Vectors that do not interrupt the driver by the line.
    var mask: UInt32 = 0
    var submission: [UInt16: NVMeSubmissionQueue] = [:]
    var completion: [UInt16: NVMeCompletionQueue] = [:]
    /// Values that the driver has set, by feature and selector.
    var features: [UInt32: UInt32] = [:]
    /// Identifiers of commands that wait for an event.
    var eventRequests: [UInt16] = []
    /// Events that wait for a command, each once.
    var events: [UInt32] = []
    /// A bit for each type of events of which the driver has not read the log.
    var maskedEvents: UInt8 = 0
  }

  /// What a reset of the controller leaves.
  struct Lasting {
    /// Sizes and addresses of the queues for administration.
    var adminSizes: UInt32 = 0
    var adminSubmission: UInt64 = 0
    var adminCompletion: UInt64 = 0
    var log = NVMeLog()
  }

  var state = State()
  var lasting = Lasting()

  /// - Parameters:
  ///   - disk: the disk as its driver sees it.
  ///   - description: the device.
  ///   - storage: the bytes of the namespace.
  ///   - dma: memory as functions of its bus reach it.
  ///   - work: where storage is waited for.
  ///   - machine: the 16 bytes of the machine's UUID.
  public init(
    _ disk: PCIDevice.Disk, _ description: PCIDevice, _ storage: any BlockStorage, dma: DMASpace,
    work: DeviceWork, machine: [UInt8]
  ) {
    (self.disk, self.storage, self.dma) = (disk, storage, dma)
    uuid = machine.dropLast() + [(machine.last ?? 0) ^ description.number]
    tasks = StorageTasks(dma.memory, work)
    function = PCIFunction(description)
    function.connect(
      registers: { [weak self] in $0 == PCIDevice.nvmeRegion.number ? self : nil },
      reset: { [weak self] in
        self?.withLock {
          $0.stop()
          $0.lasting = Lasting()
        }
      })
  }

  /// Runs what touches the controller with its lock held.
  func withLock(_ body: (NVMeController) -> Void) { lock.withLock { _ in body(self) } }

  /// What work on storage is followed up with.
  var locked: @Sendable (() -> Void) -> Void {
    { [weak self] body in self?.withLock { _ in body() } }
  }

  // MARK: registers

  /// Reads a register.
  public func load(at offset: UInt64, size: Int) -> UInt64 {
    lock.withLock { _ in
      let place = offset & ~3
      let value =
        UInt64(register(place)) | (size == 8 ? UInt64(register(place + 4)) << 32 : 0)
      return value >> (8 * (offset & 3))
    }
  }

  /// Stores to a register, of which drivers store 4 or 8 bytes.
  public func store(_ value: UInt64, at offset: UInt64, size: Int) {
    guard size >= 4 else { return }
    lock.withLock { _ in
      if offset >= Register.doorbells {
        if size == 4 {
          ring(Int((offset - Register.doorbells) / 4), UInt32(truncatingIfNeeded: value))
        }
        return
      }
      set(offset, UInt32(truncatingIfNeeded: value))
      if size == 8 { set(offset + 4, UInt32(truncatingIfNeeded: value >> 32)) }
    }
  }

  /// Contiguous queues of up to ``mostEntries``, half a minute until the controller is ready, the NVM
  /// command set, pages of 4 to 64 KiB.
  private static var capabilities: UInt64 {
    UInt64(mostEntries - 1) | 1 << 16 | 60 << 24 | 1 << 37 | UInt64(largestPage) << 52
  }

  private func register(_ offset: UInt64) -> UInt32 {
    switch offset {
    case Register.capabilities: UInt32(truncatingIfNeeded: Self.capabilities)
    case Register.capabilities + 4: UInt32(Self.capabilities >> 32)
    case Register.version: Self.version
    case Register.setMask, Register.clearMask: state.mask
    case Register.configuration: state.configuration
    case Register.status: state.status
    case Register.adminSizes: lasting.adminSizes
    case Register.adminSubmission: UInt32(truncatingIfNeeded: lasting.adminSubmission)
    case Register.adminSubmission + 4: UInt32(lasting.adminSubmission >> 32)
    case Register.adminCompletion: UInt32(truncatingIfNeeded: lasting.adminCompletion)
    case Register.adminCompletion + 4: UInt32(lasting.adminCompletion >> 32)
    default: 0
    }
  }

  private func set(_ offset: UInt64, _ value: UInt32) {
    func replaceLow(_ address: inout UInt64) {
      address = address & ~0xFFFF_FFFF | UInt64(value & ~0xFFF)
    }
    func replaceHigh(_ address: inout UInt64) {
      address = address & 0xFFFF_FFFF | UInt64(value) << 32
    }
    switch offset {
    case Register.setMask:
      state.mask |= value
      updateLine()
    case Register.clearMask:
      state.mask &= ~value
      updateLine()
    case Register.configuration: configure(value)
    case Register.adminSizes: lasting.adminSizes = value & 0x0FFF_0FFF
    case Register.adminSubmission: replaceLow(&lasting.adminSubmission)
    case Register.adminSubmission + 4: replaceHigh(&lasting.adminSubmission)
    case Register.adminCompletion: replaceLow(&lasting.adminCompletion)
    case Register.adminCompletion + 4: replaceHigh(&lasting.adminCompletion)
    default: break
    }
  }

  // MARK: configuration

  private static let enable: UInt32 = 1
  private static let shutdownNotification: UInt32 = 3 << 14

  /// Bytes of a memory page.
  var pageSize: UInt64 { Self.pageSize(state.configuration) }

  private static func pageSize(_ configuration: UInt32) -> UInt64 {
    4096 << UInt64(min(configuration >> 7 & 0xF, largestPage))
  }

  /// Base-2 logarithms of the bytes of entries in queues for I/O commands.
  var submissionEntry: UInt32 { state.configuration >> 16 & 0xF }
  var completionEntry: UInt32 { state.configuration >> 20 & 0xF }

  /// Whether commands are taken.
  var isRunning: Bool {
    state.status & (Status.ready | Status.fatal) == Status.ready && function.isBusMaster
  }

  private func configure(_ value: UInt32) {
    let (old, new) = (state.configuration, value & 0x00FF_FFF1)
    if new & Self.enable == 0 {
      if old & Self.enable != 0 { stop() }
      state.configuration = new
    } else if old & Self.enable == 0 {
      state.configuration = new
      start()
    } else {
      // Entry sizes and the shutdown may change while it runs.
      let changing = 0x00FF_0000 | Self.shutdownNotification
      state.configuration = old & ~changing | new & changing
    }
    if ~old & new & Self.shutdownNotification != 0 { shutDown() }
  }

  /// Makes the queues for administration.
  private func start() {
    let configuration = state.configuration
    let page = Self.pageSize(configuration)
    let sizes = (lasting.adminSizes & 0xFFF, lasting.adminSizes >> 16 & 0xFFF)
    // The NVM command set, round robin, and a page size that there is.
    guard configuration >> 4 & 7 == 0, configuration >> 11 & 7 == 0,
      configuration >> 7 & 0xF <= Self.largestPage, sizes.0 > 0, sizes.1 > 0,
      (lasting.adminSubmission | lasting.adminCompletion) & (page - 1) == 0
    else { return fail() }
    state.submission[0] = NVMeSubmissionQueue(
      ring: NVMeRing(base: lasting.adminSubmission, size: sizes.0 + 1), completionQueue: 0)
    state.completion[0] = NVMeCompletionQueue(
      ring: NVMeRing(base: lasting.adminCompletion, size: sizes.1 + 1), vector: 0,
      isInterrupting: true)
    state.status |= Status.ready
  }

  /// Resets the controller. Returns when nothing is being done for commands.
  func stop() {
    _ = tasks.end { _ in true }
    state = State()
    function.setLine(false)
  }

  /// The controller cannot continue: nothing more is done until the driver resets it.
  func fail() { state.status |= Status.fatal }

  /// Puts everything on stable storage.
  private func shutDown() {
    state.status = state.status & ~Status.shutdown | Status.shutdownInProgress
    tasks.begin(StorageOperation(action: .flush), storage, for: .shutdown, lock: locked) {
      [weak self] failure in
      guard let self else { return }
      if failure != nil { self.fail() }
      self.state.status = self.state.status & ~Status.shutdown | Status.shutdownComplete
    }
  }
}

/// What waits for storage.
enum NVMeOwner: Sendable {
  case shutdown
  /// A command of a submission queue.
  case command(queue: UInt16, identifier: UInt16)
}
