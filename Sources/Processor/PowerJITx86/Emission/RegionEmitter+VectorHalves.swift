internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Half-precision and bfloat16 numbers, and pixels of 16 bits.
  static let vectorHalves: [HostCode] = [
    HostCode([.xvcvhpsp], needs: { $0.sse41 && $0.f16c }) { $0.singlesFromHalves($1) },
    HostCode([.xvcvsphp], needs: { $0.sse41 && $0.f16c }) { $0.halvesFromSingles($1) },
    HostCode([.xscvhpdp], [.isScalar, .setsFloatStatus], needs: { $0.f16c }) {
      $0.doubleFromHalf($1)
    },
    HostCode([.xvcvspbf16], needs: { $0.sse41 }) { $0.bfloat16FromSingles($1) },
    HostCode([.vpkpx], .noSideExit, needs: { $0.sse41 }) { $0.packPixels($1) },
    HostCode([.vupkhpx, .vupklpx], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.unpackPixels($1)
    },
  ]
}

// Book I 7.6 and 6.8.1, 6.8.2. A half is the low halfword of its element.
extension RegionEmitter {
  /// Exactly but for NaNs.
  func singlesFromHalves(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let halves = constant(~0 << 64 | 0x0D0C_0908_0504_0100)
    apply(.shuffle, .xmm0, whole(o.vsr.b, .xmm0), at: halves)
    a.emit(CAsmVcvtph2ps, .xmm1, .xmm0)
    rejectNaNs(.xmm1, .xmm1, isSingle: true, else: slow)
    setWhole(o.vsr.t, .xmm1)
    a.bind(done)
  }

  /// Results that are not normal, and the smallest ones that are, are left to the semantics function, but for
  /// the zeros that were zeros.
  func halvesFromSingles(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm0)
    a.emit(CAsmVcvtps2ph, .xmm2, source, 0)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    a.emit(CAsmPunpcklwd, .xmm2, .xmm1)
    a.emit(CAsmCmpps, .xmm1, source, 0)
    apply(.and, .xmm0, .xmm2, at: constant(words: 0x7FFF))
    a.emit(CAsmMovaps, .xmm3, at: constant(words: 0x7C00))
    a.emit(CAsmPcmpgtd, .xmm3, .xmm0)
    a.emit(CAsmPcmpgtd, .xmm0, at: constant(words: 0x07FF))
    a.emit(CAsmPand, .xmm0, .xmm3)
    a.emit(CAsmPor, .xmm0, .xmm1)
    a.emit(CAsmMovmskps, .rax, .xmm0, size: 4)
    a.emit(CAsmCmp, 4, .rax, 15)
    a.jump(CAsmJne, slow)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  /// `xscvhpdp`: exactly but for NaNs.
  func doubleFromHalf(_ o: Operation) {
    requireFloatMode(o)
    pending.status = nil
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    move(.rax, scalar: o.vsr.b)
    a.extend(CAsmMovzx, 4, .rax, from: 2, .rax)
    a.emit(CAsmMovd, .xmm0, .rax, size: 4)
    a.emit(CAsmVcvtph2ps, .xmm0, .xmm0)
    a.emit(CAsmUcomiss, .xmm0, .xmm0)
    a.jump(CAsmJp, slow)
    deferStatus(of: o, [o.vsr.b])
    setSingle(o.vsr.t, .xmm0)
    a.bind(done)
  }

  /// To nearest, where results are zeros or normal numbers away from the ends of the range. The host does not
  /// notice that a result is inexact.
  func bfloat16FromSingles(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm1)
    markElements(source, isSingle: true, isSum: false)
    apply(.addWords, .xmm2, source, source)
    apply(.equalWords, .xmm2, .xmm2, at: constant(0))
    apply(.andn, .xmm2, .xmm2, .xmm0)
    a.emit(CAsmMovmskps, .rax, .xmm2, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
    a.jump(CAsmJne, slow)
    // XX is set, or nothing is lost.
    let isNoted = a.label()
    a.emit(CAsmBt, 4, state(StateOffset.fpscr), Int64(FPSCR.xx.trailingZeroBitCount))
    a.jump(CAsmJb, isNoted)
    a.emit(CAsmPtest, source, at: constant(words: 0xFFFF))
    a.jump(CAsmJne, slow)
    a.bind(isNoted)
    // Half of the last place, but for one if that is even.
    shift(.rightWords, .xmm2, source, 16)
    apply(.and, .xmm2, .xmm2, at: constant(words: 1))
    apply(.addWords, .xmm2, .xmm2, source)
    apply(.addWords, .xmm2, .xmm2, at: constant(words: 0x7FFF))
    shift(.rightWords, .xmm2, .xmm2, 16)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  // MARK: pixels

  /// 8:8:8:8 to 1:5:5:5, where one bit is the last of the first byte.
  func packPixels(_ o: Operation) {
    /// The pixels of a vector in `target`. XMM2 and XMM3 change.
    func pixels(_ target: HostVector, _ source: HostVector) {
      shift(.rightWords, .xmm2, source, 9)
      apply(.and, .xmm2, .xmm2, at: constant(words: 0xFC00))
      shift(.rightWords, .xmm3, source, 6)
      apply(.and, .xmm3, .xmm3, at: constant(words: 0x03E0))
      apply(.or, .xmm2, .xmm2, .xmm3)
      shift(.rightWords, target, source, 3)
      apply(.and, target, target, at: constant(words: 0x001F))
      apply(.or, target, target, .xmm2)
    }
    pixels(.xmm0, whole(o.vsr.b, .xmm0))
    pixels(.xmm1, whole(o.vsr.a, .xmm1))
    apply(.packWords, .xmm0, .xmm0, .xmm1)
    setWhole(o.vsr.t, .xmm0)
  }

  /// The other way; the one bit is the sign of a byte.
  func unpackPixels(_ o: Operation) {
    var source = whole(o.vsr.b, .xmm0)
    if o.kind == .vupkhpx {
      a.emit(CAsmPshufd, .xmm0, source, 0xEE)
      source = .xmm0
    }
    a.emit(CAsmPmovsxwd, .xmm0, source)
    apply(.and, .xmm2, .xmm0, at: constant(words: 0xFF00_001F))
    shift(.leftWords, .xmm1, .xmm0, 6)
    apply(.and, .xmm1, .xmm1, at: constant(words: 0x001F_0000))
    apply(.or, .xmm2, .xmm2, .xmm1)
    shift(.leftWords, .xmm1, .xmm0, 3)
    apply(.and, .xmm1, .xmm1, at: constant(words: 0x0000_1F00))
    apply(.or, .xmm2, .xmm2, .xmm1)
    setWhole(o.vsr.t, .xmm2)
  }
}
