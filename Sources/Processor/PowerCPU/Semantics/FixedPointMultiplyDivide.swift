import PowerArithmetic
import PowerISA

// Book I 3.3.9, multiplications and divisions.
//
// Where a word instruction leaves bits 0:31 of RT undefined, or a division its result, this is
// what POWER9 gives: `mulhw` repeats its word, word quotients are zero-extended, word remainders
// extended by their own signedness, and what overflows or divides by zero is 0.
extension Semantics {
  @inline(__always)
  static func mulli(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.ra] &* UInt64(bitPattern: i.si)
  }

  @inline(__always)
  static func mullw(_ p: Processor, _ i: Instruction) {
    let product = FixedPoint.signExtendWord(p[i.ra]) &* FixedPoint.signExtendWord(p[i.rb])
    p.setXO(i, product, overflow: product != FixedPoint.signExtendWord(product))
  }

  @inline(__always)
  static func mulhw(_ p: Processor, _ i: Instruction) {
    let product = FixedPoint.signExtendWord(p[i.ra]) &* FixedPoint.signExtendWord(p[i.rb])
    p.setHighWord(i, product)
  }

  @inline(__always)
  static func mulhwu(_ p: Processor, _ i: Instruction) {
    p.setHighWord(i, (p[i.ra] & 0xFFFF_FFFF) &* (p[i.rb] & 0xFFFF_FFFF))
  }

  @inline(__always)
  static func mulld(_ p: Processor, _ i: Instruction) {
    let (a, b) = (Int64(bitPattern: p[i.ra]), Int64(bitPattern: p[i.rb]))
    let product = a &* b
    p.setXO(
      i, UInt64(bitPattern: product), overflow: a.multipliedReportingOverflow(by: b).overflow)
  }

  @inline(__always)
  static func mulhd(_ p: Processor, _ i: Instruction) {
    let (a, b) = (Int64(bitPattern: p[i.ra]), Int64(bitPattern: p[i.rb]))
    p.setRecorded(i, UInt64(bitPattern: a.multipliedFullWidth(by: b).high))
  }

  @inline(__always)
  static func mulhdu(_ p: Processor, _ i: Instruction) {
    p.setRecorded(i, p[i.ra].multipliedFullWidth(by: p[i.rb]).high)
  }

  @inline(__always)
  static func maddhd(_ p: Processor, _ i: Instruction) {
    let (a, b) = (Int64(bitPattern: p[i.ra]), Int64(bitPattern: p[i.rb]))
    let (high, low) = a.multipliedFullWidth(by: b)
    let addend = Int64(bitPattern: p[i.registerC])
    let carry = low.addingReportingOverflow(UInt64(bitPattern: addend)).overflow
    p[i.rt] = UInt64(bitPattern: high &+ (addend >> 63) &+ (carry ? 1 : 0))
  }

  @inline(__always)
  static func maddhdu(_ p: Processor, _ i: Instruction) {
    let (high, low) = p[i.ra].multipliedFullWidth(by: p[i.rb])
    let carry = low.addingReportingOverflow(p[i.registerC]).overflow
    p[i.rt] = high &+ (carry ? 1 : 0)
  }

  @inline(__always)
  static func maddld(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.ra] &* p[i.rb] &+ p[i.registerC]
  }

  // MARK: word divisions

  static func divw(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.quotient(p.signedWord(i.ra), p.signedWord(i.rb)))
  }

  static func divwu(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.quotient(p.word(i.ra), p.word(i.rb)))
  }

  static func divwe(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.extendedQuotient(p.signedWord(i.ra), p.signedWord(i.rb)))
  }

  static func divweu(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.extendedQuotient(p.word(i.ra), p.word(i.rb)))
  }

  static func modsw(_ p: Processor, _ i: Instruction) {
    let remainder = FixedPoint.remainder(p.signedWord(i.ra), p.signedWord(i.rb)) ?? 0
    p[i.rt] = UInt64(bitPattern: Int64(remainder))
  }

  static func moduw(_ p: Processor, _ i: Instruction) {
    p[i.rt] = UInt64(FixedPoint.remainder(p.word(i.ra), p.word(i.rb)) ?? 0)
  }

  // MARK: doubleword divisions

  static func divd(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.quotient(p.signed(i.ra), p.signed(i.rb)))
  }

  static func divdu(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.quotient(p[i.ra], p[i.rb]))
  }

  static func divde(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.extendedQuotient(p.signed(i.ra), p.signed(i.rb)))
  }

  static func divdeu(_ p: Processor, _ i: Instruction) {
    p.setQuotient(i, FixedPoint.extendedQuotient(p[i.ra], p[i.rb]))
  }

  static func modsd(_ p: Processor, _ i: Instruction) {
    p[i.rt] = UInt64(bitPattern: FixedPoint.remainder(p.signed(i.ra), p.signed(i.rb)) ?? 0)
  }

  static func modud(_ p: Processor, _ i: Instruction) {
    p[i.rt] = FixedPoint.remainder(p[i.ra], p[i.rb]) ?? 0
  }
}

extension Processor {
  @inline(__always)
  fileprivate func word(_ register: GPR) -> UInt32 { UInt32(truncatingIfNeeded: self[register]) }

  @inline(__always)
  fileprivate func signedWord(_ register: GPR) -> Int32 {
    Int32(truncatingIfNeeded: self[register])
  }

  @inline(__always)
  fileprivate func signed(_ register: GPR) -> Int64 { Int64(bitPattern: self[register]) }

  /// RT, and CR0 if Rc, of an instruction without OE.
  @inline(__always)
  fileprivate func setRecorded(_ i: Instruction, _ result: UInt64) {
    self[i.rt] = result
    if i.rc { recordCR0(result) }
  }

  /// The high word of a 64-bit product, in both words of RT.
  @inline(__always)
  fileprivate func setHighWord(_ i: Instruction, _ product: UInt64) {
    let high = product >> 32
    setRecorded(i, high << 32 | high)
  }

  /// Zero-extended quotient, or 0 and OV.
  @inline(__always)
  fileprivate func setQuotient<T: FixedWidthInteger>(_ i: Instruction, _ quotient: T?)
  where T.Magnitude: UnsignedInteger {
    let magnitude = T.Magnitude(truncatingIfNeeded: quotient ?? 0)
    setXO(i, UInt64(truncatingIfNeeded: magnitude), overflow: quotient == nil)
  }
}
