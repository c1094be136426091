import PowerISA

// Book I 2.4: branch instructions.

extension Semantics {
  @inline(__always)
  static func b(_ p: Processor, _ i: Instruction) {
    let next = p.state.pointee.nia
    p.branch(to: (i.aa ? 0 : p.state.pointee.cia) &+ UInt64(bitPattern: i.li))
    if i.lk { p.state.pointee.lr = next }
  }

  @inline(__always)
  static func bc(_ p: Processor, _ i: Instruction) {
    let next = p.state.pointee.nia
    if p.countAndCondition(i) {
      p.branch(to: (i.aa ? 0 : p.state.pointee.cia) &+ UInt64(bitPattern: i.bd))
    }
    if i.lk { p.state.pointee.lr = next }
  }

  @inline(__always)
  static func bclr(_ p: Processor, _ i: Instruction) {
    let next = p.state.pointee.nia
    let target = p.state.pointee.lr & ~3
    if p.countAndCondition(i) { p.branch(to: target) }
    if i.lk { p.state.pointee.lr = next }
  }

  /// BO with a count to decrement is an invalid form; the count is left alone.
  @inline(__always)
  static func bcctr(_ p: Processor, _ i: Instruction) {
    let next = p.state.pointee.nia
    if p.condition(i) { p.branch(to: p.state.pointee.ctr & ~3) }
    if i.lk { p.state.pointee.lr = next }
  }

  @inline(__always)
  static func bctar(_ p: Processor, _ i: Instruction) {
    let next = p.state.pointee.nia
    if p.countAndCondition(i) { p.branch(to: p.state.pointee.tar & ~3) }
    if i.lk { p.state.pointee.lr = next }
  }
}

extension Processor {
  @inline(__always)
  func branch(to target: UInt64) {
    state.pointee.cfar = state.pointee.cia
    state.pointee.nia = target
  }

  /// BO bits 2 and 3: decrements CTR unless the bit forbids it, and tests it; then the condition.
  @inline(__always)
  func countAndCondition(_ i: Instruction) -> Bool {
    if i.bo & 4 == 0 {
      let count = state.pointee.ctr &- 1
      state.pointee.ctr = count
      let isZero = count & state.pointee.addressMask == 0
      if isZero != (i.bo & 2 != 0) { return false }
    }
    return condition(i)
  }

  /// BO bits 0 and 1: whether CR[BI] is tested, and for which value.
  @inline(__always)
  func condition(_ i: Instruction) -> Bool {
    i.bo & 16 != 0 || self[i.bi] == (i.bo & 8 != 0)
  }
}
