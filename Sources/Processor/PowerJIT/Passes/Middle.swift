/// From the operations of a block to the micro-ops of which host code is made. Its buffers are kept from
/// block to block.
package struct Middle {
  /// A stage after which the micro-ops of a block do the same as its instructions.
  package enum Stage: CaseIterable {
    case lowering, constantPropagation, valueNumbering, deadCode
  }

  private var builder = MicroOpBuilder()
  private var constants = ConstantPropagation()
  private var values = ValueNumbering()
  package private(set) var ops: [MicroOp] = []

  package init() {}

  /// Makes the micro-ops of a block.
  /// - Parameters:
  ///   - page: its page's effective address, if the code is for that address only.
  ///   - context: what the code takes for granted.
  ///   - fast: guest registers in host registers, as a set of ``MicroOperand/bit``.
  ///   - observe: what is called after each stage.
  package mutating func make(
    _ block: Region.Block, page: UInt64?, _ context: RegionContext, fast: UInt64,
    observe: (Stage, [MicroOp]) -> Void = { _, _ in }
  ) {
    builder.build(block, page: page, context, into: &ops)
    observe(.lowering, ops)
    constants.run(&ops, fast: fast)
    observe(.constantPropagation, ops)
    values.run(&ops)
    observe(.valueNumbering, ops)
    DeadCode().run(&ops)
    observe(.deadCode, ops)
  }
}
