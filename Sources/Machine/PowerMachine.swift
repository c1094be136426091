internal import Devices
internal import DeviceTree
public import GuestMemory
public import GuestServices
public import Hypervisor
public import PowerCPU
public import PowerISA

/// A pSeries machine: a partition, its processors, and what the guest boots.
///
/// One thread runs it: processors take turns, so that a guest sees the same order of events
/// whatever the host does.
public final class PowerMachine {
  public let configuration: MachineConfiguration
  public let memory: GuestMemory
  public let partition: Partition
  public let clock: MachineClock
  let hypercalls: HypercallTable
  let terminal: VirtualTerminal
  let console: HostConsole
  var slots: [ProcessorSlot] = []

  /// Measures how long the machine has been running for the host.
  let hostClock = HostClock()

  /// Set when the machine must stop.
  var outcome: MachineOutcome?
  /// Restarts so far.
  public internal(set) var restartCount = 0

  public init(_ configuration: MachineConfiguration, console: HostConsole) throws {
    self.configuration = configuration
    self.console = console
    memory = try GuestMemory(size: configuration.memorySize)
    let features = HypervisorFeatures(processor: configuration.processor)
    clock =
      configuration.isDeterministic ? .deterministic(DeterministicClock()) : .host(HostClock())
    partition = Partition(features: features, memory: memory)
    hypercalls = HypercallTable(features)
    terminal = VirtualTerminal(unitAddress: 0x7100_0000) { [console] in console.write($0) }
    partition.addTerminal(terminal, interrupt: 0x1000)
    partition.log = configuration.log
    for index in 0..<configuration.processorCount { addProcessor(index) }
    if let table = HashPageTable(sizeLog2: 22) { partition.useHashPageTable(table) }
    if let trace = configuration.callTrace { partition.callTrace = { trace($0) } }
  }

  private func addProcessor(_ index: Int) {
    let engine = VirtualProcessor(
      index: index, hardware: configuration.processor, memory: memory,
      clock: clock.processorClock)
    engine.log = configuration.log
    engine.instructionTrace = configuration.instructionTrace
    engine.interruptTrace = configuration.interruptTrace
    let control = EngineControl(engine)
    let processor = partition.addProcessor(server: UInt32(index), control: control)
    slots.append(ProcessorSlot(engine: engine, control: control, processor: processor))
    engine.broadcastInvalidation = { [unowned self, unowned engine] operand in
      for slot in slots where slot.engine !== engine {
        slot.engine.invalidateTranslations(operand: operand)
      }
    }
  }

  /// Instructions that all processors have completed.
  public var instructionCount: UInt64 {
    slots.reduce(0) { $0 &+ $1.engine.instructionCount }
  }

  func log(_ line: String) { configuration.log?(line) }
}

/// What a machine is made of and how it is to be run.
public struct MachineConfiguration: Sendable {
  public var processor: ProcessorModel
  /// The newest level the guest may have; nil for the processor's own.
  public var level: CompatibilityLevel?
  /// Bytes.
  public var memorySize: UInt64
  public var processorCount = 1
  /// Whether time is counted in instructions.
  public var isDeterministic = false

  // MARK: limits
  /// Seconds of the host's time after which the machine is stopped.
  public var timeout: Double?
  public var instructionLimit: UInt64?
  /// Whether somebody wants the program to end.
  public var interrupted: @Sendable () -> Bool = { false }

  // MARK: what is told
  public var log: (@Sendable (String) -> Void)?
  public var callTrace: (@Sendable (CallTrace) -> Void)?
  public var instructionTrace: (@Sendable (UInt64, Instruction) -> Void)?
  public var interruptTrace: (@Sendable (InterruptVector, UInt64, UInt64) -> Void)?

  public init(processor: ProcessorModel, memorySize: UInt64) {
    self.processor = processor
    self.memorySize = memorySize
  }
}

extension PowerMachine {
  /// Registers of the first processor, for looking at where it hangs.
  public var stateText: String {
    let engine = slots[0].engine
    let hex = { (value: UInt64) in String(value, radix: 16) }
    return "nia \(hex(engine.nextInstruction)) msr \(hex(engine.machineState)) lr \(hex(engine.read(.lr)))"
      + " srr0 \(hex(engine.read(.srr0))) dar \(hex(engine.read(.dar))) dsisr \(hex(engine.read(.dsisr)))"
      + (0..<32).map { " r\($0)=\(hex(engine[gpr: $0]))" }.joined()
  }
}
