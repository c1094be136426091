internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Scalar comparisons, conversions, extrema, signs and selection.
  static let floatConversions: [HostCode] = [
    HostCode([.fcmpu, .fcmpo], .isScalar) { $0.compareFloats($1) },
    HostCode([.xscmpudp, .xscmpodp], .isScalar, needs: { $0.sse41 }) { $0.compareFloats($1) },
    HostCode(
      [.xsmaxdp, .xsmindp, .xsmaxcdp, .xsmincdp, .xsmaxjdp, .xsminjdp], .isScalar,
      needs: { $0.sse41 }
    ) { $0.scalarExtremum($1) },
    HostCode([.fcfid, .fcfidu, .fcfids, .fcfidus], [.isScalar, .setsFloatStatus]) {
      $0.fromInteger($1)
    },
    HostCode(
      [.xscvsxddp, .xscvuxddp, .xscvsxdsp, .xscvuxdsp], [.isScalar, .setsFloatStatus],
      needs: { $0.sse41 }
    ) { $0.fromInteger($1) },
    HostCode([.fctidz, .fctiwz, .fctiduz, .fctiwuz], .isScalar) { $0.toInteger($1) },
    HostCode([.fctid, .fctiw, .fctidu, .fctiwu], .isScalar) { $0.roundToInteger($1) },
    HostCode([.xscvdpsxds, .xscvdpsxws, .xscvdpuxds, .xscvdpuxws], .isScalar, needs: { $0.sse41 }) {
      $0.toInteger($1)
    },
    HostCode([.xscvspdp], [.isScalar, .setsFloatStatus], needs: { $0.sse41 }) {
      $0.convertSingle($1)
    },
    HostCode([.xscmpeqdp, .xscmpgtdp, .xscmpgedp], .isScalar, needs: { $0.sse41 }) {
      $0.compareToMask($1)
    },
    HostCode([.xscvdpspn, .xscvspdpn], .isScalar, needs: { $0.sse41 }) { $0.moveSingle($1) },
    HostCode([.fmr, .fneg, .fabs, .fnabs, .fcpsgn], [.isScalar, .noSideExit]) {
      $0.sign($1)
    },
    HostCode(
      [.xsabsdp, .xsnabsdp, .xsnegdp, .xscpsgndp], [.isScalar, .noSideExit],
      needs: { $0.sse41 }
    ) { $0.sign($1) },
    HostCode([.fsel], [.isScalar, .noSideExit]) { $0.selectFloat($1) },
  ]
}

// Floating-point comparison, conversion and selection (Book I 4.6.7 to 4.6.9, 7.6).
extension RegionEmitter {
  /// Numbers are compared here, NaNs by the semantics function.
  func compareFloats(_ o: Operation) {
    // What came before still decides about FR, FI and C.
    materializeStatus()
    let field = o.instruction.bf.number
    pending[field] = nil
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    compareNumbers(o.vsr, else: slow)
    a.move(.rax, constant: 2)
    a.emit(CAsmCmovb, 4, .rax, state(StateOffset.conditions))
    a.emit(CAsmCmova, 4, .rax, state(StateOffset.conditions + 4))
    a.emit(CAsmMov, 1, crFieldToSet(field), .rax)
    a.emit(CAsmMov, 4, state(StateOffset.deferredComparison), .rax)
    a.emit(
      CAsmOr, 4, state(StateOffset.deferredLater), Int64(DeferredFloatStatus.comparesLater))
    a.bind(done)
  }

  /// The host's flags for A and B, which are no NaNs.
  private func compareNumbers(_ r: VectorOperands, else slow: HostLabel) {
    let first = scalar(r.a, .xmm0)
    a.emit(CAsmUcomisd, first, r.a == r.b ? first : scalar(r.b, .xmm1))
    a.jump(CAsmJp, slow)
  }

  /// `xsmax…`, `xsmin…`: NaNs are the semantics function's, and zeros of both signs.
  func scalarExtremum(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let first = scalar(o.vsr.a, .xmm0)
    let second = o.vsr.a == o.vsr.b ? first : scalar(o.vsr.b, .xmm1)
    let isMaximum = [.xsmaxdp, .xsmaxcdp, .xsmaxjdp].contains(o.kind)
    let operation = isMaximum ? CAsmMaxsd : CAsmMinsd
    a.emit(CAsmUcomisd, first, second)
    a.jump(CAsmJp, slow)
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(operation, .xmm2, second)
    if o.kind != .xsmaxcdp, o.kind != .xsmincdp {
      a.emit(CAsmMovaps, .xmm3, second)
      a.emit(operation, .xmm3, first)
      a.emit(CAsmMovq, .rax, .xmm2, size: 8)
      a.emit(CAsmMovq, .rcx, .xmm3, size: 8)
      a.emit(CAsmCmp, 8, .rax, .rcx)
      a.jump(CAsmJne, slow)
    }
    setScalar(o.vsr.t, .xmm2)
    a.bind(done)
  }

  /// `xscmp…dp`: all ones or zeros; NaNs are the semantics function's.
  func compareToMask(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    compareNumbers(o.vsr, else: slow)
    let set =
      switch o.kind {
      case .xscmpeqdp: CAsmSete
      case .xscmpgtdp: CAsmSeta
      default: CAsmSetae
      }
    a.emit(set, 1, .rax)
    a.extend(CAsmMovzx, 4, .rax, from: 1, .rax)
    a.emit(CAsmNeg, 8, .rax)
    setScalar(o.vsr.t, .rax)
    a.bind(done)
  }

  // MARK: integers

  func fromInteger(_ o: Operation) {
    requireFloatMode(o)
    pending.status = nil
    let (isUnsigned, isSingle): (Bool, Bool) =
      switch o.kind {
      case .fcfid, .xscvsxddp: (false, false)
      case .fcfids, .xscvsxdsp: (false, true)
      case .fcfidu, .xscvuxddp: (true, false)
      default: (true, true)
      }
    let done = a.label()
    move(.rax, scalar: o.vsr.b)
    if isUnsigned {
      a.emit(CAsmTest, 8, .rax, .rax)
      a.jump(CAsmJs, rareHelperCall(o, backTo: done))
    }
    a.emit(CAsmPxor, .xmm0, .xmm0)
    a.emit(isSingle ? CAsmCvtsi2ss : CAsmCvtsi2sd, .xmm0, .rax, size: 8)
    deferStatus(of: o, [o.vsr.b])
    if isSingle { setSingle(o.vsr.t, .xmm0) } else { setScalar(o.vsr.t, .xmm0) }
    a.bind(done)
  }

  /// Truncation: FR is zero.
  func toInteger(_ o: Operation) {
    convert(o, CAsmCvttsd2si) { source in
      a.emit(CAsmXor, 4, .rcx, .rcx)
      a.emit(CAsmUcomisd, .xmm1, source)
      a.emit(CAsmSetne, 1, .rcx)
    }
  }

  /// Rounding to nearest: FR says whether it was away from zero.
  func roundToInteger(_ o: Operation) {
    convert(o, CAsmCvtsd2si) { source in
      // The bits of the magnitudes have their order.
      a.emit(CAsmMovq, .rcx, source, size: 8)
      a.emit(CAsmMovq, .rdx, .xmm1, size: 8)
      a.emit(CAsmAdd, 8, .rcx, .rcx)
      a.emit(CAsmAdd, 8, .rdx, .rdx)
      a.emit(CAsmCmp, 8, .rdx, .rcx)
      a.emit(CAsmSetne, 1, .rcx)
      a.emit(CAsmSeta, 1, .rdx)
      a.emit(CAsmAdd, 1, .rdx, .rdx)
      a.emit(CAsmOr, 1, .rcx, .rdx)
      a.extend(CAsmMovzx, 4, .rcx, from: 1, .rcx)
    }
  }

  /// Converts B to an integer; FPRF is what it was.
  /// - Parameter compare: makes RCX ``DeferredFloatStatus/inexact`` from the operand and, in XMM1, the integer
  ///   as a double. RDX may change.
  private func convert(
    _ o: Operation, _ conversion: CAsmInstruction, _ compare: (HostVector) -> Void
  ) {
    requireFloatMode(o)
    materializeStatus()
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = scalar(o.vsr.b, .xmm0)
    rejectRange(o, source, else: slow)
    a.emit(conversion, .rax, source, size: 8)
    // Of the smallest integer the host's answer may mean anything.
    a.emit(CAsmCmp, 8, .rax, 1)
    a.jump(CAsmJo, slow)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    a.emit(CAsmCvtsi2sd, .xmm1, .rax, size: 8)
    compare(source)
    a.emit(CAsmMov, 4, state(StateOffset.deferredInexact), .rcx)
    a.emit(
      CAsmOr, 4, state(StateOffset.deferredLater), Int64(DeferredFloatStatus.convertsLater))
    if o.kind == .xscvdpsxws || o.kind == .xscvdpuxws { doubleWord() }
    setScalar(o.vsr.t, .rax)
    a.bind(done)
  }

  /// Goes to a label for a number out of the range of words, or of unsigned integers, and for a NaN. It is
  /// not converted first: the host would say that it is inexact, and not invalid.
  private func rejectRange(_ o: Operation, _ source: HostVector, else slow: HostLabel) {
    let range: (above: Double?, below: Double)? =
      switch o.kind {
      case .fctiwz, .xscvdpsxws: (-0x1p31 - 1, 0x1p31)
      case .fctiwuz, .xscvdpuxws: (-1, 0x1p32)
      case .fctiduz, .xscvdpuxds: (-1, 0x1p63)
      // A half goes to the even number.
      case .fctiw: (-0x1p31 - 0.5 - 0x1p-21, 0x1p31 - 0.5)
      case .fctiwu: (-0.5 - 0x1p-53, 0x1p32 - 0.5)
      case .fctidu: (-0.5 - 0x1p-53, 0x1p63)
      default: nil
      }
    guard let range else { return }
    a.emit(CAsmMovaps, .xmm1, at: constant(UInt128(range.below.bitPattern)))
    a.emit(CAsmUcomisd, .xmm1, source)
    a.jump(CAsmJbe, slow)
    if let above = range.above {
      a.emit(CAsmMovaps, .xmm1, at: constant(UInt128(above.bitPattern)))
      a.emit(CAsmUcomisd, source, .xmm1)
      a.jump(CAsmJbe, slow)
    }
  }

  /// The low word of RAX in both words.
  private func doubleWord() {
    a.emit(CAsmMov, 4, .rcx, .rax)
    a.emit(CAsmShl, 8, .rax, 32)
    a.emit(CAsmOr, 8, .rax, .rcx)
  }

  /// `xscvspdp`, of word 0: exact but for NaNs.
  func convertSingle(_ o: Operation) {
    requireFloatMode(o)
    pending.status = nil
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    loadWord0(o.vsr.b, else: slow)
    deferStatus(of: o, [o.vsr.b])
    setSingle(o.vsr.t, .xmm0)
    a.bind(done)
  }

  /// The single in word 0, which is no NaN, into XMM0.
  private func loadWord0(_ number: Int, else slow: HostLabel) {
    move(.rax, scalar: number)
    a.emit(CAsmShr, 8, .rax, 32)
    a.emit(CAsmMovd, .xmm0, .rax, size: 4)
    a.emit(CAsmUcomiss, .xmm0, .xmm0)
    a.jump(CAsmJp, slow)
  }

  // MARK: singles, without status

  /// Makes EAX the word of a single in double format; one that is no single, or a signalling NaN,
  /// is left to the semantics function.
  func single(_ number: Int, else slow: HostLabel) {
    let source = scalar(number, .xmm0)
    if pending.known.singles.contains(GuestRegister(vsr: number)) {
      a.emit(CAsmCvtsd2ss, .xmm1, source)
      a.emit(CAsmUcomiss, .xmm1, .xmm1)
      return a.jump(CAsmJp, slow)
    }
    // A normal single or zero: the host would notice that another is inexact.
    let exact = a.label()
    a.emit(CAsmMovq, .rdx, source, size: 8)
    a.emit(CAsmTest, 4, .rdx, 0x1FFF_FFFF)
    a.jump(CAsmJne, slow)
    a.emit(CAsmAdd, 8, .rdx, .rdx)
    a.jump(CAsmJe, exact)
    a.emit(CAsmShr, 8, .rdx, 53)
    a.emit(CAsmSub, 4, .rdx, 897)
    a.emit(CAsmCmp, 4, .rdx, 253)
    a.jump(CAsmJa, slow)
    a.bind(exact)
    a.emit(CAsmCvtsd2ss, .xmm1, source)
  }

  func moveSingle(_ o: Operation) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    if o.kind == .xscvdpspn {
      single(o.vsr.b, else: slow)
      a.emit(CAsmMovd, .rax, .xmm1, size: 4)
      doubleWord()
      setScalar(o.vsr.t, .rax)
    } else {
      // xscvspdpn, of word 0
      loadWord0(o.vsr.b, else: slow)
      setSingle(o.vsr.t, .xmm0)
    }
    a.bind(done)
  }

  // MARK: signs and selection

  func sign(_ o: Operation) {
    let r = o.vsr
    let target = scalarTarget(r.t)
    let sign: UInt128 = 1 << 63
    // B's fraction stays as it is.
    result.isSingle = pending.known.singles.contains(GuestRegister(vsr: r.b))
    switch o.kind {
    case .fmr: return setScalar(r.t, scalar(r.b, target))
    case .fneg, .xsnegdp: apply(.xor, target, scalar(r.b, .xmm0), at: constant(sign))
    case .fabs, .xsabsdp: apply(.and, target, scalar(r.b, .xmm0), at: constant(~sign))
    case .fnabs, .xsnabsdp: apply(.or, target, scalar(r.b, .xmm0), at: constant(sign))
    default:
      // fcpsgn, xscpsgndp
      if r.a == r.b { return setScalar(r.t, scalar(r.b, target)) }
      apply(.and, .xmm0, scalar(r.a, .xmm0), at: constant(sign))
      apply(.and, .xmm1, scalar(r.b, .xmm1), at: constant(~sign))
      apply(.or, target, .xmm0, .xmm1)
    }
    setScalar(r.t, target)
  }

  /// `fsel`: FRC where FRA is not below zero, and no NaN.
  func selectFloat(_ o: Operation) {
    let r = o.vsr
    a.emit(CAsmPxor, .xmm2, .xmm2)
    a.emit(CAsmCmpsd, .xmm2, scalar(r.a, .xmm0), 2)
    apply(.and, .xmm0, .xmm2, scalar(r.c, .xmm0))
    apply(.andn, .xmm1, .xmm2, scalar(r.b, .xmm1))
    let target = scalarTarget(r.t)
    apply(.or, target, .xmm0, .xmm1)
    setScalar(r.t, target)
  }
}
