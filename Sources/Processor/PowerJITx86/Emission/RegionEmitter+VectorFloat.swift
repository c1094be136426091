internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Floating-point instructions on the elements of vectors.
  static let vectorFloats: [HostCode] =
    FloatForm.vector.map { instruction, form in
      HostCode(
        [instruction], needs: { $0.sse41 && (!form.isFused || $0.fma) },
        emit: { $0.vectorFloat($1) })
    } + [
      HostCode([.xvcmpeqsp, .xvcmpgtsp, .xvcmpgesp], needs: { $0.sse41 }) {
        $0.compareElements($1, isSingle: true)
      },
      HostCode([.xvcmpeqdp, .xvcmpgtdp, .xvcmpgedp], needs: { $0.sse41 }) {
        $0.compareElements($1, isSingle: false)
      },
      HostCode([.xvmaxsp, .xvminsp], needs: { $0.sse41 }) { $0.extremum($1, isSingle: true) },
      HostCode([.xvmaxdp, .xvmindp], needs: { $0.sse41 }) { $0.extremum($1, isSingle: false) },
      HostCode([.xvrspic, .xvrspiz, .xvrspip, .xvrspim], needs: { $0.sse41 }) {
        $0.roundElements($1, isSingle: true)
      },
      HostCode([.xvrdpic, .xvrdpiz, .xvrdpip, .xvrdpim], needs: { $0.sse41 }) {
        $0.roundElements($1, isSingle: false)
      },
      HostCode([.xvcvsxwdp, .xvcvuxwdp], .noSideExit, needs: { $0.sse41 }) {
        $0.convertWords($1)
      },
      HostCode([.xvcvsxwsp, .xvcvuxwsp, .xvcvspdp, .xvcvspsxws, .xvcvdpsxws], needs: { $0.sse41 }) {
        $0.convertElements($1)
      },
      HostCode(
        [.xvabssp, .xvnabssp, .xvnegsp, .xvcpsgnsp], .noSideExit, needs: { $0.sse41 }
      ) { $0.elementSigns($1, sign: 0x8000_0000_8000_0000_8000_0000_8000_0000) },
      HostCode(
        [.xvabsdp, .xvnabsdp, .xvnegdp, .xvcpsgndp], .noSideExit, needs: { $0.sse41 }
      ) { $0.elementSigns($1, sign: 1 << 127 | 1 << 63) },
      HostCode(
        [.xsabsqp, .xsnabsqp, .xsnegqp, .xscpsgnqp], .noSideExit, needs: { $0.sse41 }
      ) { $0.elementSigns($1, sign: 1 << 127) },
    ]
}

// Floating-point arithmetic on the elements of a vector (Book I 7.6). It sets nothing but
// exceptions in the FPSCR, and of those only XX, which is set, is left to the host.
extension RegionEmitter {
  func vectorFloat(_ o: Operation) {
    guard let form = FloatForm.vector[o.kind] else { return }
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let numbers = form.operands(o.vsr)
    let operands = numbers.enumerated().map { whole($1, HostVector(number: Int32($0))) }
    let result = numbers.contains(o.vsr.t) ? HostVector.xmm3 : wholeTarget(o.vsr.t, .xmm3)
    compute(form, operands, result)
    let (special, ok) = (a.label(), a.label())
    checkElements(result, form)
    a.jump(CAsmJne, special)
    a.bind(ok)
    setWhole(o.vsr.t, result)
    a.bind(done)
    emitLater { [self] in
      a.bind(special)
      if form.isSum || form.isNegated { return a.jump(CAsmJmp, slow) }
      acceptZeros(form, numbers, result, else: slow)
      a.jump(CAsmJmp, ok)
    }
  }

  private func compute(_ form: FloatForm, _ v: [HostVector], _ result: HostVector) {
    let operation: HostOperation
    switch (form.operation, form.isSingle) {
    case (.add, true): operation = HostOperation(CAsmAddps, CAsmVaddps)
    case (.add, false): operation = HostOperation(CAsmAddpd, CAsmVaddpd)
    case (.subtract, true): operation = HostOperation(CAsmSubps, CAsmVsubps)
    case (.subtract, false): operation = HostOperation(CAsmSubpd, CAsmVsubpd)
    case (.multiply, true): operation = HostOperation(CAsmMulps, CAsmVmulps)
    case (.multiply, false): operation = HostOperation(CAsmMulpd, CAsmVmulpd)
    case (.divide, true): operation = HostOperation(CAsmDivps, CAsmVdivps)
    case (.divide, false): operation = HostOperation(CAsmDivpd, CAsmVdivpd)
    case (.squareRoot, let isSingle):
      return a.emit(isSingle ? CAsmSqrtps : CAsmSqrtpd, result, v[0])
    default:
      copy(result, v[2])
      let instruction =
        switch (form.operation, form.isSingle) {
        case (.multiplyAdd, true): CAsmVfmadd231ps
        case (.multiplyAdd, false): CAsmVfmadd231pd
        case (.multiplySubtract, true): CAsmVfmsub231ps
        case (.multiplySubtract, false): CAsmVfmsub231pd
        case (.negativeMultiplyAdd, true): CAsmVfnmsub231ps
        case (.negativeMultiplyAdd, false): CAsmVfnmsub231pd
        case (_, true): CAsmVfnmadd231ps
        case (_, false): CAsmVfnmadd231pd
        }
      return a.emit(instruction, result, v[0], v[1])
    }
    apply(operation, result, v[0], v[1])
  }

  /// Sets the host's flags to "not equal", and the bits of EAX, for the elements that are not
  /// normal numbers away from the ends of the range, or of a sum not finite. XMM0 changes.
  private func checkElements(_ result: HostVector, _ form: FloatForm) {
    markElements(result, isSingle: form.isSingle, isSum: form.isSum)
    a.emit(form.isSingle ? CAsmMovmskps : CAsmMovmskpd, .rax, .xmm0, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
  }

  /// Sets the signs of those elements in XMM0.
  ///
  /// Without its sign and with something added, the word that has the exponent is a signed
  /// number up to a limit.
  func markElements(_ result: HostVector, isSingle: Bool, isSum: Bool) {
    let (offset, limit): (UInt32, UInt32) =
      switch (isSingle, isSum) {
      case (true, true): (0x8000_0000, 0x7EFF_FFFF)
      case (true, false): (0x7E00_0000, 0x7BFF_FFFF)
      case (false, true): (0x8000_0000, 0x7FDF_FFFF)
      case (false, false): (0x7FC0_0000, 0x7F7F_FFFF)
      }
    apply(.addWords, .xmm0, result, result)
    apply(.addWords, .xmm0, .xmm0, at: constant(words: offset))
    apply(.greaterWords, .xmm0, .xmm0, at: constant(words: limit))
  }

  /// Accepts the elements in EAX whose result is zero because an operand is.
  private func acceptZeros(
    _ form: FloatForm, _ numbers: [Int], _ result: HostVector, else slow: HostLabel
  ) {
    func zeros(_ target: HostRegister, _ vector: HostVector) {
      a.emit(CAsmPxor, .xmm1, .xmm1)
      a.emit(form.isSingle ? CAsmCmpps : CAsmCmppd, .xmm1, vector, 0)
      a.emit(form.isSingle ? CAsmMovmskps : CAsmMovmskpd, target, .xmm1, size: 4)
    }
    func operandZeros(_ target: HostRegister, _ index: Int) {
      zeros(target, whole(numbers[index], .xmm2))
    }
    zeros(.rcx, result)
    a.emit(CAsmNot, 4, .rcx)
    a.emit(CAsmTest, 4, .rcx, .rax)
    a.jump(CAsmJne, slow)
    guard form.operation != .squareRoot else { return }
    operandZeros(.rcx, 0)
    if form.operation != .divide {
      operandZeros(.rdx, 1)
      a.emit(CAsmOr, 4, .rcx, .rdx)
    }
    if form.isFused {
      operandZeros(.rdx, 2)
      a.emit(CAsmAnd, 4, .rcx, .rdx)
    }
    a.emit(CAsmNot, 4, .rcx)
    a.emit(CAsmTest, 4, .rcx, .rax)
    a.jump(CAsmJne, slow)
  }

  // MARK: comparison

  /// `xvcmp…`: numbers are compared here.
  func compareElements(_ o: Operation, isSingle: Bool) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    // With invalid operations enabled the semantics function leaves CR6 as it was.
    if o.instruction.rc_21 { pending[6] = nil }
    let first = whole(o.vsr.a, .xmm0)
    let second = o.vsr.a == o.vsr.b ? first : whole(o.vsr.b, .xmm1)
    let target = wholeTarget(o.vsr.t)
    rejectNaNs(first, second, isSingle: isSingle, else: slow)
    let comparison = isSingle ? CAsmCmpps : CAsmCmppd
    let (x, y, predicate): (HostVector, HostVector, Int64) =
      switch o.kind {
      case .xvcmpeqsp, .xvcmpeqdp: (first, second, 0)
      // Less, or less or equal, the other way round.
      case .xvcmpgtsp, .xvcmpgtdp: (second, first, 1)
      default: (second, first, 2)
      }
    a.emit(CAsmMovaps, .xmm2, x)
    a.emit(comparison, .xmm2, y, predicate)
    copy(target, .xmm2)
    setWhole(o.vsr.t, target)
    if o.instruction.rc_21 { setField(signsOf: target) }
    a.bind(done)
  }

  /// Goes to a label if an element of either vector is a NaN. XMM2 and RAX change.
  func rejectNaNs(
    _ first: HostVector, _ second: HostVector, isSingle: Bool, else slow: HostLabel
  ) {
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(isSingle ? CAsmCmpps : CAsmCmppd, .xmm2, second, 3)
    a.emit(CAsmMovmskps, .rax, .xmm2, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
    a.jump(CAsmJne, slow)
  }

  /// A field of the condition register, usually CR6, from the sign bits of bytes: all true, all false.
  func setField(_ field: Int = 6, signsOf masks: HostVector) {
    a.emit(CAsmPmovmskb, .rax, masks, size: 4)
    a.emit(CAsmXor, 4, .rcx, .rcx)
    a.emit(CAsmXor, 4, .rdx, .rdx)
    a.emit(CAsmCmp, 4, .rax, 0xFFFF)
    a.emit(CAsmSete, 1, .rcx)
    a.emit(CAsmTest, 4, .rax, .rax)
    a.emit(CAsmSete, 1, .rdx)
    a.emit(CAsmShl, 4, .rcx, 3)
    a.emit(CAsmLea, 4, .rcx, HostMemory(.rcx, .rdx, shift: 1))
    a.emit(CAsmMov, 1, crFieldToSet(field), .rcx)
  }

  /// `xvmax…`, `xvmin…`: what depends on the order of the operands for the host, NaNs and zeros
  /// of both signs, is the semantics function's.
  func extremum(_ o: Operation, isSingle: Bool) {
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let first = whole(o.vsr.a, .xmm0)
    let second = whole(o.vsr.b, .xmm1)
    rejectNaNs(first, second, isSingle: isSingle, else: slow)
    let operation =
      switch o.kind {
      case .xvmaxsp: CAsmMaxps
      case .xvmaxdp: CAsmMaxpd
      case .xvminsp: CAsmMinps
      default: CAsmMinpd
      }
    a.emit(CAsmMovaps, .xmm2, first)
    a.emit(operation, .xmm2, second)
    a.emit(CAsmMovaps, .xmm3, second)
    a.emit(operation, .xmm3, first)
    a.emit(CAsmPcmpeqd, .xmm3, .xmm2)
    a.emit(CAsmMovmskps, .rax, .xmm3, size: 4)
    a.emit(CAsmCmp, 4, .rax, 15)
    a.jump(CAsmJne, slow)
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  // MARK: conversion

  /// To integral values; exactly in every respect but for NaNs.
  func roundElements(_ o: Operation, isSingle: Bool) {
    // It rounds as the FPSCR says, which is to nearest.
    if o.kind == .xvrdpic || o.kind == .xvrspic { requireFloatMode(o) }
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm0)
    rejectNaNs(source, source, isSingle: isSingle, else: slow)
    // But for those without the host's inexact exception.
    let mode: Int64 =
      switch o.kind {
      case .xvrdpic, .xvrspic: 0
      case .xvrdpim, .xvrspim: 8 | 1
      case .xvrdpip, .xvrspip: 8 | 2
      default: 8 | 3
      }
    let target = wholeTarget(o.vsr.t)
    a.emit(isSingle ? CAsmRoundps : CAsmRoundpd, target, source, mode)
    setWhole(o.vsr.t, target)
    a.bind(done)
  }

  /// Words 0 and 2 to doubles, exactly.
  func convertWords(_ o: Operation) {
    a.emit(CAsmPshufd, .xmm0, whole(o.vsr.b, .xmm0), 0x0D)
    guard o.kind == .xvcvuxwdp else {
      let target = wholeTarget(o.vsr.t)
      a.emit(CAsmCvtdq2pd, target, .xmm0)
      return setWhole(o.vsr.t, target)
    }
    // In the low bits of 2⁵², which is taken away.
    a.emit(CAsmPmovzxdq, .xmm0, .xmm0)
    let origin = constant(doublewords: 0x4330_0000_0000_0000)
    apply(.or, .xmm0, .xmm0, at: origin)
    let target = wholeTarget(o.vsr.t)
    apply(HostOperation(CAsmSubpd, CAsmVsubpd), target, .xmm0, at: origin)
    setWhole(o.vsr.t, target)
  }

  func convertElements(_ o: Operation) {
    requireFloatMode(o)
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let source = whole(o.vsr.b, .xmm0)
    switch o.kind {
    case .xvcvsxwsp: a.emit(CAsmCvtdq2ps, .xmm2, source)
    case .xvcvuxwsp:
      a.emit(CAsmMovmskps, .rax, source, size: 4)
      a.emit(CAsmTest, 4, .rax, .rax)
      a.jump(CAsmJne, slow)
      a.emit(CAsmCvtdq2ps, .xmm2, source)
    case .xvcvspdp:
      a.emit(CAsmPshufd, .xmm1, source, 0x0D)
      a.emit(CAsmCvtps2pd, .xmm2, .xmm1)
      rejectUnordered(.xmm2, else: slow)
    default: toWords(o, source, else: slow)
    }
    setWhole(o.vsr.t, .xmm2)
    a.bind(done)
  }

  /// Goes to a label if a double is a NaN. XMM1 and RAX change.
  private func rejectUnordered(_ vector: HostVector, else slow: HostLabel) {
    a.emit(CAsmMovaps, .xmm1, vector)
    a.emit(CAsmCmppd, .xmm1, .xmm1, 3)
    a.emit(CAsmMovmskpd, .rax, .xmm1, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
    a.jump(CAsmJne, slow)
  }

  /// Truncation to signed words, in XMM2. The host's answer to what is out of range is the
  /// smallest integer, which may also be right.
  private func toWords(_ o: Operation, _ source: HostVector, else slow: HostLabel) {
    if o.kind == .xvcvspsxws {
      a.emit(CAsmCvttps2dq, .xmm2, source)
    } else {
      // xvcvdpsxws: each word to both words of its doubleword.
      a.emit(CAsmCvttpd2dq, .xmm2, source)
      a.emit(CAsmPshufd, .xmm2, .xmm2, 0x50)
    }
    apply(.equalWords, .xmm1, .xmm2, at: constant(words: 0x8000_0000))
    a.emit(CAsmMovmskps, .rax, .xmm1, size: 4)
    a.emit(CAsmTest, 4, .rax, .rax)
    a.jump(CAsmJne, slow)
  }

  // MARK: signs

  /// - Parameter sign: the signs of all elements.
  func elementSigns(_ o: Operation, sign: UInt128) {
    let rest = ~sign
    let target = wholeTarget(o.vsr.t)
    switch o.kind {
    case .xvabssp, .xvabsdp, .xsabsqp:
      apply(.and, target, whole(o.vsr.b, .xmm0), at: constant(rest))
    case .xvnabssp, .xvnabsdp, .xsnabsqp:
      apply(.or, target, whole(o.vsr.b, .xmm0), at: constant(sign))
    case .xvnegsp, .xvnegdp, .xsnegqp:
      apply(.xor, target, whole(o.vsr.b, .xmm0), at: constant(sign))
    default:
      if o.vsr.a == o.vsr.b { return setWhole(o.vsr.t, whole(o.vsr.a, target)) }
      apply(.and, .xmm0, whole(o.vsr.a, .xmm0), at: constant(sign))
      apply(.and, .xmm1, whole(o.vsr.b, .xmm1), at: constant(rest))
      apply(.or, target, .xmm0, .xmm1)
    }
    setWhole(o.vsr.t, target)
  }
}
