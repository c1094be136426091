internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// Makes the host code of one region.
///
/// Guest registers are loaded into their assigned host registers where the region is entered. Where it
/// is left, they are moved to the common assignment, which all regions expect. An instruction without host code, and a storage access that misses the
/// cached translations, makes a helper call: all registers are stored, the semantics function executes
/// the instruction, and the registers are loaded again. Interrupts are therefore precise.
///
/// Its variables are changed in few places at a time, by one thread: what would be checked when they are is left out,
/// because there are very many changes.
final class RegionEmitter {
  let a: HostAssembler
  let region: Region
  @exclusivity(unchecked) var assignment: RegisterAssignment
  let trampolines: Trampolines
  let places = FrequentPlaces()
  let features: HostFeatures
  private let facts: RegionFacts
  var hasWordCarry: Bool { facts.hasWordCarry }
  var mayBeReturnedTo: Bool { facts.mayBeReturnedTo }
  var scattered: PageWords { facts.scattered }
  /// Whether storage has the other byte order than the host.
  let isBigEndian: Bool
  let helperCalls: HelperCallArena
  /// Address of the special-purpose registers that are not in the state, by number.
  let specialRegisters: UInt

  /// The numbers of slots to be used next.
  let accessSlots: AccessSlotNumbers
  /// Code that is rarely executed, emitted after everything else.
  @exclusivity(unchecked) private var later: [Later] = []
  /// By number, the states of side exits in code that is emitted later.
  @exclusivity(unchecked) var exits: [ExitState] = []
  /// What follows the code, for vector registers.
  var constants: [UInt128: HostLabel] = [:]
  /// What puts registers back to make a helper call, and to leave, for each choice of assigned registers.
  private let sideExits: [(helperCall: HostLabel, leave: HostLabel)]
  @exclusivity(unchecked) var versions: BlockVersions
  @exclusivity(unchecked) private(set) var entryLabels: [HostLabel] = []

  // MARK: where the emitter is
  /// The host code that is being emitted, in debug builds; nil between instructions.
  // Safety: codes are never freed.
  @exclusivity(unchecked) private unowned(unsafe) var code: HostCode?
  /// The block of the current instruction.
  @exclusivity(unchecked) var blockIndex = 0
  /// What the code that is being emitted does, in debug builds.
  var effects: EmissionEffects = []
  /// The general registers that it reads and sets, in debug builds.
  var registers: (read: RegisterSet, set: RegisterSet) = ([], [])
  /// Where emitted code contradicts a promise or its row, in debug builds.
  var violations: [String] = []
  /// Position in its block of the current instruction.
  @exclusivity(unchecked) var position = 0
  @exclusivity(unchecked) var plan = AccessPlan()
  /// Whether loads outnumber the slots of the access cache: in privileged code outside loops.
  var hasTooManyLoads = false
  /// The slot of a group whose addend RCX has, and the position of the access that saw to it.
  @exclusivity(unchecked) var addend: (cacheSlot: Int, position: Int)?
  /// Instructions of the block after the current one.
  @exclusivity(unchecked) var remaining = 0
  /// Registers that may have changed since the region was entered.
  @exclusivity(unchecked) var changedNow: RegisterSet = []
  /// By word, the numbers of operations whose status was deferred.
  var statusNumbers: [Int: UInt32] = [:]
  /// A vector-scalar register that XMM3 has the other way round, byte by byte.
  struct Reversed {
    let number: Int
    /// Whether nothing else has its value.
    var isDeferred: Bool
  }
  @exclusivity(unchecked) var reversed: Reversed?
  /// What is known of the vector that the current instruction makes.
  @exclusivity(unchecked) var result = VectorResult()
  /// By vector-scalar register, ``VectorResult/maskWidth``. In the current block.
  @exclusivity(unchecked) var maskWidths = InlineArray<64, Int8>(repeating: 0)
  /// Positions in the block of instructions that those before them have executed too.
  @exclusivity(unchecked) var done: [Int] = []
  /// The micro-ops of the block, and the next of them to be emitted.
  @exclusivity(unchecked) var middle = Middle()
  @exclusivity(unchecked) private var nextMicroOp = 0
  /// Where temporaries of the current instruction are.
  @exclusivity(unchecked) var temporaries = TemporaryPlaces()
  /// The operations of the block after the current one.
  var following: ArraySlice<Operation> {
    region.blocks[blockIndex].operations[(position + 1)...]
  }
  @exclusivity(unchecked) var pending = DeferredState()
  /// The version that is emitted next, so that it needs no jump.
  @exclusivity(unchecked) var nextVersion: Int?

  init(
    _ assembler: HostAssembler, _ region: Region, _ trampolines: Trampolines,
    _ features: HostFeatures, _ helperCalls: HelperCallArena, specialRegisters: UInt,
    accessSlots: AccessSlotNumbers, _ facts: RegionFacts
  ) {
    self.accessSlots = accessSlots
    self.facts = facts
    a = assembler
    self.region = region
    self.trampolines = trampolines
    self.features = features
    self.helperCalls = helperCalls
    self.specialRegisters = specialRegisters
    isBigEndian = region.context.msr & MSR.le == 0
    assignment = RegisterAssignment(region, features)
    sideExits = assignment.choices.map { _ in (assembler.label(), assembler.label()) }
    versions = BlockVersions(region)
  }

  func emit() {
    later.reserveCapacity(4 * region.blocks.count)
    exits.reserveCapacity(4 * region.blocks.count)
    let entries = region.entries.map { versions.plain($0, a) }
    while let first = versions.nextWaiting() {
      var next: Int? = first
      while let version = next { next = emitBlock(version) }
    }
    var pieces: [Later] = []
    while !later.isEmpty {
      swap(&later, &pieces)
      for piece in pieces {
        if piece.choice != assignment.choice { assignment.choose(piece.choice) }
        emit(piece.code, nil, piece.emit)
      }
      pieces.removeAll(keepingCapacity: true)
    }
    for choice in assignment.choices.indices { emitSideExits(choice) }
    for entry in entries {
      assignment.choose(assignment.choice(ofBlock: versions.block(entry)))
      guard !assignment.isCommon || region.isRelocatable else {
        entryLabels.append(versions.label(entry))
        continue
      }
      let label = a.label()
      entryLabels.append(label)
      a.bind(label)
      setCodePage(.rcx)
      enterAssignment()
      a.jump(CAsmJmp, versions.label(entry))
    }
    for (value, label) in constants { a.data(label, value) }
  }

  /// Emits something as part of host code, if it is of any. Debug builds check what that promises.
  /// - Parameter operation: the instruction; nil for code that is emitted later.
  @inline(__always)
  private func emit(_ code: HostCode?, _ operation: Operation? = nil, _ body: () -> Void) {
    #if DEBUG
      self.code = code
      (effects, registers, a.usesXMM3) = ([], ([], []), false)
    #endif
    body()
    #if DEBUG
      if let code { check(code, operation) }
      self.code = nil
    #endif
  }

  private struct Later {
    /// The assignment of registers, which is that of the code that leads to it.
    let choice: Int
    unowned(unsafe) let code: HostCode?
    let emit: () -> Void
  }

  /// Emits code that is rarely executed after everything else, as part of the current instruction.
  func emitLater(_ emit: @escaping () -> Void) {
    later.append(Later(choice: assignment.choice, code: code, emit: emit))
  }

  /// - Returns: the version that must follow, if the block continues there without a jump.
  private func emitBlock(_ number: Int) -> Int? {
    versions.setEmitted(number)
    blockIndex = versions.block(number)
    let block = region.blocks[blockIndex]
    let count = Int64(block.operations.count)
    assignment.choose(assignment.choice(ofBlock: blockIndex))
    changedNow = block.changedBefore
    pending = versions.pending(number)
    reversed = pending.known.reversed.map { Reversed(number: $0, isDeferred: false) }
    pending.known.reversed = nil
    hasTooManyLoads = block.depth == 0 && region.context.msr & MSR.pr == 0
    maskWidths = InlineArray(repeating: 0)
    addend = nil
    done = []
    nextVersion = nil
    a.bind(versions.label(number))
    a.emit(CAsmSub, 8, .r15, count)
    let unaffordable = a.label()
    a.jump(CAsmJl, unaffordable)
    remaining = Int(count) - 1
    let (start, exit) = (block.start, keepExit())
    emitLater { [self] in
      a.bind(unaffordable)
      leave(at: start, exits[exit])
    }
    plan.make(block, separate: facts.separate)
    accessSlots.nextBlock(groups: plan.groups.count)
    middle.make(
      block, page: region.isRelocatable ? nil : region.page, region.context,
      fast: assignment.general, observe: { [facts] in facts.observe(block, $0, $1) })
    nextMicroOp = 0
    for (position, operation) in block.operations.enumerated() {
      self.position = position
      let microOps = nextMicroOps()
      a.note(word: operation.word)
      remaining = block.operations.count - position - 1
      let before = (a.changesOfRCX, later.count)
      prepare(for: operation)
      if !done.contains(position) {
        emit(operation.code, operation) {
          switch operation.code.body {
          case .direct(let emitter):
            unsafeDowncast(emitter, to: Emitter.self).emit(self, operation)
          case .lowered: emit(microOps)
          case .helperCall: helperCall(operation)
          case .helperCallAndLeave: helperCallAndLeave(operation)
          }
        }
        noteResult(of: operation)
      }
      // Code that is emitted later may come back with another RCX.
      if before != (a.changesOfRCX, later.count), addend?.position != position { addend = nil }
      changedNow.formUnion(operation.changes)
    }
    if block.operations.last?.endsBlock != true {
      keepReversed()
      goTo(word: block.end, after: blockIndex)
    }
    return nextVersion
  }

  /// The micro-ops of the current instruction.
  private func nextMicroOps() -> Range<Int> {
    let first = nextMicroOp
    while nextMicroOp < middle.ops.count, middle.ops[nextMicroOp].position == position {
      nextMicroOp += 1
    }
    return first..<nextMicroOp
  }

  // MARK: registers and the state

  func state(_ offset: Int) -> HostMemory { .state(offset) }

  func slot(_ register: GuestRegister) -> HostMemory { places.slot(register) }

  /// Switches from the register assignment between regions to the region's own.
  func enterAssignment() {
    for (guest, host) in assignment.missing { a.emit(CAsmMov, 8, slot(guest), host) }
    for (guest, host) in assignment.added { a.emit(CAsmMov, 8, host, slot(guest)) }
    loadVectors()
  }

  /// Switches from the region's register assignment to the one between regions.
  /// - Parameter changed: the registers that may not be what the state has.
  func leaveAssignment(_ changed: RegisterSet) {
    for (guest, host) in assignment.added where changed.contains(guest) {
      a.emit(CAsmMov, 8, slot(guest), host)
    }
    putBackVectors(changed)
    for (guest, host) in assignment.missing { a.emit(CAsmMov, 8, host, slot(guest)) }
  }

  // MARK: helper calls

  /// Executes an instruction with its semantics function, and continues after it.
  func helperCall(_ operation: Operation) {
    materializeAll()
    materializeReversed()
    callSemantics(of: operation)
    pending.known = KnownVectors()
    reversed = nil
    maskWidths = InlineArray(repeating: 0)
  }

  /// Calls the semantics function, when all state has been written.
  private func callSemantics(of operation: Operation) {
    note(.sideExit)
    let helperCall = helperCalls.add(
      HelperCall(
        handler: operation.handler,
        effectiveAddress: region.isRelocatable
          ? UInt64(4 * operation.word) : region.address(ofWord: operation.word),
        word: operation.instruction.rawValue, remainingCount: Int64(remaining),
        reason: operation.helperCallReason, isProblemState: region.context.isProblemState,
        pageMask: region.isRelocatable ? ~0 : 0))
    a.move(.rdx, constant: UInt64(helperCall))
    a.noteRelocation(.helperCall)
    if assignment.isCommon {
      a.jump(CAsmCall, to: trampolines.commonHelperCall)
    } else {
      a.jump(CAsmCall, sideExits[assignment.choice].helperCall)
    }
  }

  /// Executes an instruction with its semantics function, and leaves the region: for NIA, unless XER[SO] may have
  /// changed. Of other changes of the context the function leaves a note (`ProcessorState.isRedirected`).
  func helperCallAndLeave(_ operation: Operation) {
    helperCall(operation)
    if !operation.writes.contains(.summaryOverflow) {
      return a.jump(CAsmJmp, to: trampolines.continueWithState)
    }
    a.emit(CAsmXor, 4, .rax, .rax)
    a.jump(CAsmJmp, to: trampolines.leaveWithState)
  }

  /// Leaves for the instruction at the effective address in RCX, with the reason in EDX.
  func leaveBecause() {
    if assignment.isCommon {
      a.jump(CAsmJmp, to: trampolines.leave)
    } else {
      a.jump(CAsmJmp, sideExits[assignment.choice].leave)
    }
  }

  /// A label at which the instruction makes a helper call, to continue at another.
  func rareHelperCall(_ operation: Operation, backTo back: HostLabel) -> HostLabel {
    note(.sideExit)
    let label = a.label()
    assert(region.blocks[blockIndex].operations[position].word == operation.word)
    let (exit, blockIndex, position) = (keepExit(), blockIndex, position)
    emitLater { [self] in
      a.bind(label)
      remaining = exits[exit].remaining
      materialize(exits[exit].pending)
      let reversed = exits[exit].reversed
      materialize(reversed)
      callSemantics(of: region.blocks[blockIndex].operations[position])
      if let reversed { emitUnnoted { reverse(reversed.number) } }
      a.jump(CAsmJmp, back)
    }
    return label
  }

  private func emitSideExits(_ choice: Int) {
    assignment.choose(choice)
    guard !assignment.isCommon else { return }
    a.bind(sideExits[choice].helperCall)
    for (guest, host) in assignment.pairs where assignment.unsaved.contains(guest) {
      a.emit(CAsmMov, 8, slot(guest), host)
    }
    putBackVectors(assignment.unsaved)
    a.jump(CAsmCall, to: trampolines.helperCall)
    for (guest, host) in assignment.pairs { a.emit(CAsmMov, 8, host, slot(guest)) }
    loadVectors()
    a.emit(CAsmRet)
    a.bind(sideExits[choice].leave)
    leaveAssignment(assignment.unsaved)
    a.jump(CAsmJmp, to: trampolines.leave)
  }
}
