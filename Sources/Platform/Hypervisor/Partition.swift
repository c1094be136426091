internal import Glibc
public import GuestMemory
public import CallInterface
internal import MachineDescription
public import PowerISA

/// A logical partition: the state that hypercalls access.
///
/// Calls, device interrupts and the machine hold ``lock``; processors and devices are accessed only
/// while it is held.
public final class Partition: @unchecked Sendable {
  // Safety: every mutable property is guarded by `lock`.

  /// What processor and options let the calls offer.
  public let features: HypervisorFeatures
  /// Memory and devices.
  public let space: RealAddressSpace
  /// The memory of ``space``.
  public let memory: GuestMemory
  /// Taken around everything that reads or changes the partition.
  public let lock = PartitionLock()

  /// The partition's processors by place in the device tree.
  public private(set) var processors: [PartitionProcessor] = []
  private var processorsByServer: [UInt32: PartitionProcessor] = [:]

  // MARK: translation
  /// The hash table in use; nil until the machine allocates one.
  public private(set) var hashPageTable: HashPageTable?
  /// A table that H_RESIZE_HPT_PREPARE made.
  public var preparedHashPageTable: HashPageTable?
  /// The largest table that the guest may request, as the logarithm of its bytes: twice the usual
  /// 1/128 of memory, to limit the host memory of a guest.
  public var largestHashPageTable: Int
  /// The process table the guest registered.
  public internal(set) var processTable: ProcessTable?

  // MARK: interrupts and devices
  var interrupts: InterruptController
  /// The interrupts that devices have raised and the partition has not taken yet.
  public let interruptSignals = InterruptSignals()
  /// The windows of bus addresses by logical I/O bus number.
  var tceTables: [UInt32: TCETable] = [:]
  /// PCI host bridges by unit identifier.
  var bridges: [UInt64: any PCIHostBridge] = [:]
  /// The devices that RTAS calls name by what they are, in the order of the saved state.
  var platformDevices: [any PartitionDevice] = []
  /// The devices of the VIO bus, as they were registered.
  var virtualDevices: [any VirtualIODevice] = []
  /// The events that wait for check-exception, oldest first.
  package var events: [PlatformEvent] = []
  /// The state of the EPOW sensor.
  package var environment = EnvironmentState.normal
  /// The storage of RTAS; nil while the guest has not instantiated it.
  public var rtasArea: RTASArea?
  /// The handlers for interrupts that cannot be masked; nil for the architecture's vectors.
  package var notification: InterruptNotification?
  /// The devices of the VIO bus by unit address, with their interrupts.
  var adapters: [UInt32: VirtualAdapter] = [:]
  /// The time of day, which `set-time-of-day` sets.
  public var clock: any TimeOfDay {
    didSet { add(clock) }
  }
  /// The bytes behind `nvram-fetch` and `nvram-store`.
  public let nvram: any NonVolatileMemory
  /// The timers of H_WATCHDOG.
  public let watchdogs = WatchdogTimers()
  /// What system parameters and H_GET_PPP say of the partition.
  public var identity = PartitionIdentity()
  /// 64 random bits.
  public var randomSource: @Sendable () -> UInt64

  // MARK: reports to the machine
  /// Called with a line about a call that is not served; each call once.
  public var log: (@Sendable (String) -> Void)?
  /// Called after each call, when tracing.
  public var callTrace: (@Sendable (CallTrace) -> Void)?
  /// The same for RTAS calls.
  public var rtasTrace: (@Sendable (CallTrace) -> Void)?
  /// The moment that traces give a call; nil for traces without times.
  public var traceClock: (@Sendable () -> CallMoment)?
  /// The hypercalls since the partition was made, by number. The machine's firmware and RTAS are each
  /// reached by one.
  public internal(set) var hypercallCounts = CallCounts()
  /// The RTAS calls since the partition was made, by token.
  public package(set) var rtasCounts = CallCounts()
  private var unservedCalls: Set<String> = []
  private var requests: [MachineRequest] = []
  /// Called after a request was queued.
  public var requestArrived: (@Sendable () -> Void)?

  /// The associativity lists of processors by server, without their length.
  public var homeNodes: [UInt32: [UInt32]] = [:]

  /// - Parameters:
  ///   - features: the features of the hypervisor.
  ///   - space: memory and devices.
  ///   - clock: the source of the time of day.
  ///   - nvram: the non-volatile memory.
  ///   - randomSource: returns 64 random bits, for H_RANDOM.
  public init(
    features: HypervisorFeatures, space: RealAddressSpace,
    clock: any TimeOfDay, nvram: any NonVolatileMemory,
    randomSource: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
  ) {
    self.features = features
    self.space = space
    memory = space.memory
    self.clock = clock
    self.nvram = nvram
    self.randomSource = randomSource
    interrupts = InterruptController(numbers: InterruptSource.all)
    let memoryLog2 = 64 - max(memory.size - 1, 1).leadingZeroBitCount
    largestHashPageTable = min(max(memoryLog2 - 7, 18) + 1, 46)
    add(clock)
    add(nvram)
    add(watchdogs)
  }

  // MARK: parts

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

  /// Number of cores, the unit of capacity.
  public var cores: Int {
    (processors.count + identity.threadsPerCore - 1) / identity.threadsPerCore
  }

  /// The processor of a server number.
  public func processor(server: UInt32) -> PartitionProcessor? { processorsByServer[server] }

  /// Replaces the partition's hash page table by another, empty or filled by the caller, on every
  /// processor.
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

  /// What a trace has of the time of a call that ends now; nil without a clock.
  package func span(since began: CallMoment?) -> CallSpan? {
    guard let began, let ended = traceClock?() else { return nil }
    return CallSpan(began, ended)
  }

  // MARK: requests

  /// Queues a request. The caller holds the lock.
  package func request(_ request: MachineRequest) {
    requests.append(request)
    requestArrived?()
  }

  /// Returns and removes the guest's requests to the machine, oldest first.
  public func takeRequests() -> [MachineRequest] {
    lock.withLock {
      defer { requests = [] }
      return requests
    }
  }

  /// More kinds than any well-behaved guest calls; a guest that makes numbers up must not fill
  /// memory.
  private static let reportedCalls = 256

  /// Logs a call that is not served: once, and no more than ``reportedCalls`` in all.
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
      for (unit, adapter) in adapters {
        adapters[unit]?.isEnabled = !(adapter.device is any WindowedDevice)
      }
      for device in platformDevices { device.reset() }
      for device in virtualDevices { device.reset() }
      requests = []
      rtasArea = nil
      notification = nil
      events = []
      environment = .normal
    }
  }
}

/// Mutual exclusion for all accesses to a partition. Not recursive.
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

  /// Runs `body` while no other thread holds the lock.
  @discardableResult
  public func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result)
    throws(Failure) -> Result
  {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }
}
