internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

// The x86-64 back end: micro-ops to host code.
extension RegionEmitter {
  /// Emits the micro-ops of one instruction.
  func emit(_ range: Range<Int>) {
    temporaries = TemporaryPlaces()
    for index in range {
      let op = middle.ops[index]
      guard op.code != .none else { continue }
      var readLater: UInt64 = 0
      for next in index + 1..<range.upperBound where middle.ops[next].code != .none {
        readLater |= middle.ops[next].reads
      }
      emit(op, readLater)
    }
  }

  /// - Parameter readLater: the temporaries that micro-ops after this one read.
  private func emit(_ op: MicroOp, _ readLater: UInt64) {
    if op.code == .compare || op.code == .compareUnsigned { return compare(op) }
    if addsInPlace(op) { return }
    let (a, b) = (source(op.a, op), source(op.b, op))
    for operand in [op.a, op.b] where operand.isTemporary && operand.bit & readLater == 0 {
      temporaries[operand] = nil
    }
    let assigned = op.result.guest.flatMap { assignment[$0] }
    let result = emit(op, assigned ?? temporaries.free, a, b)
    if let guest = op.result.guest {
      set(guest, result)
    } else {
      temporaries[op.result] = result
    }
  }

  private func compare(_ op: MicroOp) {
    guard let first = op.a.guest else { preconditionFailure("a comparison of a temporary") }
    setField(
      Int(op.amount),
      Comparison(
        first: first,
        second: op.b.guest.map { .register($0) } ?? .constant(Int64(bitPattern: op.immediate)),
        size: Int32(op.width), isUnsigned: op.code == .compareUnsigned))
  }

  /// Adds a constant to a register in the state, or sets one to a constant.
  private func addsInPlace(_ op: MicroOp) -> Bool {
    let value = Int64(bitPattern: op.immediate)
    guard let guest = op.result.guest, assignment[guest] == nil,
      value == Int64(Int32(truncatingIfNeeded: value))
    else { return false }
    switch (op.code, op.a, op.b) {
    case (.add, op.result, .constant): self.a.emit(CAsmAdd, 8, slot(guest), value)
    case (.move, .constant, _): self.a.emit(CAsmMov, 8, slot(guest), value)
    default: return false
    }
    return true
  }

  /// - Parameters:
  ///   - t: where the result may be made; one of the operands may be there.
  ///   - first: where `a` is.
  ///   - second: where `b` is.
  /// - Returns: where the result is.
  private func emit(
    _ op: MicroOp, _ t: HostRegister, _ first: HostSource, _ second: HostSource
  ) -> HostRegister {
    let size = Int32(op.width)
    switch op.code {
    case .move:
      // A copy into the state is made from where the operand is.
      if op.result.guest.map({ assignment[$0] == nil }) == true { return register(first, t) }
      load(t, first)
    case .pageAddress: move(t, address: region.page &+ op.immediate)
    case .add: add(t, first, second)
    case .subtract:
      if second == .register(t), first != second {
        a.emit(CAsmNeg, 8, t)
        apply(CAsmAdd, t, first)
      } else {
        load(t, first)
        apply(CAsmSub, t, second)
      }
    case .multiply:
      if case .constant(let value) = second {
        a.emit(CAsmImul, 8, t, register(first, t), Int64(bitPattern: value))
      } else {
        commutative(CAsmImul, t, first, second)
      }
    case .multiplyHigh, .multiplyHighUnsigned:
      assert(!temporaries.isUsed(.rax) && !temporaries.isUsed(.rdx))
      load(.rax, first)
      a.emit(op.code == .multiplyHigh ? CAsmImul : CAsmMul, 8, register(second, .rcx))
      return .rdx
    case .negate:
      load(t, first)
      a.emit(CAsmNeg, 8, t)
    case .and:
      if case .constant(let mask) = second {
        under(mask, t, first)
      } else {
        commutative(CAsmAnd, t, first, second)
      }
    case .or: commutative(CAsmOr, t, first, second)
    case .xor: commutative(CAsmXor, t, first, second)
    case .andNot where features.bmi1:
      let scratch = second == .register(t) ? temporaries.free : t
      let other = register(second, .rcx)
      a.emit(CAsmAndn, 8, t, other, register(first, scratch))
    case .andNot, .orNot:
      load(.rcx, second)
      a.emit(CAsmNot, 8, .rcx)
      load(t, first)
      a.emit(op.code == .andNot ? CAsmAnd : CAsmOr, 8, t, .rcx)
    case .not:
      load(t, first)
      a.emit(CAsmNot, 8, t)
    case .signExtend: extend(size == 4 ? CAsmMovsxd : CAsmMovsx, 8, t, from: size, first)
    case .zeroExtend: under(~0 >> UInt64(64 - 8 * size), t, first)
    case .leadingZeros: apply(CAsmLzcnt, t, first, size: size)
    case .trailingZeros: apply(CAsmTzcnt, t, first, size: size)
    case .ones: apply(CAsmPopcnt, t, first, size: size)
    case .swapBytes: swapBytes(op, t, first)
    case .rotate: rotate(op, t, first)
    case .insert:
      // The bits of b that differ, under the mask.
      let work = temporaries.free
      rotateLeft(size, work, first, by: op.amount)
      apply(CAsmXor, work, second, size: size)
      and(work, mask: op.immediate)
      apply(CAsmXor, work, second)
      return work
    case .rotateBy:
      load(.rcx, second)
      load(t, first, size: size)
      a.shiftByCL(CAsmRol, size, t)
    case .shiftLeft, .shiftRight: shift(op, t, first, second)
    case .deposit, .extract:
      // Only hosts with BMI2 have these rows lowered.
      let mask = register(second, .rcx)
      let source = register(first, second == .register(t) ? temporaries.free : t)
      a.emit(op.code == .deposit ? CAsmPdep : CAsmPext, 8, t, source, mask)
    case .none, .compare, .compareUnsigned, .hostCode, .helperCall:
      preconditionFailure("\(op.code) has no result")
    }
    return t
  }

  private func commutative(
    _ i: CAsmInstruction, _ t: HostRegister, _ first: HostSource, _ second: HostSource
  ) {
    let isSwapped = second == .register(t)
    load(t, isSwapped ? second : first)
    apply(i, t, isSwapped ? first : second)
  }

  private func add(_ t: HostRegister, _ first: HostSource, _ second: HostSource) {
    switch (first, second) {
    case (.register(t), _), (_, .register(t)): commutative(CAsmAdd, t, first, second)
    case (_, .constant(let value)):
      let base = register(first, t)
      a.emit(CAsmLea, 8, t, HostMemory(base, Int(Int64(bitPattern: value))))
    case (.register(let first), .register(let second)):
      a.emit(CAsmLea, 8, t, HostMemory(first, second))
    default: commutative(CAsmAdd, t, first, second)
    }
  }

  /// An operand under a mask.
  func under(_ mask: UInt64, _ t: HostRegister, _ first: HostSource) {
    switch mask {
    case 0xFF: extend(CAsmMovzx, 4, t, from: 1, first)
    case 0xFFFF: extend(CAsmMovzx, 4, t, from: 2, first)
    case 0xFFFF_FFFF: load(t, first, size: 4)
    default:
      load(t, first)
      and(t, mask: mask)
    }
  }

  private func swapBytes(_ op: MicroOp, _ t: HostRegister, _ first: HostSource) {
    load(t, first)
    guard op.width == 2 else {
      a.emit(CAsmBswap, 8, t)
      if op.width == 4 { a.emit(CAsmRol, 8, t, 32) }
      return
    }
    assert(!temporaries.isUsed(.rdx) && t != .rdx)
    a.move(.rdx, constant: 0x00FF_00FF_00FF_00FF)
    a.emit(CAsmMov, 8, .rcx, t)
    a.emit(CAsmShr, 8, t, 8)
    a.emit(CAsmAnd, 8, t, .rdx)
    a.emit(CAsmAnd, 8, .rcx, .rdx)
    a.emit(CAsmShl, 8, .rcx, 8)
    a.emit(CAsmOr, 8, t, .rcx)
  }
}
