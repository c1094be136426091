internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

// Book III 4.3 and 5.4: what privileged software does on its way in and out.
extension HostCode {
  /// Moves of system registers, and what needs nothing to be done.
  static let system: [HostCode] = [
    HostCode([.mfspr, .mtspr], .noSideExit) {
      $0.moveBranchRegister($1.kind, $1.instruction)
    },
    HostCode([.mfmsr], .noSideExit) { $0.moveFromMSR($1.instruction) },
    HostCode([.mtmsr, .mtmsrd]) { $0.setInterruptible($1) },
    HostCode([.dcbst, .dcbf, .icbi]) { $0.touch($1) },
    HostCode([.dcbz]) { $0.clearBlock($1) },
    HostCode([.isync]) { $0.refetch($1) },
    // One thread executes all processors of a machine, in turn: they see each other's accesses in order.
    HostCode(
      [
        .dcbt, .dcbtst, .icbt, .dst, .dstt, .dstst, .dststt, .dss, .dssall, .rnop, .pnop, .eieio,
        .sync, .tlbsync, .slbsync,
      ], .noSideExit
    ) { _, _ in },
  ]

  // What ``Operation/codeOfForm(_:_:_:_:isPrivileged:is64Bit:_:)`` chooses for some forms.

  /// A special-purpose register that is no more than its value.
  static let readsRegister = HostCode([], .noSideExit) { $0.moveFromSpecial($1.instruction) }
  static let writesRegister = HostCode([], .noSideExit) { $0.moveToSpecial($1.instruction) }
  /// The same in problem state, where FSCR permits.
  static let readsFacilityRegister = HostCode([]) {
    let done = $0.requireFacility($1)
    $0.moveFromSpecial($1.instruction)
    $0.a.bind(done)
  }
  static let writesFacilityRegister = HostCode([]) {
    let done = $0.requireFacility($1)
    $0.moveToSpecial($1.instruction)
    $0.a.bind(done)
  }
  static let readsXER = HostCode([], .noSideExit) { $0.moveFromXER($1.instruction) }
  static let writesXER = HostCode([]) { $0.moveToXER($1) }
  /// `or Rx,Rx,Rx` with an Rx that names a priority.
  static let setsPriority = HostCode([], .noSideExit) { $0.setPriority($1.instruction) }
}

extension RegionEmitter {
  /// LR and CTR.
  func moveBranchRegister(_ kind: InstructionID, _ i: Instruction) {
    let register = GuestRegister(branchRegister: i)
    if kind == .mfspr {
      set(i.rt, value(register, .rax))
    } else {
      set(register, value(i.rs, .rax))
    }
  }

  func moveFromMSR(_ i: Instruction) {
    a.emit(CAsmMov, 8, .rax, state(StateOffset.msr))
    set(i.rt, .rax)
  }

  func setPriority(_ i: Instruction) {
    guard let priority = ProgramPriority(i) else { return }
    a.move(.rcx, constant: priority.register)
    a.emit(CAsmMov, 8, special(.byNumber(SPR.Number.ppr), .rax), .rcx)
  }

  /// `isync`: nothing to do, unless pages of code have been written since.
  func refetch(_ o: Operation) {
    let done = a.label()
    a.emit(CAsmMov, 8, .rax, state(StateOffset.codeWriteCounter))
    a.emit(CAsmMov, 8, .rax, HostMemory(.rax, 0))
    a.emit(CAsmCmp, 8, .rax, state(StateOffset.codeWritesSeen))
    a.jump(CAsmJne, rareHelperCall(o, backTo: done))
    a.bind(done)
  }

  /// `mtmsrd` with L=1, when no interrupt waits to be let in.
  func setInterruptible(_ o: Operation) {
    let mask = Int64(MSR.ee | MSR.ri)
    let done = a.label()
    a.emit(CAsmCmp, 1, state(StateOffset.pending), 0)
    a.jump(CAsmJne, rareHelperCall(o, backTo: done))
    load(.rax, o.instruction.rs, size: 4)
    a.emit(CAsmAnd, 4, .rax, mask)
    a.emit(CAsmMov, 8, .rcx, state(StateOffset.msr))
    a.emit(CAsmAnd, 8, .rcx, ~mask)
    a.emit(CAsmOr, 8, .rcx, .rax)
    a.emit(CAsmMov, 8, state(StateOffset.msr), .rcx)
    a.bind(done)
  }

  // MARK: special-purpose registers

  /// Where a register is; the scratch register may be needed to get there.
  private func special(_ register: SpecialRegister, _ scratch: HostRegister) -> HostMemory {
    switch register {
    case .inState(let offset): return state(offset)
    case .byNumber(let number):
      a.move(scratch, constant: UInt64(specialRegisters) + UInt64(8 * number))
      a.noteRelocation(.specialRegister)
      return HostMemory(scratch, 0)
    }
  }

  /// Leaves a register to the semantics function where FSCR makes it unavailable.
  /// - Returns: where that comes back to.
  fileprivate func requireFacility(_ o: Operation) -> HostLabel {
    let done = a.label()
    guard let facility = SPR.byNumber[o.instruction.spr]?.facility else { return done }
    a.emit(CAsmBt, 4, state(StateOffset.fscr), Int64(facility.rawValue))
    a.jump(CAsmJae, rareHelperCall(o, backTo: done))
    return done
  }

  func moveFromSpecial(_ i: Instruction) {
    guard let register = SpecialRegister(i.spr, isWritten: false) else { return }
    if i.spr == SPR.Number.cfar, let cfar = pending.cfar {
      move(.rax, address: cfar)
    } else {
      a.emit(CAsmMov, 8, .rax, special(register, .rax))
    }
    set(i.rt, .rax)
  }

  func moveToSpecial(_ i: Instruction) {
    guard let register = SpecialRegister(i.spr, isWritten: true) else { return }
    let place = special(register, .rax)
    if SPR.masks[i.spr] == ~0 { return a.emit(CAsmMov, 8, place, value(i.rs, .rcx)) }
    load(.rcx, i.rs, size: 4)
    a.emit(CAsmMov, 8, place, .rcx)
  }

  /// The bytes that are bits of XER.
  private var carries: [(place: HostMemory, bit: Int64)] { [(carry, 29), (wordCarry, 18)] }

  func moveFromXER(_ i: Instruction) {
    materializeWordCarry()
    a.emit(CAsmMov, 8, .rax, state(StateOffset.xerWithoutCarries))
    for (place, bit) in carries {
      a.extend(CAsmMovzx, 4, .rcx, from: 1, place)
      a.emit(CAsmShl, 4, .rcx, bit)
      a.emit(CAsmOr, 8, .rax, .rcx)
    }
    set(i.rt, .rax)
  }

  /// SO must stay what this code takes for granted; the semantics function changes it, and then the
  /// region is left.
  func moveToXER(_ o: Operation) {
    materializeWordCarry()
    load(.rax, o.instruction.rs, size: 4)
    a.emit(CAsmBt, 4, .rax, 31)
    a.jump(region.context.summaryOverflow ? CAsmJae : CAsmJb, leavingHelperCall(o))
    for (place, bit) in carries.prefix(hasWordCarry ? 2 : 1) {
      a.emit(CAsmMov, 4, .rcx, .rax)
      a.emit(CAsmShr, 4, .rcx, bit)
      a.emit(CAsmAnd, 4, .rcx, 1)
      a.emit(CAsmMov, 1, place, .rcx)
    }
    let others = XER.so | XER.ov | XER.byteCount | (hasWordCarry ? XER.ov32 : 0)
    a.emit(CAsmAnd, 4, .rax, Int64(Int32(truncatingIfNeeded: others)))
    a.emit(CAsmMov, 8, state(StateOffset.xerWithoutCarries), .rax)
  }

  /// A label at which the instruction makes a helper call after which the region is left.
  func leavingHelperCall(_ o: Operation) -> HostLabel {
    let away = a.label()
    emitLater { [self] in
      a.bind(away)
      a.emit(CAsmXor, 4, .rax, .rax)
      a.jump(CAsmJmp, to: trampolines.leaveWithState)
    }
    return rareHelperCall(o, backTo: away)
  }
}

// Book II 4.3.2, and Book I 3.3.13.
extension RegionEmitter {
  /// `dcbz`: 128 bytes.
  func clearBlock(_ o: Operation) {
    let done = a.label()
    effectiveAddress(.indexed, o.instruction)
    a.emit(CAsmAnd, 8, .rax, -128)
    hostAddress(bytes: 128, isStore: true, else: rareHelperCall(o, backTo: done))
    a.emit(CAsmPxor, .xmm0, .xmm0)
    for offset in stride(from: 0, to: 128, by: 16) {
      a.emit(CAsmMovups, HostMemory(.rcx, .rax, offset), .xmm0)
    }
    a.bind(done)
  }

  func compareBytes(_ i: Instruction) {
    a.emit(CAsmMovq, .xmm0, value(i.rs, .rax), size: 8)
    a.emit(CAsmMovq, .xmm1, value(i.rb, .rcx), size: 8)
    a.emit(CAsmPcmpeqb, .xmm0, .xmm1)
    a.emit(CAsmMovq, .rax, .xmm0, size: 8)
    set(i.ra, .rax)
  }
}
