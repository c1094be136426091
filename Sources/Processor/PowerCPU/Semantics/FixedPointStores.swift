import PowerISA

// Book I 3.3.4 and, with a prefix, 3.3.5: by size, as displacement, indexed and update forms.
extension Semantics {
  // MARK: bytes

  @inline(__always)
  static func stb(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt8.self, i.rs, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func stbx(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt8.self, i.rs, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stbu(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt8.self, i, i.dOffset) }

  @inline(__always)
  static func stbux(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt8.self, i, p[i.rb]) }

  @inline(__always)
  static func pstb(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.storeLow(UInt8.self, i.rs, address)
  }

  // MARK: halfwords

  @inline(__always)
  static func sth(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt16.self, i.rs, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func sthx(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt16.self, i.rs, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func sthu(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt16.self, i, i.dOffset) }

  @inline(__always)
  static func sthux(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt16.self, i, p[i.rb]) }

  @inline(__always)
  static func psth(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.storeLow(UInt16.self, i.rs, address)
  }

  // MARK: words

  @inline(__always)
  static func stw(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt32.self, i.rs, p.ea(i.ra, i.d))
  }

  @inline(__always)
  static func stwx(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt32.self, i.rs, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stwu(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt32.self, i, i.dOffset) }

  @inline(__always)
  static func stwux(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt32.self, i, p[i.rb]) }

  @inline(__always)
  static func pstw(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.storeLow(UInt32.self, i.rs, address)
  }

  // MARK: doublewords

  @inline(__always)
  static func std(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt64.self, i.rs, p.ea(i.ra, i.ds))
  }

  @inline(__always)
  static func stdx(_ p: Processor, _ i: Instruction) {
    p.storeLow(UInt64.self, i.rs, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stdu(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt64.self, i, i.dsOffset) }

  @inline(__always)
  static func stdux(_ p: Processor, _ i: Instruction) { p.storeUpdate(UInt64.self, i, p[i.rb]) }

  @inline(__always)
  static func pstd(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    p.storeLow(UInt64.self, i.rs, address)
  }
}
