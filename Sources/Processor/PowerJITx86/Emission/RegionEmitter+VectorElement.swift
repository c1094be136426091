internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Elements at a place that a register says: in storage, and inserted.
  static let vectorElements: [HostCode] = [
    elements(
      1, load: [.lvebx], store: [.stvebx], insert: [.vinsblx, .vinsbrx, .vinsbvlx, .vinsbvrx]),
    elements(
      2, load: [.lvehx], store: [.stvehx], insert: [.vinshlx, .vinshrx, .vinshvlx, .vinshvrx]),
    elements(
      4, load: [.lvewx], store: [.stvewx], insert: [.vinswlx, .vinswrx, .vinswvlx, .vinswvrx]),
    elements(8, load: [], store: [], insert: [.vinsdlx, .vinsdrx]),
  ].flatMap { $0 }

  private static func elements(
    _ size: Int32, load: [InstructionID], store: [InstructionID], insert: [InstructionID]
  ) -> [HostCode] {
    [
      HostCode(load) { $0.loadElement($1, size) },
      HostCode(store) { $0.storeElement($1, size) },
      HostCode(insert) { $0.insertIndexed($1, size) },
    ].filter { !$0.instructions.isEmpty }
  }
}

// Book I 6.7 and 6.8.8. The element's place is in memory: that of the register in the state, which has the
// register's value then.
extension RegionEmitter {
  /// The bytes of a vector-scalar register in the state from the one on whose number is in RAX.
  private func indexed(_ number: Int) -> HostMemory {
    HostMemory(.rbx, .rax, Int(vsr(number).raw.displacement))
  }

  /// Puts the value into the state's place, if it is elsewhere.
  private func spill(_ number: Int) {
    note(.usesWholeVectors)
    guard assignment[vsr: number] != nil else { return }
    a.emit(CAsmMovups, vsr(number), whole(number, .xmm0))
  }

  /// Makes what the state has the register's value.
  private func reload(_ number: Int) {
    pending.known.cleared.remove(RegisterSet(GuestRegister(vsr: number)))
    guard assignment[vsr: number] != nil else { return }
    a.emit(CAsmMovups, .xmm0, vsr(number))
    setWhole(number, .xmm0)
  }

  /// The address of an element, aligned, into RAX, and what must be added to it into RCX.
  private func elementAddress(_ o: Operation, _ size: Int32, isStore: Bool, _ done: HostLabel) {
    let slow = rareHelperCall(o, backTo: done)
    effectiveAddress(.indexed, o.instruction)
    if size > 1 { a.emit(CAsmAnd, 8, .rax, Int64(-size)) }
    hostAddress(bytes: Int(size), isStore: isStore, else: slow)
  }

  /// Makes the address in RAX the number of the element's first byte, from the right.
  private func elementPlace(_ size: Int32) {
    a.emit(CAsmAnd, 4, .rax, 15)
    guard isBigEndian else { return }
    a.emit(CAsmNeg, 4, .rax)
    a.emit(CAsmAdd, 4, .rax, Int64(16 - size))
  }

  func loadElement(_ o: Operation, _ size: Int32) {
    let done = a.label()
    elementAddress(o, size, isStore: false, done)
    loadUnsigned(.rdx, size, HostMemory(.rcx, .rax))
    elementPlace(size)
    spill(o.vsr.t)
    a.emit(CAsmMov, size, indexed(o.vsr.t), .rdx)
    reload(o.vsr.t)
    a.bind(done)
  }

  func storeElement(_ o: Operation, _ size: Int32) {
    let done = a.label()
    elementAddress(o, size, isStore: true, done)
    a.emit(CAsmAdd, 8, .rcx, .rax)
    elementPlace(size)
    spill(o.vsr.t)
    if size < 4 {
      a.extend(CAsmMovzx, 4, .rdx, from: size, indexed(o.vsr.t))
    } else {
      a.emit(CAsmMov, size, .rdx, indexed(o.vsr.t))
    }
    if isBigEndian { swapBytes(.rdx, size) }
    a.emit(CAsmMov, size, HostMemory(.rcx, 0), .rdx)
    a.bind(done)
  }

  /// The lowest bytes of RB, or of B's doubleword 0, at the byte that RA says, from the left or the right.
  func insertIndexed(_ o: Operation, _ size: Int32) {
    let (i, r) = (o.instruction, o.vsr)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let isRight = [
      .vinsbrx, .vinsbvrx, .vinshrx, .vinshvrx, .vinswrx, .vinswvrx, .vinsdrx,
    ].contains(o.kind)
    load(.rax, i.ra, size: 4)
    a.emit(CAsmAnd, 4, .rax, 15)
    // What is beyond the vector is undefined, and the semantics function's.
    a.emit(CAsmCmp, 4, .rax, Int64(16 - size))
    a.jump(CAsmJa, slow)
    if !isRight {
      a.emit(CAsmNeg, 4, .rax)
      a.emit(CAsmAdd, 4, .rax, Int64(16 - size))
    }
    if r.b >= 0 { doubleword(.rdx, of: r.b, isHigh: true) } else { load(.rdx, i.rb) }
    spill(r.t)
    a.emit(CAsmMov, size, indexed(r.t), .rdx)
    reload(r.t)
    a.bind(done)
  }
}
