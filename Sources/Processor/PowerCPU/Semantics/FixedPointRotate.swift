import PowerArithmetic
import PowerISA

// Book I 3.3.14.1. The word forms rotate a doubled word under MASK(MB+32, ME+32).
extension Semantics {
  @inline(__always)
  static func rlwinm(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotateWord(p[i.rs], i.sh_16_20) & i.wordMask)
  }

  @inline(__always)
  static func rlwnm(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotateWord(p[i.rs], p[i.rb]) & i.wordMask)
  }

  @inline(__always)
  static func rlwimi(_ p: Processor, _ i: Instruction) {
    let mask = i.wordMask
    p.setRA(i, FixedPoint.rotateWord(p[i.rs], i.sh_16_20) & mask | p[i.ra] & ~mask)
  }

  @inline(__always)
  static func rldicl(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotate(p[i.rs], i.sh6) & ~0 &>> i.mb6)
  }

  @inline(__always)
  static func rldicr(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotate(p[i.rs], i.sh6) & ~0 &<< (63 &- i.mb6))
  }

  @inline(__always)
  static func rldic(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotate(p[i.rs], i.sh6) & FixedPoint.mask(i.mb6, 63 &- i.sh6))
  }

  @inline(__always)
  static func rldimi(_ p: Processor, _ i: Instruction) {
    let mask = FixedPoint.mask(i.mb6, 63 &- i.sh6)
    p.setRA(i, FixedPoint.rotate(p[i.rs], i.sh6) & mask | p[i.ra] & ~mask)
  }

  @inline(__always)
  static func rldcl(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotate(p[i.rs], p[i.rb]) & ~0 &>> i.mb6)
  }

  @inline(__always)
  static func rldcr(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.rotate(p[i.rs], p[i.rb]) & ~0 &<< (63 &- i.mb6))
  }
}

extension Instruction {
  /// MASK(MB+32, ME+32).
  @inline(__always)
  fileprivate var wordMask: UInt64 { FixedPoint.mask(mb &+ 32, me &+ 32) }
}
