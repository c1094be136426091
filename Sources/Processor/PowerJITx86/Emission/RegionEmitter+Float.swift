internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Scalar floating-point arithmetic, and rounding.
  static let floats: [HostCode] =
    FloatForm.scalar.map { instruction, form in
      HostCode(
        [instruction], [.isScalar, .setsFloatStatus], needs: { form.isFused ? $0.fma : true },
        emit: { $0.float($1) })
    } + [
      HostCode([.frsp], [.isScalar, .setsFloatStatus]) { $0.round($1) },
      HostCode([.xsrsp], [.isScalar, .setsFloatStatus], needs: { $0.sse41 }) {
        $0.round($1)
      },
      HostCode(
        [.frin, .friz, .frip, .frim, .xsrdpi, .xsrdpic, .xsrdpiz, .xsrdpip, .xsrdpim],
        [.isScalar, .setsFloatStatus], needs: { $0.sse41 }
      ) { $0.roundToIntegral($1) },
      HostCode(
        [.fre, .fres, .frsqrte, .frsqrtes, .xsredp, .xsresp, .xsrsqrtedp, .xsrsqrtesp],
        [.isScalar, .setsFloatStatus]
      ) { $0.estimate($1) },
      HostCode([.xscvdpsp], [.isScalar, .setsFloatStatus], needs: { $0.sse41 }) {
        $0.round($1)
      },
    ]
}

// Scalar floating-point arithmetic by the host (Book I 4.6.6, 7.6), with the status deferred.
extension RegionEmitter {
  /// Operands x, y and z, the result, and where to continue.
  private struct Computation {
    var operands: [HostVector]
    var numbers: [Int]
    var result: HostVector
    var slow: HostLabel
    var done: HostLabel
  }

  func float(_ o: Operation) {
    guard let form = FloatForm.scalar[o.kind] else { return }
    var c = begin(o, form.operands(o.vsr))
    // The target must keep its value for the semantics function if that is an operand.
    if !form.isSingle, !c.numbers.contains(o.vsr.t) { c.result = scalarTarget(o.vsr.t, .xmm3) }
    compute(form.operation, c)
    if form.isSingle {
      roundToSingle(form, c)
    } else {
      a.emit(CAsmMovq, .rax, c.result, size: 8)
      checkExponent(.rax, size: 8, form, c)
    }
    finish(o, c, isSingle: form.isSingle)
  }

  /// The operand itself, rounded to a single: `frsp` makes a double of it, and `xscvdpsp` both words of
  /// doubleword 0.
  func round(_ o: Operation) {
    let c = begin(o, [o.vsr.b])
    a.emit(CAsmMovq, .rax, c.operands[0], size: 8)
    a.emit(CAsmCvtsd2ss, .xmm3, c.operands[0])
    a.emit(CAsmMovd, .rcx, .xmm3, size: 4)
    checkExponent(.rcx, size: 4, nil, c)
    guard o.kind == .xscvdpsp else { return finish(o, c, isSingle: true) }
    deferStatus(of: o, c.numbers)
    a.emit(CAsmPshufd, .xmm3, .xmm3, 0)
    setScalar(o.vsr.t, .xmm3)
    a.bind(c.done)
  }

  /// To an integral value as a double, exactly in every respect but for NaNs.
  func roundToIntegral(_ o: Operation) {
    var c = begin(o, [o.vsr.b])
    if o.vsr.t != o.vsr.b { c.result = scalarTarget(o.vsr.t, .xmm3) }
    a.emit(CAsmUcomisd, c.operands[0], c.operands[0])
    a.jump(CAsmJp, c.slow)
    if o.kind == .frin || o.kind == .xsrdpi {
      roundAway(c.operands[0], .double)
      copy(c.result, .xmm3)
      return finish(o, c, isSingle: false)
    }
    // But for xsrdpic without the host's inexact exception.
    let mode: Int64 =
      switch o.kind {
      case .xsrdpic: 0
      case .frim, .xsrdpim: 8 | 1
      case .frip, .xsrdpip: 8 | 2
      default: 8 | 3
      }
    a.emit(CAsmRoundsd, c.result, c.operands[0], mode)
    finish(o, c, isSingle: false)
  }

  /// What ``roundAway(_:_:)`` works on: doubleword 0, or all elements, with their instructions of the host.
  struct RoundedElements {
    let isSingle: Bool
    let round: CAsmInstruction
    let add: CAsmInstruction
    let subtract: CAsmInstruction
    let compare: CAsmInstruction

    static var double: Self {
      Self(
        isSingle: false, round: CAsmRoundsd, add: CAsmAddsd, subtract: CAsmSubsd,
        compare: CAsmCmpsd)
    }
    static var doubles: Self {
      Self(
        isSingle: false, round: CAsmRoundpd, add: CAsmAddpd, subtract: CAsmSubpd,
        compare: CAsmCmppd)
    }
    static var singles: Self {
      Self(
        isSingle: true, round: CAsmRoundps, add: CAsmAddps, subtract: CAsmSubps,
        compare: CAsmCmpps)
    }
  }

  /// Makes XMM3 the nearest integral values, away from zero if there are two: one more than the truncated
  /// operand if that is at least a half less. Everything is exact, and the sign that of the operand. XMM1 and
  /// XMM2 change.
  func roundAway(_ source: HostVector, _ elements: RoundedElements) {
    let isSingle = elements.isSingle
    let sign = isSingle ? constant(words: 1 << 31) : constant(doublewords: 1 << 63)
    let others = isSingle ? constant(words: .max >> 1) : constant(doublewords: .max >> 1)
    let half =
      isSingle
      ? constant(words: (0.5 as Float).bitPattern) : constant(doublewords: 0.5.bitPattern)
    let one =
      isSingle ? constant(words: (1 as Float).bitPattern) : constant(doublewords: 1.0.bitPattern)
    a.emit(elements.round, .xmm1, source, 8 | 3)
    a.emit(CAsmMovaps, .xmm2, source)
    a.emit(elements.subtract, .xmm2, .xmm1)
    a.emit(CAsmPand, .xmm2, at: others)
    a.emit(CAsmMovaps, .xmm3, at: half)
    a.emit(elements.compare, .xmm3, .xmm2, 2)
    a.emit(CAsmPand, .xmm3, at: one)
    a.emit(CAsmMovaps, .xmm2, source)
    a.emit(CAsmPand, .xmm2, at: sign)
    a.emit(CAsmPor, .xmm3, .xmm2)
    a.emit(elements.add, .xmm3, .xmm1)
    a.emit(CAsmPor, .xmm3, .xmm2)
  }

  /// The reciprocal of the operand, or of its rounded root: estimates are correctly rounded.
  func estimate(_ o: Operation) {
    let c = begin(o, [o.vsr.b])
    var divisor = c.operands[0]
    if [.frsqrte, .frsqrtes, .xsrsqrtedp, .xsrsqrtesp].contains(o.kind) {
      a.emit(CAsmSqrtsd, .xmm1, divisor)
      divisor = .xmm1
    }
    a.emit(CAsmMovaps, .xmm3, at: constant(UInt128(1.0.bitPattern)))
    a.emit(CAsmDivsd, .xmm3, divisor)
    a.emit(CAsmMovq, .rax, .xmm3, size: 8)
    let isSingle = [.fres, .frsqrtes, .xsresp, .xsrsqrtesp].contains(o.kind)
    if isSingle {
      a.emit(CAsmCvtsd2ss, .xmm3, .xmm3)
      a.emit(CAsmMovd, .rcx, .xmm3, size: 4)
      checkExponent(.rcx, size: 4, nil, c)
      // In the middle between two singles: the quotient may not be.
      a.emit(CAsmAnd, 4, .rax, 0x1FFF_FFFF)
      a.emit(CAsmCmp, 4, .rax, 0x1000_0000)
      a.jump(CAsmJe, c.slow)
    } else {
      checkExponent(.rax, size: 8, nil, c)
    }
    finish(o, c, isSingle: isSingle)
  }

  private func begin(_ o: Operation, _ numbers: [Int]) -> Computation {
    requireFloatMode(o)
    // A deferred status is overwritten, here or by the semantics function.
    pending.status = nil
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    var operands: [HostVector] = []
    for (index, number) in numbers.enumerated() {
      if let same = numbers[..<index].firstIndex(of: number) {
        operands.append(operands[same])
      } else {
        operands.append(scalar(number, HostVector(number: Int32(index))))
      }
    }
    return Computation(
      operands: operands, numbers: numbers, result: .xmm3, slow: slow, done: done)
  }

  /// Makes the result the target's value, and its status the deferred one.
  private func finish(_ o: Operation, _ c: Computation, isSingle: Bool) {
    deferStatus(of: o, c.numbers)
    if isSingle { setSingle(o.vsr.t, .xmm3) } else { setScalar(o.vsr.t, c.result) }
    a.bind(c.done)
  }

  private func compute(_ operation: FloatForm.Operation, _ c: Computation) {
    let (x, result) = (c.operands[0], c.result)
    switch operation {
    case .add: apply(HostOperation(CAsmAddsd, CAsmVaddsd), result, x, c.operands[1])
    case .subtract: apply(HostOperation(CAsmSubsd, CAsmVsubsd), result, x, c.operands[1])
    case .multiply: apply(HostOperation(CAsmMulsd, CAsmVmulsd), result, x, c.operands[1])
    case .divide: apply(HostOperation(CAsmDivsd, CAsmVdivsd), result, x, c.operands[1])
    case .squareRoot: apply(HostOperation(CAsmSqrtsd, CAsmVsqrtsd), result, x, x)
    default:
      copy(result, c.operands[2])
      let instruction =
        switch operation {
        case .multiplyAdd: CAsmVfmadd231sd
        case .multiplySubtract: CAsmVfmsub231sd
        case .negativeMultiplyAdd: CAsmVfnmsub231sd
        default: CAsmVfnmadd231sd
        }
      a.emit(instruction, result, x, c.operands[1])
    }
  }

  // MARK: results that the host can be trusted with

  /// Anything but a normal number away from the ends of the range is the semantics function's, but
  /// for exact zeros, and the tiny results of sums, which are exact too.
  /// - Parameters:
  ///   - bits: the result's, as a double or a single; lost.
  ///   - form: nil for a rounding.
  private func checkExponent(
    _ bits: HostRegister, size: Int32, _ form: FloatForm?, _ c: Computation
  ) {
    a.emit(CAsmShr, size, bits, size == 8 ? 52 : 23)
    let range: Int64 = size == 8 ? 0x7FF : 0xFF
    if let form, form.isSum, size == 8 {
      a.emit(CAsmAdd, 4, bits, 1)
      a.emit(CAsmTest, 4, bits, range)
      return a.jump(CAsmJe, c.slow)
    }
    // The two smallest exponents and the two greatest; a carry out of the exponent is no harm.
    a.emit(CAsmAdd, 4, bits, 2)
    a.emit(CAsmTest, 4, bits, range & ~3)
    if form?.isNegated == true { return a.jump(CAsmJe, c.slow) }
    let (special, ok) = (a.label(), a.label())
    a.jump(CAsmJe, special)
    a.bind(ok)
    emitLater { [self] in
      a.bind(special)
      // The result before it was rounded to single.
      if size == 8 { a.emit(CAsmMovq, .rax, c.result, size: 8) }
      a.emit(CAsmAdd, 8, .rax, .rax)
      a.jump(CAsmJne, c.slow)
      acceptZero(form?.operation, c, ok)
    }
  }

  /// A result of zero is exact when an operand makes it so.
  private func acceptZero(
    _ operation: FloatForm.Operation?, _ c: Computation, _ ok: HostLabel
  ) {
    func ifZero(_ index: Int, _ label: HostLabel) {
      a.emit(CAsmMovq, .rax, c.operands[index], size: 8)
      a.emit(CAsmAdd, 8, .rax, .rax)
      a.jump(CAsmJe, label)
    }
    switch operation {
    case nil, .add, .subtract, .squareRoot: a.jump(CAsmJmp, ok)
    case .multiply:
      ifZero(0, ok)
      ifZero(1, ok)
      a.jump(CAsmJmp, c.slow)
    case .divide:
      ifZero(0, ok)
      a.jump(CAsmJmp, c.slow)
    default:
      let sum = a.label()
      ifZero(0, sum)
      ifZero(1, sum)
      a.jump(CAsmJmp, c.slow)
      a.bind(sum)
      ifZero(2, ok)
      a.jump(CAsmJmp, c.slow)
    }
  }

  /// From the double in XMM3 to the single in XMM3. That is what the exact result rounds to unless
  /// the double lies in the middle between two singles without being exact; of operands that are
  /// singles only a fused operation can make that.
  private func roundToSingle(_ form: FloatForm, _ c: Computation) {
    a.emit(CAsmMovq, .rax, .xmm3, size: 8)
    a.emit(CAsmCvtsd2ss, .xmm3, .xmm3)
    a.emit(CAsmMovd, .rcx, .xmm3, size: 4)
    checkExponent(.rcx, size: 4, form, c)
    let unknown = c.numbers.filter { !pending.known.singles.contains(GuestRegister(vsr: $0)) }
    if !form.isFused, unknown.isEmpty { return }
    a.emit(CAsmAnd, 4, .rax, 0x1FFF_FFFF)
    a.emit(CAsmCmp, 4, .rax, 0x1000_0000)
    if form.isFused { return a.jump(CAsmJe, c.slow) }
    let (middle, ok) = (a.label(), a.label())
    a.jump(CAsmJe, middle)
    a.bind(ok)
    emitLater { [self] in
      a.bind(middle)
      for operand in c.operands {
        a.emit(CAsmMovq, .rax, operand, size: 8)
        a.emit(CAsmTest, 4, .rax, 0x1FFF_FFFF)
        a.jump(CAsmJne, c.slow)
      }
      a.jump(CAsmJmp, ok)
    }
  }
}
