internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Instructions that may set VSCR[SAT].
  static let vectorSaturation: [HostCode] = [
    HostCode(
      [.vaddubs, .vadduhs, .vaddsbs, .vaddshs, .vsububs, .vsubuhs, .vsubsbs, .vsubshs],
      [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.saturate($1) },
    HostCode(
      [.vadduws, .vaddsws, .vsubuws, .vsubsws], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.saturateWords($1) },
    HostCode(
      [.vsum4ubs, .vsum4sbs, .vsum4shs], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.sumWithinWords($1) },
    HostCode(
      [.vpkshus, .vpkshss, .vpkuhus, .vpkswus, .vpkswss, .vpkuwus],
      [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.packSaturated($1) },
  ]
}

// Integers of vectors that stay at the ends of their range, and VSCR[SAT] (Book I 6.8.1, 6.9).
extension RegionEmitter {
  private static let saturating:
    [InstructionID: (saturating: HostOperation, modulo: HostOperation)] = [
      .vaddubs: (HostOperation(CAsmPaddusb, CAsmVpaddusb), .addBytes),
      .vaddsbs: (HostOperation(CAsmPaddsb, CAsmVpaddsb), .addBytes),
      .vadduhs: (HostOperation(CAsmPaddusw, CAsmVpaddusw), .addHalfwords),
      .vaddshs: (HostOperation(CAsmPaddsw, CAsmVpaddsw), .addHalfwords),
      .vsububs: (HostOperation(CAsmPsubusb, CAsmVpsubusb), .subtractBytes),
      .vsubsbs: (HostOperation(CAsmPsubsb, CAsmVpsubsb), .subtractBytes),
      .vsubuhs: (HostOperation(CAsmPsubusw, CAsmVpsubusw), .subtractHalfwords),
      .vsubshs: (HostOperation(CAsmPsubsw, CAsmVpsubsw), .subtractHalfwords),
    ]

  /// Bytes and halfwords: what is not the sum or difference modulo the width has saturated.
  func saturate(_ o: Operation) {
    guard let (saturating, modulo) = Self.saturating[o.kind] else { return }
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    let target = wholeTarget(o.vsr.t)
    apply(modulo, .xmm2, first, second)
    apply(saturating, target, first, second)
    apply(.equalBytes, .xmm2, .xmm2, target)
    setWhole(o.vsr.t, target)
    noteSaturation(unlessOnes: .xmm2)
  }

  func saturateWords(_ o: Operation) {
    let (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    switch o.kind {
    case .vadduws: addUnsigned(o, first, second)
    case .vaddsws: addSigned(o.vsr.t, first, second)
    case .vsubuws:
      let target = wholeTarget(o.vsr.t, .xmm2)
      apply(.maximumWords, .xmm2, first, second)
      apply(.equalWords, .xmm0, .xmm2, first)
      apply(.subtractWords, target, .xmm2, second)
      setWhole(o.vsr.t, target)
      noteSaturation(unlessOnes: .xmm0)
    default:
      // vsubsws: the signs of the operands differ, and the first's is not the difference's.
      apply(.subtractWords, .xmm2, first, second)
      apply(.xor, .xmm1, first, second)
      apply(.xor, .xmm0, first, .xmm2)
      saturateSigned(o.vsr.t)
    }
  }

  /// Saturates at what is left above the second.
  func addUnsigned(_ o: Operation, _ first: HostVector, _ second: HostVector) {
    let target = wholeTarget(o.vsr.t, .xmm2)
    apply(.xor, .xmm2, second, at: constant(~0))
    apply(.minimumWords, .xmm2, .xmm2, first)
    apply(.equalWords, .xmm0, .xmm2, first)
    apply(.addWords, target, .xmm2, second)
    setWhole(o.vsr.t, target)
    noteSaturation(unlessOnes: .xmm0)
  }

  /// Overflows where both signs differ from the sum's. XMM0, XMM1 and XMM2 change.
  func addSigned(_ number: Int, _ first: HostVector, _ second: HostVector) {
    apply(.addWords, .xmm2, first, second)
    apply(.xor, .xmm0, first, .xmm2)
    apply(.xor, .xmm1, second, .xmm2)
    saturateSigned(number)
  }

  /// Finishes with the result modulo 2³² in XMM2, which is wrong where the signs of XMM0 and XMM1 are
  /// both set: then its own sign is too.
  private func saturateSigned(_ number: Int) {
    let target = wholeTarget(number, .xmm2)
    apply(.and, .xmm0, .xmm0, .xmm1)
    shift(.signedWords, .xmm0, .xmm0, 31)
    shift(.signedWords, .xmm1, .xmm2, 31)
    apply(.xor, .xmm1, .xmm1, at: constant(words: 0x8000_0000))
    apply(.xor, .xmm1, .xmm1, .xmm2)
    apply(.and, .xmm1, .xmm1, .xmm0)
    apply(.xor, target, .xmm2, .xmm1)
    setWhole(number, target)
    a.emit(CAsmMovmskps, .rax, .xmm0, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
    noteSaturation()
  }

  /// `vsum4…`: the elements of each of A's words and B's word.
  func sumWithinWords(_ o: Operation) {
    let ones = constant(bytes: 1)
    if o.kind == .vsum4sbs {
      a.emit(CAsmMovaps, .xmm1, at: ones)
      a.emit(CAsmPmaddubsw, .xmm1, whole(o.vsr.a, .xmm0))
      copy(.xmm0, .xmm1)
    } else {
      copy(.xmm0, whole(o.vsr.a, .xmm0))
      if o.kind == .vsum4ubs { a.emit(CAsmPmaddubsw, .xmm0, at: ones) }
    }
    a.emit(CAsmPmaddwd, .xmm0, at: constant(words: 0x0001_0001))
    let second = whole(o.vsr.b, .xmm1)
    if o.kind == .vsum4ubs {
      addUnsigned(o, .xmm0, second)
    } else {
      addSigned(o.vsr.t, .xmm0, second)
    }
  }

  /// Saturates where an element has bits above its half, for signed results after half the range has
  /// been added.
  func packSaturated(_ o: Operation) {
    let isWords = [.vpkswus, .vpkswss, .vpkuwus].contains(o.kind)
    var (first, second) = (whole(o.vsr.a, .xmm0), whole(o.vsr.b, .xmm1))
    let target = wholeTarget(o.vsr.t)
    let high = constant(words: isWords ? 0xFFFF_0000 : 0xFF00_FF00)
    if o.kind == .vpkshss || o.kind == .vpkswss {
      let half = constant(words: isWords ? 0x8000 : 0x0080_0080)
      for vector in [first, second] {
        apply(isWords ? .addWords : .addHalfwords, .xmm2, vector, at: half)
        a.emit(CAsmPtest, .xmm2, at: high)
        noteSaturation()
      }
    } else {
      apply(.or, .xmm2, first, second)
      a.emit(CAsmPtest, .xmm2, at: high)
      noteSaturation()
    }
    if o.kind == .vpkuhus || o.kind == .vpkuwus {
      let limit = constant(words: isWords ? 0xFFFF : 0x00FF_00FF)
      let minimum: HostOperation = isWords ? .minimumWords : .minimumHalfwords
      apply(minimum, .xmm0, first, at: limit)
      apply(minimum, .xmm1, second, at: limit)
      (first, second) = (.xmm0, .xmm1)
    }
    let pack: HostOperation =
      switch o.kind {
      case .vpkshss: .packSignedHalfwords
      case .vpkswss: .packSignedWords
      default: isWords ? .packWords : .packHalfwords
      }
    apply(pack, target, second, first)
    setWhole(o.vsr.t, target)
  }

  private func noteSaturation(unlessOnes mask: HostVector) {
    a.emit(CAsmPmovmskb, .rax, mask, size: 4)
    a.emit(CAsmCmp, 4, .rax, 0xFFFF)
    noteSaturation()
  }

  /// Sets VSCR[SAT] if the host's flags say "not equal".
  func noteSaturation() {
    let (saturated, back) = (a.label(), a.label())
    a.jump(CAsmJne, saturated)
    a.bind(back)
    emitLater { [self] in
      a.bind(saturated)
      a.emit(CAsmOr, 4, state(StateOffset.vscr), 1)
      a.jump(CAsmJmp, back)
    }
  }
}
