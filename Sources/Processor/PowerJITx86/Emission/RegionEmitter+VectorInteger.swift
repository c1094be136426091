internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Integers in the elements of vectors.
  static let vectorIntegers: [HostCode] = [
    HostCode(
      [
        .vcmpequb, .vcmpequh, .vcmpequw, .vcmpequd, .vcmpgtsb, .vcmpgtsh, .vcmpgtsw, .vcmpgtub,
        .vcmpgtuh, .vcmpgtuw, .vcmpneb, .vcmpneh, .vcmpnew, .vcmpnezb, .vcmpnezh, .vcmpnezw,
      ], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.compareIntegers($1) },
    HostCode(
      [.vcmpgtsd, .vcmpgtud], [.noSideExit, .sparesXMM3], needs: { $0.sse41 && $0.sse42 }
    ) { $0.compareIntegers($1) },
    HostCode(
      [.vpkuhum, .vpkuwum, .vpkudum], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.pack($1) },
    HostCode(
      [.vupkhsb, .vupkhsh, .vupkhsw, .vupklsb, .vupklsh, .vupklsw],
      [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.unpack($1) },
    HostCode(
      [
        .vmuleub, .vmuleuh, .vmuleuw, .vmulesb, .vmulesh, .vmulesw, .vmuloub, .vmulouh, .vmulosb,
        .vmulosh,
      ], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.multiplyElements($1) },
    HostCode(
      [.vmladduhm, .vmsumubm, .vmsummbm, .vmsumuhm, .vmsumshm], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.multiplySum($1) },
    HostCode(
      [.vabsdub, .vabsduh, .vabsduw], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.absoluteDifference($1) },
    HostCode(
      [.vmaxsd, .vminsd], [.noSideExit, .sparesXMM3], needs: { $0.sse41 && $0.avx }
    ) { $0.doublewordExtremum($1) },
    HostCode([.vmaxud, .vminud], .noSideExit, needs: { $0.sse41 && $0.avx }) {
      $0.doublewordExtremum($1)
    },
    HostCode(
      [.vnegw, .vnegd, .vextsb2w, .vextsh2w, .vextsb2d, .vextsh2d, .vextsw2d],
      [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.unaryElements($1) },
  ]
}

// Integers as the elements of a vector (Book I 6.9).
extension RegionEmitter {
  // MARK: comparison

  /// Comparisons that give masks, and with Rc CR6.
  func compareIntegers(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    if let comparison = Self.comparisons[o.kind] {
      apply(comparison, target, vsr: o.vsr.a, o.vsr.b)
      result.maskWidth = comparison.maskWidth
    } else {
      compareIntegers(o, target)
    }
    setWhole(o.vsr.t, target)
    guard o.instruction.rc_21 else { return }
    pending[6] = nil
    setField(signsOf: target)
  }

  private static let comparisons: [InstructionID: HostOperation] = [
    .vcmpequb: .equalBytes, .vcmpequh: .equalHalfwords, .vcmpequw: .equalWords,
    .vcmpequd: HostOperation(CAsmPcmpeqq, CAsmVpcmpeqq, commutes: true, maskWidth: 8),
    .vcmpgtsb: .greaterBytes,
    .vcmpgtsh: HostOperation(CAsmPcmpgtw, CAsmVpcmpgtw, maskWidth: 2), .vcmpgtsw: .greaterWords,
    .vcmpgtsd: .greaterDoublewords,
  ]

  /// Those that the host does not have.
  private func compareIntegers(_ o: Operation, _ target: HostVector) {
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    switch o.kind {
    case .vcmpgtud:
      let sign = constant(1 << 127 | 1 << 63)
      apply(.xor, .xmm0, first, at: sign)
      apply(.xor, .xmm1, second, at: sign)
      apply(.greaterDoublewords, target, .xmm0, .xmm1)
      result.maskWidth = HostOperation.greaterDoublewords.maskWidth
    // Greater is what is not at most the second.
    case .vcmpgtub: notEqual(o, .maximumBytes, .equalBytes, first, second)
    case .vcmpgtuh: notEqual(o, .maximumHalfwords, .equalHalfwords, first, second)
    case .vcmpgtuw: notEqual(o, .maximumWords, .equalWords, first, second)
    case .vcmpneb: notEqual(o, nil, .equalBytes, first, second)
    case .vcmpneh: notEqual(o, nil, .equalHalfwords, first, second)
    case .vcmpnew: notEqual(o, nil, .equalWords, first, second)
    case .vcmpnezb: differentOrZero(target, .equalBytes, first, second)
    case .vcmpnezh: differentOrZero(target, .equalHalfwords, first, second)
    default: differentOrZero(target, .equalWords, first, second)
    }
  }

  /// - Parameter maximum: what to compare with the second operand instead of the first.
  private func notEqual(
    _ o: Operation, _ maximum: HostOperation?, _ equal: HostOperation, _ first: HostVector,
    _ second: HostVector
  ) {
    let target = wholeTarget(o.vsr.t)
    result.maskWidth = equal.maskWidth
    if let maximum { apply(maximum, .xmm0, first, second) }
    let first = maximum == nil ? first : .xmm0
    if !o.instruction.rc_21, let inversion = inversion(of: o.vsr.t) {
      done.append(inversion)
      return apply(equal, target, first, second)
    }
    apply(equal, .xmm0, first, second)
    apply(.xor, target, .xmm0, at: constant(~0))
  }

  /// The position in the block of an instruction that inverts a register, which nothing looks at
  /// before.
  private func inversion(of number: Int) -> Int? {
    for (position, o) in zip(following.indices, following) {
      if o.kind == .vnor || o.kind == .xxlnor,
        [o.vsr.t, o.vsr.a, o.vsr.b] == [number, number, number]
      {
        return position
      }
      if !o.keepsDeferredState || o.uses.contains(GuestRegister(vsr: number)) { return nil }
    }
    return nil
  }

  /// Different, or one of them zero.
  private func differentOrZero(
    _ target: HostVector, _ equal: HostOperation, _ first: HostVector, _ second: HostVector
  ) {
    result.maskWidth = equal.maskWidth
    a.emit(CAsmPxor, .xmm2, .xmm2)
    // Zero in the first; in the second alone they are different.
    apply(equal, .xmm2, .xmm2, first)
    apply(equal, .xmm0, first, second)
    apply(.andn, .xmm2, .xmm2, .xmm0)
    apply(.xor, target, .xmm2, at: constant(~0))
  }

  // MARK: packing and unpacking

  func pack(_ o: Operation) {
    let r = o.vsr
    let target = wholeTarget(r.t)
    let isWords = o.kind == .vpkuwum
    let width: Int8 = o.kind == .vpkudum ? 8 : isWords ? 4 : 2
    result.maskWidth = maskWidth(r, halfOf: width)
    if o.kind == .vpkudum {
      // The low words of B's doublewords, then of A's.
      a.emit(CAsmMovaps, .xmm2, whole(r.b, .xmm0))
      a.emit(CAsmShufps, .xmm2, whole(r.a, .xmm1), 0x88)
      copy(target, .xmm2)
    } else if features.avx, maskWidth(r) >= width {
      // All ones are minus one.
      let operation = isWords ? HostOperation.packSignedWords : .packSignedHalfwords
      apply(operation, target, whole(r.b, .xmm1), whole(r.a, .xmm0))
    } else {
      let mask = constant(words: isWords ? 0xFFFF : 0x00FF_00FF)
      apply(.and, .xmm0, whole(r.a, .xmm0), at: mask)
      apply(.and, .xmm1, whole(r.b, .xmm1), at: mask)
      apply(isWords ? .packWords : .packHalfwords, target, .xmm1, .xmm0)
    }
    setWhole(r.t, target)
  }

  func unpack(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    var source = whole(o.vsr.b, .xmm0)
    if [.vupkhsb, .vupkhsh, .vupkhsw].contains(o.kind) {
      a.emit(CAsmPshufd, .xmm0, source, 0xEE)
      source = .xmm0
    }
    let (instruction, width): (CAsmInstruction, Int8) =
      switch o.kind {
      case .vupkhsb, .vupklsb: (CAsmPmovsxbw, 1)
      case .vupkhsh, .vupklsh: (CAsmPmovsxwd, 2)
      default: (CAsmPmovsxdq, 4)
      }
    result.maskWidth = maskWidth(o.vsr, twice: width)
    a.emit(instruction, target, source)
    setWhole(o.vsr.t, target)
  }

  // MARK: multiplication

  /// Even or odd elements, to elements of twice the width.
  func multiplyElements(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    switch o.kind {
    case .vmuleub, .vmuloub, .vmulesb, .vmulosb:
      let isEven = o.kind == .vmuleub || o.kind == .vmulesb
      let isSigned = o.kind == .vmulesb || o.kind == .vmulosb
      bytes(isEven, isSigned, .xmm0, first)
      bytes(isEven, isSigned, .xmm1, second)
      apply(.multiplyHalfwords, target, .xmm0, .xmm1)
    case .vmuleuh, .vmulouh:
      halfwords(o.kind == .vmuleuh, .xmm0, first)
      halfwords(o.kind == .vmuleuh, .xmm1, second)
      apply(.multiplyWords, target, .xmm0, .xmm1)
    case .vmulesh, .vmulosh:
      // The other products are of zeros.
      halfwords(o.kind == .vmulesh, .xmm0, first)
      halfwords(o.kind == .vmulesh, .xmm1, second)
      apply(.multiplyAddHalfwords, target, .xmm0, .xmm1)
    default:
      // vmuleuw, vmulesw
      shift(.rightDoublewords, .xmm0, first, 32)
      shift(.rightDoublewords, .xmm1, second, 32)
      apply(
        o.kind == .vmuleuw
          ? HostOperation(CAsmPmuludq, CAsmVpmuludq) : HostOperation(CAsmPmuldq, CAsmVpmuldq),
        target, .xmm0, .xmm1)
    }
    setWhole(o.vsr.t, target)
  }

  /// The even or odd bytes as halfwords.
  private func bytes(
    _ isEven: Bool, _ isSigned: Bool, _ target: HostVector, _ source: HostVector
  ) {
    switch (isEven, isSigned) {
    case (true, true): shift(.signedHalfwords, target, source, 8)
    case (true, false): shift(.rightHalfwords, target, source, 8)
    case (false, false): apply(.and, target, source, at: constant(words: 0x00FF_00FF))
    case (false, true):
      shift(.leftHalfwords, target, source, 8)
      shift(.signedHalfwords, target, target, 8)
    }
  }

  /// The even or odd halfwords with zeros above.
  private func halfwords(_ isEven: Bool, _ target: HostVector, _ source: HostVector) {
    if isEven {
      shift(.rightWords, target, source, 16)
    } else {
      apply(.and, target, source, at: constant(words: 0xFFFF))
    }
  }

  /// Products, summed within words, plus C.
  func multiplySum(_ o: Operation) {
    let r = o.vsr
    let target = wholeTarget(r.t)
    switch o.kind {
    case .vmladduhm:
      apply(.multiplyHalfwords, .xmm0, vsr: r.a, r.b)
      apply(.addHalfwords, target, .xmm0, vsr: r.c)
      return setWhole(r.t, target)
    case .vmsumshm: apply(.multiplyAddHalfwords, .xmm0, vsr: r.a, r.b)
    case .vmsumuhm:
      halfwords(true, .xmm0, whole(r.a, .xmm0))
      halfwords(true, .xmm1, whole(r.b, .xmm1))
      apply(.multiplyWords, .xmm2, .xmm0, .xmm1)
      halfwords(false, .xmm0, whole(r.a, .xmm0))
      halfwords(false, .xmm1, whole(r.b, .xmm1))
      apply(.multiplyWords, .xmm0, .xmm0, .xmm1)
      apply(.addWords, .xmm0, .xmm0, .xmm2)
    default:
      // vmsumubm, and vmsummbm, of which only A is signed.
      let isSigned = o.kind == .vmsummbm
      bytes(true, isSigned, .xmm0, whole(r.a, .xmm0))
      bytes(true, false, .xmm1, whole(r.b, .xmm1))
      apply(.multiplyAddHalfwords, .xmm2, .xmm0, .xmm1)
      bytes(false, isSigned, .xmm0, whole(r.a, .xmm0))
      bytes(false, false, .xmm1, whole(r.b, .xmm1))
      apply(.multiplyAddHalfwords, .xmm0, .xmm0, .xmm1)
      apply(.addWords, .xmm0, .xmm0, .xmm2)
    }
    apply(.addWords, target, .xmm0, vsr: r.c)
    setWhole(r.t, target)
  }

  /// The greater or less of doublewords, which the host can compare only with their signs.
  func doublewordExtremum(_ o: Operation) {
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    let target = wholeTarget(o.vsr.t, .xmm2)
    let isMaximum = o.kind == .vmaxsd || o.kind == .vmaxud
    if o.kind == .vmaxud || o.kind == .vminud {
      let sign = constant(1 << 127 | 1 << 63)
      a.emit(CAsmMovaps, .xmm2, at: sign)
      a.emit(CAsmVpxor, .xmm3, .xmm2, first)
      a.emit(CAsmVpxor, .xmm2, .xmm2, second)
      a.emit(CAsmVpcmpgtq, .xmm2, .xmm3, .xmm2)
    } else {
      a.emit(CAsmVpcmpgtq, .xmm2, first, second)
    }
    let (greater, less) = isMaximum ? (first, second) : (second, first)
    a.emit(CAsmVblendvpd, target, less, greater, .xmm2)
    setWhole(o.vsr.t, target)
  }

  /// Negation, and extension of signs.
  func unaryElements(_ o: Operation) {
    let source = whole(o.vsr.b, .xmm1)
    let target = wholeTarget(o.vsr.t)
    switch o.kind {
    case .vnegw, .vnegd:
      a.emit(CAsmPxor, .xmm0, .xmm0)
      apply(o.kind == .vnegw ? .subtractWords : .subtractDoublewords, target, .xmm0, source)
    case .vextsb2w, .vextsh2w: extendWords(target, source, o.kind == .vextsb2w ? 24 : 16)
    case .vextsw2d: extendDoublewords(target, source)
    default:
      extendWords(.xmm0, source, o.kind == .vextsb2d ? 24 : 16)
      extendDoublewords(target, .xmm0)
    }
    setWhole(o.vsr.t, target)
  }

  /// The low bits of words, all but a number of them, with their sign.
  private func extendWords(_ target: HostVector, _ source: HostVector, _ bits: Int64) {
    shift(.leftWords, target, source, bits)
    shift(.signedWords, target, target, bits)
  }

  /// The low words of doublewords with their sign.
  private func extendDoublewords(_ target: HostVector, _ source: HostVector) {
    a.emit(CAsmPshufd, .xmm0, source, 0x08)
    a.emit(CAsmPmovsxdq, target, .xmm0)
  }

  /// `vabsdu…`: one of the differences is zero when it saturates.
  func absoluteDifference(_ o: Operation) {
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    let target = wholeTarget(o.vsr.t)
    if o.kind == .vabsduw {
      apply(.maximumWords, .xmm2, first, second)
      apply(.minimumWords, .xmm0, first, second)
      apply(.subtractWords, target, .xmm2, .xmm0)
    } else {
      let subtract =
        o.kind == .vabsdub
        ? HostOperation(CAsmPsubusb, CAsmVpsubusb) : HostOperation(CAsmPsubusw, CAsmVpsubusw)
      apply(subtract, .xmm2, first, second)
      apply(subtract, .xmm0, second, first)
      apply(.or, target, .xmm2, .xmm0)
    }
    setWhole(o.vsr.t, target)
  }
}
