import PowerArithmetic
import PowerISA

// Book I 6.9.2 and 6.9.1.5: integer compares, maximum and minimum.

extension Semantics {
  // MARK: equal

  @inline(__always)
  static func vcmpequb(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, Vector(mask: p[i.vra].bytes .== p[i.vrb].bytes))
  }

  @inline(__always)
  static func vcmpequh(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, Vector(mask: p[i.vra].halfwords .== p[i.vrb].halfwords))
  }

  @inline(__always)
  static func vcmpequw(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, Vector(mask: p[i.vra].words .== p[i.vrb].words))
  }

  @inline(__always)
  static func vcmpequd(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, Vector(mask: p[i.vra].doublewords .== p[i.vrb].doublewords))
  }

  static func vcmpequq(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt128.self) { $0 == $1 })
  }

  static func vcmpneb(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt8.self) { $0 != $1 })
  }

  static func vcmpneh(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt16.self) { $0 != $1 })
  }

  static func vcmpnew(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt32.self) { $0 != $1 })
  }

  static func vcmpnezb(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt8.self) { $0 != $1 || $0 == 0 || $1 == 0 })
  }

  static func vcmpnezh(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt16.self) { $0 != $1 || $0 == 0 || $1 == 0 })
  }

  static func vcmpnezw(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt32.self) { $0 != $1 || $0 == 0 || $1 == 0 })
  }

  // MARK: greater

  static func vcmpgtub(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt8.self) { $0 > $1 })
  }

  static func vcmpgtsb(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], Int8.self) { $0 > $1 })
  }

  static func vcmpgtuh(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt16.self) { $0 > $1 })
  }

  static func vcmpgtsh(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], Int16.self) { $0 > $1 })
  }

  static func vcmpgtuw(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt32.self) { $0 > $1 })
  }

  static func vcmpgtsw(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], Int32.self) { $0 > $1 })
  }

  static func vcmpgtud(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt64.self) { $0 > $1 })
  }

  static func vcmpgtsd(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], Int64.self) { $0 > $1 })
  }

  static func vcmpgtuq(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], UInt128.self) { $0 > $1 })
  }

  static func vcmpgtsq(_ p: Processor, _ i: Instruction) {
    p.setComparison(i, p[i.vra].mask(p[i.vrb], Int128.self) { $0 > $1 })
  }

  static func vcmpuq(_ p: Processor, _ i: Instruction) {
    p[i.bf] = compared(p[i.vra].quadword, p[i.vrb].quadword)
  }

  static func vcmpsq(_ p: Processor, _ i: Instruction) {
    p[i.bf] = compared(Int128(bitPattern: p[i.vra].quadword), Int128(bitPattern: p[i.vrb].quadword))
  }

  /// LT, GT or EQ of a condition register field.
  private static func compared<T: FixedWidthInteger>(_ a: T, _ b: T) -> UInt32 {
    a < b ? 8 : a > b ? 4 : 2
  }

  // MARK: maximum, minimum

  static func vmaxub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt8.self) { max($0, $1) }
  }

  static func vmaxsb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int8.self) { max($0, $1) }
  }

  static func vminub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt8.self) { min($0, $1) }
  }

  static func vminsb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int8.self) { min($0, $1) }
  }

  static func vmaxuh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt16.self) { max($0, $1) }
  }

  static func vmaxsh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int16.self) { max($0, $1) }
  }

  static func vminuh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt16.self) { min($0, $1) }
  }

  static func vminsh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int16.self) { min($0, $1) }
  }

  static func vmaxuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) { max($0, $1) }
  }

  static func vmaxsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int32.self) { max($0, $1) }
  }

  static func vminuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) { min($0, $1) }
  }

  static func vminsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int32.self) { min($0, $1) }
  }

  static func vmaxud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self) { max($0, $1) }
  }

  static func vmaxsd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int64.self) { max($0, $1) }
  }

  static func vminud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self) { min($0, $1) }
  }

  static func vminsd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int64.self) { min($0, $1) }
  }
}
