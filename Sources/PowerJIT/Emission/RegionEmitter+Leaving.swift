internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// From a block to another, and out of the region.
extension RegionEmitter {
  /// What must be put in order where an instruction leaves the region.
  struct Owed {
    /// Instructions of the block after it.
    var remaining: Int
    var pending: Pending
    var reversed: Reversed?
  }

  var owed: Owed { Owed(remaining: remaining, pending: pending, reversed: reversed) }

  /// Leaves the region for the interpreter, which executes at least the instruction at a word.
  func leave(at word: Int, _ owed: Owed, _ reason: UInt32 = LeavingReason.budget) {
    a.emit(CAsmAdd, 8, .r15, Int64(owed.remaining + 1))
    materialize(owed.pending)
    materialize(owed.reversed)
    a.move(.rcx, constant: region.address(ofWord: word))
    a.move(.rdx, constant: UInt64(reason))
    a.jump(CAsmJmp, putBackAndLeave)
  }

  // MARK: going on

  /// Goes on at a word of the page, in the region if it is part of it.
  /// - Parameter index: the block whose code is followed by what is emitted next.
  func goTo(word: Int, after index: Int) {
    guard let target = region.block(atWord: word) else {
      return leave(for: region.address(ofWord: word))
    }
    let version = version(of: target, from: index)
    if versions[version].isEmitted {
      a.jump(CAsmJmp, versions[version].label)
    } else {
      nextVersion = version
    }
  }

  /// The version of a block to go on with; what it does not take over is written.
  func version(of target: Int, from index: Int) -> Int {
    let (version, isExact) = versions.version(of: target, from: index, pending, a)
    if !isExact { materialize(pending) }
    moveVectors(to: homes.choice(ofBlock: target))
    return version
  }

  /// Leaves the region for an address that is known.
  func leave(for address: UInt64) {
    materialize(pending)
    putBack(changedNow)
    a.move(.rcx, constant: address)
    a.emit(CAsmMov, 8, .rdx, state(StateOffset.entryCache))
    let place = EntryCache.offset(of: address)
    a.emit(CAsmCmp, 8, HostMemory(.rdx, place), .rcx)
    a.jump(CAsmJne, to: trampolines.leaveTo)
    a.emit(CAsmJmp, 8, HostMemory(.rdx, place + 8))
  }

  /// Leaves the region for the address in RCX.
  func leaveForRCX() {
    materialize(pending)
    putBack(changedNow)
    a.emit(CAsmMov, 8, .rax, .rcx)
    a.emit(CAsmShr, 8, .rax, 10)
    a.emit(CAsmLea, 8, .rdx, HostMemory(index: .rcx, shift: 2))
    a.emit(CAsmXor, 4, .rax, .rdx)
    a.emit(CAsmAnd, 4, .rax, Int64(EntryCache.offsetMask))
    a.emit(CAsmAdd, 8, .rax, state(StateOffset.entryCache))
    a.emit(CAsmCmp, 8, HostMemory(.rax, 0), .rcx)
    a.jump(CAsmJne, to: trampolines.leaveTo)
    a.emit(CAsmJmp, 8, HostMemory(.rax, 8))
  }
}
