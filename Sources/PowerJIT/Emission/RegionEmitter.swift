internal import CAsmJit
internal import PowerCPU
internal import PowerISA

/// Makes the host code of one region.
///
/// Guest registers with a home are loaded where the region is entered and put back where it is
/// left, as far as they have changed. An instruction without host code of its own, and a storage
/// access that the translations at hand do not hold, takes a detour: all registers are put back,
/// the semantics function executes it, and the registers are loaded again. So interrupts are
/// precise without anything else being done for them.
final class RegionEmitter {
  let a: HostAssembler
  let region: Region
  let homes: RegisterHomes
  let trampolines: Trampolines
  let features: HostFeatures
  /// Whether XER has CA32: since 3.0.
  let hasWordCarry: Bool
  /// Whether storage has the other byte order than the host.
  let isBigEndian: Bool
  let detours: DetourArena

  /// The numbers of ranges to be used next.
  let ranges: RangeNumbers
  /// Whether accesses from a word on must be checked one by one.
  private let isSeparate: (Int) -> Bool

  /// Code that is rarely executed, emitted after everything else.
  var later: [() -> Void] = []
  /// What follows the code, for vector registers.
  var constants: [UInt128: HostLabel] = [:]
  private(set) var blockLabels: [HostLabel] = []
  private let putBackAndDetour: HostLabel
  private(set) var entryLabels: [HostLabel] = []

  // MARK: where the emitter is
  /// Position in its block of the current instruction.
  var position = 0
  var plan = AccessPlan()
  /// Instructions of the block after the current one.
  var remaining = 0
  /// Registers that may have changed since the region was entered.
  var changedNow: RegisterSet = []
  /// Vector-scalar registers with a scalar home whose doubleword 1 has been cleared in the block.
  var clearedNow: RegisterSet = []
  /// Vector-scalar registers whose doubleword 0 is known to be a single.
  var singlesNow: RegisterSet = []
  /// Whether the FPSCR's mode has been checked.
  var floatModeIsKnown = false
  /// The operation whose status is owed.
  var pendingStatus: PendingStatus?
  /// The operations of the block after the current one.
  var following: ArraySlice<Operation> = []
  /// The fields of the condition register that are written only where they are needed.
  var pending = PendingComparisons()
  /// What is pending at the end of each block that has been emitted.
  private var pendingAfter: [PendingComparisons?]
  private let predecessors: [[Int]]
  private let isEntry: [Bool]

  init(
    _ assembler: HostAssembler, _ region: Region, _ trampolines: Trampolines,
    _ features: HostFeatures, _ detours: DetourArena, hasWordCarry: Bool, ranges: RangeNumbers,
    isSeparate: @escaping (Int) -> Bool
  ) {
    self.ranges = ranges
    self.isSeparate = isSeparate
    a = assembler
    self.region = region
    self.trampolines = trampolines
    self.features = features
    self.detours = detours
    self.hasWordCarry = hasWordCarry
    isBigEndian = region.context.msr & MSR.le == 0
    homes = RegisterHomes(region)
    putBackAndDetour = a.label()
    pendingAfter = region.blocks.map { _ in nil }
    var predecessors = region.blocks.map { _ in [Int]() }
    for index in region.blocks.indices {
      for next in region.successors(index) { predecessors[next].append(index) }
    }
    self.predecessors = predecessors
    isEntry = region.blocks.indices.map { region.entries.contains($0) }
    blockLabels = region.blocks.map { _ in assembler.label() }
  }

  func emit() {
    for index in region.blocks.indices { emitBlock(index) }
    while !later.isEmpty {
      let pieces = later
      later = []
      for piece in pieces { piece() }
    }
    emitDetour()
    for entry in region.entries {
      let label = a.label()
      entryLabels.append(label)
      a.bind(label)
      loadHomes()
      a.jump(CAsmJmp, blockLabels[entry])
    }
    for (value, label) in constants { a.data(label, value) }
  }

  private func emitBlock(_ index: Int) {
    let block = region.blocks[index]
    let count = Int64(block.operations.count)
    changedNow = block.changedBefore
    forgetVectors()
    pending = PendingComparisons()
    if takesOver(index), let before = pendingAfter[predecessors[index][0]] { pending = before }
    a.bind(blockLabels[index])
    a.emit(CAsmSub, 8, .r15, count)
    let unaffordable = a.label()
    a.jump(CAsmJl, unaffordable)
    remaining = Int(count) - 1
    let owed = owed
    later.append { [self] in
      a.bind(unaffordable)
      leave(at: block.start, owed)
    }
    plan = AccessPlan(block, isSeparate: isSeparate)
    ranges.nextBlock(groups: plan.groups.count)
    for (position, operation) in block.operations.enumerated() {
      self.position = position
      remaining = block.operations.count - position - 1
      following = block.operations[(position + 1)...]
      prepare(for: operation)
      emit(operation, in: index)
      changedNow.formUnion(operation.changes)
      noteVectors(after: operation)
    }
    guard block.operations.last?.endsBlock != true else { return }
    materializeStatus()
    goTo(word: block.end, after: index)
  }

  // MARK: pending comparisons

  /// Whether a block begins with what is pending after the only block it can be reached from, which
  /// then has been or will be emitted before it.
  private func takesOver(_ index: Int) -> Bool {
    !isEntry[index] && predecessors[index].count == 1 && predecessors[index][0] < index
  }

  /// Writes what an instruction is going to read, or could not be made again after it.
  private func prepare(for operation: Operation) {
    prepareStatus(for: operation)
    guard !pending.isEmpty else { return }
    switch operation.kind {
    case .detour, .detourAndLeave, .mfcr, .mfocrf, .mtcrf, .mtocrf, .mcrf, .crand, .crnand, .cror,
      .crxor, .crnor, .creqv, .crandc, .crorc:
      materializeAll()
    default:
      for (field, comparison) in pending.members
      where !comparison.registers.isDisjoint(with: operation.changes)
        && !(field == 0 && operation.records)
      {
        materialize(field, comparison)
        pending[field] = nil
      }
    }
  }

  func materializeAll() {
    materialize(pending)
    pending = PendingComparisons()
  }

  /// Writes fields to the state; RAX and the host's flags change.
  func materialize(_ pending: PendingComparisons) {
    for (field, comparison) in pending.members { materialize(field, comparison) }
  }

  private func materialize(_ field: Int, _ comparison: Comparison) {
    compare(comparison)
    setField(field, isUnsigned: comparison.isUnsigned)
  }

  /// Writes what the block at a word expects in the state.
  func materialize(for word: Int) {
    guard word < 1024, region.blockOfWord[word] >= 0 else { return }
    if !takesOver(Int(region.blockOfWord[word])) { materialize(pending) }
  }

  /// Notes what is pending at the end of a block, for the one that takes it over.
  func noteEnd(of index: Int) { pendingAfter[index] = pending }

  // MARK: registers and the state

  func state(_ offset: Int) -> HostMemory { HostMemory(.rbx, offset) }

  func slot(_ register: GuestRegister) -> HostMemory {
    switch register {
    case .lr: state(StateOffset.lr)
    case .ctr: state(StateOffset.ctr)
    default: state(StateOffset.gpr + 8 * register.number)
    }
  }

  func putBack(_ set: RegisterSet) {
    for (guest, host) in homes.pairs where set.contains(guest) {
      a.emit(CAsmMov, 8, slot(guest), host)
    }
    putBackVectors(set)
  }

  private func loadHomes() {
    for (guest, host) in homes.pairs { a.emit(CAsmMov, 8, host, slot(guest)) }
    loadVectors()
  }

  // MARK: detours

  /// Executes an instruction with its semantics function, and goes on after it.
  func detour(_ operation: Operation) {
    let detour = detours.add(
      Detour(
        handler: operation.handler, effectiveAddress: region.address(ofWord: operation.word),
        word: operation.instruction.rawValue, remainingCount: Int64(remaining)))
    materializeStatus()
    a.move(.rdx, constant: UInt64(detour))
    a.jump(CAsmCall, putBackAndDetour)
    forgetVectors()
  }

  /// What is known about vector-scalar registers and the FPSCR is known no longer.
  private func forgetVectors() {
    clearedNow = []
    singlesNow = []
    floatModeIsKnown = false
  }

  /// A label at which the instruction takes a detour, to go on at another.
  func rareDetour(_ operation: Operation, backTo back: HostLabel) -> HostLabel {
    let label = a.label()
    let owed = owed
    later.append { [self] in
      a.bind(label)
      remaining = owed.remaining
      pendingStatus = owed.status
      materialize(owed.comparisons)
      detour(operation)
      a.jump(CAsmJmp, back)
    }
    return label
  }

  private func emitDetour() {
    a.bind(putBackAndDetour)
    putBack(homes.changed)
    a.jump(CAsmCall, to: trampolines.detour)
    loadHomes()
    a.emit(CAsmRet)
  }
}
