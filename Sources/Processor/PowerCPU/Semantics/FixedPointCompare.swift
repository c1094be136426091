import PowerArithmetic
import PowerISA

// Book I 3.3.10 and 3.3.11: compares, and the byte compares of ISA 3.0.
extension Semantics {
  @inline(__always)
  static func cmpi(_ p: Processor, _ i: Instruction) {
    p.compareSigned(i, p[i.ra], UInt64(bitPattern: i.si))
  }

  @inline(__always)
  static func cmp(_ p: Processor, _ i: Instruction) { p.compareSigned(i, p[i.ra], p[i.rb]) }

  @inline(__always)
  static func cmpli(_ p: Processor, _ i: Instruction) { p.compareUnsigned(i, p[i.ra], i.ui) }

  @inline(__always)
  static func cmpl(_ p: Processor, _ i: Instruction) { p.compareUnsigned(i, p[i.ra], p[i.rb]) }

  static func cmprb(_ p: Processor, _ i: Instruction) {
    let byte = UInt8(truncatingIfNeeded: p[i.ra])
    p[i.bf] = FixedPoint.isInRange(byte, p[i.rb], two: i.l_10) ? 4 : 0
  }

  static func cmpeqb(_ p: Processor, _ i: Instruction) {
    let bytes = (p[i.ra] & 0xFF) &* 0x0101_0101_0101_0101
    p[i.bf] = FixedPoint.equalBytes(bytes, p[i.rb]) != 0 ? 4 : 0
  }
}

extension Processor {
  /// BF from a signed comparison of doublewords (L=1) or low words.
  @inline(__always)
  fileprivate func compareSigned(_ i: Instruction, _ a: UInt64, _ b: UInt64) {
    // A word compares as a doubleword with its sign at the top.
    let shift: UInt64 = i.l_10 ? 0 : 32
    let (a, b) = (Int64(bitPattern: a &<< shift), Int64(bitPattern: b &<< shift))
    self[i.bf] = (a < b ? 8 : a > b ? 4 : 2) | summaryOverflow
  }

  /// BF from an unsigned comparison of doublewords (L=1) or low words.
  @inline(__always)
  fileprivate func compareUnsigned(_ i: Instruction, _ a: UInt64, _ b: UInt64) {
    let shift: UInt64 = i.l_10 ? 0 : 32
    let (a, b) = (a &<< shift, b &<< shift)
    self[i.bf] = (a < b ? 8 : a > b ? 4 : 2) | summaryOverflow
  }
}
