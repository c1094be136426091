internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 3.3.9: divisions.
  static let divisions: [HostCode] = [
    HostCode([.divw, .divwu, .modsw, .moduw], .leavesOnOverflow) { $0.divideWords($1) },
    HostCode([.divd, .divdu, .modsd, .modud], .leavesOnOverflow) { $0.divideDoublewords($1) },
    HostCode([.divdeu, .divweu], .leavesOnOverflow) { $0.divideExtended($1) },
    HostCode([.divde, .divwe], .leavesOnOverflow) { $0.divideExtendedSigned($1) },
  ]
}

// Divisions; what overflows or divides by zero makes a helper call.
extension RegionEmitter {
  func divideWords(_ o: Operation) {
    let i = o.instruction
    let isSigned = o.kind == .divw || o.kind == .modsw
    load(.rcx, i.rb, size: 4)
    load(.rax, i.ra, size: 4)
    let done = a.label()
    guardDivisor(o, 4, isSigned: isSigned, done)
    a.emit(isSigned ? CAsmIdiv : CAsmDiv, 4, .rcx)
    switch o.kind {
    case .modsw:
      a.extend(CAsmMovsxd, 8, .rax, from: 4, .rdx)
      set(i.rt, .rax)
    case .moduw:
      a.emit(CAsmMov, 4, .rax, .rdx)
      set(i.rt, .rax)
    default:
      // Quotients are zero-extended, as the host has left RAX.
      finishQuotient(o)
    }
    a.bind(done)
  }

  func divideDoublewords(_ o: Operation) {
    let i = o.instruction
    let isSigned = o.kind == .divd || o.kind == .modsd
    load(.rcx, i.rb)
    load(.rax, i.ra)
    let done = a.label()
    guardDivisor(o, 8, isSigned: isSigned, done)
    a.emit(isSigned ? CAsmIdiv : CAsmDiv, 8, .rcx)
    if o.kind == .modsd || o.kind == .modud {
      set(i.rt, .rdx)
    } else {
      finishQuotient(o)
    }
    a.bind(done)
  }

  /// Lets only divisors pass with which the host's division cannot trap.
  private func guardDivisor(_ o: Operation, _ size: Int32, isSigned: Bool, _ done: HostLabel) {
    let special = quotientCall(o, backTo: done)
    a.emit(CAsmTest, size, .rcx, .rcx)
    a.jump(CAsmJe, special)
    if isSigned {
      a.emit(CAsmCmp, size, .rcx, -1)
      a.jump(CAsmJe, special)
      a.emit(size == 4 ? CAsmCdq : CAsmCqo)
    } else {
      a.emit(CAsmXor, 4, .rdx, .rdx)
    }
  }

  /// RA with as many zeros after it, divided by RB, if the quotient fits.
  func divideExtended(_ o: Operation) {
    let i = o.instruction
    let size: Int32 = o.kind == .divdeu ? 8 : 4
    let done = a.label()
    let slow = quotientCall(o, backTo: done)
    load(.rdx, i.ra)
    load(.rcx, i.rb)
    a.emit(CAsmCmp, size, .rdx, .rcx)
    a.jump(CAsmJae, slow)
    a.emit(CAsmXor, 4, .rax, .rax)
    a.emit(CAsmDiv, size, .rcx)
    finishQuotient(o)
    a.bind(done)
  }

  /// The same with signs, if twice the dividend is less than the divisor, so that the quotient fits.
  func divideExtendedSigned(_ o: Operation) {
    let i = o.instruction
    let size: Int32 = o.kind == .divde ? 8 : 4
    let done = a.label()
    let slow = quotientCall(o, backTo: done)
    func magnitude(_ target: HostRegister, _ register: GPR) {
      load(.rdx, register)
      a.emit(CAsmMov, 8, target, .rdx)
      a.emit(CAsmNeg, size, target)
      a.emit(CAsmCmovs, size, target, .rdx)
    }
    magnitude(.rcx, i.rb)
    a.emit(CAsmShr, size, .rcx, 1)
    magnitude(.rax, i.ra)
    a.emit(CAsmCmp, size, .rax, .rcx)
    a.jump(CAsmJae, slow)
    load(.rcx, i.rb)
    a.emit(CAsmXor, 4, .rax, .rax)
    a.emit(CAsmIdiv, size, .rcx)
    finishQuotient(o)
    a.bind(done)
  }

  /// A label at which the semantics function divides: what overflows sets SO, if OV is asked for.
  private func quotientCall(_ o: Operation, backTo done: HostLabel) -> HostLabel {
    o.writes.contains(.summaryOverflow) ? leavingHelperCall(o) : rareHelperCall(o, backTo: done)
  }

  /// RT from RAX, CR0, and OV and OV32 of a quotient that has not overflowed.
  private func finishQuotient(_ o: Operation) {
    finish(o.instruction, .rax)
    guard o.writes.contains(.overflow) else { return }
    a.emit(CAsmAnd, 4, state(StateOffset.xerWithoutCarries), ~Int64(XER.ov | XER.ov32))
  }
}
