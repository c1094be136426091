internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// XER[CA32] that the state does not show yet. A sum and its operands differ at bit 32 where a carry
/// came in, so that it can be computed for as long as these keep their values.
struct WordCarry: Equatable {
  /// An operand that the sum has replaced, in terms of the sum and of the other.
  enum Replaced {
    case none, sumLessOther, otherLessSum, sumPlusOther
  }

  let sum: GuestRegister
  let other: Comparison.Operand
  /// The second operand, when it is there and not the same as the other.
  var second: GuestRegister?
  var replaced = Replaced.none
  /// Whether one operand was complemented.
  let isSubtraction: Bool

  /// What an instruction with carry out leaves behind.
  /// - Returns: nil when an operand is lost.
  init?(_ form: CarryForm, _ i: Instruction) {
    let (ra, rb, rt) = (GuestRegister(i.ra), GuestRegister(i.rb), GuestRegister(i.rt))
    let constant = form.constant(i)
    sum = rt
    isSubtraction = form.isSubtraction
    if constant == nil, ra == rb {
      other = .constant(0)
      return
    }
    if rt == ra || constant == nil && rt == rb {
      // The carry that came in is lost too.
      if form.isExtended { return nil }
      replaced = isSubtraction ? rt == ra ? .otherLessSum : .sumPlusOther : .sumLessOther
      other = constant.map { .constant($0) } ?? .register(rt == ra ? rb : ra)
    } else {
      other = constant.map { .constant($0) } ?? .register(rb)
      second = ra
    }
  }

  /// The registers that it is computed from.
  var registers: RegisterSet {
    var set = RegisterSet(sum)
    if case .register(let other) = other { set.insert(RegisterSet(other)) }
    if let second { set.insert(RegisterSet(second)) }
    return set
  }
}

/// XER[CA] and XER[CA32] that the state does not show yet, after an algebraic shift to the right: whether a
/// negative number has lost ones.
struct ShiftCarry: Equatable {
  /// The register that has the number.
  var value: GuestRegister
  /// By how much it was shifted: less than its width, and not 0.
  let amount: Int
  let isWord: Bool
}

extension Operation {
  /// Whether it always sets CA and CA32.
  var setsCarry: Bool { writes.contains(.carry) && promises.contains(.noSideExit) }
}

extension RegionEmitter {
  /// Writes CA32 to the state; RAX and the host's flags change.
  func materialize(_ carry: WordCarry) {
    func apply(_ i: CAsmInstruction, _ operand: Comparison.Operand) {
      switch operand {
      case .small(0) where i != CAsmMov: break
      case .small(let value): a.emit(i, 8, .rax, Int64(value))
      case .register(let register): unnotedWith(i, 8, .rax, register)
      }
    }
    let sum = Comparison.Operand.register(carry.sum)
    // The replaced operand, if there is one, and what it differs in from the others.
    apply(CAsmMov, carry.replaced == .otherLessSum ? carry.other : sum)
    switch carry.replaced {
    case .none: if let second = carry.second { apply(CAsmXor, .register(second)) }
    case .sumLessOther: apply(CAsmSub, carry.other)
    case .otherLessSum: apply(CAsmSub, sum)
    case .sumPlusOther: apply(CAsmAdd, carry.other)
    }
    apply(CAsmXor, carry.other)
    if carry.replaced != .none { apply(CAsmXor, sum) }
    a.emit(CAsmBt, 8, .rax, 32)
    // A complemented operand complements the difference.
    a.emit(carry.isSubtraction ? CAsmSetae : CAsmSetb, 1, state(StateOffset.wordCarry))
  }

  /// Leaves CA32 pending if the next one makes it superfluous, or may: in a loop.
  /// - Returns: whether it did.
  func postpone(_ carry: WordCarry?, inLoop: Bool) -> Bool {
    guard let carry, inLoop || following.contains(where: \.setsCarry) else { return false }
    pending.wordCarry = carry
    note(.setsWordCarry)
    return true
  }

  /// Whether CA and CA32 are set again before anything may look.
  var carriesAreReplaced: Bool {
    isReplaced(by: \.setsCarry, before: { $0.deferrable.contains(.readsCarry) })
  }

  /// The same for CA32, which carries in do not depend on.
  var wordCarryIsReplaced: Bool {
    isReplaced(
      by: \.setsCarry, before: { $0.deferrable.contains(.readsCarry) && !$0.setsCarry })
  }

  /// What an instruction does to carries that are pending.
  func prepareCarries(for operation: Operation) {
    if let carry = pending.shiftCarry { prepare(carry, for: operation) }
    guard let carry = pending.wordCarry else { return }
    if !operation.setsCarry {
      if carry.registers.isDisjoint(with: operation.changes) { return }
      materialize(carry)
    }
    pending.wordCarry = nil
  }

  private func prepare(_ carry: ShiftCarry, for operation: Operation) {
    if operation.setsCarry, !operation.deferrable.contains(.readsCarry) {
      pending.shiftCarry = nil
    } else if !operation.deferrable.isDisjoint(with: [.readsCarry, .setsCarry]) {
      materialize(carry)
      pending.shiftCarry = nil
    } else if operation.changes.contains(carry.value) {
      saveShifted()
    }
  }

  /// Saves the number that a deferred carry has been shifted out of, whose register is going to change.
  func saveShifted() {
    guard let carry = pending.shiftCarry else { return }
    save(carry.value, in: .savedShift)
    pending.shiftCarry?.value = .savedShift
  }

  func materializeWordCarry() {
    if let carry = pending.wordCarry { materialize(carry) }
    pending.wordCarry = nil
  }

  /// Writes CA and CA32 to the state; RAX and the host's flags change.
  func materialize(_ carry: ShiftCarry) {
    let size: Int32 = carry.isWord ? 4 : 8
    // The number itself, if it is negative, and what it has lost.
    unnotedWith(CAsmMov, size, .rax, carry.value)
    a.emit(CAsmSar, size, .rax, Int64(8 * size - 1))
    unnotedWith(CAsmAnd, size, .rax, carry.value)
    a.emit(CAsmShl, size, .rax, Int64(8 * Int(size) - carry.amount))
    a.emit(CAsmSetne, 1, state(StateOffset.carry))
    if hasWordCarry { a.emit(CAsmSetne, 1, state(StateOffset.wordCarry)) }
  }
}
