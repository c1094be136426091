/// Executes micro-ops: the reference for passes and for back ends.
package struct MicroInterpreter {
  /// Guest registers, then temporaries.
  package var registers = [UInt64](repeating: 0, count: MicroOperand.count)
  /// Fields of the condition register.
  package var fields = [UInt8](repeating: 0, count: 8)
  /// XER[SO].
  package var summaryOverflow = false
  /// The effective address of the code's page.
  package var page: UInt64 = 0

  package init() {}

  /// Executes the micro-ops of a block.
  /// - Parameter execute: executes the whole instruction at a position, for opaque micro-ops; false if the block is
  ///   left there.
  /// - Returns: whether the end of the block has been reached.
  @discardableResult
  package mutating func run(
    _ ops: [MicroOp], execute: (inout MicroInterpreter, Int) -> Bool
  ) -> Bool {
    for op in ops {
      switch op.code {
      case .none: break
      case .hostCode, .helperCall:
        guard execute(&self, Int(op.position)) else { return false }
      case .pageAddress: registers[op.result.index] = page &+ op.immediate
      case .compare, .compareUnsigned: compare(op)
      default: registers[op.result.index] = op.value(value(op.a, op), value(op.b, op))
      }
    }
    return true
  }

  private func value(_ operand: MicroOperand, _ op: MicroOp) -> UInt64 {
    switch operand {
    case .none: 0
    case .constant: op.immediate
    default: registers[operand.index]
    }
  }

  private mutating func compare(_ op: MicroOp) {
    let unused = UInt64(8 - op.width) * 8
    // Without the bytes that are not compared.
    let (a, b) = (value(op.a, op) << unused, value(op.b, op) << unused)
    let isLess =
      op.code == .compare ? Int64(bitPattern: a) < Int64(bitPattern: b) : a < b
    fields[Int(op.amount)] = (isLess ? 8 : a == b ? 2 : 4) | (summaryOverflow ? 1 : 0)
  }
}
