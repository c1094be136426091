import PowerISA

// Book II 4.6.2: load and reserve, store conditional. The EH hint has no effect here.
extension Semantics {
  static func lbarx(_ p: Processor, _ i: Instruction) { p.loadReserve(UInt8.self, i) }

  static func lharx(_ p: Processor, _ i: Instruction) { p.loadReserve(UInt16.self, i) }

  static func lwarx(_ p: Processor, _ i: Instruction) { p.loadReserve(UInt32.self, i) }

  static func ldarx(_ p: Processor, _ i: Instruction) { p.loadReserve(UInt64.self, i) }

  /// RTp odd, or RA or RB a register of the pair, is an invalid form: illegal instruction.
  static func lqarx(_ p: Processor, _ i: Instruction) {
    guard i.rt.number & 1 == 0, i.rt != i.ra, i.rt != i.rb else { return p.illegal() }
    guard let value = p.loadReserve(UInt128.self, p.ea(i.ra, i.rb)) else { return }
    p[i.rt] = UInt64(truncatingIfNeeded: value >> 64)
    p[i.rt.next] = UInt64(truncatingIfNeeded: value)
  }

  static func stbcx_(_ p: Processor, _ i: Instruction) { p.storeConditional(UInt8.self, i) }

  static func sthcx_(_ p: Processor, _ i: Instruction) { p.storeConditional(UInt16.self, i) }

  static func stwcx_(_ p: Processor, _ i: Instruction) { p.storeConditional(UInt32.self, i) }

  static func stdcx_(_ p: Processor, _ i: Instruction) { p.storeConditional(UInt64.self, i) }

  static func stqcx_(_ p: Processor, _ i: Instruction) {
    guard i.rs.number & 1 == 0 else { return p.illegal() }
    let value = UInt128(p[i.rs]) << 64 | UInt128(p[i.rs.next])
    p.recordStore(p.storeConditional(value, p.ea(i.ra, i.rb)))
  }
}

extension Processor {
  @inline(__always)
  fileprivate func loadReserve<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction
  ) {
    guard let value = loadReserve(type, ea(i.ra, i.rb)) else { return }
    self[i.rt] = UInt64(truncatingIfNeeded: value)
  }

  @inline(__always)
  fileprivate func storeConditional<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction
  ) {
    recordStore(storeConditional(T(truncatingIfNeeded: self[i.rs]), ea(i.ra, i.rb)))
  }

  /// CR0 of a store conditional: EQ if it stored.
  @inline(__always)
  fileprivate func recordStore(_ stored: Bool?) {
    guard let stored else { return }
    self[.cr0] = (stored ? 2 : 0) | summaryOverflow
  }
}
