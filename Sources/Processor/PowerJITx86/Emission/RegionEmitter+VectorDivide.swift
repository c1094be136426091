internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Quotients and remainders of elements.
  static let vectorDivisions: [HostCode] = [
    HostCode([.vdivsw, .vdivuw, .vmodsw, .vmoduw], needs: { $0.sse41 }) { $0.divideElements($1) },
    HostCode([.vdivsd, .vdivud, .vmodsd, .vmodud], .sparesXMM3, needs: { $0.sse41 }) {
      $0.divideDoublewordElements($1)
    },
    HostCode([.vdivesw, .vdiveuw], needs: { $0.sse41 }) { $0.divideExtendedWords($1) },
    HostCode([.vdivesd, .vdiveud], .sparesXMM3, needs: { $0.sse41 }) {
      $0.divideExtendedDoublewords($1)
    },
  ]
}

// Book I 6.9.1. Divisors 0, and -1 with which the host's division may trap, are left to the semantics
// function.
extension RegionEmitter {
  /// Divides RAX by RCX, and leaves the result in RAX.
  private func divide(_ kind: InstructionID, _ size: Int32) {
    let isSigned = [.vdivsw, .vmodsw, .vdivsd, .vmodsd, .vdivesw].contains(kind)
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
    eachWord(o, divisors) { divide(o.kind, 4) }
    a.bind(done)
  }

  /// Makes each word of the result what RAX is after code for a word of A in RAX and one of the divisors in RCX.
  /// XMM2 must be zero.
  private func eachWord(_ o: Operation, _ divisors: HostVector, _ body: () -> Void) {
    let dividends = whole(o.vsr.a, .xmm3)
    for lane in (0..<4).reversed() {
      a.emit(CAsmPshufd, .xmm0, dividends, Int64(lane))
      a.emit(CAsmMovd, .rax, .xmm0, size: 4)
      a.emit(CAsmPshufd, .xmm0, divisors, Int64(lane))
      a.emit(CAsmMovd, .rcx, .xmm0, size: 4)
      body()
      a.emit(CAsmMovd, .xmm0, .rax, size: 4)
      a.emit(CAsmPslldq, .xmm2, 4)
      a.emit(CAsmPor, .xmm2, .xmm0)
    }
    setWhole(o.vsr.t, .xmm2)
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

  /// Words with as many zeros after them, whose quotients must be words.
  func divideExtendedWords(_ o: Operation) {
    let isSigned = o.kind == .vdivesw
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let divisors = whole(o.vsr.b, .xmm1)
    a.emit(CAsmPxor, .xmm2, .xmm2)
    eachWord(o, divisors) {
      // Neither 0, nor -1 with which the division may trap.
      if isSigned {
        a.extend(CAsmMovsxd, 8, .rcx, from: 4, .rcx)
        a.emit(CAsmLea, 4, .rdx, HostMemory(.rcx, 1))
        a.emit(CAsmCmp, 4, .rdx, 1)
        a.jump(CAsmJbe, slow)
      } else {
        a.emit(CAsmTest, 4, .rcx, .rcx)
        a.jump(CAsmJe, slow)
      }
      a.emit(CAsmShl, 8, .rax, 32)
      divide(o.kind, 8)
      if isSigned {
        a.extend(CAsmMovsxd, 8, .rdx, from: 4, .rax)
      } else {
        a.emit(CAsmMov, 4, .rdx, .rax)
      }
      a.emit(CAsmCmp, 8, .rdx, .rax)
      a.jump(CAsmJne, slow)
    }
    a.bind(done)
  }

  /// Doublewords with as many zeros after them: dividends whose quotients fit, as that of the unsigned ones
  /// does, or that are less than half the divisors.
  func divideExtendedDoublewords(_ o: Operation) {
    let isSigned = o.kind == .vdivesd
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    eachDoubleword(o) { emitter, _ in
      let a = emitter.a
      if isSigned {
        // The divisor is needed again.
        a.emit(CAsmMovq, .xmm1, .rcx, size: 8)
        a.emit(CAsmMov, 8, .rdx, .rcx)
        a.emit(CAsmNeg, 8, .rcx)
        a.emit(CAsmCmovs, 8, .rcx, .rdx)
        a.emit(CAsmShr, 8, .rcx, 1)
        a.emit(CAsmMov, 8, .rdx, .rax)
        a.emit(CAsmNeg, 8, .rax)
        a.emit(CAsmCmovs, 8, .rax, .rdx)
        a.emit(CAsmCmp, 8, .rax, .rcx)
        a.jump(CAsmJae, slow)
        a.emit(CAsmMovq, .rcx, .xmm1, size: 8)
      } else {
        a.emit(CAsmCmp, 8, .rax, .rcx)
        a.jump(CAsmJae, slow)
        a.emit(CAsmMov, 8, .rdx, .rax)
      }
      a.emit(CAsmXor, 4, .rax, .rax)
      a.emit(isSigned ? CAsmIdiv : CAsmDiv, 8, .rcx)
    }
    a.bind(done)
  }
}
