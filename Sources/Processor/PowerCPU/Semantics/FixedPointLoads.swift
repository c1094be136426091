import PowerISA

// Book I 3.3.2 and, with a prefix, 3.3.3: by size, as displacement, indexed and update forms.
extension Semantics {
  // MARK: bytes

  @inline(__always)
  static func lbz(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt8.self, i.rt, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func lbzx(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt8.self, i.rt, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func lbzu(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt8.self, i, i.dOffset) }

  @inline(__always)
  static func lbzux(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt8.self, i, p[i.rb]) }

  @inline(__always)
  static func plbz(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.loadZero(UInt8.self, i.rt, address)
  }

  // MARK: halfwords

  @inline(__always)
  static func lhz(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt16.self, i.rt, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func lhzx(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt16.self, i.rt, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func lhzu(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt16.self, i, i.dOffset) }

  @inline(__always)
  static func lhzux(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt16.self, i, p[i.rb]) }

  @inline(__always)
  static func plhz(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.loadZero(UInt16.self, i.rt, address)
  }

  @inline(__always)
  static func lha(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraic(Int16.self, i.rt, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func lhax(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraic(Int16.self, i.rt, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func lhau(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraicUpdate(Int16.self, i, i.dOffset)
  }

  @inline(__always)
  static func lhaux(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraicUpdate(Int16.self, i, p[i.rb])
  }

  @inline(__always)
  static func plha(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.loadAlgebraic(Int16.self, i.rt, address)
  }

  // MARK: words

  @inline(__always)
  static func lwz(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt32.self, i.rt, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func lwzx(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt32.self, i.rt, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func lwzu(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt32.self, i, i.dOffset) }

  @inline(__always)
  static func lwzux(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt32.self, i, p[i.rb]) }

  @inline(__always)
  static func plwz(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.loadZero(UInt32.self, i.rt, address)
  }

  @inline(__always)
  static func lwa(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraic(Int32.self, i.rt, p.ea(i.ra, i.ds))
  }

  @inline(__always)
  static func lwax(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraic(Int32.self, i.rt, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func lwaux(_ p: Processor, _ i: Instruction) {
    p.loadAlgebraicUpdate(Int32.self, i, p[i.rb])
  }

  @inline(__always)
  static func plwa(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.loadAlgebraic(Int32.self, i.rt, address)
  }

  // MARK: doublewords

  @inline(__always)
  static func ld(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt64.self, i.rt, p.ea(i.ra, i.ds))
  }

  @inline(__always)
  static func ldx(_ p: Processor, _ i: Instruction) {
    p.loadZero(UInt64.self, i.rt, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func ldu(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt64.self, i, i.dsOffset) }

  @inline(__always)
  static func ldux(_ p: Processor, _ i: Instruction) { p.loadZeroUpdate(UInt64.self, i, p[i.rb]) }

  @inline(__always)
  static func pld(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.loadZero(UInt64.self, i.rt, address)
  }
}
