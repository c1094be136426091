internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// From a block to another, and out of the region.
extension RegionEmitter {
  /// What must be put in order where an instruction leaves the region.
  struct Owed {
    /// Instructions of the block after it.
    var remaining: Int
    var comparisons: PendingComparisons
    var status: PendingStatus?
    var changed: RegisterSet
  }

  var owed: Owed {
    Owed(remaining: remaining, comparisons: pending, status: pendingStatus, changed: changedNow)
  }

  /// Leaves the region for the interpreter, which executes at least the instruction at a word.
  func leave(at word: Int, _ owed: Owed, _ reason: UInt32 = LeavingReason.budget) {
    a.emit(CAsmAdd, 8, .r15, Int64(owed.remaining + 1))
    materialize(owed.comparisons)
    pendingStatus = owed.status
    materializeStatus()
    putBack(owed.changed)
    a.move(.rcx, constant: region.address(ofWord: word))
    a.emit(CAsmMov, 8, state(StateOffset.nia), .rcx)
    a.move(.rax, constant: UInt64(reason))
    a.jump(CAsmJmp, to: trampolines.leave)
  }

  // MARK: going on

  /// Goes on at a word of the page, in the region if it is part of it.
  /// - Parameter index: the block whose code is followed by what is emitted next.
  func goTo(word: Int, after index: Int) {
    noteEnd(of: index)
    guard word < 1024, region.blockOfWord[word] >= 0 else {
      return leave(for: region.address(ofWord: word))
    }
    let target = Int(region.blockOfWord[word])
    materialize(for: word)
    if target == index + 1 { return }
    a.jump(CAsmJmp, blockLabels[target])
  }

  /// The label of a word's block, if that is part of the region.
  func label(ofWord word: Int) -> HostLabel? {
    guard word < 1024, region.blockOfWord[word] >= 0 else { return nil }
    return blockLabels[Int(region.blockOfWord[word])]
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
