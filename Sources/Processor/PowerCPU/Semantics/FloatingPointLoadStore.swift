import PowerArithmetic
import PowerISA

// Book I 4.6.2 to 4.6.4. Singles are kept in double format: `lfs` and `stfs` convert without
// rounding and without quieting a NaN.
extension Processor {
  @inline(__always)
  fileprivate func loadSingle(_ target: FPR, _ address: UInt64) -> Bool {
    guard let word = load(UInt32.self, address) else { return false }
    self[target] = FloatArithmetic.doubleFromSingle(word)
    return true
  }

  @inline(__always)
  fileprivate func loadDouble(_ target: FPR, _ address: UInt64) -> Bool {
    guard let value = load(UInt64.self, address) else { return false }
    self[target] = value
    return true
  }

  @inline(__always)
  fileprivate func storeSingle(_ source: FPR, _ address: UInt64) -> Bool {
    store(FloatArithmetic.singleFromDouble(self[source]), address)
  }

  @inline(__always)
  fileprivate func storeDouble(_ source: FPR, _ address: UInt64) -> Bool {
    store(self[source], address)
  }

  /// The update forms: RA=0 is invalid, and RA changes only when the access succeeded.
  @inline(__always)
  fileprivate func updating(
    _ i: Instruction, _ displacement: UInt64, _ access: (Processor, FPR, UInt64) -> Bool
  ) {
    guard i.ra.number != 0 else { return illegal() }
    let address = self[i.ra] &+ displacement
    if access(self, i.frt, address) { self[i.ra] = address }
  }

  /// The pair of doublewords of `lfdp`: one quadword in the byte order of MSR[LE], its more
  /// significant half for the even register.
  fileprivate func loadPair(_ i: Instruction, _ address: UInt64) {
    guard i.frt.number & 1 == 0 else { return illegal() }
    guard let value = loadQuadword(address) else { return }
    self[i.frt] = UInt64(truncatingIfNeeded: value >> 64)
    self[i.frt.next] = UInt64(truncatingIfNeeded: value)
  }

  fileprivate func storePair(_ i: Instruction, _ address: UInt64) {
    guard i.frs.number & 1 == 0 else { return illegal() }
    _ = storeQuadword(UInt128(self[i.frs]) << 64 | UInt128(self[i.frs.next]), address)
  }
}

extension Semantics {
  // MARK: load single

  @inline(__always)
  static func lfs(_ p: Processor, _ i: Instruction) { _ = p.loadSingle(i.frt, p.ea(i.ra, i.d)) }
  @inline(__always)
  static func lfsx(_ p: Processor, _ i: Instruction) { _ = p.loadSingle(i.frt, p.ea(i.ra, i.rb)) }
  @inline(__always)
  static func lfsu(_ p: Processor, _ i: Instruction) {
    p.updating(i, i.dOffset) { $0.loadSingle($1, $2) }
  }
  @inline(__always)
  static func lfsux(_ p: Processor, _ i: Instruction) {
    p.updating(i, p[i.rb]) { $0.loadSingle($1, $2) }
  }
  @inline(__always)
  static func plfs(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    _ = p.loadSingle(i.frt, address)
  }

  // MARK: load double

  @inline(__always)
  static func lfd(_ p: Processor, _ i: Instruction) { _ = p.loadDouble(i.frt, p.ea(i.ra, i.d)) }
  @inline(__always)
  static func lfdx(_ p: Processor, _ i: Instruction) { _ = p.loadDouble(i.frt, p.ea(i.ra, i.rb)) }
  @inline(__always)
  static func lfdu(_ p: Processor, _ i: Instruction) {
    p.updating(i, i.dOffset) { $0.loadDouble($1, $2) }
  }
  @inline(__always)
  static func lfdux(_ p: Processor, _ i: Instruction) {
    p.updating(i, p[i.rb]) { $0.loadDouble($1, $2) }
  }
  @inline(__always)
  static func plfd(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    _ = p.loadDouble(i.frt, address)
  }

  // MARK: load integer word, pair

  @inline(__always)
  static func lfiwax(_ p: Processor, _ i: Instruction) {
    guard let word = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.frt] = UInt64(bitPattern: Int64(Int32(bitPattern: word)))
  }
  @inline(__always)
  static func lfiwzx(_ p: Processor, _ i: Instruction) {
    guard let word = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.frt] = UInt64(word)
  }
  static func lfdp(_ p: Processor, _ i: Instruction) { p.loadPair(i, p.ea(i.ra, i.ds)) }
  static func lfdpx(_ p: Processor, _ i: Instruction) { p.loadPair(i, p.ea(i.ra, i.rb)) }

  // MARK: store single

  @inline(__always)
  static func stfs(_ p: Processor, _ i: Instruction) { _ = p.storeSingle(i.frs, p.ea(i.ra, i.d)) }
  @inline(__always)
  static func stfsx(_ p: Processor, _ i: Instruction) {
    _ = p.storeSingle(i.frs, p.ea(i.ra, i.rb))
  }
  @inline(__always)
  static func stfsu(_ p: Processor, _ i: Instruction) {
    p.updating(i, i.dOffset) { $0.storeSingle($1, $2) }
  }
  @inline(__always)
  static func stfsux(_ p: Processor, _ i: Instruction) {
    p.updating(i, p[i.rb]) { $0.storeSingle($1, $2) }
  }
  @inline(__always)
  static func pstfs(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    _ = p.storeSingle(i.frs, address)
  }

  // MARK: store double

  @inline(__always)
  static func stfd(_ p: Processor, _ i: Instruction) { _ = p.storeDouble(i.frs, p.ea(i.ra, i.d)) }
  @inline(__always)
  static func stfdx(_ p: Processor, _ i: Instruction) {
    _ = p.storeDouble(i.frs, p.ea(i.ra, i.rb))
  }
  @inline(__always)
  static func stfdu(_ p: Processor, _ i: Instruction) {
    p.updating(i, i.dOffset) { $0.storeDouble($1, $2) }
  }
  @inline(__always)
  static func stfdux(_ p: Processor, _ i: Instruction) {
    p.updating(i, p[i.rb]) { $0.storeDouble($1, $2) }
  }
  @inline(__always)
  static func pstfd(_ p: Processor, _ i: Instruction) {
    guard let address = p.prefixedAddress(i) else { return }
    _ = p.storeDouble(i.frs, address)
  }

  // MARK: store integer word, pair

  @inline(__always)
  static func stfiwx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt32(truncatingIfNeeded: p[i.frs]), p.ea(i.ra, i.rb))
  }
  static func stfdp(_ p: Processor, _ i: Instruction) { p.storePair(i, p.ea(i.ra, i.ds)) }
  static func stfdpx(_ p: Processor, _ i: Instruction) { p.storePair(i, p.ea(i.ra, i.rb)) }

  // MARK: between register files, POWER6 only

  @inline(__always)
  static func mffgpr(_ p: Processor, _ i: Instruction) { p[i.frt] = p[i.rb] }
  @inline(__always)
  static func mftgpr(_ p: Processor, _ i: Instruction) { p[i.rt] = p[i.frb] }
}
