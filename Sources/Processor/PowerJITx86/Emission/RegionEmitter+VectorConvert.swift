internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Conversions of the elements of vectors that the host does element by element, and rounding.
  static let vectorConversions: [HostCode] = [
    HostCode(
      [.xvcvdpsxds, .xvcvdpuxds, .xvcvspsxds, .xvcvspuxds, .xvcvdpuxws], needs: { $0.sse41 }
    ) { $0.toDoublewords($1) },
    HostCode([.xvcvspuxws], needs: { $0.sse41 }) { $0.toUnsignedWords($1) },
    HostCode([.xvcvsxddp, .xvcvuxddp], needs: { $0.sse41 }) { $0.fromDoublewords($1) },
    HostCode([.xvcvsxdsp, .xvcvuxdsp], needs: { $0.sse41 }) { $0.singlesFromDoublewords($1) },
    HostCode([.xvcvdpsp], needs: { $0.sse41 }) { $0.singlesFromDoubles($1) },
    HostCode([.xvrdpi, .xvrspi], needs: { $0.sse41 }) { $0.roundElementsAway($1) },
    HostCode([.xvredp, .xvresp, .xvrsqrtedp, .xvrsqrtesp], needs: { $0.sse41 }) {
      $0.estimateElements($1)
    },
  ]
}

// Book I 7.6. As of all operations on vectors, nothing but exceptions is set, and of those only XX, which is
// set or watched for, is left to the host.
extension RegionEmitter {
  /// Truncation of the doubles, or of singles 0 and 2; a number out of range is not converted, because the
  /// host may say that it is inexact, and not invalid.
  func toDoublewords(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm0)
    if o.kind == .xvcvspsxds || o.kind == .xvcvspuxds {
      a.emit(CAsmPshufd, .xmm0, source, 0x0D)
      a.emit(CAsmCvtps2pd, .xmm0, .xmm0)
    } else {
      copy(.xmm0, source)
    }
    let isWord = o.kind == .xvcvdpuxws
    let isSigned = o.kind == .xvcvdpsxds || o.kind == .xvcvspsxds
    // In range are the numbers above one limit and below another.
    let above = isSigned ? (-0x1p63).nextDown : -1
    let below = isWord ? 0x1p32 : 0x1p63
    a.emit(CAsmMovaps, .xmm1, at: constant(doublewords: above.bitPattern))
    a.emit(CAsmCmppd, .xmm1, .xmm0, 1)
    // Not at most: of a NaN this holds, but not the other.
    a.emit(CAsmMovaps, .xmm2, at: constant(doublewords: below.bitPattern))
    a.emit(CAsmCmppd, .xmm2, .xmm0, 6)
    apply(.and, .xmm1, .xmm1, .xmm2)
    a.emit(CAsmMovmskpd, .rax, .xmm1, size: 4)
    a.emit(CAsmCmp, 4, .rax, 3)
    a.jump(CAsmJne, slow)
    a.emit(CAsmCvttsd2si, .rax, .xmm0, size: 8)
    a.emit(CAsmPshufd, .xmm1, .xmm0, 0xEE)
    a.emit(CAsmCvttsd2si, .rcx, .xmm1, size: 8)
    join(.xmm0, .rax, .rcx)
    if isWord { a.emit(CAsmPshufd, .xmm0, .xmm0, 0xA0) }
    setWhole(o.vsr.t, .xmm0)
    a.bind(done)
  }

  /// Makes a vector of its low and its high doubleword. XMM1 changes.
  func join(_ target: HostVector, _ low: HostRegister, _ high: HostRegister) {
    a.emit(CAsmMovq, target, low, size: 8)
    a.emit(CAsmMovq, .xmm1, high, size: 8)
    a.emit(CAsmPunpcklqdq, target, .xmm1)
  }

  /// `xvcvspuxws`: what is below 2³¹.
  func toUnsignedWords(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm0)
    a.emit(CAsmMovaps, .xmm1, at: constant(words: (-1 as Float).bitPattern))
    a.emit(CAsmCmpps, .xmm1, source, 1)
    // Not at most: of a NaN this holds, but not the other.
    a.emit(CAsmMovaps, .xmm2, at: constant(words: (0x1p31 as Float).bitPattern))
    a.emit(CAsmCmpps, .xmm2, source, 6)
    apply(.and, .xmm1, .xmm1, .xmm2)
    a.emit(CAsmMovmskps, .rax, .xmm1, size: 4)
    a.emit(CAsmCmp, 4, .rax, 15)
    a.jump(CAsmJne, slow)
    a.emit(CAsmCvttps2dq, .xmm0, source)
    setWhole(o.vsr.t, .xmm0)
    a.bind(done)
  }

  /// Each half in the fraction of a great power of two, which is taken away exactly; only their sum is
  /// rounded.
  func fromDoublewords(_ o: Operation) {
    requireFloatMode(o)
    let source = whole(o.vsr.b, .xmm0)
    shift(.rightDoublewords, .xmm1, source, 32)
    apply(.and, .xmm0, source, at: constant(doublewords: 0xFFFF_FFFF))
    apply(.or, .xmm0, .xmm0, at: constant(doublewords: 0x4330_0000_0000_0000))
    if o.kind == .xvcvsxddp {
      // From 2⁸⁴ + 2⁶³ - 2⁶³ on.
      apply(.xor, .xmm1, .xmm1, at: constant(doublewords: 0x4530_0000_8000_0000))
      a.emit(CAsmSubpd, .xmm1, at: constant(doublewords: 0x4530_0000_8010_0000))
    } else {
      apply(.or, .xmm1, .xmm1, at: constant(doublewords: 0x4530_0000_0000_0000))
      a.emit(CAsmSubpd, .xmm1, at: constant(doublewords: 0x4530_0000_0010_0000))
    }
    a.emit(CAsmAddpd, .xmm0, .xmm1)
    setWhole(o.vsr.t, .xmm0)
  }

  /// Each to both words of its doubleword.
  func singlesFromDoublewords(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let source = whole(o.vsr.b, .xmm0)
    if o.kind == .xvcvuxdsp {
      a.emit(CAsmMovmskpd, .rax, source, size: 4)
      a.emit(CAsmTest, 4, .rax, .rax)
      a.jump(CAsmJne, rareHelperCall(o, backTo: done))
    }
    a.emit(CAsmMovq, .rax, source, size: 8)
    a.emit(CAsmPshufd, .xmm1, source, 0xEE)
    a.emit(CAsmMovq, .rcx, .xmm1, size: 8)
    a.emit(CAsmPxor, .xmm0, .xmm0)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    a.emit(CAsmCvtsi2ss, .xmm0, .rax, size: 8)
    a.emit(CAsmCvtsi2ss, .xmm1, .rcx, size: 8)
    a.emit(CAsmPunpcklqdq, .xmm0, .xmm1)
    a.emit(CAsmPshufd, .xmm0, .xmm0, 0xA0)
    setWhole(o.vsr.t, .xmm0)
    a.bind(done)
  }

  /// Each to both words of its doubleword. Results that are not normal are left to the semantics function,
  /// but for the zeros that were zeros.
  func singlesFromDoubles(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm0)
    a.emit(CAsmCvtpd2ps, .xmm2, source)
    a.emit(CAsmPshufd, .xmm2, .xmm2, 0x50)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    a.emit(CAsmCmppd, .xmm1, source, 0)
    rejectSpecial(.xmm2, unless: .xmm1, isSingle: true, else: slow)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  /// Goes to a label if an element is not a normal number away from the ends of the range, and is not
  /// excepted by a mask in XMM1. XMM0 and XMM1 change.
  private func rejectSpecial(
    _ vector: HostVector, unless mask: HostVector, isSingle: Bool, else slow: HostLabel
  ) {
    // The word that has the exponent, twice, less that of the smallest numbers.
    let (offset, limit): (UInt32, UInt32) =
      isSingle ? (0x7E00_0000, 0x7BFF_FFFF) : (0x7FC0_0000, 0x7F7F_FFFF)
    apply(.addWords, .xmm0, vector, vector)
    apply(.addWords, .xmm0, .xmm0, at: constant(words: offset))
    apply(.greaterWords, .xmm0, .xmm0, at: constant(words: limit))
    apply(.andn, .xmm1, mask, .xmm0)
    a.emit(isSingle ? CAsmMovmskps : CAsmMovmskpd, .rax, .xmm1, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
    a.jump(CAsmJne, slow)
  }

  // MARK: rounding and estimates

  /// To the nearest integral value, away from zero if there are two.
  func roundElementsAway(_ o: Operation) {
    let isSingle = o.kind == .xvrspi
    let done = a.label()
    let source = whole(o.vsr.b, .xmm0)
    rejectNaNs(source, source, isSingle: isSingle, else: rareHelperCall(o, backTo: done))
    roundAway(source, isSingle ? .singles : .doubles)
    setWhole(o.vsr.t, .xmm3)
    a.bind(done)
  }

  /// The reciprocals of the operands, or of their rounded roots: estimates are correctly rounded.
  func estimateElements(_ o: Operation) {
    let isSingle = o.kind == .xvresp || o.kind == .xvrsqrtesp
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    var divisor = whole(o.vsr.b, .xmm0)
    if o.kind == .xvrsqrtedp || o.kind == .xvrsqrtesp {
      a.emit(isSingle ? CAsmSqrtps : CAsmSqrtpd, .xmm1, divisor)
      divisor = .xmm1
    }
    a.emit(
      CAsmMovaps, .xmm2,
      at: isSingle ? constant(words: 0x3F80_0000) : constant(doublewords: 1.0.bitPattern))
    a.emit(isSingle ? CAsmDivps : CAsmDivpd, .xmm2, divisor)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    rejectSpecial(.xmm2, unless: .xmm1, isSingle: isSingle, else: slow)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }
}
