public import OpenFirmware
public import CallInterface
public import MachineDescription
public import PowerCPU
public import PowerISA

/// A machine, what it boots, and how it is to be run.
public struct MachineConfiguration: Sendable {
  public var description: MachineDescription
  public var program: GuestProgram
  /// An initial RAM disk.
  public var initrd: GuestFile?
  /// Whether time is counted in instructions, and nothing of the host's reaches the guest.
  public var isDeterministic = false
  /// What executes instructions.
  public var engine = MachineEngine.interpreter
  /// What is wanted of the translator besides.
  public var engineObservation = EngineObservation()
  /// What NVRAM holds at first; nil for a fresh one.
  public var nvram: [UInt8]?
  /// Where terminals write, by their place; the first without one is the console's, and others write
  /// nowhere.
  public var terminalOutputs: [Int: @Sendable ([UInt8]) -> Void] = [:]
  /// What the real-time clock shows when the machine is switched on.
  public var clockBase = ClockBase.host(ahead: 0)
  /// Whether a guest that asks for a restart gets it.
  public var allowsRestart = true
  /// Whether a guest that switches the machine off is started again.
  public var restartsAfterPowerOff = false
  /// Whether a guest whose operating system gave up is started again.
  public var restartsAfterCrash = false

  /// Whether what problem state executes is counted, for ``PowerMachine/auditReport``.
  public var auditsISA = false

  // MARK: limits
  /// Seconds of the host's time after which the machine is stopped.
  public var timeout: Double?
  public var instructionLimit: UInt64?
  /// Stops, ready to be saved or to go on, once this many instructions have run.
  public var pauseAt: UInt64?
  /// Stops when the guest has negotiated.
  public var stopsAtNegotiation = false
  /// The signal by which the program was asked to end, if it was; asked often.
  public var endingSignal: @Sendable () -> Int32? = { nil }

  public var observers = MachineObservers()

  public init(description: MachineDescription, program: GuestProgram = .testGuest) {
    self.description = description
    self.program = program
  }
}

/// What a machine boots.
public enum GuestProgram: Sendable {
  /// The small program that shows what a guest sees.
  case testGuest
  /// A kernel or client program in ELF, possibly compressed (``Compression``).
  case file(GuestFile)
  /// A kernel that is entered with this flattened tree in r3.
  case flat(GuestFile, tree: [UInt8])
}

/// Who is told what a machine does. None costs anything when nil.
public struct MachineObservers: Sendable {
  /// A line about something the user should know.
  public var log: (@Sendable (String) -> Void)?
  /// A line about a call or register that the guest used and that is not there: each kind once.
  public var note: (@Sendable (String) -> Void)?
  /// The address at which the guest is entered, and where its kernel is.
  public var start: (@Sendable (_ entry: String, _ kernel: Range<UInt64>) -> Void)?
  /// Hypercalls.
  public var hypercall: (@Sendable (CallTrace) -> Void)?
  /// RTAS calls.
  public var rtas: (@Sendable (CallTrace) -> Void)?
  /// Calls of the client interface.
  public var client: (@Sendable (ClientCallTrace) -> Void)?
  /// Steps of a negotiation, one line each.
  public var negotiation: (@Sendable (String) -> Void)?
  /// Interrupts taken: which, from where, SRR1.
  public var interrupt: (@Sendable (InterruptVector, UInt64, UInt64) -> Void)?
  /// Instructions before they are executed: the address with the kernel's symbol there, and the
  /// address alone.
  public var instruction: (@Sendable (_ place: String, UInt64, Instruction) -> Void)?
  /// The flattened tree a guest starts with, and the one after each negotiation.
  public var tree: (@Sendable ([UInt8], _ isNegotiated: Bool) -> Void)?
  /// The architecture vector of each negotiation, as the guest sent it.
  public var architectureVector: (@Sendable ([UInt8]) -> Void)?

  public init() {}
}
