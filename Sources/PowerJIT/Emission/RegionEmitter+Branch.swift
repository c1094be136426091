internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Book I 2.4.
extension RegionEmitter {
  func branch(_ o: Operation, in index: Int) {
    let i = o.instruction
    let next = o.word + 1
    changedNow.formUnion(o.changes)
    if o.kind == .bc, !o.isUnconditional, branchesInside(o, in: index) {
      return goTo(word: next, after: index)
    }
    let notTaken = a.label()
    if !o.isUnconditional { testCondition(o, else: notTaken) }
    let before = pending
    pending.cfar = region.address(ofWord: o.word)
    switch o.kind {
    case .b, .bc:
      setLink(i, next)
      guard let (address, word) = DirectBranch.target(o, page: region.page) else { return }
      if let word, !i.lk, let target = region.block(atWord: word) {
        if o.isUnconditional { return goTo(word: word, after: index) }
        let version = version(of: target, from: index)
        a.jump(CAsmJmp, versions[version].label)
      } else {
        leave(for: address)
      }
    default:
      // The address must be had before LR is set.
      a.emit(CAsmMov, 8, .rcx, value(o.kind == .bclr ? .lr : .ctr, .rcx))
      a.emit(CAsmAnd, 8, .rcx, -4)
      setLink(i, next)
      leaveForRCX()
    }
    guard !o.isUnconditional else { return }
    a.bind(notTaken)
    pending = before
    setLink(i, next)
    goTo(word: next, after: index)
  }

  /// Emits a conditional branch to a block of the region as one jump, if nothing must be written
  /// before it.
  private func branchesInside(_ o: Operation, in index: Int) -> Bool {
    let i = o.instruction
    guard !i.lk, let word = DirectBranch.target(o, page: region.page)?.word,
      let target = region.block(atWord: word)
    else { return false }
    let counts = i.bo & 4 == 0
    guard !counts || i.bo & 16 != 0 else { return false }
    var taken = pending
    taken.cfar = region.address(ofWord: o.word)
    let (version, isExact) = versions.version(of: target, from: index, taken, a)
    guard isExact else { return false }
    let label = versions[version].label
    if counts {
      countDown()
      a.jump(i.bo & 2 != 0 ? CAsmJe : CAsmJne, label)
    } else {
      let holds = testBit(i.bi)
      a.jump(i.bo & 8 != 0 ? holds : Self.opposites[holds] ?? CAsmJe, label)
    }
    return true
  }

  private func countDown() {
    if let home = homes[.ctr] {
      a.emit(CAsmSub, 8, home, 1)
    } else {
      a.emit(CAsmSub, 8, slot(.ctr), 1)
    }
  }

  private func setLink(_ i: Instruction, _ next: Int) {
    guard i.lk else { return }
    let t = target(.lr)
    a.move(t, constant: region.address(ofWord: next))
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
    a.jump(isWanted ? Self.opposites[holds] ?? CAsmJe : holds, notTaken)
  }

  private static let opposites: [CAsmInstruction: CAsmInstruction] = [
    CAsmJne: CAsmJe, CAsmJe: CAsmJne, CAsmJl: CAsmJge, CAsmJb: CAsmJae, CAsmJg: CAsmJle,
    CAsmJa: CAsmJbe,
  ]
}
