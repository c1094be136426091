internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// A floating-point operation whose status is written nowhere yet: while its operands stay as they
/// are it can be put off further.
struct StatusOperands: Equatable {
  /// As ``DeferredFloatStatus/operation`` has it.
  let number: UInt32
  /// The numbers of vector-scalar registers, a byte each: without references, what is deferred is copied faster.
  private var numbers = InlineArray<3, UInt8>(repeating: 0)
  private let count: UInt8

  /// - Parameter operands: vector-scalar registers, at most three.
  init(number: UInt32, operands: [Int]) {
    self.number = number
    count = UInt8(operands.count)
    for (index, operand) in operands.enumerated() { numbers[index] = UInt8(operand) }
  }

  static func == (first: Self, second: Self) -> Bool {
    first.number == second.number && first.count == second.count
      && first.operands.elementsEqual(second.operands)
  }

  /// Vector-scalar registers.
  var operands: some Sequence<Int> { (0..<Int(count)).lazy.map { Int(numbers[$0]) } }

  /// The registers that it reads.
  var registers: RegisterSet {
    var registers: RegisterSet = []
    for operand in operands { registers.insert(RegisterSet(GuestRegister(vsr: operand))) }
    return registers
  }
}

// The FPSCR (Book I 4.2.2): what the host's arithmetic assumes of it, and what it defers.
extension RegionEmitter {
  /// Makes sure that nothing is enabled, rounding is to nearest, and XX is set or the host watches for inexact
  /// results, or leaves the instruction and what follows to the interpreter. Once in a block, or after a
  /// helper call.
  func requireFloatMode(_ o: Operation) {
    note(.usesFloatStatus)
    guard !pending.known.floatMode else { return }
    let deferred = deferred
    pending.known.floatMode = true
    let (other, done) = (a.label(), a.label())
    a.emit(CAsmMov, 4, .rax, state(StateOffset.fpscr))
    a.emit(CAsmAnd, 4, .rax, Int64(DeferredStatus.mask))
    a.emit(CAsmCmp, 4, .rax, Int64(DeferredStatus.required))
    a.jump(CAsmJne, other)
    a.bind(done)
    emitLater { [self] in
      let away = a.label()
      a.bind(other)
      // All but XX is as it must be.
      a.emit(CAsmTest, 4, .rax, .rax)
      a.jump(CAsmJne, away)
      a.emit(CAsmCmp, 4, state(StateOffset.inexactWatch), 0)
      a.jump(CAsmJne, done)
      a.emit(CAsmLdmxcsr, 4, state(StateOffset.clearedControl))
      a.emit(
        CAsmMov, 4, state(StateOffset.inexactWatch), Int64(DeferredFloatStatus.isWatched))
      a.jump(CAsmJmp, done)
      a.bind(away)
      leave(at: o.word, deferred)
    }
  }

  // MARK: FR, FI and FPRF

  /// Whether the status of the current instruction is overwritten before anything may look at it.
  private var statusIsOverwritten: Bool {
    for operation in following {
      if operation.promises.contains(.setsFloatStatus) { return true }
      if !operation.keepsDeferredState { return false }
    }
    return false
  }

  /// Makes the status of an instruction the deferred one, unless it is overwritten before anything may
  /// look at it.
  func deferStatus(of o: Operation, _ operands: [Int]) {
    note(.usesFloatStatus)
    if pending.known.floatMode { note(.setsFloatStatus) }
    pending.status = statusIsOverwritten ? nil : status(of: o, operands)
    if operands.contains(o.vsr.t) { materializeStatus() }
  }

  /// A status that is deferred from now on.
  private func status(of o: Operation, _ operands: [Int]) -> StatusOperands {
    // The same for each version of a block.
    if let number = statusNumbers[o.word] {
      return StatusOperands(number: number, operands: operands)
    }
    let number = { (index: Int) in
      (index < operands.count ? UInt32(operands[index]) : DeferredStatus.none) << UInt32(8 * index)
    }
    let helperCall = helperCalls.add(
      HelperCall(
        handler: o.handler, effectiveAddress: 0, word: o.instruction.rawValue, remainingCount: 0,
        operands: number(0) | number(1) | number(2) | UInt32(o.vsr.t) << 24))
    let place = UInt32(helperCalls.number(of: helperCall))
    statusNumbers[o.word] = place
    return StatusOperands(number: place, operands: operands)
  }

  /// Writes the deferred status to the state; RAX may change, the host's flags do not.
  func materialize(_ status: StatusOperands) {
    for (index, number) in status.operands.enumerated() {
      let place = state(StateOffset.deferredOperands + 8 * index)
      guard let assigned = assignment[vsr: number] else {
        a.emit(CAsmMov, 8, .rax, doubleword0(number))
        a.emit(CAsmMov, 8, place, .rax)
        continue
      }
      a.emit(assigned.isScalar ? CAsmMovq : CAsmMovhps, place, assigned.host, size: 8)
    }
    // And nothing after it.
    a.emit(CAsmMov, 8, state(StateOffset.deferredOperation), Int64(status.number))
    a.noteRelocation(.statusNumber)
  }

  func materializeStatus() {
    note(.usesFloatStatus)
    if let status = pending.status { materialize(status) }
    pending.status = nil
  }

  /// Before an instruction that changes the operands of a deferred status.
  func prepareStatus(for operation: Operation) {
    guard let status = pending.status, !operation.promises.contains(.setsFloatStatus) else {
      return
    }
    guard !status.registers.isDisjoint(with: operation.changes) else { return }
    if operation.keepsDeferredState, statusIsOverwritten {
      pending.status = nil
    } else {
      materializeStatus()
    }
  }
}
