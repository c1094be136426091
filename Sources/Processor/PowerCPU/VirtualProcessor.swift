public import GuestMemory
public import PowerISA

/// One virtual processor of a partition: its state, its translations and its decoded code.
///
/// Not thread-safe: the thread that runs the processor owns it until ``run(instructions:)``
/// returns.
public final class VirtualProcessor {
  /// Interrupt server number and processor identification register.
  public let index: Int
  /// The model of the processor.
  public let hardware: ProcessorModel
  /// ``ProcessorModel/msrMask`` of the model.
  let msrMask: UInt64
  /// Processor version register.
  public let version: UInt32
  /// The partition's memory and devices.
  public let space: RealAddressSpace
  /// The memory of ``space``.
  public let memory: GuestMemory
  /// The source of time.
  public let clock: any ProcessorClock

  // Safety: allocated here, freed in deinit; `Processor` handles never outlive this object.
  package let state: UnsafeMutablePointer<ProcessorState>

  // MARK: translation
  /// The partition's hash table; nil until the machine allocates one.
  @exclusivity(unchecked) public var hashPageTable: HashPageTable? {
    didSet { invalidateTranslations() }
  }
  /// The partition's process table, when the guest registered one.
  @exclusivity(unchecked) public internal(set) var processTable: ProcessTable?
  @exclusivity(unchecked) var slb: [SLBEntry]
  @exclusivity(unchecked) var tlbs: [ContextTLB]
  /// The latest place of a context's TLB, by the context's hash.
  @exclusivity(unchecked) var tlbHints = InlineArray<64, UInt8>(repeating: 0)
  @exclusivity(unchecked) var currentTLB = 0
  @exclusivity(unchecked) var tlbClock: UInt64 = 0
  // Safety: allocated and freed with this object; places are masked.
  let knownContexts: UnsafeMutablePointer<KnownContext>

  /// The tables from which translations of quadrant 3 are cached.
  @exclusivity(unchecked) var watchedTables = WatchedBlocks()

  var copyBuffer = CopyBuffer()

  // MARK: decoded code
  @exclusivity(unchecked) var code: DecodedCode
  /// Stores of this processor to pages of code, by real page number.
  @exclusivity(unchecked) var codePageWrites: [UInt64: Int] = [:]

  /// Executes instructions in place of the interpreter, unless they are traced or counted.
  @exclusivity(unchecked) package var translator: (any TranslatingEngine)?

  // MARK: registers that are not in the state, by SPR number
  // Safety: both allocated and freed with this object.
  package let specialPurposeRegisters: UnsafeMutableBufferPointer<UInt64>
  let sprAccess: UnsafeMutablePointer<SPRAccess>
  @exclusivity(unchecked) var monitor = PerformanceMonitor()
  /// Whether the performance monitor counts and alerts. Without it the counters keep stored values.
  @exclusivity(unchecked) public var hasPerformanceMonitor = true

  // MARK: debugging
  /// The watchpoints that the registers describe; where there is only one, the second matches
  /// nothing.
  var watchpoints = InlineArray<2, Watchpoint>(repeating: Watchpoint())
  /// Whether an access can match one of them.
  @exclusivity(unchecked) var hasWatchpoint = false
  /// Whether ``stepTraced()`` is executing an instruction.
  @exclusivity(unchecked) var isStepping = false
  /// The first storage access of that instruction.
  var stepOperand: (address: UInt64, access: StorageAccess)?
  /// Data translations for that instruction, always empty.
  var stepTLB: ContextTLB?

  /// The places of ``debugPoints``, the pages that have breakpoints, and whether there is one.
  var points = DebugPoints()
  var breakpointPages: Set<UInt64> = []
  @exclusivity(unchecked) var hasBreakpoint = false
  /// The address of a breakpoint that ``step(takingInterrupts:)`` passes.
  @exclusivity(unchecked) var steppedBreakpoint: UInt64?
  /// Whether interrupts that the MSR can disable wait, while ``step(takingInterrupts:)`` runs.
  @exclusivity(unchecked) var holdsInterrupts = false
  var debugWatchpoints: [(watch: DataWatch, watchpoint: Watchpoint)] = []
  /// Why the latest run ended with ``EngineExit/debugger``.
  public internal(set) var debugStop: DebugStop?

  // MARK: time
  /// Instructions completed before the current run.
  @exclusivity(unchecked) var instructionsBeforeRun: UInt64 = 0
  /// Budget the current run started with.
  @exclusivity(unchecked) var runBudget: Int64 = 0
  /// Timebase at which the decrementer passes zero.
  @exclusivity(unchecked) var decrementerZero: UInt64 = 0
  /// Added to the clock's timebase.
  @exclusivity(unchecked) public var timebaseOffset: UInt64 = 0
  /// Ticks the processor spent ceded, which PURR does not count.
  @exclusivity(unchecked) public var idleTicks: UInt64 = 0

  /// The source of the 64 bits of `darn`; a deterministic machine sets its own.
  public var randomSource: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

  // MARK: other processors
  /// The number of the processor among the threads of its core, which TIR shows.
  public var threadOfCore = 0
  /// Called when a system reset or machine check interrupt is taken, before its handler. It may
  /// change the registers, and may return a handler's address in place of the vector.
  public var unmaskableInterrupt: ((InterruptVector) -> UInt64?)?
  /// Called for each `tlbie`, for the partition's other processors.
  public var broadcastInvalidation: ((TranslationInvalidation) -> Void)?
  /// Called after a load or store reached a device, which may have raised an interrupt.
  public var deviceAccessed: (() -> Void)?
  /// Called with the thread number of `msgsndp`.
  public var sendDoorbell: ((Int) -> Void)?

  /// Whether `sc 1` of problem state leaves the engine, as it does in privileged state.
  @exclusivity(unchecked) public var servesProgramCalls = false

  // MARK: reports to the machine
  /// Called with a line when the guest uses a feature that this processor lacks; once for each
  /// kind.
  public var log: (@Sendable (String) -> Void)?
  var logged: Set<String> = []
  /// The compatibility level that the PCR stands for, for reports; nil without one.
  @exclusivity(unchecked) public var activeCompatibilityLevel: CompatibilityLevel?
  /// Returns the name of the running program, for the audit; set by a layer that reads the data
  /// structures of the guest's operating system.
  @exclusivity(unchecked) public var programName: ((VirtualProcessor) -> String?)?
  /// The instructions that were rejected in problem state; a machine's processors share it.
  @exclusivity(unchecked) public var rejectedInstructions = RejectedInstructions()
  /// The latest faults, to detect handlers that fault forever.
  @exclusivity(unchecked) public internal(set) var interruptLoop = InterruptLoop()
  /// Called for each interrupt taken, when tracing.
  @exclusivity(unchecked) public var interruptTrace:
    ((InterruptVector, _ returnAddress: UInt64, _ srr1: UInt64) -> Void)?
  /// Called before each instruction, when tracing.
  @exclusivity(unchecked) public var instructionTrace: ((_ address: UInt64, Instruction) -> Void)?

  /// - Parameters:
  ///   - index: number among the partition's processors.
  ///   - hardware: the model of the processor; it does not depend on the guest's level.
  ///   - version: its version register; nil for the model's usual one.
  ///   - space: the partition's memory and devices.
  ///   - clock: the source of time.
  public init(
    index: Int, hardware: ProcessorModel, version: UInt32? = nil, space: RealAddressSpace,
    clock: any ProcessorClock
  ) {
    self.index = index
    self.hardware = hardware
    self.version = version ?? hardware.version
    self.space = space
    memory = space.memory
    self.clock = clock
    slb = [SLBEntry](repeating: SLBEntry(), count: hardware.translation.slbEntries)
    tlbs = (0..<Self.tlbCount).map { _ in ContextTLB() }
    code = DecodedCode()
    specialPurposeRegisters = .allocate(capacity: 1024)
    specialPurposeRegisters.initialize(repeating: 0)
    knownContexts = .allocate(capacity: KnownContext.count)
    knownContexts.initialize(repeating: KnownContext(), count: KnownContext.count)
    msrMask = hardware.msrMask
    sprAccess = .allocate(capacity: 1024)
    sprAccess.initialize(repeating: [], count: 1024)
    state = .allocate(capacity: 1)
    state.initialize(
      to: ProcessorState(
        owner: self, page: code.undecodedPage, tlb: tlbs[0], sprAccess: sprAccess,
        codeWriteCounter: memory.codeWriteCounter))
    problemStateInstructions = hardware.instructions
    fillSPRAccess()
    prepareToStart()
  }

  /// A processor of a partition that has memory and no devices.
  public convenience init(
    index: Int, hardware: ProcessorModel, version: UInt32? = nil, memory: GuestMemory,
    clock: any ProcessorClock
  ) {
    self.init(
      index: index, hardware: hardware, version: version, space: RealAddressSpace(memory: memory),
      clock: clock)
  }

  deinit {
    for tlb in tlbs { tlb.deallocate() }
    stepTLB?.deallocate()
    code.deallocate()
    sprAccess.deallocate()
    knownContexts.deallocate()
    specialPurposeRegisters.deallocate()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Number of TLBs; a guest alternates between a few contexts.
  static let tlbCount = 16

  var processor: Processor { Processor(UnsafeMutableRawPointer(state)) }

  /// The state after power-on: everything zero, big-endian 64-bit real mode, interrupts off.
  public func reset() {
    processTable = nil
    state.pointee.lpcr = 0
    specialPurposeRegisters[SPR.pcr.number] = 0
    problemStateInstructions = hardware.instructions
    prepareToStart()
    invalidateTranslations()
    dropDecodedCode()
  }

  /// The state in which PAPR starts a processor: that after power-on, except that the partition's
  /// state (page tables, negotiated level, interrupt mode) is kept.
  public func prepareToStart() {
    let lpcr = state.pointee.lpcr
    let pending = state.pointee.pending
    let codeWritesSeen = state.pointee.codeWritesSeen
    let pcr = specialPurposeRegisters[SPR.pcr.number]
    state.pointee = ProcessorState(
      owner: self, page: code.undecodedPage, tlb: tlbs[currentTLB], sprAccess: sprAccess,
      codeWriteCounter: memory.codeWriteCounter)
    state.pointee.codeWritesSeen = codeWritesSeen
    state.pointee.isaLevel = hardware.isa.rawValue
    state.pointee.lpcr = lpcr
    state.pointee.pending = pending.intersection(.external)
    for index in slb.indices { slb[index] = SLBEntry() }
    for index in specialPurposeRegisters.indices { specialPurposeRegisters[index] = 0 }
    specialPurposeRegisters[SPR.pcr.number] = pcr
    // Medium priority.
    specialPurposeRegisters[SPR.ppr.number] = ProgramPriority.medium.register
    specialPurposeRegisters[SPR.mmcr0.number] = MMCR0.fc
    monitor = PerformanceMonitor()
    copyBuffer.isFull = false
    // A hypervisor starts a partition with the prefix facility enabled.
    state.pointee.fscr = hardware.isa >= .v3_1 ? Facility.prefix.bit : 0
    // As a hypervisor does, enable hash checks in problem state (NPHIE) for guests that do not set
    // the DEXCR: as a no-operation, `hashchk` would let a corrupted return address pass.
    if hardware.isa >= .v3_1 { specialPurposeRegisters[SPR.hdexcr.number] = 1 << 26 }
    decrementerZero = timebase &+ UInt64(Int32.max)
    updateWatchpoints()
    updateTracing()
    setMSRWithoutInterrupts(MSR.sf | MSR.me)
    processChanged()
  }

  /// The instructions that exist in problem state, as the PCR selects them.
  var problemStateInstructions = InstructionSubset(level: .v3_1) {
    didSet {
      guard problemStateInstructions != oldValue else { return }
      fillSPRAccess()
      code.forgetContexts()
      forgetContexts()
      contextChanged()
      // Cached fetch translations point at code that was decoded for the old set.
      invalidateTranslations()
    }
  }

  /// Reports a line once.
  func logOnce(_ line: @autoclosure () -> String, key: String) {
    guard let log, logged.insert(key).inserted else { return }
    log(line())
  }
}
