internal import PowerISA

/// Makes the micro-ops of a block.
package struct MicroOpBuilder {
  private var ops: [MicroOp] = []
  /// Effective address of the page, if the code is for that address only.
  private var page: UInt64?
  /// Bytes of a result that are compared when it is recorded.
  private var recordedWidth: UInt8 = 8
  private var position = 0
  private var temporaries = 0

  /// Replaces micro-ops by those of a block.
  mutating func build(
    _ block: Region.Block, page: UInt64?, _ context: RegionContext, into other: inout [MicroOp]
  ) {
    swap(&ops, &other)
    defer { swap(&ops, &other) }
    ops.removeAll(keepingCapacity: true)
    self.page = page
    recordedWidth = UInt8(context.size)
    position = 0
    for operation in block.operations {
      temporaries = 0
      lower(operation)
      position += 1
    }
  }

  private mutating func lower(_ operation: Operation) {
    if operation.isLowered, case .lowered(let lower) = operation.code.body {
      return lower(&self, operation)
    }
    if operation.isHelperCall {
      return append(
        MicroOp(code: .helperCall, immediate: MicroOp.allGuest, changes: MicroOp.allGuest))
    }
    let general = { (set: RegisterSet) in
      UInt64(truncatingIfNeeded: set.rawValue) & MicroOp.allGuest
    }
    let leaves = !operation.promises.contains(.noSideExit)
    append(
      MicroOp(
        code: .hostCode, immediate: leaves ? MicroOp.allGuest : general(operation.uses),
        changes: general(operation.changes)))
  }

  private mutating func append(_ op: MicroOp) {
    var op = op
    op.position = UInt16(truncatingIfNeeded: position)
    ops.append(op)
  }

  mutating func temporary() -> MicroOperand {
    defer { temporaries += 1 }
    return MicroOperand(temporary: temporaries)
  }

  // MARK: micro-ops

  /// `result = code a, b`.
  mutating func set(
    _ result: MicroOperand, _ code: MicroOp.Code, width: UInt8 = 8, _ a: MicroOperand,
    _ b: MicroOperand = .none
  ) {
    append(MicroOp(code: code, width: width, result: result, a: a, b: b))
  }

  /// `result = code a, constant`.
  mutating func set(
    _ result: MicroOperand, _ code: MicroOp.Code, _ a: MicroOperand, constant: Int64
  ) {
    append(
      MicroOp(
        code: code, result: result, a: a, b: .constant, immediate: UInt64(bitPattern: constant)))
  }

  mutating func set(_ result: MicroOperand, constant: UInt64) {
    append(MicroOp(code: .move, result: result, a: .constant, immediate: constant))
  }

  /// The address at a distance from a word of the page.
  mutating func set(_ result: MicroOperand, addressOfWord word: Int, plus distance: Int64) {
    let offset = UInt64(word) &* 4 &+ UInt64(bitPattern: distance)
    if let page { return set(result, constant: page &+ offset) }
    append(MicroOp(code: .pageAddress, result: result, immediate: offset))
  }

  /// `a` rotated left by a distance, under a mask.
  mutating func rotate(
    _ result: MicroOperand, width: UInt8, _ a: MicroOperand, by distance: UInt64, mask: UInt64
  ) {
    append(
      MicroOp(
        code: .rotate, width: width, amount: UInt8(truncatingIfNeeded: distance), result: result,
        a: a, immediate: mask))
  }

  /// The same into `result`, which keeps its bits where the mask has zeros.
  mutating func insert(
    _ result: MicroOperand, width: UInt8, _ a: MicroOperand, by distance: UInt64, mask: UInt64
  ) {
    append(
      MicroOp(
        code: .insert, width: width, amount: UInt8(truncatingIfNeeded: distance), result: result,
        a: a, b: result, immediate: mask))
  }

  /// A word, of which the others are zero, in both halves.
  mutating func duplicateWord(_ result: MicroOperand, _ word: MicroOperand) {
    let high = temporary()
    rotate(high, width: 8, word, by: 32, mask: ~0 << 32)
    set(result, .or, word, high)
  }

  /// A comparison with a register or, if there is none, with a constant.
  mutating func compare(
    field: Int, isUnsigned: Bool = false, width: UInt8, _ a: GPR, _ b: GPR?, constant: Int64 = 0
  ) {
    append(
      MicroOp(
        code: isUnsigned ? .compareUnsigned : .compare, width: width,
        amount: UInt8(truncatingIfNeeded: field), a: MicroOperand(a),
        b: b.map { MicroOperand($0) } ?? .constant, immediate: UInt64(bitPattern: constant)))
  }

  /// CR0 from a result that has become a register's value.
  mutating func record(_ register: GPR) { compare(field: 0, width: recordedWidth, register, nil) }
}
