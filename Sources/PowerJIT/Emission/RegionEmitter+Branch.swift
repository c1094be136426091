internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Book I 2.4.
extension RegionEmitter {
  func branch(_ o: Operation, in index: Int) {
    noteEnd(of: index)
    let i = o.instruction
    let next = o.word + 1
    let notTaken = a.label()
    if !o.isUnconditional { testCondition(o, else: notTaken) }
    // The address must be had before LR is set.
    let before = changedNow
    let changes = o.changes
    switch o.kind {
    case .b, .bc:
      if let word = DirectBranch.target(o, page: region.page)?.word, !i.lk {
        materialize(for: word)
      }
      branched(from: o)
      setLink(i, next)
      changedNow = before.union(changes)
      guard let (address, word) = DirectBranch.target(o, page: region.page) else { return }
      if let word, !i.lk, let label = label(ofWord: word) {
        a.jump(CAsmJmp, label)
      } else {
        leave(for: address)
      }
    default:
      a.emit(CAsmMov, 8, .rcx, value(o.kind == .bclr ? .lr : .ctr, .rcx))
      a.emit(CAsmAnd, 8, .rcx, -4)
      branched(from: o)
      setLink(i, next)
      changedNow = before.union(changes)
      leaveForRCX()
    }
    guard !o.isUnconditional else { return }
    a.bind(notTaken)
    setLink(i, next)
    goTo(word: next, after: index)
  }

  /// CFAR after a taken branch.
  private func branched(from o: Operation) {
    let address = region.address(ofWord: o.word)
    if address <= 0x7FFF_FFFF {
      a.emit(CAsmMov, 8, state(StateOffset.cfar), Int64(address))
    } else {
      a.move(.rax, constant: address)
      a.emit(CAsmMov, 8, state(StateOffset.cfar), .rax)
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
      if let home = homes[.ctr] {
        a.emit(CAsmSub, 8, home, 1)
      } else {
        a.emit(CAsmSub, 8, slot(.ctr), 1)
      }
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
