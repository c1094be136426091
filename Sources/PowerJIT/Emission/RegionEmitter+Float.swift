internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Double-precision arithmetic by the host, with the status deferred.
extension RegionEmitter {
  func float(_ o: Operation) {
    let r = o.vsr
    let done = a.label()
    let slow = rareDetour(o, backTo: done)
    a.emit(CAsmMov, 4, .rax, state(StateOffset.fpscr))
    a.emit(CAsmAnd, 4, .rax, Int64(DeferredStatus.mask))
    a.emit(CAsmCmp, 4, .rax, Int64(DeferredStatus.required))
    a.jump(CAsmJne, slow)
    // Operands in XMM0, XMM1 and XMM2, the result in XMM3.
    let operands = [r.a, r.b, r.c].enumerated().filter { $0.element >= 0 }.map { index, number in
      (index, number, scalar(number, HostVector(number: Int32(index))))
    }
    let vectors = operands.map { $0.2 }
    compute(o.kind, vectors)
    // Anything but a normal number away from the ends of the range is the semantics function's.
    a.emit(CAsmMovq, .rax, .xmm3, size: 8)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmShr, 8, .rcx, 52)
    a.emit(CAsmAnd, 4, .rcx, 0x7FF)
    a.emit(CAsmSub, 4, .rcx, 2)
    a.emit(CAsmCmp, 4, .rcx, 2043)
    a.jump(CAsmJa, slow)
    a.move(.rdx, constant: UInt64(deferred))
    for (index, _, vector) in operands {
      a.emit(
        CAsmMovq, HostMemory(.rdx, DeferredStatus.operandOffset + 8 * index), vector, size: 8)
    }
    let number = { (register: Int) in register < 0 ? DeferredStatus.none : UInt32(register) }
    let detour = detours.add(
      Detour(
        handler: o.handler, effectiveAddress: region.address(ofWord: o.word),
        word: o.instruction.rawValue, remainingCount: 0,
        operands: number(r.a) | number(r.b) << 8 | number(r.c) << 16 | UInt32(r.t) << 24))
    a.move(.rcx, constant: UInt64(detour))
    a.emit(CAsmMov, 8, HostMemory(.rdx, DeferredStatus.operationOffset), .rcx)
    setScalar(r.t, .xmm3)
    // The semantics function may withhold the result.
    clearedNow.remove(RegisterSet(GuestRegister(vsr: r.t)))
    a.bind(done)
  }

  /// - Parameter operands: A, B and C, as far as the instruction has them.
  private func compute(_ kind: OperationKind, _ operands: [HostVector]) {
    switch kind {
    case .fadd, .xsadddp: binary(CAsmAddsd, operands)
    case .fsub, .xssubdp: binary(CAsmSubsd, operands)
    case .fmul, .xsmuldp: binary(CAsmMulsd, operands)
    case .fdiv, .xsdivdp: binary(CAsmDivsd, operands)
    case .fsqrt: a.emit(CAsmSqrtsd, .xmm3, operands[0])
    default:
      a.emit(CAsmMovaps, .xmm3, operands[1])
      let instruction =
        switch kind {
        case .fmadd: CAsmVfmadd231sd
        case .fmsub: CAsmVfmsub231sd
        case .fnmadd: CAsmVfnmsub231sd
        default: CAsmVfnmadd231sd
        }
      a.emit(instruction, .xmm3, operands[0], operands[2])
    }
  }

  private func binary(_ i: CAsmInstruction, _ operands: [HostVector]) {
    a.emit(CAsmMovaps, .xmm3, operands[0])
    a.emit(i, .xmm3, operands[1])
  }
}
