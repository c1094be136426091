internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

// What is pending: when it is written.
extension RegionEmitter {
  /// Writes what an instruction is going to read, or could not be made again after it.
  func prepare(for operation: Operation) {
    prepareReversed(for: operation)
    prepareStatus(for: operation)
    guard !pending.isEmpty else { return }
    prepareCarries(for: operation)
    guard !pending.hasNoFields else { return }
    for field in 0..<8 {
      guard let comparison = pending[field],
        !comparison.registers.isDisjoint(with: operation.changes),
        !operation.replaces(field: field)
      else { continue }
      let isDead = operation.keepsDeferredState && isReplaced(by: { $0.replaces(field: field) })
      pending[field] = isDead ? nil : saved(comparison, field, from: operation.changes)
    }
  }

  /// Saves those operands of a comparison that are going to change: this takes one instruction for each, and
  /// the field itself takes more.
  private func saved(
    _ comparison: Comparison, _ field: Int, from changes: RegisterSet
  ) -> Comparison {
    var comparison = comparison
    if changes.contains(comparison.first) {
      let place = GuestRegister.savedFirst(ofField: field)
      save(comparison.first, in: place)
      comparison.first = place
    }
    if case .register(let second) = comparison.second, changes.contains(second) {
      let place = GuestRegister.savedSecond(ofField: field)
      save(second, in: place)
      comparison.second = .register(place)
    }
    return comparison
  }

  /// Copies a register that is going to change; RAX may change.
  func save(_ register: GuestRegister, in place: GuestRegister) {
    a.emit(CAsmMov, 8, slot(place), unnotedValue(register, .rax))
  }

  /// Whether deferred state is set again, by one of the instructions that follow, before anything may look.
  /// - Parameter reads: whether an instruction looks that keeps other deferred state.
  func isReplaced(
    by replaces: (Operation) -> Bool, before reads: (Operation) -> Bool = { _ in false }
  ) -> Bool {
    for operation in following {
      if !operation.keepsDeferredState || reads(operation) { return false }
      if replaces(operation) { return true }
    }
    return false
  }

  func materializeAll() {
    materialize(pending)
    let known = pending.known
    pending = DeferredState()
    pending.known = known
  }

  /// Writes the fields of the condition register that are deferred.
  func materializeConditions() {
    guard !pending.hasNoFields else { return }
    for field in 0..<8 {
      guard let comparison = pending[field] else { continue }
      materialize(field, comparison)
      pending[field] = nil
    }
  }

  /// Writes to the state; RAX and the host's flags change.
  func materialize(_ pending: DeferredState) {
    if !pending.hasNoFields {
      for field in 0..<8 { if let comparison = pending[field] { materialize(field, comparison) } }
    }
    if let carry = pending.wordCarry { materialize(carry) }
    if let carry = pending.shiftCarry { materialize(carry) }
    if let status = pending.status { materialize(status) }
    guard let cfar = pending.cfar else { return }
    if !region.isRelocatable, cfar <= 0x7FFF_FFFF {
      a.emit(CAsmMov, 8, places.cfar, Int64(cfar))
    } else {
      move(.rax, address: cfar)
      a.emit(CAsmMov, 8, places.cfar, .rax)
    }
  }

  private func materialize(_ field: Int, _ comparison: Comparison) {
    compare(comparison)
    setField(field, isUnsigned: comparison.isUnsigned)
  }
}
