internal import CAsmJit
internal import PowerISA
internal import PowerJIT

/// Where an operand of a micro-op is.
enum HostSource: Equatable {
  case register(HostRegister)
  /// A guest register in the state.
  case state(GuestRegister)
  case constant(UInt64)
}

// Operands of micro-ops as operands of host instructions.
extension RegionEmitter {
  func source(_ operand: MicroOperand, _ op: MicroOp) -> HostSource {
    if let guest = operand.guest {
      return assignment[guest].map { .register($0) } ?? .state(guest)
    }
    return temporaries[operand].map { .register($0) } ?? .constant(op.immediate)
  }

  /// Copies an operand, whole or its low bytes.
  func load(_ t: HostRegister, _ source: HostSource, size: Int32 = 8) {
    switch source {
    case .register(let register):
      // A word must lose its high half even in place.
      if register != t || size != 8 { a.emit(CAsmMov, size, t, register) }
    case .state(let guest): a.emit(CAsmMov, size, t, slot(guest))
    case .constant(let value): a.move(t, constant: value)
    }
  }

  /// A register that holds the operand: `scratch` after a load, if it has none.
  func register(_ source: HostSource, _ scratch: HostRegister) -> HostRegister {
    if case .register(let register) = source { return register }
    load(scratch, source)
    return scratch
  }

  /// `instruction target, operand`.
  func apply(_ i: CAsmInstruction, _ t: HostRegister, _ source: HostSource, size: Int32 = 8) {
    switch source {
    case .register(let register): a.emit(i, size, t, register)
    case .state(let guest): a.emit(i, size, t, slot(guest))
    case .constant(let value):
      let signed = Int64(bitPattern: value)
      if signed == Int64(Int32(truncatingIfNeeded: signed)) {
        a.emit(i, size, t, signed)
      } else {
        a.move(.rcx, constant: value)
        a.emit(i, size, t, .rcx)
      }
    }
  }

  /// `movzx`, `movsx` or `movsxd` of an operand's low bytes.
  func extend(
    _ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, from: Int32, _ source: HostSource
  ) {
    switch source {
    case .register(let register): a.extend(i, size, t, from: from, register)
    case .state(let guest): a.extend(i, size, t, from: from, slot(guest))
    case .constant: preconditionFailure("an extension of a constant")
    }
  }
}
