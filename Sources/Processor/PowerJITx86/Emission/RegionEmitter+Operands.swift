internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// Guest registers as operands of host instructions.
extension RegionEmitter {
  /// A register that holds the value: the assigned one, or `scratch` after a load.
  func value(_ register: GuestRegister, _ scratch: HostRegister) -> HostRegister {
    noteRead(register)
    return unnotedValue(register, scratch)
  }

  /// The same for a register of an earlier instruction, whose result is deferred.
  func unnotedValue(_ register: GuestRegister, _ scratch: HostRegister) -> HostRegister {
    if let assigned = assignment[register] { return assigned }
    a.emit(CAsmMov, 8, scratch, slot(register))
    return scratch
  }

  func value(_ register: GPR, _ scratch: HostRegister) -> HostRegister {
    value(GuestRegister(register), scratch)
  }

  /// Where a result may be made: the assigned register, or `scratch`.
  func target(_ register: GuestRegister, _ scratch: HostRegister = .rax) -> HostRegister {
    assignment[register] ?? scratch
  }

  func target(_ register: GPR, _ scratch: HostRegister = .rax) -> HostRegister {
    target(GuestRegister(register), scratch)
  }

  /// Makes a result the register's value.
  func set(_ register: GuestRegister, _ result: HostRegister) {
    noteSet(register)
    guard let assigned = assignment[register] else {
      return a.emit(CAsmMov, 8, slot(register), result)
    }
    if assigned != result { a.emit(CAsmMov, 8, assigned, result) }
  }

  func set(_ register: GPR, _ result: HostRegister) { set(GuestRegister(register), result) }

  /// Copies a register's value, whole or its low bytes.
  func load(_ target: HostRegister, _ register: GPR, size: Int32 = 8) {
    load(target, GuestRegister(register), size: size)
  }

  func load(_ target: HostRegister, _ register: GuestRegister, size: Int32) {
    noteRead(register)
    guard let assigned = assignment[register] else {
      return a.emit(CAsmMov, size, target, slot(register))
    }
    // A word must lose its high half even in place.
    if assigned != target || size != 8 { a.emit(CAsmMov, size, target, assigned) }
  }

  /// `instruction target, register`.
  func with(_ i: CAsmInstruction, _ size: Int32, _ target: HostRegister, _ register: GPR) {
    noteRead(GuestRegister(register))
    unnotedWith(i, size, target, GuestRegister(register))
  }

  /// The same with a register of an earlier instruction, whose result is deferred.
  func unnotedWith(
    _ i: CAsmInstruction, _ size: Int32, _ target: HostRegister, _ register: GuestRegister
  ) {
    if let assigned = assignment[register] {
      a.emit(i, size, target, assigned)
    } else {
      a.emit(i, size, target, slot(register))
    }
  }

  /// `movzx`, `movsx` or `movsxd` of a register's low bytes.
  func extend(
    _ i: CAsmInstruction, _ size: Int32, _ target: HostRegister, from: Int32, _ register: GPR
  ) {
    noteRead(GuestRegister(register))
    if let assigned = assignment[GuestRegister(register)] {
      a.extend(i, size, target, from: from, assigned)
    } else {
      a.extend(i, size, target, from: from, slot(GuestRegister(register)))
    }
  }

  func isSame(_ first: GPR, _ second: GPR) -> Bool { first.number == second.number }

  // MARK: the condition register

  /// A field in the state, or the first of some, to be read while none of them is deferred.
  func crField(_ number: Int, count: Int = 1) -> HostMemory {
    note(.readsConditions)
    if (number..<number + count).contains(where: { pending[$0] != nil }) { note(.usesStaleState) }
    return places.field(number)
  }

  /// A field in the state, to be set while it is not deferred.
  func crFieldToSet(_ number: Int) -> HostMemory {
    note(.setsConditions)
    if pending[number] != nil { note(.usesStaleState) }
    return places.field(number)
  }

  /// Leaves the comparison that a field is to have deferred.
  func setField(_ field: Int, _ comparison: Comparison) {
    note(.setsConditions)
    pending[field] = comparison
  }

  /// The constants that less, greater and equal are in this context.
  private func condition(_ index: Int) -> HostMemory {
    places.condition(index + (region.context.summaryOverflow ? 3 : 0))
  }

  /// Sets a field from the host's flags after a comparison, which stay.
  func setField(_ field: Int, isUnsigned: Bool) {
    a.move(.rax, constant: region.context.summaryOverflow ? 3 : 2)
    a.emit(isUnsigned ? CAsmCmovb : CAsmCmovl, 4, .rax, condition(0))
    a.emit(isUnsigned ? CAsmCmova : CAsmCmovg, 4, .rax, condition(1))
    a.emit(CAsmMov, 1, places.field(field), .rax)
  }

  /// CR0 from a result that has become a register's value, if the instruction asks.
  func record(_ i: Instruction, _ register: GPR) {
    if i.rc { recordAlways(register) }
  }

  func recordAlways(_ register: GPR) {
    setField(
      0,
      Comparison(
        first: GuestRegister(register), second: .constant(0), size: region.context.size,
        isUnsigned: false))
  }

  // MARK: constants

  /// `and target, mask`.
  func and(_ target: HostRegister, mask: UInt64) {
    if mask == ~0 { return }
    if mask == 0xFFFF_FFFF { return a.emit(CAsmMov, 4, target, target) }
    if mask == 0xFF || mask == 0xFFFF {
      return a.extend(CAsmMovzx, 4, target, from: mask == 0xFF ? 1 : 2, target)
    }
    if mask <= 0xFFFF_FFFF {
      return a.emit(CAsmAnd, 4, target, Int64(Int32(truncatingIfNeeded: mask)))
    }
    let signed = Int64(bitPattern: mask)
    if signed == Int64(Int32(truncatingIfNeeded: signed)) {
      return a.emit(CAsmAnd, 8, target, signed)
    }
    let scratch: HostRegister = target == .rcx ? .rdx : .rcx
    a.move(scratch, constant: mask)
    a.emit(CAsmAnd, 8, target, scratch)
  }
}

extension HostMemory {
  /// `[index << shift]`.
  init(index: HostRegister, shift: Int) {
    self.init(index, index, shift: shift)
    raw.base = -1
  }
}
