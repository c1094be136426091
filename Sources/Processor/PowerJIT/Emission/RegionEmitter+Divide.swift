internal import CAsmJit
internal import PowerCPU
internal import PowerISA

extension HostCode {
  /// Book I 3.3.9: divisions.
  static let divisions: [HostCode] = [
    HostCode([.divw, .divwu, .modsw, .moduw]) { $0.divideWords($1) },
    HostCode([.divd, .divdu, .modsd, .modud]) { $0.divideDoublewords($1) },
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
      finish(i, .rax)
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
      finish(i, .rax)
    }
    a.bind(done)
  }

  /// Lets only divisors pass with which the host's division cannot trap.
  private func guardDivisor(_ o: Operation, _ size: Int32, isSigned: Bool, _ done: HostLabel) {
    let special = rareHelperCall(o, backTo: done)
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
}
