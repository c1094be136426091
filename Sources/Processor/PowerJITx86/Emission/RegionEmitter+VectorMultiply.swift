internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Averages, high halves of products, products of doublewords, and sums that saturate.
  static let vectorProducts: [HostCode] = [
    HostCode(
      [.vavgsb, .vavgsh, .vavguw, .vavgsw], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.average($1) },
    HostCode([.vmulhuw, .vmulhsw], .noSideExit, needs: { $0.sse41 }) { $0.multiplyHighWords($1) },
    HostCode(
      [.vmulhud, .vmulhsd, .vmuleud, .vmuloud, .vmulesd, .vmulosd], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.multiplyToQuadwords($1) },
    HostCode([.vmhaddshs, .vmhraddshs], .noSideExit, needs: { $0.sse41 }) {
      $0.multiplyHighAdd($1)
    },
    HostCode([.vmsumshs, .vmsumuhs], needs: { $0.sse41 }) { $0.multiplySumSaturated($1) },
    HostCode([.vsum2sws, .vsumsws], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.sumAcross($1)
    },
    HostCode([.vpksdss, .vpksdus, .vpkudus], needs: { $0.sse41 }) { $0.packDoublewords($1) },
  ]
}

// Book I 6.9.1 and 6.8.1.
extension RegionEmitter {
  /// Half of the sum, rounded up.
  func average(_ o: Operation) {
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    if o.kind == .vavguw || o.kind == .vavgsw {
      apply(.xor, .xmm2, first, second)
      shift(o.kind == .vavguw ? .rightWords : .signedWords, .xmm2, .xmm2, 1)
      apply(.or, .xmm0, first, second)
      apply(.subtractWords, .xmm0, .xmm0, .xmm2)
    } else {
      // Half the range more, which half of the sum then has too.
      let isBytes = o.kind == .vavgsb
      let half = constant(words: isBytes ? 0x8080_8080 : 0x8000_8000)
      apply(.xor, .xmm0, first, at: half)
      apply(.xor, .xmm1, second, at: half)
      a.emit(isBytes ? CAsmPavgb : CAsmPavgw, .xmm0, .xmm1)
      apply(.xor, .xmm0, .xmm0, at: half)
    }
    setWhole(o.vsr.t, .xmm0)
  }

  func multiplyHighWords(_ o: Operation) {
    let multiply = o.kind == .vmulhuw ? CAsmPmuludq : CAsmPmuldq
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(multiply, .xmm2, second)
    a.emit(CAsmPsrlq, .xmm2, 32)
    shift(.rightDoublewords, .xmm0, first, 32)
    shift(.rightDoublewords, .xmm1, second, 32)
    a.emit(multiply, .xmm0, .xmm1)
    a.emit(CAsmPand, .xmm0, at: constant(0xFFFF_FFFF_0000_0000_FFFF_FFFF_0000_0000))
    a.emit(CAsmPor, .xmm0, .xmm2)
    setWhole(o.vsr.t, .xmm0)
  }

  /// The whole product of two doublewords, or the high halves of both.
  func multiplyToQuadwords(_ o: Operation) {
    let r = o.vsr
    let isSigned = [.vmulhsd, .vmulesd, .vmulosd].contains(o.kind)
    func multiply(isHigh: Bool) {
      doubleword(.rax, of: r.a, isHigh: isHigh)
      doubleword(.rcx, of: r.b, isHigh: isHigh)
      a.emit(isSigned ? CAsmImul : CAsmMul, 8, .rcx)
    }
    if o.kind == .vmulhud || o.kind == .vmulhsd {
      multiply(isHigh: false)
      a.emit(CAsmMovq, .xmm2, .rdx, size: 8)
      multiply(isHigh: true)
      a.emit(CAsmMovq, .xmm1, .rdx, size: 8)
      a.emit(CAsmPunpcklqdq, .xmm2, .xmm1)
    } else {
      multiply(isHigh: o.kind == .vmuleud || o.kind == .vmulesd)
      join(.xmm2, .rax, .rdx)
    }
    setWhole(r.t, .xmm2)
  }

  // MARK: saturation

  /// Products of halfwords, without 15 bits, plus C.
  func multiplyHighAdd(_ o: Operation) {
    let r = o.vsr
    let (first, second) = (whole(r.a, .xmm0), whole(r.b, .xmm1))
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(CAsmPmullw, .xmm2, second)
    a.emit(CAsmMovaps, .xmm3, first)
    a.emit(CAsmPmulhw, .xmm3, second)
    // The products of the right halfwords, and of the left ones.
    a.emit(CAsmMovaps, .xmm0, .xmm2)
    a.emit(CAsmPunpcklwd, .xmm0, .xmm3)
    a.emit(CAsmPunpckhwd, .xmm2, .xmm3)
    for (products, isLeft) in [(HostVector.xmm0, false), (.xmm2, true)] {
      if o.kind == .vmhraddshs { a.emit(CAsmPaddd, products, at: constant(words: 0x4000)) }
      a.emit(CAsmPsrad, products, 15)
      var addend = whole(r.c, .xmm1)
      if isLeft {
        a.emit(CAsmPshufd, .xmm1, addend, 0xEE)
        addend = .xmm1
      }
      a.emit(CAsmPmovsxwd, .xmm1, addend)
      a.emit(CAsmPaddd, products, .xmm1)
      // It saturates where bits are above the low half, after half of the range has been added.
      apply(.addWords, .xmm1, products, at: constant(words: 0x8000))
      a.emit(CAsmPtest, .xmm1, at: constant(words: 0xFFFF_0000))
      noteSaturation()
    }
    a.emit(CAsmPackssdw, .xmm0, .xmm2)
    setWhole(r.t, .xmm0)
  }

  /// The sum of two products in each word, plus C.
  func multiplySumSaturated(_ o: Operation) {
    let r = o.vsr
    let done = a.label()
    if o.kind == .vmsumshs {
      let slow = rareHelperCall(o, backTo: done)
      apply(.multiplyAddHalfwords, .xmm0, vsr: r.a, r.b)
      // What the host makes of 2³¹, the only sum that is no word.
      a.emit(CAsmMovaps, .xmm1, at: constant(words: 0x8000_0000))
      a.emit(CAsmPcmpeqd, .xmm1, .xmm0)
      a.emit(CAsmPtest, .xmm1, .xmm1)
      a.jump(CAsmJne, slow)
      addSigned(o.vsr.t, .xmm0, whole(r.c, .xmm1))
    } else {
      let (first, second) = (whole(r.a, .xmm0), whole(r.b, .xmm1))
      shift(.rightWords, .xmm2, first, 16)
      shift(.rightWords, .xmm3, second, 16)
      a.emit(CAsmPmulld, .xmm2, .xmm3)
      apply(.and, .xmm0, first, at: constant(words: 0xFFFF))
      apply(.and, .xmm1, second, at: constant(words: 0xFFFF))
      a.emit(CAsmPmulld, .xmm0, .xmm1)
      // What one product may be at most, above the other.
      apply(.xor, .xmm1, .xmm0, at: constant(words: ~0))
      apply(.minimumWords, .xmm1, .xmm1, .xmm2)
      a.emit(CAsmPxor, .xmm2, .xmm1)
      a.emit(CAsmPtest, .xmm2, .xmm2)
      noteSaturation()
      a.emit(CAsmPaddd, .xmm0, .xmm1)
      addUnsigned(o, .xmm0, whole(r.c, .xmm1))
    }
    a.bind(done)
  }

  /// The words of A in each doubleword, or in all of it, and the last of them of B, into that word.
  func sumAcross(_ o: Operation) {
    let r = o.vsr
    let first = whole(r.a, .xmm0)
    a.emit(CAsmPshufd, .xmm1, first, 0x0D)
    a.emit(CAsmPmovsxdq, .xmm1, .xmm1)
    a.emit(CAsmPshufd, .xmm2, first, 0x08)
    a.emit(CAsmPmovsxdq, .xmm2, .xmm2)
    a.emit(CAsmPaddq, .xmm2, .xmm1)
    if o.kind == .vsumsws {
      a.emit(CAsmPshufd, .xmm1, .xmm2, 0xEE)
      a.emit(CAsmPaddq, .xmm2, .xmm1)
    }
    a.emit(CAsmPshufd, .xmm1, whole(r.b, .xmm1), 0x08)
    a.emit(CAsmPmovsxdq, .xmm1, .xmm1)
    a.emit(CAsmPaddq, .xmm2, .xmm1)
    a.emit(CAsmMovq, .rax, .xmm2, size: 8)
    saturateToWord()
    a.emit(CAsmMovd, .xmm0, .rax, size: 4)
    if o.kind == .vsum2sws {
      a.emit(CAsmPshufd, .xmm2, .xmm2, 0xEE)
      a.emit(CAsmMovq, .rax, .xmm2, size: 8)
      saturateToWord()
      a.emit(CAsmMovd, .xmm1, .rax, size: 4)
      a.emit(CAsmPunpcklqdq, .xmm0, .xmm1)
    }
    setWhole(r.t, .xmm0)
  }

  /// RAX as a signed word, which may saturate.
  private func saturateToWord() {
    let (saturated, back) = (a.label(), a.label())
    a.extend(CAsmMovsxd, 8, .rcx, from: 4, .rax)
    a.emit(CAsmCmp, 8, .rcx, .rax)
    a.jump(CAsmJne, saturated)
    a.bind(back)
    emitLater { [self] in
      a.bind(saturated)
      a.emit(CAsmSar, 8, .rax, 63)
      a.emit(CAsmXor, 4, .rax, 0x7FFF_FFFF)
      a.emit(CAsmOr, 4, state(StateOffset.vscr), 1)
      a.jump(CAsmJmp, back)
    }
  }

  /// Doublewords that are words; the semantics function saturates the others.
  func packDoublewords(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    // What the high words must be.
    for (index, vector) in [first, second].enumerated() {
      if o.kind == .vpksdss {
        shift(.signedWords, .xmm2, vector, 31)
        a.emit(CAsmPshufd, .xmm2, .xmm2, 0xA0)
        apply(.xor, .xmm2, .xmm2, vector)
      } else if index == 0 {
        apply(.or, .xmm2, first, second)
      } else {
        continue
      }
      a.emit(CAsmPtest, .xmm2, at: constant(0xFFFF_FFFF_0000_0000_FFFF_FFFF_0000_0000))
      a.jump(CAsmJne, slow)
    }
    a.emit(CAsmMovaps, .xmm2, second)
    a.emit(CAsmShufps, .xmm2, first, 0x88)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }
}
