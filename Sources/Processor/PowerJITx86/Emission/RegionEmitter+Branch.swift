internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 2.4.
  static let branches: [HostCode] = [
    HostCode([.b, .bc, .bclr, .bcctr]) { $0.branch($1, in: $0.blockIndex) }
  ]
}

// Book I 2.4.
extension RegionEmitter {
  func branch(_ o: Operation, in index: Int) {
    let i = o.instruction
    let next = o.word + 1
    changedNow.formUnion(o.changes)
    if o.kind == .bc, !o.isUnconditional, leavesRarely(o, in: index) { return }
    if o.kind == .bc, !o.isUnconditional, branchesInside(o, in: index) {
      return goTo(word: next, after: index)
    }
    let notTaken = a.label()
    if !o.isUnconditional { testCondition(o, else: notTaken) }
    let before = pending
    pending.cfar = region.address(ofWord: o.word)
    switch o.kind {
    case .b, .bc:
      guard let (address, word) = DirectBranch.target(o, page: region.page) else { return }
      if calls(o) { return call(for: address, from: o.word, after: index) }
      setLink(i, next)
      if let word, !o.isCall, let target = region.block(atWord: word) {
        if o.isUnconditional { return goTo(word: word, after: index) }
        let version = version(of: target, from: index)
        a.jump(CAsmJmp, versions.label(version))
      } else {
        leave(for: address)
      }
    default:
      // The address must be had before LR is set.
      load(.rcx, o.kind == .bclr ? .lr : .ctr, size: region.context.size)
      if o.kind == .bclr, !i.lk {
        returnToRCX()
        break
      }
      a.emit(CAsmAnd, 8, .rcx, -4)
      if calls(o) { return call(for: nil, from: o.word, after: index) }
      setLink(i, next)
      leaveForRCX()
    }
    guard !o.isUnconditional else { return }
    a.bind(notTaken)
    pending = before
    setLink(i, next)
    goTo(word: next, after: index)
  }

  /// Whether a branch is a call that may return.
  private func calls(_ o: Operation) -> Bool {
    o.isCall && o.isUnconditional && mayBeReturnedTo && region.block(atWord: o.word + 1) != nil
  }

  /// Emits a conditional branch of which one target is outside the region and had not been reached when
  /// the region was made. The code for that rare exit is emitted after everything else.
  private func leavesRarely(_ o: Operation, in index: Int) -> Bool {
    guard let test = BranchTest(o.instruction),
      let (address, word) = DirectBranch.target(o, page: region.page)
    else { return false }
    let next = o.word + 1
    let before = pending
    var taken = pending
    taken.cfar = region.address(ofWord: o.word)
    if let word, !o.instruction.lk, region.block(atWord: word) != nil {
      guard region.block(atWord: next) == nil else { return false }
      jump(test, ifTaken: false, leaving(for: region.address(ofWord: next), before, o))
      pending = taken
      goTo(word: word, after: index)
    } else {
      jump(test, ifTaken: true, leaving(for: address, taken, o))
      setLink(o.instruction, next)
      goTo(word: next, after: index)
    }
    return true
  }

  /// A label at which the region is left after a branch.
  private func leaving(for address: UInt64, _ pending: DeferredState, _ o: Operation) -> HostLabel {
    let label = a.label()
    let changed = changedNow
    exits.append(ExitState(remaining: remaining, pending: pending))
    let (exit, instruction, next) = (exits.count - 1, o.instruction, o.word + 1)
    emitLater { [self] in
      a.bind(label)
      (self.pending, changedNow) = (exits[exit].pending, changed)
      setLink(instruction, next)
      leave(for: address)
    }
    return label
  }

  /// Emits a conditional branch to a block of the region as one jump, if nothing must be written
  /// before it.
  private func branchesInside(_ o: Operation, in index: Int) -> Bool {
    guard let test = BranchTest(o.instruction), !o.instruction.lk,
      let word = DirectBranch.target(o, page: region.page)?.word,
      let target = region.block(atWord: word)
    else { return false }
    guard assignment.choice(ofBlock: target) == assignment.choice else { return false }
    var taken = pending
    taken.cfar = region.address(ofWord: o.word)
    let (version, isExact) = versions.version(of: target, from: index, taken, a)
    guard isExact else { return false }
    jump(test, ifTaken: true, versions.label(version))
    return true
  }

  /// What a conditional branch looks at, if that is one thing: CTR, which is counted down, or a bit.
  private enum BranchTest {
    case count(isZero: Bool)
    case bit(CRBit, isSet: Bool)

    init?(_ i: Instruction) {
      switch i.bo & 0x14 {
      case 0x10: self = .count(isZero: i.bo & 2 != 0)
      case 4: self = .bit(i.bi, isSet: i.bo & 8 != 0)
      default: return nil
      }
    }
  }

  private func jump(_ test: BranchTest, ifTaken: Bool, _ label: HostLabel) {
    switch test {
    case .count(let isZero):
      countDown()
      a.jump(isZero == ifTaken ? CAsmJe : CAsmJne, label)
    case .bit(let bit, let isSet):
      let holds = testBit(bit)
      a.jump(isSet == ifTaken ? holds : Self.opposite(holds), label)
    }
  }

  /// Decrements CTR. The host's Z flag is set if it becomes zero, or its low word in 32-bit mode.
  private func countDown() {
    if let assigned = assignment[.ctr] {
      a.emit(CAsmSub, 8, assigned, 1)
      if !region.context.is64Bit { a.emit(CAsmTest, 4, assigned, assigned) }
    } else {
      a.emit(CAsmSub, 8, slot(.ctr), 1)
      if !region.context.is64Bit { a.emit(CAsmCmp, 4, slot(.ctr), 0) }
    }
  }

  private func setLink(_ i: Instruction, _ next: Int) {
    guard i.lk else { return }
    let t = target(.lr)
    move(t, address: region.address(ofWord: next))
    set(.lr, t)
  }

  /// Counts CTR down if BO says so, and goes to a label unless the branch is taken.
  private func testCondition(_ o: Operation, else notTaken: HostLabel) {
    let i = o.instruction
    if i.bo & 4 == 0, o.kind != .bcctr {
      countDown()
      a.jump(i.bo & 2 != 0 ? CAsmJne : CAsmJe, notTaken)
    }
    guard i.bo & 16 == 0 else { return }
    let holds = testBit(i.bi)
    let isWanted = i.bo & 8 != 0
    a.jump(isWanted ? Self.opposite(holds) : holds, notTaken)
  }

  /// The jump that is taken if another is not.
  private static func opposite(_ jump: CAsmInstruction) -> CAsmInstruction {
    switch jump {
    case CAsmJe: CAsmJne
    case CAsmJl: CAsmJge
    case CAsmJb: CAsmJae
    case CAsmJg: CAsmJle
    case CAsmJa: CAsmJbe
    default: CAsmJe
    }
  }
}
