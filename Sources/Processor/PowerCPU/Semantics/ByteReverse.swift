import PowerArithmetic
import PowerISA

// Book I 3.3.6 (loads and stores) and 3.3.16 (registers, ISA 3.1).
extension Semantics {
  @inline(__always)
  static func lhbrx(_ p: Processor, _ i: Instruction) { p.loadReversed(UInt16.self, i) }

  @inline(__always)
  static func lwbrx(_ p: Processor, _ i: Instruction) { p.loadReversed(UInt32.self, i) }

  @inline(__always)
  static func ldbrx(_ p: Processor, _ i: Instruction) { p.loadReversed(UInt64.self, i) }

  @inline(__always)
  static func sthbrx(_ p: Processor, _ i: Instruction) { p.storeReversed(UInt16.self, i) }

  @inline(__always)
  static func stwbrx(_ p: Processor, _ i: Instruction) { p.storeReversed(UInt32.self, i) }

  @inline(__always)
  static func stdbrx(_ p: Processor, _ i: Instruction) { p.storeReversed(UInt64.self, i) }

  @inline(__always)
  static func brh(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.reverseHalfwords(p[i.rs])
  }

  @inline(__always)
  static func brw(_ p: Processor, _ i: Instruction) {
    p[i.ra] = FixedPoint.reverseWords(p[i.rs])
  }

  @inline(__always)
  static func brd(_ p: Processor, _ i: Instruction) { p[i.ra] = p[i.rs].byteSwapped }
}

extension Processor {
  @inline(__always)
  fileprivate func loadReversed<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction
  ) {
    guard let value = load(type, ea(i.ra, i.rb)) else { return }
    self[i.rt] = UInt64(truncatingIfNeeded: value.byteSwapped)
  }

  @inline(__always)
  fileprivate func storeReversed<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction
  ) {
    _ = store(T(truncatingIfNeeded: self[i.rs]).byteSwapped, ea(i.ra, i.rb))
  }
}
