internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 3.3.9: sums with carry out.
  static let carries: [HostCode] = CarryForm.all.map { instruction, form in
    HostCode([instruction], .noSideExit) { $0.carrying($1, form) }
  }
}

// Sums with carry out (Book I 3.3.9).
extension RegionEmitter {
  /// XER[CA] in the state.
  var carry: HostMemory {
    if pending.shiftCarry != nil { note(.usesStaleState) }
    return state(StateOffset.carry)
  }

  /// XER[CA32] in the state.
  var wordCarry: HostMemory {
    let isStale = pending.wordCarry != nil || pending.shiftCarry != nil
    note(isStale ? .usesStaleState : .setsWordCarry)
    return state(StateOffset.wordCarry)
  }

  /// Sums are made in RAX, so that both operands are still there for CA32. The host's carry flag has CA
  /// afterwards, and is stored only when that flag is going to change.
  func carrying(_ o: Operation, _ form: CarryForm) {
    let i = o.instruction
    if form.isExtended { takeCarryIn(form) } else { a.dropCarry() }
    if form.isSubtraction {
      loadSecond(.rax, form, i)
      with(form.isExtended ? CAsmSbb : CAsmSub, 8, .rax, i.ra)
    } else {
      load(.rax, i.ra)
      withSecond(form.isExtended ? CAsmAdc : CAsmAdd, .rax, form, i)
    }
    if !region.context.is64Bit { carryOfWord(form, i) }
    a.holdCarry(in: carry, isInverted: form.isSubtraction)
    if hasWordCarry {
      let inLoop = region.blocks[blockIndex].depth > 0
      if wordCarryIsReplaced {
        note(.setsWordCarry)
      } else if !postpone(WordCarry(form, i), inLoop: inLoop) {
        setWordCarry(form, i)
      }
    }
    set(i.rt, .rax)
    if o.writes.contains(.cr0) { recordAlways(i.rt) }
  }

  /// Makes the host's carry flag that of the low words, after the sum in RAX.
  private func carryOfWord(_ form: CarryForm, _ i: Instruction) {
    if form.isExtended {
      highWordDifference(form, i)
    } else if form.isSubtraction {
      loadSecond(.rdx, form, i)
      with(CAsmCmp, 4, .rdx, i.ra)
    } else {
      // The sum is less than either operand.
      with(CAsmCmp, 4, .rax, i.ra)
    }
  }

  private func loadSecond(_ target: HostRegister, _ form: CarryForm, _ i: Instruction) {
    if let constant = form.constant(i) {
      a.emit(CAsmMov, 8, target, constant)
    } else {
      load(target, i.rb)
    }
  }

  /// `instruction target, second operand`.
  private func withSecond(
    _ instruction: CAsmInstruction, _ target: HostRegister, _ form: CarryForm, _ i: Instruction
  ) {
    if let constant = form.constant(i) {
      a.emit(instruction, 8, target, constant)
    } else {
      with(instruction, 8, target, i.rb)
    }
  }

  /// Makes the host's carry flag XER[CA], or its complement for a subtraction: the host subtracts a borrow.
  private func takeCarryIn(_ form: CarryForm) {
    switch a.takeCarry() {
    case .some(let isInverted):
      if isInverted != form.isSubtraction { a.emit(CAsmCmc) }
    case nil where form.isSubtraction: a.emit(CAsmCmp, 1, carry, 1)
    case nil:
      a.extend(CAsmMovzx, 4, .rcx, from: 1, carry)
      a.emit(CAsmAdd, 1, .rcx, -1)
    }
  }

  /// CA32 after the sum in RAX, before it replaces an operand. The host's carry flag has CA, which is the same
  /// in 32-bit mode.
  private func setWordCarry(_ form: CarryForm, _ i: Instruction) {
    if region.context.is64Bit { highWordDifference(form, i) }
    a.emit(form.isSubtraction ? CAsmSetae : CAsmSetb, 1, wordCarry)
  }

  /// Makes the host's carry flag the difference of the sum in RAX and its operands at bit 32: where a carry came
  /// in, or where none did if one operand was complemented.
  private func highWordDifference(_ form: CarryForm, _ i: Instruction) {
    load(.rdx, i.ra)
    if form.constant(i) != 0 { withSecond(CAsmXor, .rdx, form, i) }
    a.emit(CAsmXor, 8, .rdx, .rax)
    a.emit(CAsmBt, 8, .rdx, 32)
  }
}
