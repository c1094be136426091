import PowerISA

// Book I 3.3.12.1 and the results of comparisons as numbers.
extension Semantics {
  @inline(__always)
  static func isel(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.bc] ? p[orZero: i.ra] : p[i.rb]
  }

  @inline(__always)
  static func setb(_ p: Processor, _ i: Instruction) {
    let field = p[i.bfa]
    p[i.rt] = field & 8 != 0 ? ~0 : UInt64(field >> 2 & 1)
  }

  @inline(__always)
  static func setbc(_ p: Processor, _ i: Instruction) { p[i.rt] = p[i.bi] ? 1 : 0 }

  @inline(__always)
  static func setbcr(_ p: Processor, _ i: Instruction) { p[i.rt] = p[i.bi] ? 0 : 1 }

  @inline(__always)
  static func setnbc(_ p: Processor, _ i: Instruction) { p[i.rt] = p[i.bi] ? ~0 : 0 }

  @inline(__always)
  static func setnbcr(_ p: Processor, _ i: Instruction) { p[i.rt] = p[i.bi] ? 0 : ~0 }
}
