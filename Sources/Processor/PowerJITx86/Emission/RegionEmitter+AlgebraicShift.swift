internal import CAsmJit
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 3.3.14: shifts that set CA.
  static let algebraicShifts: [HostCode] = [
    HostCode([.sraw, .srawi, .srad, .sradi], .noSideExit) {
      $0.shiftAlgebraic($1.kind, $1.instruction)
    }
  ]
}

// Book I 3.3.14: shifts of signed numbers to the right, which set CA.
extension RegionEmitter {
  func shiftAlgebraic(_ kind: InstructionID, _ i: Instruction) {
    a.dropCarry()
    switch kind {
    case .srawi: shiftAlgebraic(i, Int(i.sh_16_20), isWord: true)
    case .sradi: shiftAlgebraic(i, Int(i.sh6), isWord: false)
    case .srad: shiftDoublewordAlgebraic(i)
    default:
      // sraw
      load(.rcx, i.rb)
      extend(CAsmMovsxd, 8, .rax, from: 4, i.rs)
      shiftAlgebraicByCL(i)
      setCarries(.rax)
      record(i, i.ra)
    }
  }

  /// RA becomes RAX shifted by CL, and RAX the carry: a negative number has lost ones if shifting back does not
  /// give it again.
  private func shiftAlgebraicByCL(_ i: Instruction) {
    a.emit(CAsmMov, 8, .rdx, .rax)
    a.shiftByCL(CAsmSar, 8, .rax)
    set(i.ra, .rax)
    a.shiftByCL(CAsmShl, 8, .rax)
    a.emit(CAsmCmp, 8, .rax, .rdx)
    a.emit(CAsmSetne, 1, .rax)
    a.emit(CAsmShr, 8, .rdx, 63)
    a.emit(CAsmAnd, 4, .rax, .rdx)
  }

  /// `srad`: by the low seven bits of RB.
  private func shiftDoublewordAlgebraic(_ i: Instruction) {
    let (far, join) = (a.label(), a.label())
    load(.rcx, i.rb)
    load(.rax, i.rs)
    a.emit(CAsmTest, 4, .rcx, 0x40)
    a.jump(CAsmJne, far)
    shiftAlgebraicByCL(i)
    a.bind(join)
    setCarries(.rax)
    record(i, i.ra)
    emitLater { [self] in
      // Nothing but the sign is left, and a negative number has lost ones.
      a.bind(far)
      a.emit(CAsmSar, 8, .rax, 63)
      set(i.ra, .rax)
      a.emit(CAsmNeg, 4, .rax)
      a.jump(CAsmJmp, join)
    }
  }

  /// RS shifted by a constant. The carries are deferred: few programs look at them.
  private func shiftAlgebraic(_ i: Instruction, _ amount: Int, isWord: Bool) {
    let t = target(i.ra)
    if amount != 0 {
      note(.setsWordCarry)
      pending.shiftCarry =
        carriesAreReplaced
        ? nil : ShiftCarry(value: GuestRegister(i.rs), amount: amount, isWord: isWord)
      if isSame(i.ra, i.rs) { saveShifted() }
    }
    if isWord {
      extend(CAsmMovsxd, 8, t, from: 4, i.rs)
    } else {
      load(t, i.rs)
    }
    if amount == 0 {
      a.emit(CAsmMov, 1, carry, 0)
      if hasWordCarry { a.emit(CAsmMov, 1, wordCarry, 0) }
    } else {
      a.emit(CAsmSar, 8, t, Int64(amount))
    }
    set(i.ra, t)
    record(i, i.ra)
  }

  private func setCarries(_ low: HostRegister) {
    a.emit(CAsmMov, 1, carry, low)
    if hasWordCarry { a.emit(CAsmMov, 1, wordCarry, low) }
  }
}
