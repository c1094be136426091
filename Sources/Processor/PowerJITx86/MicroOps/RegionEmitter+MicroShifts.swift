internal import CAsmJit
internal import PowerISA
internal import PowerJIT

// Rotations and shifts of the back end.
extension RegionEmitter {
  /// In one or two instructions where it is a shift or an extension.
  func rotate(_ op: MicroOp, _ t: HostRegister, _ first: HostSource) {
    let size = Int32(op.width)
    let bits = UInt64(op.width) * 8
    let low: UInt64 = ~0 >> (64 - bits)
    let (amount, mask) = (UInt64(op.amount), op.immediate)
    if amount == 0 {
      // Bits above the mask's are lost in any case.
      under(mask, t, first)
    } else if mask == low << amount & low {
      shiftLeft(size, t, first, by: amount)
    } else if mask == low >> (bits - amount) {
      load(t, first, size: size)
      a.emit(CAsmShr, size, t, Int64(bits - amount))
    } else if amount <= 32, mask == 0xFFFF_FFFF << amount {
      // A word made an index.
      load(t, first, size: 4)
      a.emit(CAsmShl, 8, t, Int64(amount))
    } else {
      rotateLeft(size, t, first, by: op.amount)
      // The rotation has cleared the high word.
      if mask != low { and(t, mask: mask) }
    }
  }

  private func shiftLeft(
    _ size: Int32, _ t: HostRegister, _ first: HostSource, by amount: UInt64
  ) {
    if size == 8, amount <= 3, case .register(let register) = first, register != t {
      return a.emit(CAsmLea, 8, t, HostMemory(index: register, shift: Int(amount)))
    }
    load(t, first, size: size)
    a.emit(CAsmShl, size, t, Int64(amount))
  }

  func rotateLeft(_ size: Int32, _ t: HostRegister, _ first: HostSource, by amount: UInt8) {
    let bits = Int64(size) * 8
    let right = (bits - Int64(amount)) % bits
    guard right != 0 else { return load(t, first, size: size) }
    guard features.bmi2 else {
      load(t, first, size: size)
      return a.emit(CAsmRor, size, t, right)
    }
    switch first {
    case .register(let register): a.emit(CAsmRorx, size, t, register, right)
    case .state(let guest): a.emit(CAsmRorx, size, t, slot(guest), right)
    case .constant: preconditionFailure("a rotation of a constant")
    }
  }

  func shift(_ op: MicroOp, _ t: HostRegister, _ first: HostSource, _ second: HostSource) {
    let isLeft = op.code == .shiftLeft
    if op.width == 4 {
      // Shifted as a doubleword, an amount from 32 to 63 leaves nothing in the low word.
      var amount = HostRegister.rcx
      if features.bmi2, second != .register(t) {
        amount = register(second, .rcx)
      } else {
        load(.rcx, second)
      }
      load(t, first, size: 4)
      if features.bmi2 {
        a.emit(isLeft ? CAsmShlx : CAsmShrx, 8, t, t, amount)
      } else {
        a.shiftByCL(isLeft ? CAsmShl : CAsmShr, 8, t)
      }
      if isLeft { a.emit(CAsmMov, 4, t, t) }
      return
    }
    assert(!temporaries.isUsed(.rdx) && t != .rdx)
    if features.bmi2 {
      let amount = register(second, .rcx)
      let source = register(first, second == .register(t) ? .rax : t)
      a.emit(CAsmXor, 4, .rdx, .rdx)
      a.emit(CAsmTest, 1, amount, 0x40)
      // It leaves the flags alone.
      a.emit(isLeft ? CAsmShlx : CAsmShrx, 8, t, source, amount)
    } else {
      load(.rcx, second)
      load(t, first)
      a.shiftByCL(isLeft ? CAsmShl : CAsmShr, 8, t)
      a.emit(CAsmXor, 4, .rdx, .rdx)
      a.emit(CAsmTest, 1, .rcx, 0x40)
    }
    a.emit(CAsmCmovne, 8, t, .rdx)
  }
}
