package import Devices
public import GuestMemory
internal import Glibc
internal import CallInterface
internal import HostSupport
public import Hypervisor
internal import MigrationCompatibility
internal import OpenFirmware
public import MachineDescription
internal import PlatformTree
public import PowerCPU
internal import PowerISA
internal import RTAS

/// A pSeries machine: a partition, its processors, its firmware, and the guest.
///
/// One thread runs it, and processors run in turn, so that the order of events does not depend on
/// the host.
public final class PowerMachine {
  /// What the machine was made from.
  public let configuration: MachineConfiguration
  /// The description, with the addresses of kernel and RAM disk after loading.
  public internal(set) var description: MachineDescription
  /// The guest's real memory.
  public let memory: GuestMemory
  /// The partition: processors, devices and the state that hypercalls change.
  public let partition: Partition
  /// Where the timebase and the time of day come from.
  public let clock: MachineClock
  /// The calls that the tree advertises.
  let served: ServedCalls
  let hypercalls: HypercallTable
  let terminal: VirtualTerminal
  let console: HostConsole
  /// The PCI host bridges that have devices, by their numbers.
  var bridges: [UInt8: VirtualPCIBridge] = [:]
  /// The memory balloon of a machine that has one.
  package internal(set) var balloon: VirtIOBalloon?
  /// The virtio console of a machine that has one.
  package internal(set) var ports: VirtIOConsole?
  /// The virtual SCSI adapters.
  var scsiAdapters: [VirtualSCSIAdapter] = []
  var logicalLANs: [LogicalLANAdapter] = []
  /// The disks that the firmware can read, in the order of the tree.
  var disks: [FirmwareDiskEntry] = []
  /// The network cards as the firmware uses them, and all of them in their order.
  var cardPorts: [NetworkPlace: CardPort] = [:]
  var networkCards: [NetworkCard] = []
  /// Set until the firmware has started a program from a disk.
  var bootStage: BootStage?
  /// The devices of the list behind the one that was started from, and those that a restart begins
  /// with in place of the list.
  var devicesAfterBoot: [String]?
  var remainingBootDevices: [String]?
  /// Work of devices that may wait for the host.
  let work: DeviceWork
  var slots: [ProcessorSlot] = []
  /// The processor that runs or ran last; nil before the first has.
  var runningSlot: ProcessorSlot?
  /// nil for a guest that is entered with a flattened tree.
  var firmware: ClientInterface?
  /// The capabilities in the tree that the machine last gave the guest, without the guest's own
  /// changes of the tree.
  var advertisedCapabilities: MachineCapabilities?

  /// Counts the instructions of problem state, if the configuration asks for it.
  let audit: ISAAudit?
  /// The instructions that were rejected in problem state.
  public let rejectedInstructions = RejectedInstructions()

  /// Random numbers of a deterministic machine.
  let randomNumbers = DeterministicRandomNumbers()
  /// Bytes of the host that the terminal had no room for.
  var waitingInput: [UInt8] = []
  /// Reports of the translators, for each processor that has one.
  private var translatorReporters: [() -> TranslatorReport] = []
  /// The time for which the machine has existed.
  let hostClock = HostClock()
  /// Instructions after which to pause: exactly so many with one processor, and with several when
  /// all have had their turns.
  public var pauseAt: UInt64?
  /// The symbols of the guest's kernel, after they have been looked up.
  var symbols: KernelSymbols??
  /// The reason for which a processor that could run stopped.
  var stallReason: String?
  /// Set when the machine must stop.
  var outcome: MachineOutcome?
  /// The service that runs between time slices.
  public var service: (any MachineService)?
  /// Why the guest is halted, and the timebase at which it was.
  var haltCauses: HaltCauses = []
  var haltedAt: UInt64?
  /// What a debugger wants; nil without one.
  var debugger: MachineDebugger?
  /// Whether the guest is to stop before its first instruction, for a debugger.
  public var stopsAtEntry = false

  /// - Parameters:
  ///   - configuration: the machine, its guest, and how it is run.
  ///   - console: the guest's first terminal; by default it has no input, and
  ///     ``MachineConfiguration/terminalOutputs`` is its output.
  public init(
    _ configuration: MachineConfiguration, console: HostConsole = HostConsole(input: -1, output: -1)
  ) throws {
    self.configuration = configuration
    self.console = console
    description = configuration.description
    pauseAt = configuration.pauseAt
    audit = configuration.audit.map(ISAAudit.init)
    try description.validate()
    memory = try GuestMemory(size: description.memory)
    clock =
      configuration.isDeterministic ? .deterministic(DeterministicClock()) : .host(HostClock())

    let tables = DispatchTables(for: description)
    hypercalls = tables.hypercalls
    served = tables.served
    partition = Partition(
      features: description.hypervisorFeatures, space: RealAddressSpace(memory: memory),
      clock: RealTimeClock(), nvram: Self.nvram(of: configuration))
    partition.identity = PartitionIdentity(
      name: description.identity.partitionName ?? "", uuid: description.identity.uuid,
      maximumProcessors: description.topology.maximum,
      threadsPerCore: description.topology.threads)
    if configuration.isDeterministic {
      partition.randomSource = { [randomNumbers] in randomNumbers.next() }
    }
    terminal = VirtualTerminal(
      unitAddress: description.devices.terminals.first
        ?? MachineDescription.Devices.firstUnitAddress,
      output: configuration.terminalOutputs[0] ?? { [console] in console.write($0) })
    // Without devices nothing is submitted, and no descriptors are needed.
    work = DeviceWork(
      isImmediate: configuration.isDeterministic || description.devices.storage.isEmpty)
    try addVirtualDevices()
    try addPCIDevices()
    addDisks()
    addNetworkCards()
    connectNetworks()
    for server in 0..<description.topology.processors { try addProcessor(UInt32(server)) }
    addClock()
    observe()
  }

  /// The calls need NVRAM even when the tree has no node for it.
  private static func nvram(of configuration: MachineConfiguration) -> NVRAM {
    guard let device = configuration.description.devices.nvram else { return NVRAM() }
    return configuration.nvram.map { NVRAM(contents: $0) } ?? NVRAM(size: Int(device.size))
  }

  private func addProcessor(_ server: UInt32) throws {
    let engine = VirtualProcessor(
      index: Int(server), hardware: description.processor, space: partition.space,
      clock: clock.processorClock)
    engine.randomSource = partition.randomSource
    engine.rejectedInstructions = rejectedInstructions
    engine.servesProgramCalls = configuration.agentService != nil
    engine.programName = LinuxProgramName.find(on:)
    engine.hasPerformanceMonitor = description.hasPerformanceMonitor
    if let audit { engine.audit = audit }
    if let report = try configuration.engine.attach(
      to: engine, of: description.topology.processors, configuration.engineObservation,
      configuration.codeCache)
    {
      translatorReporters.append(report)
    }
    let control = EngineControl(engine)
    let processor = partition.addProcessor(server: server, control: control)
    slots.append(ProcessorSlot(engine: engine, control: control, processor: processor))
    engine.unmaskableInterrupt = { [unowned self, unowned processor] vector in
      partition.notify(vector == .systemReset ? .systemReset : .machineCheck, of: processor)
    }
    engine.broadcastInvalidation = { [unowned self, unowned engine] invalidation in
      for slot in slots where slot.engine !== engine {
        slot.engine.invalidateTranslations(invalidation)
      }
    }
    let threads = description.topology.threads
    let core = Int(server) / threads * threads
    engine.threadOfCore = Int(server) - core
    engine.deviceAccessed = { [unowned self] in devicesAccessed() }
    engine.sendDoorbell = { [unowned self] thread in
      guard thread < threads, core + thread < slots.count else { return }
      slots[core + thread].engine.receiveDoorbell()
    }
  }

  private func observe() {
    let observers = configuration.observers
    partition.log = observers.note
    partition.callTrace = observers.hypercall
    partition.rtasTrace = observers.rtas
    // Safety: only the machine's thread calls, and the machine exists as long as its partition does.
    nonisolated(unsafe) unowned let machine = self
    partition.traceClock = { machine.moment }
    for slot in slots {
      slot.engine.log = observers.note
      if let trace = observers.instruction {
        slot.engine.instructionTrace = { [unowned self] in trace(place($0), $0, $1) }
      }
      slot.engine.interruptTrace = observers.interrupt
    }
  }

  /// The processors by number, to read or replace their state while none runs.
  public var processors: [VirtualProcessor] { slots.map(\.engine) }

  /// Instructions that all processors have completed.
  public var instructionCount: UInt64 {
    slots.reduce(0) { $0 &+ $1.engine.instructionCount }
  }

  /// Nanoseconds spent waiting because no processor could run.
  var waitingNanoseconds: UInt64 = 0

  /// Seconds since initialisation in which a processor ran.
  public var busySeconds: Double { elapsedSeconds - Double(waitingNanoseconds) / 1e9 }

  /// Seconds since initialisation, by the host's clock.
  public var elapsedSeconds: Double { Double(hostClock.nanoseconds) / 1e9 }

  func log(_ line: String) { configuration.observers.log?(line) }
}

/// State of a machine that has stopped.
extension PowerMachine {
  /// The contents of NVRAM.
  public var nvramContents: [UInt8] { partition.nvram.contents }

  /// Sets what is called with each change of NVRAM from now on: bytes and their offset.
  public func connectNVRAM(_ store: @escaping @Sendable ([UInt8], Int) -> Void) {
    partition.nvram.connect(store)
  }

  /// The work of the translators, up to now.
  public var translatorReports: [TranslatorReport] { translatorReporters.map { $0() } }

  /// The instructions that problem state has executed so far; nil when they are not counted.
  public var auditReport: ISAAuditReport? {
    guard let audit else { return nil }
    for slot in slots { slot.engine.flushAuditCounts() }
    return ISAAuditReport(
      processor: description.processor.name,
      level: slots.first?.engine.activeCompatibilityLevel, entries: audit.entries,
      rejections: rejectedInstructions)
  }

  /// The state of each processor, in one line.
  public var processorSummary: String {
    return slots.map { slot in
      "processor \(slot.processor.server): \(slot.processor.state), next instruction "
        + "\(slot.engine.nextInstruction.hexadecimal()), MSR \(slot.engine.machineState.hexadecimal())"
    }.joined(separator: "; ")
  }
}
