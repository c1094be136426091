internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Vectors as numbers of 128 bits, and carries of words.
  static let vectorQuadwords: [HostCode] = [
    HostCode(
      [
        .vadduqm, .vaddcuq, .vaddeuqm, .vaddecuq, .vsubuqm, .vsubcuq, .vsubeuqm, .vsubecuq,
      ], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.addQuadwords($1) },
    HostCode([.vaddcuw, .vsubcuw], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.carriesOfWords($1)
    },
    HostCode(
      [.vcmpequq, .vcmpgtuq, .vcmpgtsq, .vcmpuq, .vcmpsq], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.compareQuadwords($1) },
    HostCode([.vextsd2q], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.extendQuadword($1)
    },
    HostCode([.vsldbi, .vsrdbi], .noSideExit, needs: { $0.sse41 }) { $0.shiftDouble($1) },
  ]
}

// Book I 6.9.1.1, 6.9.1.2, 6.9.3 and 6.8.6. A quadword is in RDX and RAX.
extension RegionEmitter {
  private func quadword(_ number: Int) {
    doubleword(.rax, of: number, isHigh: false)
    doubleword(.rdx, of: number, isHigh: true)
  }

  /// `first` with the low half, and `second` with the high one. XMM0 and RCX change.
  private func combine(_ first: CAsmInstruction, _ second: CAsmInstruction, _ number: Int) {
    doubleword(.rcx, of: number, isHigh: false)
    a.emit(first, 8, .rax, .rcx)
    doubleword(.rcx, of: number, isHigh: true)
    a.emit(second, 8, .rdx, .rcx)
  }

  /// The sum or difference, or its carry: of a difference that there is no borrow.
  func addQuadwords(_ o: Operation) {
    let r = o.vsr
    let subtracts = [.vsubuqm, .vsubcuq, .vsubeuqm, .vsubecuq].contains(o.kind)
    let hasCarry = [.vaddeuqm, .vaddecuq, .vsubeuqm, .vsubecuq].contains(o.kind)
    quadword(r.a)
    if hasCarry {
      doubleword(.rcx, of: r.c, isHigh: false)
      a.emit(CAsmBt, 4, .rcx, 0)
      if subtracts { a.emit(CAsmCmc) }
    }
    if subtracts {
      combine(hasCarry ? CAsmSbb : CAsmSub, CAsmSbb, r.b)
    } else {
      combine(hasCarry ? CAsmAdc : CAsmAdd, CAsmAdc, r.b)
    }
    if [.vadduqm, .vaddeuqm, .vsubuqm, .vsubeuqm].contains(o.kind) {
      join(.xmm0, .rax, .rdx)
    } else {
      a.emit(subtracts ? CAsmSetae : CAsmSetb, 1, .rax)
      a.extend(CAsmMovzx, 4, .rax, from: 1, .rax)
      a.emit(CAsmMovd, .xmm0, .rax, size: 4)
    }
    setWhole(r.t, .xmm0)
  }

  /// 1 where the sum has a carry, or the difference no borrow.
  func carriesOfWords(_ o: Operation) {
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    if o.kind == .vaddcuw {
      // B is greater than what is left above A.
      apply(.xor, .xmm2, first, at: constant(~0))
      apply(.minimumWords, .xmm0, .xmm2, second)
      apply(.equalWords, .xmm0, .xmm0, second)
      apply(.andn, .xmm0, .xmm0, at: constant(words: 1))
    } else {
      apply(.minimumWords, .xmm2, first, second)
      apply(.equalWords, .xmm2, .xmm2, second)
      apply(.and, .xmm0, .xmm2, at: constant(words: 1))
    }
    setWhole(o.vsr.t, .xmm0)
  }

  func compareQuadwords(_ o: Operation) {
    let r = o.vsr
    let isSigned = o.kind == .vcmpgtsq || o.kind == .vcmpsq
    func equal() {
      apply(.xor, .xmm0, vsr: r.a, r.b)
      a.emit(CAsmPtest, .xmm0, .xmm0)
    }
    switch o.kind {
    case .vcmpuq, .vcmpsq:
      let field = o.instruction.bf.number
      pending[field] = nil
      quadword(r.a)
      combine(CAsmCmp, CAsmSbb, r.b)
      a.emit(isSigned ? CAsmSetl : CAsmSetb, 1, .rdx)
      equal()
      a.emit(CAsmSete, 1, .rax)
      // Greater, and more for less, or less for equal.
      a.extend(CAsmMovzx, 4, .rax, from: 1, .rax)
      a.extend(CAsmMovzx, 4, .rdx, from: 1, .rdx)
      a.emit(CAsmAdd, 4, .rdx, .rdx)
      a.emit(CAsmSub, 4, .rdx, .rax)
      a.emit(CAsmLea, 4, .rax, HostMemory(.rdx, .rdx, 4))
      a.emit(CAsmMov, 1, crFieldToSet(field), .rax)
    default:
      if o.kind == .vcmpequq {
        equal()
        a.emit(CAsmSete, 1, .rax)
      } else {
        quadword(r.b)
        combine(CAsmCmp, CAsmSbb, r.a)
        a.emit(isSigned ? CAsmSetl : CAsmSetb, 1, .rax)
      }
      a.extend(CAsmMovzx, 4, .rax, from: 1, .rax)
      a.emit(CAsmNeg, 8, .rax)
      a.emit(CAsmMovq, .xmm0, .rax, size: 8)
      a.emit(CAsmPunpcklqdq, .xmm0, .xmm0)
      setWhole(r.t, .xmm0)
      result.maskWidth = 8
      guard o.instruction.rc_21 else { return }
      pending[6] = nil
      setField(signsOf: .xmm0)
    }
  }

  /// Doubleword 1 with its sign.
  func extendQuadword(_ o: Operation) {
    let source = whole(o.vsr.b, .xmm0)
    shift(.signedWords, .xmm1, source, 31)
    a.emit(CAsmPshufd, .xmm1, .xmm1, 0x55)
    copy(.xmm0, source)
    a.emit(CAsmPunpcklqdq, .xmm0, .xmm1)
    setWhole(o.vsr.t, .xmm0)
  }

  /// `vsldbi`, `vsrdbi`: A and B together by up to seven bits. What enters each doubleword comes from the
  /// one next to it.
  func shiftDouble(_ o: Operation) {
    let r = o.vsr
    let bits = Int64(o.instruction.sh_23)
    let isLeft = o.kind == .vsldbi
    guard bits > 0 else { return setWhole(r.t, whole(isLeft ? r.a : r.b, .xmm0)) }
    let (first, second) = (whole(r.a, .xmm0), whole(r.b, .xmm1))
    // The middle: doubleword 1 of A, and doubleword 0 of B.
    align(.xmm2, first, second, 8)
    let (away, back): (HostShift, HostShift) =
      isLeft
      ? (.leftDoublewords, .rightDoublewords) : (.rightDoublewords, .leftDoublewords)
    shift(back, .xmm2, .xmm2, 64 - bits)
    shift(away, .xmm0, isLeft ? first : second, bits)
    apply(.or, .xmm0, .xmm0, .xmm2)
    setWhole(r.t, .xmm0)
  }
}
