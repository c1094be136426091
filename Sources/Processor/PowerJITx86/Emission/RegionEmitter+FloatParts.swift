internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Exponents, significands, data classes and words of floating-point registers, without the FPSCR.
  static let floatParts: [HostCode] = [
    HostCode([.fmrgew, .fmrgow], [.isScalar, .noSideExit]) { $0.mergeFloatWords($1) },
    HostCode([.xsxexpdp, .xsxsigdp], [.isScalar, .noSideExit]) { $0.extractPart($1) },
    HostCode([.xsiexpdp], [.isScalar, .noSideExit]) { $0.insertExponent($1) },
    HostCode(
      [.xvxexpsp, .xvxexpdp, .xviexpsp, .xviexpdp, .xvcvbf16spn], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.elementExponents($1) },
    HostCode([.xvxsigsp, .xvxsigdp], .noSideExit, needs: { $0.sse41 }) {
      $0.elementSignificands($1)
    },
    HostCode([.xvtstdcsp], .noSideExit, needs: { $0.sse41 }) { $0.testClasses($1) },
    HostCode([.xvtstdcdp], .noSideExit, needs: { $0.sse42 }) { $0.testClasses($1) },
    HostCode([.xststdcdp], .isScalar, needs: { $0.sse42 }) { $0.testClass($1) },
    HostCode([.xvtlsbb], .noSideExit, needs: { $0.sse41 }) { $0.testLowBits($1) },
    HostCode([.ftsqrt, .xstsqrtdp], [.isScalar, .noSideExit]) { $0.testRoot($1) },
    HostCode([.ftdiv, .xstdivdp], [.isScalar, .noSideExit]) { $0.testQuotient($1) },
    HostCode([.xvtdivdp, .xvtdivsp, .xvtsqrtdp, .xvtsqrtsp], .sparesXMM3, needs: { $0.sse41 }) {
      $0.testElements($1)
    },
  ]
}

/// The parts of a floating-point format, as numbers of an element's width.
private struct FloatParts {
  let width: Int
  let fractionBits: Int64

  init(isSingle: Bool) { (width, fractionBits) = isSingle ? (32, 23) : (64, 52) }

  var unit: UInt64 { 1 << UInt64(fractionBits) }
  var sign: UInt64 { 1 << UInt64(width - 1) }
  var infinity: UInt64 { sign - unit }

  /// The same number in all elements.
  func everywhere(_ value: UInt64) -> UInt128 {
    let low = width == 32 ? UInt128(value & 0xFFFF_FFFF) * 0x1_0000_0001 : UInt128(value)
    return low << 64 | low
  }
}

// Book I 7.6 and 4.6.5.
extension RegionEmitter {
  /// `fmrgew`, `fmrgow`: the high words of A and B, or the low ones.
  func mergeFloatWords(_ o: Operation) {
    move(.rax, scalar: o.vsr.a)
    move(.rcx, scalar: o.vsr.b)
    if o.kind == .fmrgew {
      a.emit(CAsmShr, 8, .rax, 32)
      a.emit(CAsmShr, 8, .rcx, 32)
    } else {
      a.emit(CAsmMov, 4, .rcx, .rcx)
    }
    a.emit(CAsmShl, 8, .rax, 32)
    a.emit(CAsmOr, 8, .rax, .rcx)
    setScalar(o.vsr.t, .rax)
  }

  /// The exponent, or the significand with the bit that only normal numbers have.
  func extractPart(_ o: Operation) {
    move(.rax, scalar: o.vsr.b)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmShr, 8, .rcx, 52)
    a.emit(CAsmAnd, 4, .rcx, 0x7FF)
    guard o.kind == .xsxsigdp else { return set(o.instruction.rt, .rcx) }
    a.emit(CAsmShl, 8, .rax, 12)
    a.emit(CAsmShr, 8, .rax, 12)
    a.emit(CAsmSub, 4, .rcx, 1)
    a.emit(CAsmCmp, 4, .rcx, 0x7FE)
    a.emit(CAsmSetb, 1, .rcx)
    a.extend(CAsmMovzx, 4, .rcx, from: 1, .rcx)
    a.emit(CAsmShl, 8, .rcx, 52)
    a.emit(CAsmOr, 8, .rax, .rcx)
    set(o.instruction.rt, .rax)
  }

  /// Sign and fraction of RA with the exponent in the low bits of RB.
  func insertExponent(_ o: Operation) {
    load(.rax, o.instruction.ra)
    load(.rcx, o.instruction.rb)
    a.emit(CAsmAnd, 4, .rcx, 0x7FF)
    a.emit(CAsmShl, 8, .rcx, 52)
    a.move(.rdx, constant: ~(0x7FF << 52))
    a.emit(CAsmAnd, 8, .rax, .rdx)
    a.emit(CAsmOr, 8, .rax, .rcx)
    setScalar(o.vsr.t, .rax)
  }

  func elementExponents(_ o: Operation) {
    let r = o.vsr
    let isSingle = o.kind == .xvxexpsp || o.kind == .xviexpsp || o.kind == .xvcvbf16spn
    let parts = FloatParts(isSingle: isSingle)
    let target = wholeTarget(r.t)
    let (left, right): (HostShift, HostShift) =
      isSingle ? (.leftWords, .rightWords) : (.leftDoublewords, .rightDoublewords)
    switch o.kind {
    case .xvcvbf16spn: shift(left, target, whole(r.b, .xmm0), 16)
    case .xvxexpsp, .xvxexpdp:
      shift(left, .xmm0, whole(r.b, .xmm0), 1)
      shift(right, target, .xmm0, parts.fractionBits + 1)
    default:
      let mask = parts.everywhere(parts.infinity)
      shift(left, .xmm1, whole(r.b, .xmm1), parts.fractionBits)
      apply(.and, .xmm1, .xmm1, at: constant(mask))
      apply(.and, .xmm0, whole(r.a, .xmm0), at: constant(~mask))
      apply(.or, target, .xmm0, .xmm1)
    }
    setWhole(r.t, target)
  }

  /// With the bit that only normal numbers have.
  func elementSignificands(_ o: Operation) {
    let isSingle = o.kind == .xvxsigsp
    let parts = FloatParts(isSingle: isSingle)
    let equal = isSingle ? CAsmPcmpeqd : CAsmPcmpeqq
    let source = whole(o.vsr.b, .xmm0)
    let infinity = constant(parts.everywhere(parts.infinity))
    apply(.and, .xmm1, source, at: infinity)
    a.emit(CAsmPxor, .xmm2, .xmm2)
    a.emit(equal, .xmm2, .xmm1)
    a.emit(equal, .xmm1, at: infinity)
    apply(.or, .xmm1, .xmm1, .xmm2)
    apply(.andn, .xmm1, .xmm1, at: constant(parts.everywhere(parts.unit)))
    apply(.and, .xmm0, source, at: constant(parts.everywhere(parts.unit - 1)))
    apply(.or, .xmm0, .xmm0, .xmm1)
    setWhole(o.vsr.t, .xmm0)
  }

  /// All ones for the elements of the classes that DCMX names.
  func testClasses(_ o: Operation) {
    let isSingle = o.kind == .xvtstdcsp
    classify(whole(o.vsr.b, .xmm0), o.instruction.dcmxs, isSingle: isSingle)
    setWhole(o.vsr.t, .xmm2)
    result.maskWidth = isSingle ? 4 : 8
  }

  /// `xststdcdp`: the sign and whether the class is named, for a field of the condition register and FPCC.
  func testClass(_ o: Operation) {
    // What came before still decides about FR, FI and C.
    materializeStatus()
    let field = o.instruction.bf.number
    pending[field] = nil
    let source = scalar(o.vsr.b, .xmm0)
    classify(source, o.instruction.dcmx, isSingle: false)
    a.emit(CAsmMovq, .rcx, source, size: 8)
    a.emit(CAsmShr, 8, .rcx, 63)
    a.emit(CAsmMovd, .rax, .xmm2, size: 4)
    a.emit(CAsmAnd, 4, .rax, 2)
    a.emit(CAsmLea, 4, .rax, HostMemory(.rax, .rcx, shift: 3))
    a.emit(CAsmMov, 1, crFieldToSet(field), .rax)
    a.emit(CAsmMov, 4, state(StateOffset.deferredComparison), .rax)
    a.emit(
      CAsmOr, 4, state(StateOffset.deferredLater), Int64(DeferredFloatStatus.comparesLater))
  }

  /// Makes the elements of XMM2 all ones that are of some classes. XMM1 and XMM3 change.
  private func classify(_ source: HostVector, _ classes: UInt64, isSingle: Bool) {
    let parts = FloatParts(isSingle: isSingle)
    let (equal, greater) = isSingle ? (CAsmPcmpeqd, CAsmPcmpgtd) : (CAsmPcmpeqq, CAsmPcmpgtq)
    let subtract: HostOperation = isSingle ? .subtractWords : .subtractDoublewords
    func number(_ value: UInt64) -> HostLabel { constant(parts.everywhere(value)) }
    a.emit(CAsmPxor, .xmm2, .xmm2)
    func add() { apply(.or, .xmm2, .xmm2, .xmm1) }
    if classes & 0x40 != 0 {
      apply(.and, .xmm1, source, at: number(parts.sign - 1))
      a.emit(greater, .xmm1, at: number(parts.infinity))
      add()
    }
    // Of positive numbers, and of the negatives of negative ones: infinity, zero, denormal.
    for (first, isNegative) in [(UInt64(0x20), false), (0x10, true)] {
      let wanted = (classes & first, classes & first >> 2, classes & first >> 4)
      guard wanted != (0, 0, 0) else { continue }
      var value = source
      if isNegative {
        apply(.xor, .xmm3, source, at: number(parts.sign))
        value = .xmm3
      }
      if wanted.0 != 0 {
        a.emit(CAsmMovaps, .xmm1, at: number(parts.infinity))
        a.emit(equal, .xmm1, value)
        add()
      }
      if wanted.1 != 0 {
        a.emit(CAsmPxor, .xmm1, .xmm1)
        a.emit(equal, .xmm1, value)
        add()
      }
      if wanted.2 != 0 {
        // The smallest integer less the value is great for what is between zero and the unit.
        a.emit(CAsmMovaps, .xmm1, at: number(parts.sign))
        apply(subtract, .xmm1, .xmm1, value)
        a.emit(greater, .xmm1, at: number(parts.sign - parts.unit))
        add()
      }
    }
  }

  /// `xvtlsbb`: whether the last bits of all bytes are ones, or all zeros.
  func testLowBits(_ o: Operation) {
    let field = o.instruction.bf.number
    pending[field] = nil
    shift(.leftHalfwords, .xmm0, whole(o.vsr.b, .xmm0), 7)
    setField(field, signsOf: .xmm0)
  }

  // MARK: tests for software's quotients and roots

  /// FG: zero, infinite or denormal. FE: what is no positive number well above those.
  func testRoot(_ o: Operation) {
    let field = o.instruction.bf.number
    pending[field] = nil
    move(.rax, scalar: o.vsr.b)
    a.emit(CAsmMov, 8, .rdx, .rax)
    a.emit(CAsmShr, 8, .rdx, 52)
    a.emit(CAsmSub, 4, .rdx, 54)
    a.emit(CAsmCmp, 4, .rdx, 0x7FE - 54)
    a.emit(CAsmSeta, 1, .rdx)
    testSpecial()
    setTest(field)
  }

  /// Makes CL 1 if the double in RAX is zero, denormal or infinite, and 0 otherwise; RAX changes.
  private func testSpecial() {
    a.emit(CAsmAdd, 8, .rax, .rax)
    a.move(.rcx, constant: 0x7FF << 53)
    a.emit(CAsmCmp, 8, .rax, .rcx)
    a.emit(CAsmSete, 1, .rcx)
    a.emit(CAsmShr, 8, .rax, 53)
    a.emit(CAsmSete, 1, .rax)
    a.emit(CAsmOr, 1, .rcx, .rax)
  }

  /// 1, FG in CL and FE in DL.
  private func setTest(_ field: Int) {
    a.emit(CAsmAdd, 1, .rcx, .rcx)
    a.emit(CAsmOr, 1, .rcx, .rdx)
    a.emit(CAsmAdd, 1, .rcx, .rcx)
    a.emit(CAsmOr, 1, .rcx, 8)
    a.emit(CAsmMov, 1, crFieldToSet(field), .rcx)
  }

  /// FG: A is infinite, or B as for a root. FE: also a NaN, an exponent of B near the ends of the range, and
  /// for A that is not zero a small exponent, and exponents far from each other.
  func testQuotient(_ o: Operation) {
    let field = o.instruction.bf.number
    pending[field] = nil
    // RAX and RCX have the exponents of A, which is without a sign in RDX, and of B.
    move(.rcx, scalar: o.vsr.b)
    move(.rdx, scalar: o.vsr.a)
    a.emit(CAsmShr, 8, .rcx, 52)
    a.emit(CAsmAnd, 4, .rcx, 0x7FF)
    a.emit(CAsmAdd, 8, .rdx, .rdx)
    a.emit(CAsmMov, 8, .rax, .rdx)
    a.emit(CAsmShr, 8, .rax, 53)
    let (enabled, plain, known) = (a.label(), a.label(), a.label())
    a.emit(CAsmCmp, 4, .rax, 0x7FF)
    a.jump(CAsmJe, enabled)
    // B's exponent is from 2 to 2043.
    a.emit(CAsmSub, 4, .rcx, 2)
    a.emit(CAsmCmp, 4, .rcx, 2043 - 2)
    a.jump(CAsmJa, enabled)
    a.emit(CAsmTest, 8, .rdx, .rdx)
    a.jump(CAsmJe, plain)
    a.emit(CAsmCmp, 4, .rax, 53)
    a.jump(CAsmJbe, enabled)
    // The difference is from -1020 to 1022.
    a.emit(CAsmSub, 4, .rax, .rcx)
    a.emit(CAsmAdd, 4, .rax, 1020 - 2)
    a.emit(CAsmCmp, 4, .rax, 1022 + 1020)
    a.jump(CAsmJa, enabled)
    a.bind(plain)
    a.emit(CAsmMov, 1, crFieldToSet(field), 8)
    a.jump(CAsmJmp, known)
    a.bind(enabled)
    move(.rax, scalar: o.vsr.b)
    testSpecial()
    a.move(.rax, constant: 0x7FF << 53)
    a.emit(CAsmCmp, 8, .rdx, .rax)
    a.emit(CAsmSete, 1, .rdx)
    a.emit(CAsmOr, 1, .rcx, .rdx)
    a.move(.rdx, constant: 1)
    setTest(field)
    a.bind(known)
  }

  /// `xvtdiv…`, `xvtsqrt…`: finds that nothing is near the ends of the range.
  func testElements(_ o: Operation) {
    let field = o.instruction.bf.number
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    pending[field] = nil
    let isRoot = o.kind == .xvtsqrtdp || o.kind == .xvtsqrtsp
    let isSingle = o.kind == .xvtdivsp || o.kind == .xvtsqrtsp
    // As the word with the exponent has it. A quotient's operands are as far from the ends as from each other.
    let (shift, bias, limit): (UInt32, UInt32, UInt32) =
      isSingle ? (23, 127, 60) : (20, 1023, 400)
    let (lowest, highest) =
      isRoot ? (isSingle ? 25 : 54, 2 * bias) : (bias - limit, bias + limit)
    for (number, scratch) in isRoot
      ? [(o.vsr.b, .xmm0)]
      : [(o.vsr.a, .xmm0), (o.vsr.b, .xmm1)]
        as [(Int, HostVector)]
    {
      let source = whole(number, scratch)
      if isRoot {
        copy(.xmm0, source)
      } else {
        apply(.and, scratch, source, at: constant(words: .max >> 1))
      }
      apply(.greaterWords, .xmm2, scratch, at: constant(words: lowest << shift - 1))
      apply(.subtractWords, scratch, scratch, at: constant(words: (highest + 1) << shift))
      apply(.and, scratch, scratch, .xmm2)
    }
    if !isRoot { apply(.and, .xmm0, .xmm0, .xmm1) }
    // The sign's bit is set in what is within the range.
    a.emit(isSingle ? CAsmMovmskps : CAsmMovmskpd, .rax, .xmm0, size: 4)
    a.emit(CAsmCmp, 4, .rax, isSingle ? 15 : 3)
    a.jump(CAsmJne, slow)
    a.emit(CAsmMov, 1, crFieldToSet(field), 8)
    a.bind(done)
  }
}
