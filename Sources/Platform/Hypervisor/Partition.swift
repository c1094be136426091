internal import Glibc
public import GuestMemory
public import CallInterface
internal import MachineDescription
public import PowerISA

/// A logical partition: everything a hypercall may touch.
///
/// Calls, device interrupts and the machine take ``lock`` around what they do; processors and
/// devices are only touched while it is held.
public final class Partition: @unchecked Sendable {
  // Safety: every mutable property is guarded by `lock`.

  public let features: HypervisorFeatures
  public let memory: GuestMemory
  public let lock = PartitionLock()

  /// The partition's processors by place in the device tree.
  public private(set) var processors: [PartitionProcessor] = []
  private var processorsByServer: [UInt32: PartitionProcessor] = [:]

  // MARK: translation
  /// The hash table in use; nil until the machine allocates one.
  public private(set) var hashPageTable: HashPageTable?
  /// A table that H_RESIZE_HPT_PREPARE made.
  public var preparedHashPageTable: HashPageTable?
  /// The largest table the guest may ask for, as the logarithm of its bytes: twice the usual
  /// 1/128 of memory, so that it cannot tie up the host.
  public var largestHashPageTable: Int
  /// The process table the guest registered.
  public internal(set) var processTable: ProcessTable?

  // MARK: interrupts and devices
  var interrupts: InterruptController
  public private(set) var terminals: [any TerminalDevice] = []
  /// What waits for check-exception, oldest first.
  package var events: [PlatformEvent] = []
  /// What the EPOW sensor shows.
  package var environment = EnvironmentState.normal
  /// Where RTAS is; nil while the guest has none.
  public var rtasArea: RTASArea?
  /// Who is called for interrupts that cannot be masked; nil for the vectors of the architecture.
  package var notification: InterruptNotification?
  /// Virtual adapters by unit address: their interrupt source, and whether it is enabled.
  var adapters: [UInt32: VirtualAdapter] = [:]
  public var clock: any TimeOfDay
  public var nvram: any NonVolatileMemory
  public var identity = PartitionIdentity()
  /// 64 random bits.
  public var randomSource: @Sendable () -> UInt64

  // MARK: what the machine is told
  /// Called with a line about a call that is not served; each call once.
  public var log: (@Sendable (String) -> Void)?
  /// Called after each call, when tracing.
  public var callTrace: (@Sendable (CallTrace) -> Void)?
  /// The same for RTAS calls.
  public var rtasTrace: (@Sendable (CallTrace) -> Void)?
  private var unservedCalls: Set<String> = []
  private var requests: [MachineRequest] = []
  /// Called after a request was queued.
  public var requestArrived: (@Sendable () -> Void)?

  /// The associativity lists of processors by server, without their length; for home nodes.
  public var homeNodes: [UInt32: [UInt32]] = [:]

  /// - Parameters:
  ///   - features: what the hypervisor offers.
  ///   - memory: the guest real memory.
  ///   - clock: what gives the time of day.
  ///   - nvram: the non-volatile memory.
  ///   - randomSource: gives 64 random bits, for H_RANDOM.
  public init(
    features: HypervisorFeatures, memory: GuestMemory,
    clock: any TimeOfDay, nvram: any NonVolatileMemory,
    randomSource: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
  ) {
    self.features = features
    self.memory = memory
    self.clock = clock
    self.nvram = nvram
    self.randomSource = randomSource
    interrupts = InterruptController(numbers: InterruptSource.all)
    let memoryLog2 = 64 - max(memory.size - 1, 1).leadingZeroBitCount
    largestHashPageTable = min(max(memoryLog2 - 7, 18) + 1, 46)
  }

  // MARK: what it is made of

  /// Adds a processor; it is stopped until ``start(_:at:argument:)`` or start-cpu.
  @discardableResult
  public func addProcessor(server: UInt32, control: any VirtualProcessorControl)
    -> PartitionProcessor
  {
    let processor = PartitionProcessor(server: server, control: control)
    lock.withLock {
      precondition(processorsByServer[server] == nil, "server \(server) is there already")
      processors.append(processor)
      processorsByServer[server] = processor
    }
    return processor
  }

  /// Cores, which is what capacity is counted in.
  public var cores: Int {
    (processors.count + identity.threadsPerCore - 1) / identity.threadsPerCore
  }

  /// The processor of a server number.
  public func processor(server: UInt32) -> PartitionProcessor? { processorsByServer[server] }

  /// Adds a terminal, whose receive interrupt is `interrupt` if it has one.
  public func addTerminal(_ terminal: any TerminalDevice, interrupt: UInt32? = nil) {
    lock.withLock {
      terminals.append(terminal)
      adapters[terminal.unitAddress] = VirtualAdapter(source: interrupt)
    }
    terminal.whenInputArrives { [weak self, unit = terminal.unitAddress] in
      self?.signalAdapter(unit)
    }
  }

  /// Gives the partition another hash page table, empty or filled by the caller; every processor
  /// uses it from now on.
  public func useHashPageTable(_ table: HashPageTable) {
    lock.withLock {
      largestHashPageTable = max(largestHashPageTable, table.sizeLog2)
      adopt(table)
    }
  }

  /// The caller holds the lock.
  func adopt(_ table: HashPageTable) {
    hashPageTable = table
    preparedHashPageTable = nil
    for processor in processors { processor.control.setHashPageTable(table) }
  }

  // MARK: requests

  /// Queues a request. The caller holds the lock.
  package func request(_ request: MachineRequest) {
    requests.append(request)
    requestArrived?()
  }

  /// What the guest asked of the machine since the last call, oldest first.
  public func takeRequests() -> [MachineRequest] {
    lock.withLock {
      defer { requests = [] }
      return requests
    }
  }

  /// More kinds than any guest calls in good faith; one that makes numbers up must not fill memory.
  private static let reportedCalls = 256

  /// Logs a call that is not served, once, and no more than so many.
  package func reportUnserved(_ call: String) {
    guard let log, unservedCalls.count < Self.reportedCalls, unservedCalls.insert(call).inserted
    else { return }
    log("\(call) is not served")
  }

  /// The state after a reboot: processors stopped, nothing registered, interrupt sources off.
  public func reset() {
    lock.withLock {
      for processor in processors { processor.reset() }
      preparedHashPageTable = nil
      hashPageTable?.clear()
      processTable = nil
      interrupts.reset()
      for unit in adapters.keys { adapters[unit]?.isEnabled = true }
      requests = []
      rtasArea = nil
      notification = nil
      events = []
      environment = .normal
    }
  }
}

/// The interrupt side of a virtual I/O adapter.
struct VirtualAdapter {
  var source: UInt32?
  /// Set by H_VIO_SIGNAL. On from the start: guests use a terminal's interrupt without asking.
  var isEnabled = true
}

/// Mutual exclusion among all that touch a partition. Not recursive.
public final class PartitionLock: @unchecked Sendable {
  // Safety: the mutex is allocated here, never moves, and is freed with the lock.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  @discardableResult
  public func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result)
    throws(Failure) -> Result
  {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }
}
