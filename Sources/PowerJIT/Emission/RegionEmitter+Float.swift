internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Double-precision arithmetic by the host, with the status deferred.
extension RegionEmitter {
  private struct Form {
    var target: Int
    var first: Int?
    var second: Int?
    var third: Int?
  }

  private func form(_ kind: OperationKind, _ i: Instruction) -> Form {
    let (a, b, c) = (i.fra.number, i.frb.number, i.frc.number)
    switch kind {
    case .fmul: return Form(target: i.frt.number, first: a, third: c)
    case .fsqrt: return Form(target: i.frt.number, second: b)
    case .fmadd, .fmsub, .fnmadd, .fnmsub:
      return Form(target: i.frt.number, first: a, second: b, third: c)
    case .xsadddp, .xssubdp, .xsmuldp, .xsdivdp:
      return Form(target: i.xt.number, first: i.xa.number, second: i.xb.number)
    default: return Form(target: i.frt.number, first: a, second: b)
    }
  }

  func float(_ o: Operation) {
    let form = form(o.kind, o.instruction)
    let done = a.label()
    let slow = rareDetour(o, backTo: done)
    a.emit(CAsmMov, 4, .rax, state(StateOffset.fpscr))
    a.emit(CAsmAnd, 4, .rax, Int64(DeferredStatus.mask))
    a.emit(CAsmCmp, 4, .rax, Int64(DeferredStatus.required))
    a.jump(CAsmJne, slow)
    // Operands in XMM0, XMM1 and XMM2, the result in XMM3.
    let operands: [(Int?, HostVector)] = [
      (form.first, .xmm0), (form.second, .xmm1), (form.third, .xmm2),
    ]
    for (register, vector) in operands {
      if let register { a.emit(CAsmMovq, vector, doubleword0(register), size: 8) }
    }
    compute(o.kind)
    // Anything but a normal number away from the ends of the range is the semantics function's.
    a.emit(CAsmMovq, .rax, .xmm3, size: 8)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmShr, 8, .rcx, 52)
    a.emit(CAsmAnd, 4, .rcx, 0x7FF)
    a.emit(CAsmSub, 4, .rcx, 2)
    a.emit(CAsmCmp, 4, .rcx, 2043)
    a.jump(CAsmJa, slow)
    a.move(.rdx, constant: UInt64(deferred))
    for (index, (register, vector)) in operands.enumerated() where register != nil {
      a.emit(
        CAsmMovq, HostMemory(.rdx, DeferredStatus.operandOffset + 8 * index), vector, size: 8)
    }
    let number = { (register: Int?) in register.map { UInt32($0) } ?? DeferredStatus.none }
    let detour = detours.add(
      Detour(
        handler: o.handler, effectiveAddress: region.address(ofWord: o.word),
        word: o.instruction.rawValue, remainingCount: 0,
        operands: number(form.first) | number(form.second) << 8 | number(form.third) << 16
          | UInt32(form.target) << 24))
    a.move(.rcx, constant: UInt64(detour))
    a.emit(CAsmMov, 8, HostMemory(.rdx, DeferredStatus.operationOffset), .rcx)
    setScalar(form.target, .rax)
    a.bind(done)
  }

  private func compute(_ kind: OperationKind) {
    switch kind {
    case .fadd, .xsadddp: binary(CAsmAddsd, .xmm1)
    case .fsub, .xssubdp: binary(CAsmSubsd, .xmm1)
    case .fmul: binary(CAsmMulsd, .xmm2)
    case .xsmuldp: binary(CAsmMulsd, .xmm1)
    case .fdiv, .xsdivdp: binary(CAsmDivsd, .xmm1)
    case .fsqrt: a.emit(CAsmSqrtsd, .xmm3, .xmm1)
    default:
      a.emit(CAsmMovaps, .xmm3, .xmm1)
      let instruction =
        switch kind {
        case .fmadd: CAsmVfmadd231sd
        case .fmsub: CAsmVfmsub231sd
        case .fnmadd: CAsmVfnmsub231sd
        default: CAsmVfnmadd231sd
        }
      a.emit(instruction, .xmm3, .xmm0, .xmm2)
    }
  }

  private func binary(_ i: CAsmInstruction, _ second: HostVector) {
    a.emit(CAsmMovaps, .xmm3, .xmm0)
    a.emit(i, .xmm3, second)
  }
}
