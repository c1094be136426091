/// Replaces computations by copies of guest registers that still have their results.
struct ValueNumbering {
  /// A computation, by the numbers of its operands' values.
  private struct Computation: Equatable {
    var code: MicroOp.Code = .none
    var width: UInt8 = 0
    var amount: UInt8 = 0
    var hasConstant = false
    var a: UInt32 = 0
    var b: UInt32 = 0
    var immediate: UInt64 = 0

    /// A place in the table.
    var place: Int {
      let mixed =
        (UInt64(a) << 32 | UInt64(b)) &* 0x9E37_79B9_7F4A_7C15
        ^ (immediate ^ UInt64(code.rawValue) << 8 ^ UInt64(amount)) &* 0xC2B2_AE3D_27D4_EB4F
      return Int(mixed >> 58)
    }
  }

  private struct Entry {
    var computation = Computation()
    var result = MicroOperand.none
    var number: UInt32 = 0
  }

  /// The numbers of registers' values; equal numbers stand for equal values. They continue from block to block,
  /// so that entries of earlier blocks are never valid.
  private var numbers = InlineArray<40, UInt32>(repeating: 0)
  private var last: UInt32 = 0
  private var table = InlineArray<64, Entry>(repeating: Entry())

  mutating func run(_ ops: inout [MicroOp]) {
    // Numbers must not come again.
    if last > .max / 2 { self = ValueNumbering() }
    for index in numbers.indices { numbers[index] = another() }
    for index in ops.indices {
      if ops[index].traits.contains(.isPure) {
        visit(&ops[index])
      } else {
        forget(ops[index].sets)
      }
    }
  }

  private mutating func another() -> UInt32 {
    last += 1
    return last
  }

  private mutating func forget(_ changed: UInt64) {
    var rest = changed
    while rest != 0 {
      numbers[rest.trailingZeroBitCount] = another()
      rest &= rest - 1
    }
  }

  private func number(_ operand: MicroOperand) -> UInt32 {
    operand.isRegister ? numbers[operand.index] : 0
  }

  private mutating func visit(_ op: inout MicroOp) {
    if op.code == .move {
      numbers[op.result.index] = op.a == .constant ? another() : number(op.a)
      return
    }
    var computation = Computation(
      code: op.code, width: op.width, amount: op.amount, hasConstant: op.b == .constant,
      a: number(op.a), b: number(op.b), immediate: op.immediate)
    if op.traits.contains(.commutes), computation.b < computation.a, !computation.hasConstant {
      swap(&computation.a, &computation.b)
    }
    let place = computation.place
    let entry = table[place]
    if entry.computation == computation, numbers[entry.result.index] == entry.number {
      numbers[op.result.index] = entry.number
      (op.code, op.width, op.amount, op.a, op.b, op.immediate) = (
        .move, 8, 0, entry.result, .none, 0
      )
      return
    }
    let number = another()
    numbers[op.result.index] = number
    guard !op.result.isTemporary else { return }
    table[place] = Entry(computation: computation, result: op.result, number: number)
  }
}
