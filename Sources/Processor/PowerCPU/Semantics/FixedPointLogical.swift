import PowerArithmetic
import PowerISA

// Book I 3.3.13.
extension Semantics {
  @inline(__always)
  static func andi_(_ p: Processor, _ i: Instruction) {
    p[i.ra] = p[i.rs] & i.ui
    p.recordCR0(p[i.ra])
  }

  @inline(__always)
  static func andis_(_ p: Processor, _ i: Instruction) {
    p[i.ra] = p[i.rs] & i.ui << 16
    p.recordCR0(p[i.ra])
  }

  @inline(__always)
  static func ori(_ p: Processor, _ i: Instruction) { p[i.ra] = p[i.rs] | i.ui }

  @inline(__always)
  static func oris(_ p: Processor, _ i: Instruction) { p[i.ra] = p[i.rs] | i.ui << 16 }

  @inline(__always)
  static func xori(_ p: Processor, _ i: Instruction) { p[i.ra] = p[i.rs] ^ i.ui }

  @inline(__always)
  static func xoris(_ p: Processor, _ i: Instruction) { p[i.ra] = p[i.rs] ^ i.ui << 16 }

  @inline(__always)
  static func and(_ p: Processor, _ i: Instruction) { p.setRA(i, p[i.rs] & p[i.rb]) }

  @inline(__always)
  static func andc(_ p: Processor, _ i: Instruction) { p.setRA(i, p[i.rs] & ~p[i.rb]) }

  @inline(__always)
  static func or(_ p: Processor, _ i: Instruction) { p.setRA(i, p[i.rs] | p[i.rb]) }

  @inline(__always)
  static func orc(_ p: Processor, _ i: Instruction) { p.setRA(i, p[i.rs] | ~p[i.rb]) }

  @inline(__always)
  static func xor(_ p: Processor, _ i: Instruction) { p.setRA(i, p[i.rs] ^ p[i.rb]) }

  @inline(__always)
  static func nand(_ p: Processor, _ i: Instruction) { p.setRA(i, ~(p[i.rs] & p[i.rb])) }

  @inline(__always)
  static func nor(_ p: Processor, _ i: Instruction) { p.setRA(i, ~(p[i.rs] | p[i.rb])) }

  @inline(__always)
  static func eqv(_ p: Processor, _ i: Instruction) { p.setRA(i, ~(p[i.rs] ^ p[i.rb])) }

  // MARK: sign extension

  @inline(__always)
  static func extsb(_ p: Processor, _ i: Instruction) {
    p.setRA(i, UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: p[i.rs]))))
  }

  @inline(__always)
  static func extsh(_ p: Processor, _ i: Instruction) {
    p.setRA(i, UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: p[i.rs]))))
  }

  @inline(__always)
  static func extsw(_ p: Processor, _ i: Instruction) {
    p.setRA(i, FixedPoint.signExtendWord(p[i.rs]))
  }

  // MARK: counting

  @inline(__always)
  static func cntlzw(_ p: Processor, _ i: Instruction) {
    p.setRA(i, UInt64(UInt32(truncatingIfNeeded: p[i.rs]).leadingZeroBitCount))
  }

  @inline(__always)
  static func cnttzw(_ p: Processor, _ i: Instruction) {
    p.setRA(i, UInt64(UInt32(truncatingIfNeeded: p[i.rs]).trailingZeroBitCount))
  }

  @inline(__always)
  static func cntlzd(_ p: Processor, _ i: Instruction) {
    p.setRA(i, UInt64(p[i.rs].leadingZeroBitCount))
  }

  @inline(__always)
  static func cnttzd(_ p: Processor, _ i: Instruction) {
    p.setRA(i, UInt64(p[i.rs].trailingZeroBitCount))
  }

  static func cntlzdm(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.leadingZeros(p[i.rs], under: p[i.rb])
  }

  static func cnttzdm(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.trailingZeros(p[i.rs], under: p[i.rb])
  }

  static func popcntb(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.populationOfBytes(p[i.rs])
  }

  static func popcntw(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.populationOfWords(p[i.rs])
  }

  static func popcntd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = UInt64(p[i.rs].nonzeroBitCount)
  }

  static func prtyw(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.parityOfWords(p[i.rs])
  }

  static func prtyd(_ p: Processor, _ i: Instruction) { p[i.ra] = FixedPoint.parity(p[i.rs]) }

  // MARK: bytes and bits

  static func cmpb(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.equalBytes(p[i.rs], p[i.rb])
  }

  static func bpermd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.bitPermute(p[i.rs], p[i.rb])
  }

  static func cfuged(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.centrifuge(p[i.rs], p[i.rb])
  }

  static func pdepd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.deposit(p[i.rs], p[i.rb])
  }

  static func pextd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.extract(p[i.rs], p[i.rb])
  }
}
