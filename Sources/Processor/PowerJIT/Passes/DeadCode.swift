/// Removes pure micro-ops whose results are never read: temporaries, and guest registers that are set
/// again before anything reads them or may leave the region.
struct DeadCode {
  func run(_ ops: inout [MicroOp]) {
    // Where the block ends, all guest registers are read.
    var live = MicroOp.allGuest
    for index in ops.indices.reversed() {
      let op = ops[index]
      if op.traits.contains(.isPure), op.result.bit & live == 0 || op.isCopyOfItself {
        ops[index].code = .none
        continue
      }
      live = live & ~op.sets | op.reads
    }
  }
}

extension MicroOp {
  fileprivate var isCopyOfItself: Bool { code == .move && a == result }
}
