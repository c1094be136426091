public import Devices
public import OpenFirmware
public import CallInterface
public import MachineDescription
public import PowerCPU
public import PowerISA

/// The configuration of a machine: its description, the guest, and how to run it.
public struct MachineConfiguration: Sendable {
  /// The machine: what its tree is made from.
  public var description: MachineDescription
  /// What the guest boots.
  public var program: GuestProgram
  /// An initial RAM disk.
  public var initrd: GuestFile?
  /// Whether time is counted in instructions, so that nothing of the host affects the guest.
  public var isDeterministic = false
  /// The engine that executes instructions.
  public var engine = MachineEngine.interpreter
  /// Observation of the translator.
  public var engineObservation = EngineObservation()
  /// Where translated code is kept for later runs; nil for nowhere.
  public var codeCache: CodeCache?
  /// The initial contents of NVRAM; nil for a new one.
  public var nvram: [UInt8]?
  /// The bytes of disks; each that the description has needs some.
  public var storage: [StoragePlace: any BlockStorage] = [:]
  /// The networks of cards; each card of the description has one.
  public var networks: [NetworkPlace: NetworkConnection] = [:]
  /// The servers of shared folders, by their places; each folder of the description
  /// has one.
  public var shares: [PCIPlace: any ShareServer] = [:]
  /// The host's ends of a console's ports, by its place, in the order of the ports.
  public var ports: [PCIPlace: [PortSocket]] = [:]
  /// What executes the commands of a TPM; a description that has one needs it.
  public var tpm: TPMEmulator?
  /// Seconds for which the firmware waits for the key of its boot menu before it boots from a disk; nil
  /// for a firmware that does not wait.
  public var bootMenuSeconds: Double?
  /// The output of terminals, by index. Without an entry the first one writes to the console, and
  /// others write nowhere.
  public var terminalOutputs: [Int: @Sendable ([UInt8]) -> Void] = [:]
  /// What serves the calls of programs in the guest; nil for a machine that has no such calls.
  public var agentService: (any AgentService)?
  /// The time that the real-time clock shows at power-on.
  public var clockBase = ClockBase.host(ahead: 0)
  /// Whether the guest may restart.
  public var allowsRestart = true
  /// Whether a guest that powers off is started again.
  public var restartsAfterPowerOff = false
  /// Whether a guest whose operating system reported a fatal error is started again.
  public var restartsAfterCrash = false

  /// What is counted of the instructions of problem state, for ``PowerMachine/auditReport``.
  public var audit: ISAAudit.Options?

  // MARK: limits
  /// Seconds of the host's time after which the machine is stopped.
  public var timeout: Double?
  /// Ends the run once this many instructions were executed, of all processors together: exactly there
  /// with one processor, at the end of the round of turns with several. Nil for no limit.
  public var instructionLimit: UInt64?
  /// Pauses after this many instructions; the machine can then be saved or continue.
  public var pauseAt: UInt64?
  /// Stops when the guest has negotiated.
  public var stopsAtNegotiation = false
  /// The signal that has asked the program to end, if any; called often.
  public var endingSignal: @Sendable () -> Int32? = { nil }

  /// Who gets traces, listings and reports.
  public var observers = MachineObservers()

  /// A machine that boots `program`, by default the guest that this package carries.
  public init(description: MachineDescription, program: GuestProgram = .testGuest) {
    self.description = description
    self.program = program
  }
}

/// The program that a machine boots.
public enum GuestProgram: Sendable {
  /// The built-in guest, which prints what it observes.
  case testGuest
  /// A kernel or client program in ELF, possibly compressed (``Compression``).
  case file(GuestFile)
  /// A kernel that is entered with this flattened tree in r3.
  case flat(GuestFile, tree: GuestFile)
  /// The boot program that the firmware finds on the machine's disks.
  case disks
}

/// Observers of a machine. None costs anything when nil.
public struct MachineObservers: Sendable {
  /// Called with a line for the user.
  public var log: (@Sendable (String) -> Void)?
  /// Called with a line about a call or register that the guest used and this machine lacks: once
  /// for each kind.
  public var note: (@Sendable (String) -> Void)?
  /// The address at which the guest is entered, and the addresses of its kernel.
  public var start: (@Sendable (_ entry: String, _ kernel: Range<UInt64>) -> Void)?
  /// Hypercalls.
  public var hypercall: (@Sendable (CallTrace) -> Void)?
  /// RTAS calls.
  public var rtas: (@Sendable (CallTrace) -> Void)?
  /// Calls of the client interface.
  public var client: (@Sendable (ClientCallTrace) -> Void)?
  /// Steps of a negotiation, one line each.
  public var negotiation: (@Sendable (String) -> Void)?
  /// Interrupts taken: vector, SRR0, SRR1.
  public var interrupt: (@Sendable (InterruptVector, UInt64, UInt64) -> Void)?
  /// Instructions before they are executed: the address with the kernel's symbol there, and the
  /// address alone.
  public var instruction: (@Sendable (_ place: String, UInt64, Instruction) -> Void)?
  /// The flattened tree at the guest's start, and after each negotiation.
  public var tree: (@Sendable ([UInt8], _ isNegotiated: Bool) -> Void)?
  /// The architecture vector of each negotiation, as the guest sent it.
  public var architectureVector: (@Sendable ([UInt8]) -> Void)?

  /// Nothing is observed.
  public init() {}
}
