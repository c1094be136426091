internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// An instruction of the host with two vector operands and a target: in the form that overwrites
/// its first operand, and in AVX's.
struct HostOperation {
  let sse: CAsmInstruction
  let avx: CAsmInstruction

  /// Whether the order of the operands does not matter.
  let commutes: Bool
  /// Bytes of the widest elements that are all ones or all zeros in the result: always after a comparison,
  /// and where both operands have such elements otherwise. 0 where other elements may come of these.
  let maskWidth: Int8

  init(
    _ sse: CAsmInstruction, _ avx: CAsmInstruction, commutes: Bool = false, maskWidth: Int8 = 0
  ) {
    self.sse = sse
    self.avx = avx
    self.commutes = commutes
    self.maskWidth = maskWidth
  }
}

// Vector-scalar registers as operands of host instructions. XMM0 to XMM2 are free between
// instructions, XMM3 is what the functions here use by themselves, where there is no AVX.
extension RegionEmitter {
  /// The state's place of a vector-scalar register.
  func vsr(_ number: Int) -> HostMemory { state(StateOffset.vsr + 16 * number) }
  /// Its doubleword 0, where a floating-point register is.
  func doubleword0(_ number: Int) -> HostMemory { state(StateOffset.vsr + 16 * number + 8) }
  func doubleword1(_ number: Int) -> HostMemory { vsr(number) }

  // MARK: whole registers, as the state has them

  /// A register that holds the value: the assigned one, or `scratch` after a load.
  func whole(_ number: Int, _ scratch: HostVector) -> HostVector {
    note(.usesWholeVectors)
    guard let assigned = assignment[vsr: number] else {
      a.emit(CAsmMovups, scratch, vsr(number))
      return scratch
    }
    guard assigned.isScalar else { return assigned.host }
    a.emit(CAsmMovq, scratch, doubleword1(number), size: 8)
    a.emit(CAsmPunpcklqdq, scratch, assigned.host)
    return scratch
  }

  /// Where a result may be made: the assigned register, or `scratch`.
  func wholeTarget(_ number: Int, _ scratch: HostVector = .xmm0) -> HostVector {
    note(.usesWholeVectors)
    guard let assigned = assignment[vsr: number], !assigned.isScalar else { return scratch }
    return assigned.host
  }

  func setWhole(_ number: Int, _ result: HostVector) {
    note(.usesWholeVectors)
    guard let assigned = assignment[vsr: number] else {
      pending.known.cleared.remove(RegisterSet(GuestRegister(vsr: number)))
      return a.emit(CAsmMovups, vsr(number), result)
    }
    guard assigned.isScalar else {
      if assigned.host != result { a.emit(CAsmMovaps, assigned.host, result) }
      return
    }
    a.emit(CAsmMovq, doubleword1(number), result, size: 8)
    a.emit(CAsmPshufd, assigned.host, result, 0xEE)
    pending.known.cleared.remove(RegisterSet(GuestRegister(vsr: number)))
  }

  // MARK: doubleword 0

  /// A register whose low half is doubleword 0: the assigned one, or `scratch` after a load.
  func scalar(_ number: Int, _ scratch: HostVector) -> HostVector {
    guard let assigned = assignment[vsr: number] else {
      a.emit(CAsmMovq, scratch, doubleword0(number), size: 8)
      return scratch
    }
    guard !assigned.isScalar else { return assigned.host }
    a.emit(CAsmPshufd, scratch, assigned.host, 0xEE)
    return scratch
  }

  /// Where a result may be made: the assigned register, or `scratch`.
  func scalarTarget(_ number: Int, _ scratch: HostVector = .xmm0) -> HostVector {
    guard let assigned = assignment[vsr: number], assigned.isScalar else { return scratch }
    return assigned.host
  }

  /// Makes the low half of a register doubleword 0, and clears doubleword 1.
  func setScalar(_ number: Int, _ result: HostVector) {
    guard let assigned = assignment[vsr: number] else {
      a.emit(CAsmMovq, doubleword0(number), result, size: 8)
      return a.emit(CAsmMov, 8, doubleword1(number), 0)
    }
    if assigned.isScalar {
      if assigned.host != result { a.emit(CAsmMovaps, assigned.host, result) }
      clear1(number)
    } else if features.avx {
      a.emit(CAsmVpslldq, assigned.host, result, 8)
    } else {
      if assigned.host != result { a.emit(CAsmMovaps, assigned.host, result) }
      a.emit(CAsmPslldq, assigned.host, 8)
    }
  }

  func setScalar(_ number: Int, _ source: HostRegister) {
    guard let assigned = assignment[vsr: number] else {
      a.emit(CAsmMov, 8, doubleword0(number), source)
      return a.emit(CAsmMov, 8, doubleword1(number), 0)
    }
    a.emit(CAsmMovq, assigned.host, source, size: 8)
    if assigned.isScalar {
      clear1(number)
    } else {
      a.emit(CAsmPslldq, assigned.host, 8)
    }
  }

  /// The same with a single, which is converted to double format.
  func setSingle(_ number: Int, _ source: HostVector) {
    let target = features.avx ? scalarTarget(number, source) : source
    if features.avx {
      a.emit(CAsmVcvtss2sd, target, source, source)
    } else {
      a.emit(CAsmCvtss2sd, target, source)
    }
    setScalar(number, target)
    result.isSingle = true
  }

  private func clear1(_ number: Int) {
    let register = RegisterSet(GuestRegister(vsr: number))
    guard !pending.known.cleared.isSuperset(of: register) else { return }
    a.emit(CAsmMov, 8, doubleword1(number), 0)
    pending.known.cleared.insert(register)
  }

  /// Copies the low bytes of doubleword 0.
  func move(_ target: HostRegister, scalar number: Int, size: Int32 = 8) {
    guard let assigned = assignment[vsr: number] else {
      return a.emit(CAsmMov, size, target, doubleword0(number))
    }
    let source = assigned.isScalar ? assigned.host : HostVector.xmm3
    if !assigned.isScalar { a.emit(CAsmPshufd, source, assigned.host, 0xEE) }
    a.emit(size == 8 ? CAsmMovq : CAsmMovd, target, source, size: size)
  }

  /// Where an instruction keeps vectors until it ends or calls something: in the 128 bytes below the host's
  /// stack pointer, which signals spare.
  func kept(_ number: Int) -> HostMemory { HostMemory(.rsp, -16 * (number + 1)) }

  // MARK: constants

  /// Where a constant will be.
  func constant(_ value: UInt128) -> HostLabel {
    if let known = constants[value] { return known }
    let label = a.label()
    constants[value] = label
    return label
  }

  /// The same word four times.
  func constant(words word: UInt32) -> HostLabel {
    constant(UInt128(word) &* 0x1_0000_0001_0000_0001_0000_0001)
  }

  /// The same doubleword twice.
  func constant(doublewords doubleword: UInt64) -> HostLabel {
    constant(UInt128(doubleword) << 64 | UInt128(doubleword))
  }

  func constant(bytes byte: UInt8) -> HostLabel { constant(words: UInt32(byte) &* 0x0101_0101) }

  // MARK: instructions

  /// `target = source`, whole.
  func copy(_ target: HostVector, _ source: HostVector) {
    if target != source { a.emit(CAsmMovaps, target, source) }
  }

  /// `target = first operation constant`.
  func apply(
    _ operation: HostOperation, _ target: HostVector, _ first: HostVector, at constant: HostLabel
  ) {
    if features.avx { return a.emit(operation.avx, target, first, at: constant) }
    copy(target, first)
    a.emit(operation.sse, target, at: constant)
  }

  /// `target = first operation second`.
  func apply(
    _ operation: HostOperation, _ target: HostVector, _ first: HostVector, _ second: HostVector
  ) {
    if features.avx { return a.emit(operation.avx, target, first, second) }
    var second = second
    if target == second, target != first {
      a.emit(CAsmMovaps, .xmm3, second)
      second = .xmm3
    }
    if target != first { a.emit(CAsmMovaps, target, first) }
    a.emit(operation.sse, target, second)
  }

  /// `target = first operation second`, of registers by number. XMM0 and XMM1 change.
  func apply(_ operation: HostOperation, _ target: HostVector, vsr first: Int, _ second: Int) {
    let isUnassigned = { [assignment] (number: Int) in assignment[vsr: number] == nil }
    let swaps = operation.commutes && isUnassigned(first) && !isUnassigned(second)
    let (first, second) = swaps ? (second, first) : (first, second)
    let one = whole(first, .xmm0)
    if first == second { return apply(operation, target, one, one) }
    apply(operation, target, one, vsr: second)
  }

  /// `target = first operation second`, the second a register by number. XMM1 changes.
  func apply(
    _ operation: HostOperation, _ target: HostVector, _ first: HostVector, vsr second: Int
  ) {
    if features.avx, assignment[vsr: second] == nil {
      return a.emit(operation.avx, target, first, vsr(second))
    }
    apply(operation, target, first, whole(second, .xmm1))
  }
}
