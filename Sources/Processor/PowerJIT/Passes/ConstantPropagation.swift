/// Replaces operands that are known to be constants, or copies of other guest registers, and computes
/// what depends on constants only.
struct ConstantPropagation {
  private var isConstant: UInt64 = 0
  private var isCopy: UInt64 = 0
  /// Of registers that are constants, the constant; of copies, the number of the other register.
  private var values = InlineArray<40, UInt64>(repeating: 0)

  /// - Parameter fast: guest registers that are read faster than others, because they are in host
  ///   registers: these are not replaced by others.
  mutating func run(_ ops: inout [MicroOp], fast: UInt64) {
    (isConstant, isCopy) = (0, 0)
    for index in ops.indices {
      if ops[index].traits.contains(.isOpaque) {
        forget(ops[index].changes)
        continue
      }
      if ops[index].traits.contains(.isPure) {
        replaceCopies(&ops[index], fast)
        fold(&ops[index])
        note(ops[index])
      } else if ops[index].code != .none {
        useConstant(&ops[index])
      }
    }
  }

  private mutating func forget(_ changed: UInt64) {
    isConstant &= ~changed
    isCopy &= ~changed
    var rest = isCopy
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      if changed & 1 << values[index] != 0 { isCopy &= ~(1 << UInt64(index)) }
      rest &= rest - 1
    }
  }

  private mutating func note(_ op: MicroOp) {
    forget(op.sets)
    guard op.code == .move else { return }
    if op.a == .constant {
      isConstant |= op.result.bit
      values[op.result.index] = op.immediate
    } else if !op.a.isTemporary, op.a != op.result {
      isCopy |= op.result.bit
      values[op.result.index] = UInt64(op.a.number)
    }
  }

  private func replaceCopies(_ op: inout MicroOp, _ fast: UInt64) {
    op.a = replaced(op.a, fast)
    op.b = replaced(op.b, fast)
  }

  private func replaced(_ operand: MicroOperand, _ fast: UInt64) -> MicroOperand {
    guard operand.bit & isCopy != 0 else { return operand }
    let other = MicroOperand(guest: Int(values[operand.index]))
    return operand.bit & fast != 0 && other.bit & fast == 0 ? operand : other
  }

  private func constant(_ operand: MicroOperand, _ op: MicroOp) -> UInt64? {
    if operand == .constant { return op.immediate }
    return operand.bit & isConstant != 0 ? values[operand.index] : nil
  }

  /// Makes b a constant, if it is one that the micro-op may have.
  private func useConstant(_ op: inout MicroOp) {
    guard let value = constant(op.b, op), Self.isSmall(value) else { return }
    (op.b, op.immediate) = (.constant, value)
  }

  private static func isSmall(_ value: UInt64) -> Bool {
    Int64(Int32(truncatingIfNeeded: value)) == Int64(bitPattern: value)
  }

  private func fold(_ op: inout MicroOp) {
    let (a, b) = (constant(op.a, op), constant(op.b, op))
    if let first = a, b != nil || op.b == .none {
      return op.become(constant: op.value(first, b ?? 0))
    }
    if op.traits.contains(.commutes), a != nil { swap(&op.a, &op.b) }
    if let value = a ?? b, op.b == .constant || constant(op.b, op) != nil { simplify(&op, value) }
    if op.traits.contains(.takesConstant) { useConstant(&op) }
    identify(&op)
  }

  /// Makes use of b, which is a constant.
  private func simplify(_ op: inout MicroOp, _ b: UInt64) {
    let bits = UInt64(op.width) * 8
    let low: UInt64 = ~0 >> (64 - bits)
    let distance = b & (2 * bits - 1)
    switch op.code {
    case .subtract: op.become(.add, constant: 0 &- b)
    case .andNot: op.become(.and, constant: ~b)
    case .orNot: op.become(.or, constant: ~b)
    case .rotateBy: op.become(.rotate, by: b & (bits - 1), mask: low)
    case .shiftLeft, .shiftRight:
      if distance >= bits {
        op.become(constant: 0)
      } else if op.code == .shiftLeft {
        op.become(.rotate, by: distance, mask: low << distance & low)
      } else {
        op.become(.rotate, by: (bits - distance) % bits, mask: low >> distance)
      }
    default: break
    }
  }

  /// Recognizes what is a copy or zero.
  private func identify(_ op: inout MicroOp) {
    switch op.code {
    case .add, .or, .xor:
      if op.b == .constant, op.immediate == 0 {
        op.become(copyOf: op.a)
      } else if op.a == op.b, op.code != .add {
        if op.code == .or { op.become(copyOf: op.a) } else { op.become(constant: 0) }
      }
    case .and:
      if op.a == op.b || op.b == .constant && op.immediate == ~0 {
        op.become(copyOf: op.a)
      } else if op.b == .constant, op.immediate == 0 {
        op.become(constant: 0)
      }
    case .rotate:
      if op.immediate == 0 {
        op.become(constant: 0)
      } else if op.width == 8, op.amount == 0, op.immediate == ~0 {
        op.become(copyOf: op.a)
      }
    default: break
    }
  }
}

extension MicroOp {
  fileprivate mutating func become(constant: UInt64) {
    become(copyOf: .constant)
    immediate = constant
  }

  fileprivate mutating func become(copyOf operand: MicroOperand) {
    (code, width, amount, a, b, immediate) = (.move, 8, 0, operand, .none, 0)
  }

  /// With a constant as second operand, if that is small.
  fileprivate mutating func become(_ code: Code, constant: UInt64) {
    guard Int64(Int32(truncatingIfNeeded: constant)) == Int64(bitPattern: constant) else { return }
    (self.code, b, immediate) = (code, .constant, constant)
  }

  fileprivate mutating func become(_ code: Code, by distance: UInt64, mask: UInt64) {
    (self.code, amount, b, immediate) = (
      code, UInt8(truncatingIfNeeded: distance), .none, mask
    )
  }
}
