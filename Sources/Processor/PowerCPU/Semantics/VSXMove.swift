import PowerArithmetic
import PowerISA

// Book I 6.17 and 7.6: between general, vector-scalar and status registers.

extension Semantics {
  // MARK: to VSRs

  @inline(__always)
  static func mtvsrd(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[i.ra], 0)
  }

  @inline(__always)
  static func mtvsrwa(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: p[i.ra]))), 0)
  }

  @inline(__always)
  static func mtvsrwz(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[i.ra] & 0xFFFF_FFFF, 0)
  }

  @inline(__always)
  static func mtvsrdd(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[orZero: i.ra], p[i.rb])
  }

  @inline(__always)
  static func mtvsrws(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(repeating: UInt32(truncatingIfNeeded: p[i.ra]))
  }

  // MARK: from VSRs

  @inline(__always)
  static func mfvsrd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = p[i.xs].doubleword0
  }

  @inline(__always)
  static func mfvsrld(_ p: Processor, _ i: Instruction) {
    p[i.ra] = p[i.xs].doubleword1
  }

  @inline(__always)
  static func mfvsrwz(_ p: Processor, _ i: Instruction) {
    p[i.ra] = p[i.xs].doubleword0 & 0xFFFF_FFFF
  }

  // MARK: VSCR

  @inline(__always)
  static func mfvscr(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(0, UInt64(p.state.pointee.vscr))
  }

  @inline(__always)
  static func mtvscr(_ p: Processor, _ i: Instruction) {
    p.state.pointee.vscr = p[i.vrb][word: 3] & (VSCR.nj | VSCR.sat)
  }
}
