internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

// From a block to another, and out of the region.
extension RegionEmitter {
  /// State that a side exit must write back.
  struct ExitState {
    /// Instructions of the block after it.
    var remaining: Int
    var pending: DeferredState
    var reversed: Reversed?
  }

  var deferred: ExitState {
    ExitState(remaining: remaining, pending: pending, reversed: reversed)
  }

  /// Keeps the state that a side exit must write back, for code that is emitted later.
  /// - Returns: its number. What that code is made of would be large if each piece had the state itself.
  func keepExit() -> Int {
    exits.append(deferred)
    return exits.count - 1
  }

  /// Leaves the region for the interpreter, which executes at least the instruction at a word.
  func leave(at word: Int, _ deferred: ExitState, _ reason: UInt32 = LeavingReason.budget) {
    note(.sideExit)
    a.emit(CAsmAdd, 8, .r15, Int64(deferred.remaining + 1))
    materialize(deferred.pending)
    materialize(deferred.reversed)
    move(.rcx, address: region.address(ofWord: word))
    a.move(.rdx, constant: UInt64(reason))
    leaveBecause()
  }

  // MARK: continuing

  /// Continues at a word of the page, in the region if it is part of it.
  /// - Parameter index: the block whose code is followed by what is emitted next.
  func goTo(word: Int, after index: Int) {
    guard let target = region.block(atWord: word) else {
      return leave(for: region.address(ofWord: word))
    }
    let version = version(of: target, from: index)
    if versions.isEmitted(version) {
      a.jump(CAsmJmp, versions.label(version))
    } else {
      nextVersion = version
    }
  }

  /// The version of a block to continue with; pending state that it does not accept is written.
  func version(of target: Int, from index: Int) -> Int {
    if assignment.choices[assignment.choice(ofBlock: target)].hasXMM3 {
      pending.known.reversed = nil
    }
    let (version, isExact) = versions.version(of: target, from: index, pending, a)
    if !isExact { materialize(pending) }
    moveVectors(to: assignment.choice(ofBlock: target))
    return version
  }

  /// Leaves the region for an address that is known.
  func leave(for address: UInt64) {
    materialize(pending)
    leaveAssignment(changedNow)
    move(.rcx, effective: address)
    jump(for: address, onMiss: .jump(to: trampolines.leaveTo))
  }

  /// Leaves the region for the address in RCX.
  func leaveForRCX() {
    materialize(pending)
    leaveAssignment(changedNow)
    jumpForRCX(onMiss: .jump(to: trampolines.leaveTo))
  }

  // MARK: addresses

  /// Makes an effective address that is known relative to the code; the host's flags stay if it is within 2 GiB
  /// of the page.
  func move(_ target: HostRegister, address: UInt64) {
    guard region.isRelocatable else { return a.move(target, constant: address) }
    let distance = Int64(bitPattern: address &- region.page)
    guard let near = Int(exactly: Int32(truncatingIfNeeded: distance)), near == distance else {
      a.move(target, constant: UInt64(bitPattern: distance))
      return a.emit(CAsmAdd, 8, target, places.codePage)
    }
    a.emit(CAsmMov, 8, target, places.codePage)
    if near != 0 { a.emit(CAsmLea, 8, target, HostMemory(target, near)) }
  }

  /// Makes such an address one at which execution continues, or storage is accessed.
  func move(_ target: HostRegister, effective address: UInt64) {
    guard region.isRelocatable else {
      return a.move(target, constant: region.context.effective(address))
    }
    move(target, address: address)
    if !region.context.is64Bit { a.emit(CAsmMov, 4, target, target) }
  }

  /// Where code is entered that is for any address of its page, which is in a register and may change.
  func setCodePage(_ address: HostRegister) {
    guard region.isRelocatable else { return }
    a.emit(CAsmAnd, 8, address, -4096)
    a.emit(CAsmMov, 8, places.codePage, address)
  }

  // MARK: calls

  /// Calls what is at an address, or at that in RCX, and continues at the next word when it returns
  /// there: the host's own stack predicts where. If nothing returns, the stack is reset later.
  func call(for address: UInt64?, from word: Int, after index: Int) {
    let next = region.address(ofWord: word + 1)
    let (again, onMiss) = (a.label(), a.label())
    // CFAR and LR are near each other.
    pending.cfar = nil
    materialize(pending)
    leaveAssignment(changedNow.subtracting(RegisterSet(.lr)))
    // A loop may call and never return.
    let full = a.label()
    a.emit(CAsmCmp, 8, .rsp, state(StateOffset.returnStackLimit))
    a.jump(CAsmJb, full)
    a.bind(again)
    emitLater { [self] in
      a.bind(full)
      a.emit(CAsmMov, 8, .rsp, state(StateOffset.returnStack))
      a.jump(CAsmJmp, again)
    }
    move(.rax, address: next)
    a.emit(CAsmMov, 8, slot(.lr), .rax)
    a.emit(CAsmPush, 8, .rax)
    if let address {
      let distance = Int64(bitPattern: address &- next)
      if distance == Int64(Int32(truncatingIfNeeded: distance)) {
        a.emit(CAsmLea, region.context.size, .rcx, HostMemory(.rax, Int(distance)))
      } else {
        move(.rcx, effective: address)
      }
    }
    a.emit(CAsmSub, 8, .rax, 4)
    a.emit(CAsmMov, 8, places.cfar, .rax)
    let returned = a.label()
    if let address {
      jump(for: address, onMiss: .label(onMiss), isCall: true)
    } else {
      jumpForRCX(onMiss: .label(onMiss), isCall: true)
    }
    a.bind(returned)
    emitLater { [self] in
      a.bind(onMiss)
      a.jump(CAsmCall, to: trampolines.leaveTo)
      a.jump(CAsmJmp, returned)
    }
    a.emit(CAsmPop, 8, .rdx)
    setCodePage(.rdx)
    enterAssignment()
    (pending, changedNow) = (DeferredState(), [])
    goTo(word: word + 1, after: index)
  }

  /// Returns to the address in RCX: if that is where the last call came from, where the host's stack
  /// has it.
  func returnToRCX() {
    materialize(pending)
    leaveAssignment(changedNow)
    a.emit(CAsmCmp, 8, .rcx, HostMemory(.rsp, 8))
    a.jump(CAsmJne, to: trampolines.returnElsewhere)
    a.emit(CAsmRet)
  }

  // MARK: jumps

  private enum MissTarget {
    case jump(to: UInt)
    case label(HostLabel)
  }

  /// Jumps to the code of an address that is in RCX too, if it is in its place.
  private func jump(for address: UInt64, onMiss: MissTarget, isCall: Bool = false) {
    if region.isRelocatable { return jumpForRCX(onMiss: onMiss, isCall: isCall) }
    a.emit(CAsmMov, 8, .rdx, places.entryCache)
    let place = EntryCache.offset(of: region.context.effective(address))
    a.emit(CAsmCmp, 8, HostMemory(.rdx, place), .rcx)
    unequal(onMiss)
    a.emit(isCall ? CAsmCall : CAsmJmp, 8, HostMemory(.rdx, place + 8))
  }

  private func jumpForRCX(onMiss: MissTarget, isCall: Bool = false) {
    a.emit(CAsmMov, 8, .rax, .rcx)
    a.emit(CAsmShr, 8, .rax, 10)
    a.emit(CAsmLea, 8, .rdx, HostMemory(index: .rcx, shift: 2))
    a.emit(CAsmXor, 4, .rax, .rdx)
    a.emit(CAsmAnd, 4, .rax, Int64(EntryCache.offsetMask))
    a.emit(CAsmAdd, 8, .rax, places.entryCache)
    a.emit(CAsmCmp, 8, HostMemory(.rax, 0), .rcx)
    unequal(onMiss)
    a.emit(isCall ? CAsmCall : CAsmJmp, 8, HostMemory(.rax, 8))
  }

  private func unequal(_ onMiss: MissTarget) {
    switch onMiss {
    case .jump(let address): a.jump(CAsmJne, to: address)
    case .label(let label): a.jump(CAsmJne, label)
    }
  }
}
