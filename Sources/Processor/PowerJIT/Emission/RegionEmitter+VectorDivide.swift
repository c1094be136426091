internal import CAsmJit
internal import PowerCPU
internal import PowerISA

extension HostCode {
  /// Quotients and remainders of elements.
  static let vectorDivisions: [HostCode] = [
    HostCode([.vdivsw, .vdivuw, .vmodsw, .vmoduw], needs: { $0.sse41 }) { $0.divideElements($1) },
    HostCode([.vdivsd, .vdivud, .vmodsd, .vmodud], .sparesXMM3, needs: { $0.sse41 }) {
      $0.divideDoublewordElements($1)
    },
  ]
}

// Book I 6.9.1. Divisors 0, and -1 with which the host's division may trap, are left to the semantics
// function.
extension RegionEmitter {
  /// Divides RAX by RCX, and leaves the result in RAX.
  private func divide(_ kind: InstructionID, _ size: Int32) {
    let isSigned = [.vdivsw, .vmodsw, .vdivsd, .vmodsd].contains(kind)
    if isSigned {
      a.emit(size == 4 ? CAsmCdq : CAsmCqo)
      a.emit(CAsmIdiv, size, .rcx)
    } else {
      a.emit(CAsmXor, 4, .rdx, .rdx)
      a.emit(CAsmDiv, size, .rcx)
    }
    guard [.vmodsw, .vmoduw, .vmodsd, .vmodud].contains(kind) else { return }
    a.emit(CAsmMov, size, .rax, .rdx)
  }

  func divideElements(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let divisors = whole(o.vsr.b, .xmm1)
    a.emit(CAsmPxor, .xmm2, .xmm2)
    a.emit(CAsmPcmpeqd, .xmm2, divisors)
    if o.kind == .vdivsw || o.kind == .vmodsw {
      apply(.equalWords, .xmm0, divisors, at: constant(~0))
      a.emit(CAsmPor, .xmm2, .xmm0)
    }
    a.emit(CAsmPtest, .xmm2, .xmm2)
    a.jump(CAsmJne, slow)
    let dividends = whole(o.vsr.a, .xmm3)
    for lane in (0..<4).reversed() {
      a.emit(CAsmPshufd, .xmm0, dividends, Int64(lane))
      a.emit(CAsmMovd, .rax, .xmm0, size: 4)
      a.emit(CAsmPshufd, .xmm0, divisors, Int64(lane))
      a.emit(CAsmMovd, .rcx, .xmm0, size: 4)
      divide(o.kind, 4)
      a.emit(CAsmMovd, .xmm0, .rax, size: 4)
      a.emit(CAsmPslldq, .xmm2, 4)
      a.emit(CAsmPor, .xmm2, .xmm0)
    }
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  func divideDoublewordElements(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    for isHigh in [false, true] {
      doubleword(.rcx, of: o.vsr.b, isHigh: isHigh)
      a.emit(CAsmTest, 8, .rcx, .rcx)
      a.jump(CAsmJe, slow)
      guard o.kind == .vdivsd || o.kind == .vmodsd else { continue }
      a.emit(CAsmCmp, 8, .rcx, -1)
      a.jump(CAsmJe, slow)
    }
    eachDoubleword(o) { $0.divide($1.kind, 8) }
    a.bind(done)
  }
}
