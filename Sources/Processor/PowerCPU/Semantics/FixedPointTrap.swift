import PowerISA

// Book I 3.3.12.
extension Semantics {
  @inline(__always)
  static func twi(_ p: Processor, _ i: Instruction) {
    p.trapWord(i, p[i.ra], UInt64(bitPattern: i.si))
  }

  @inline(__always)
  static func tw(_ p: Processor, _ i: Instruction) { p.trapWord(i, p[i.ra], p[i.rb]) }

  @inline(__always)
  static func tdi(_ p: Processor, _ i: Instruction) {
    p.trapDoubleword(i, p[i.ra], UInt64(bitPattern: i.si))
  }

  @inline(__always)
  static func td(_ p: Processor, _ i: Instruction) { p.trapDoubleword(i, p[i.ra], p[i.rb]) }
}

extension Processor {
  @inline(__always)
  fileprivate func trapWord(_ i: Instruction, _ a: UInt64, _ b: UInt64) {
    // Moved to the top, words compare as doublewords.
    trapDoubleword(i, a << 32, b << 32)
  }

  /// TO, from the left: less, greater, equal, logically less, logically greater.
  @inline(__always)
  fileprivate func trapDoubleword(_ i: Instruction, _ a: UInt64, _ b: UInt64) {
    let (signedA, signedB) = (Int64(bitPattern: a), Int64(bitPattern: b))
    let holds: UInt64 =
      a == b ? 4 : (signedA < signedB ? 16 : 8) | (a < b ? 2 : 1)
    if holds & i.to != 0 { trap() }
  }
}
