internal import CAsmJit
internal import PowerCPU
internal import PowerISA

extension HostCode {
  /// Book I 3.3.9: sums with carry out.
  static let carries: [HostCode] = CarryForm.all.map { instruction, form in
    HostCode([instruction], .noSideExit) { $0.carrying($1, form) }
  }
}

// Sums with carry out (Book I 3.3.9).
extension RegionEmitter {
  /// XER[CA] in the state.
  var carry: HostMemory { state(StateOffset.carry) }

  /// XER[CA32] in the state.
  var wordCarry: HostMemory {
    note(pending.wordCarry == nil ? .setsWordCarry : .usesStaleState)
    return state(StateOffset.wordCarry)
  }

  /// Sums are made in RAX, so that both operands are still there for CA32.
  func carrying(_ o: Operation, _ form: CarryForm) {
    let i = o.instruction
    if form.isExtended, form.isSubtraction, form.constant(i) == nil, isSame(i.ra, i.rb) {
      // CA - 1; the carries out are the carry in.
      a.extend(CAsmMovzx, 4, .rax, from: 1, carry)
      if hasWordCarry { a.emit(CAsmMov, 1, wordCarry, .rax) }
      a.emit(CAsmSub, 8, .rax, 1)
    } else {
      if form.isExtended {
        extended(form, i)
      } else if form.isSubtraction {
        loadSecond(.rax, form, i)
        with(CAsmSub, 8, .rax, i.ra)
        a.emit(CAsmSetae, 1, carry)
      } else {
        load(.rax, i.ra)
        withSecond(CAsmAdd, .rax, form, i)
        a.emit(CAsmSetb, 1, carry)
      }
      let inLoop = region.blocks[blockIndex].depth > 0
      if hasWordCarry, !postpone(WordCarry(form, i), inLoop: inLoop) { setWordCarry(form, i) }
    }
    set(i.rt, .rax)
    if o.writes.contains(.cr0) { recordAlways(i.rt) }
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

  /// With XER[CA] as carry in.
  private func extended(_ form: CarryForm, _ i: Instruction) {
    load(.rax, i.ra)
    if form.isSubtraction { a.emit(CAsmNot, 8, .rax) }
    a.emit(CAsmMov, 1, .rcx, carry)
    // Makes the host's carry of it.
    a.emit(CAsmAdd, 1, .rcx, -1)
    withSecond(CAsmAdc, .rax, form, i)
    a.emit(CAsmSetb, 1, carry)
  }

  /// CA32 after the sum in RAX, before it replaces an operand: they differ at bit 32 where a carry
  /// came in.
  private func setWordCarry(_ form: CarryForm, _ i: Instruction) {
    load(.rdx, i.ra)
    if form.constant(i) != 0 { withSecond(CAsmXor, .rdx, form, i) }
    a.emit(CAsmXor, 8, .rdx, .rax)
    a.emit(CAsmBt, 8, .rdx, 32)
    // One operand was complemented, which complements the difference.
    a.emit(form.isSubtraction ? CAsmSetae : CAsmSetb, 1, wordCarry)
  }
}
