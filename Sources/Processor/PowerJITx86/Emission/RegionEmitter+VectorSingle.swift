internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// VMX floating point, on the four singles of a vector.
  static let vectorSingles: [HostCode] = [
    HostCode([.vaddfp, .vsubfp], needs: { $0.sse41 }) { $0.addSingles($1) },
    HostCode([.vmaddfp, .vnmsubfp], needs: { $0.sse41 && $0.fma }) { $0.multiplyAddSingles($1) },
    HostCode([.vmaxfp, .vminfp], needs: { $0.sse41 }) { $0.singleExtremum($1) },
    HostCode([.vcmpeqfp, .vcmpgtfp, .vcmpgefp], needs: { $0.sse41 }) { $0.compareSingles($1) },
    HostCode([.vcmpbfp], needs: { $0.sse41 }) { $0.compareBounds($1) },
    HostCode([.vrfin, .vrfiz, .vrfip, .vrfim], needs: { $0.sse41 }) { $0.roundSingles($1) },
    HostCode([.vrefp, .vrsqrtefp], needs: { $0.sse41 }) { $0.estimateSingles($1) },
    HostCode([.vctsxs, .vctuxs], needs: { $0.sse41 }) { $0.singlesToWords($1) },
    HostCode([.vcfsx, .vcfux], needs: { $0.sse41 }) { $0.wordsToSingles($1) },
  ]
}

// Book I 6.10. It rounds to nearest, as the host's control register always says, and does not use the
// FPSCR. The semantics function does what differs from the host: NaNs, and denormal operands and results,
// which VSCR[NJ] makes zeros of.
extension RegionEmitter {
  /// Twice a single without its sign, less 2, is at most this where it is denormal or the smallest
  /// normal number. For a zero it is close to the greatest number.
  private static let denormalLimit: UInt32 = 0x00FF_FFFE

  /// Goes to a label while the host watches for inexact results of the FPSCR's operations: this one would
  /// be noticed too.
  private func rejectWatch(_ slow: HostLabel) {
    a.emit(CAsmCmp, 4, state(StateOffset.inexactWatch), 0)
    a.jump(CAsmJne, slow)
  }

  /// `target = 2 * |source| - 2`, in words.
  private func magnitudes(_ target: HostVector, _ source: HostVector) {
    apply(.addWords, target, source, source)
    apply(.addWords, target, target, at: constant(words: 0xFFFF_FFFE))
  }

  /// Makes XMM0 the least of ``magnitudes(_:_:)`` of some registers. XMM1 changes.
  private func leastMagnitudes(_ numbers: [Int]) {
    for (index, number) in numbers.enumerated() {
      let target = index == 0 ? HostVector.xmm0 : .xmm1
      magnitudes(target, whole(number, target))
      if index > 0 { apply(.minimumWords, .xmm0, .xmm0, .xmm1) }
    }
  }

  /// Goes to a label if an element of XMM0, from ``magnitudes(_:_:)``, is that of a denormal number, or if
  /// an element of the result is a NaN. XMM0 and XMM1 change.
  private func rejectDenormals(_ result: HostVector? = nil, else slow: HostLabel) {
    apply(.minimumWords, .xmm1, .xmm0, at: constant(words: Self.denormalLimit))
    apply(.equalWords, .xmm0, .xmm0, .xmm1)
    if let result {
      a.emit(CAsmMovaps, .xmm1, result)
      a.emit(CAsmCmpps, .xmm1, .xmm1, 3)
      apply(.or, .xmm0, .xmm0, .xmm1)
    }
    a.emit(CAsmPtest, .xmm0, .xmm0)
    a.jump(CAsmJne, slow)
  }

  // MARK: arithmetic

  /// A denormal operand changes no sum from 2⁻¹⁰⁰ on, and no zero.
  func addSingles(_ o: Operation) {
    let r = o.vsr
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    rejectWatch(slow)
    let (first, second) = (whole(r.a, .xmm0), whole(r.b, .xmm1))
    let sum = r.t == r.a || r.t == r.b ? HostVector.xmm2 : wholeTarget(r.t, .xmm2)
    let operation =
      o.kind == .vaddfp
      ? HostOperation(CAsmAddps, CAsmVaddps) : HostOperation(CAsmSubps, CAsmVsubps)
    apply(operation, sum, first, second)
    // Twice the magnitude, less that of 2⁻¹⁰⁰, is at most that of infinity.
    apply(.addWords, .xmm0, sum, sum)
    apply(.addWords, .xmm0, .xmm0, at: constant(words: 0x6500_0000))
    apply(.greaterWords, .xmm0, .xmm0, at: constant(words: 0x6400_0000))
    a.emit(CAsmPtest, .xmm0, .xmm0)
    let (special, ok) = (a.label(), a.label())
    a.jump(CAsmJne, special)
    a.bind(ok)
    setWhole(r.t, sum)
    a.bind(done)
    emitLater { [self] in
      a.bind(special)
      a.emit(CAsmPxor, .xmm1, .xmm1)
      a.emit(CAsmCmpps, .xmm1, sum, 0)
      apply(.andn, .xmm1, .xmm1, .xmm0)
      a.emit(CAsmPtest, .xmm1, .xmm1)
      a.jump(CAsmJne, slow)
      a.jump(CAsmJmp, ok)
    }
  }

  /// A * C + B, and the negative of A * C - B.
  func multiplyAddSingles(_ o: Operation) {
    let r = o.vsr
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    rejectWatch(slow)
    leastMagnitudes([r.a, r.c, r.b])
    copy(.xmm3, whole(r.b, .xmm3))
    let (x, y) = (whole(r.a, .xmm1), whole(r.c, .xmm2))
    a.emit(o.kind == .vmaddfp ? CAsmVfmadd231ps : CAsmVfmsub231ps, .xmm3, x, y)
    magnitudes(.xmm1, .xmm3)
    apply(.minimumWords, .xmm0, .xmm0, .xmm1)
    rejectDenormals(.xmm3, else: slow)
    if o.kind == .vnmsubfp { apply(.xor, .xmm3, .xmm3, at: constant(words: 0x8000_0000)) }
    setWhole(r.t, .xmm3)
    a.bind(done)
  }

  /// What depends on the order of the operands for the host is left to the semantics function.
  func singleExtremum(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let operation = o.kind == .vmaxfp ? CAsmMaxps : CAsmMinps
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(operation, .xmm2, second)
    copy(.xmm1, second)
    a.emit(operation, .xmm1, first)
    apply(.xor, .xmm1, .xmm1, .xmm2)
    a.emit(CAsmPtest, .xmm1, .xmm1)
    a.jump(CAsmJne, slow)
    magnitudes(.xmm0, .xmm2)
    rejectDenormals(.xmm2, else: slow)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  /// The quotient of one and the operand, or its root: estimates are correctly rounded.
  func estimateSingles(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    rejectWatch(slow)
    let source = whole(o.vsr.b, .xmm1)
    magnitudes(.xmm0, source)
    if o.kind == .vrsqrtefp { a.emit(CAsmSqrtps, .xmm1, source) }
    a.emit(CAsmMovaps, .xmm2, at: constant(words: 0x3F80_0000))
    a.emit(CAsmDivps, .xmm2, o.kind == .vrsqrtefp ? .xmm1 : source)
    magnitudes(.xmm1, .xmm2)
    apply(.minimumWords, .xmm0, .xmm0, .xmm1)
    rejectDenormals(.xmm2, else: slow)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  // MARK: comparison

  /// A and B without denormal numbers, which the semantics function compares.
  private func comparedSingles(
    _ o: Operation, _ done: HostLabel
  ) -> (first: HostVector, second: HostVector) {
    let slow = rareHelperCall(o, backTo: done)
    leastMagnitudes([o.vsr.a, o.vsr.b])
    rejectDenormals(else: slow)
    if o.instruction.rc_21 { pending[6] = nil }
    return (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
  }

  func compareSingles(_ o: Operation) {
    let done = a.label()
    let (first, second) = comparedSingles(o, done)
    let (x, y, predicate): (HostVector, HostVector, Int64) =
      switch o.kind {
      case .vcmpeqfp: (first, second, 0)
      // Less, or less or equal, the other way round.
      case .vcmpgtfp: (second, first, 1)
      default: (second, first, 2)
      }
    a.emit(CAsmMovaps, .xmm2, x)
    a.emit(CAsmCmpps, .xmm2, y, predicate)
    setWhole(o.vsr.t, .xmm2)
    if o.instruction.rc_21 { setField(signsOf: .xmm2) }
    a.bind(done)
    result.maskWidth = 4
  }

  /// Bit 0 of an element: not at most B; bit 1: not at least -B.
  func compareBounds(_ o: Operation) {
    let done = a.label()
    let (first, second) = comparedSingles(o, done)
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(CAsmCmpps, .xmm2, second, 6)
    apply(.xor, .xmm1, second, at: constant(words: 0x8000_0000))
    a.emit(CAsmCmpps, .xmm1, first, 6)
    apply(.and, .xmm2, .xmm2, at: constant(words: 0x8000_0000))
    apply(.and, .xmm1, .xmm1, at: constant(words: 0x4000_0000))
    apply(.or, .xmm2, .xmm2, .xmm1)
    setWhole(o.vsr.t, .xmm2)
    if o.instruction.rc_21 {
      a.emit(CAsmXor, 4, .rax, .rax)
      a.emit(CAsmPtest, .xmm2, .xmm2)
      a.emit(CAsmSete, 1, .rax)
      a.emit(CAsmAdd, 4, .rax, .rax)
      a.emit(CAsmMov, 1, crFieldToSet(6), .rax)
    }
    a.bind(done)
  }

  // MARK: rounding and conversion

  /// Exactly, and without the host's inexact exception.
  func roundSingles(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm2)
    magnitudes(.xmm0, source)
    rejectDenormals(else: slow)
    let mode: Int64 =
      switch o.kind {
      case .vrfin: 0
      case .vrfim: 1
      case .vrfip: 2
      default: 3
      }
    let target = wholeTarget(o.vsr.t, .xmm2)
    a.emit(CAsmRoundps, target, source, 8 | mode)
    setWhole(o.vsr.t, target)
    a.bind(done)
  }

  /// A single that is 2 to the power of a number, in all elements.
  private func power(_ exponent: Int64) -> HostLabel {
    constant(words: UInt32(127 + exponent) << 23)
  }

  /// Times 2 to the power of UIM, truncated and saturated. Denormal numbers become zeros anyway.
  func singlesToWords(_ o: Operation) {
    let done = a.label()
    rejectWatch(rareHelperCall(o, backTo: done))
    let source = whole(o.vsr.b, .xmm0)
    // Zeros for NaNs.
    a.emit(CAsmMovaps, .xmm1, source)
    a.emit(CAsmCmpps, .xmm1, .xmm1, 7)
    apply(.and, .xmm0, source, .xmm1)
    let scale = Int64(o.instruction.uim_11)
    if scale > 0 { a.emit(CAsmMulps, .xmm0, at: power(scale)) }
    if o.kind == .vctsxs {
      // Not at least -2³¹, and at least 2³¹: of that the host makes the smallest integer.
      a.emit(CAsmMovaps, .xmm1, at: constant(words: 0xCF00_0000))
      a.emit(CAsmCmpps, .xmm1, .xmm0, 6)
      a.emit(CAsmMovaps, .xmm2, at: power(31))
      a.emit(CAsmCmpps, .xmm2, .xmm0, 2)
      a.emit(CAsmCvttps2dq, .xmm0, .xmm0)
      apply(.xor, .xmm0, .xmm0, .xmm2)
    } else {
      // At most -1, and at least 2³².
      a.emit(CAsmMovaps, .xmm1, at: constant(words: 0xBF80_0000))
      a.emit(CAsmCmpps, .xmm1, .xmm0, 5)
      a.emit(CAsmMaxps, .xmm0, at: constant(0))
      a.emit(CAsmMovaps, .xmm2, at: power(32))
      a.emit(CAsmCmpps, .xmm2, .xmm0, 2)
    }
    apply(.or, .xmm1, .xmm1, .xmm2)
    a.emit(CAsmPtest, .xmm1, .xmm1)
    noteSaturation()
    if o.kind == .vctuxs {
      // What the host cannot convert is 2³¹ and the rest.
      a.emit(CAsmMovaps, .xmm1, .xmm0)
      a.emit(CAsmSubps, .xmm1, at: power(31))
      a.emit(CAsmMaxps, .xmm1, at: constant(0))
      a.emit(CAsmCvttps2dq, .xmm1, .xmm1)
      a.emit(CAsmCvttps2dq, .xmm0, .xmm0)
      apply(.addWords, .xmm0, .xmm0, .xmm1)
      apply(.or, .xmm0, .xmm0, .xmm2)
    }
    setWhole(o.vsr.t, .xmm0)
    a.bind(done)
  }

  /// Divided by 2 to the power of UIM.
  func wordsToSingles(_ o: Operation) {
    let done = a.label()
    rejectWatch(rareHelperCall(o, backTo: done))
    let source = whole(o.vsr.b, .xmm0)
    if o.kind == .vcfsx {
      a.emit(CAsmCvtdq2ps, .xmm0, source)
    } else {
      // Both halves are exact, and their sum is rounded once.
      shift(.rightWords, .xmm1, source, 16)
      a.emit(CAsmCvtdq2ps, .xmm1, .xmm1)
      a.emit(CAsmMulps, .xmm1, at: power(16))
      apply(.and, .xmm0, source, at: constant(words: 0xFFFF))
      a.emit(CAsmCvtdq2ps, .xmm0, .xmm0)
      a.emit(CAsmAddps, .xmm0, .xmm1)
    }
    let scale = Int64(o.instruction.uim_11)
    if scale > 0 { a.emit(CAsmMulps, .xmm0, at: power(-scale)) }
    setWhole(o.vsr.t, .xmm0)
    a.bind(done)
  }
}
