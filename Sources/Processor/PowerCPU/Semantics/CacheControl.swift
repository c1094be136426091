import PowerISA

// Book II 4.3. Caches are not modelled: what is left of their instructions is the check that
// the storage may be accessed, and `dcbz`. Code that was written is seen at once.
extension Semantics {
  static func icbi(_ p: Processor, _ i: Instruction) { p.touch(i) }
  static func dcbst(_ p: Processor, _ i: Instruction) { p.touch(i) }
  static func dcbf(_ p: Processor, _ i: Instruction) { p.touch(i) }

  @inline(__always)
  static func icbt(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dcbt(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dcbtst(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dst(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dstt(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dstst(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dststt(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dss(_ p: Processor, _ i: Instruction) {}
  @inline(__always)
  static func dssall(_ p: Processor, _ i: Instruction) {}

  /// The block is 128 bytes on every processor here.
  static func dcbz(_ p: Processor, _ i: Instruction) {
    let block = p.ea(i.ra, i.rb) & ~0x7F
    for offset in stride(from: 0 as UInt64, to: 0x80, by: 16) {
      guard p.storeQuadword(0, block &+ offset) else { return }
    }
  }
}

extension Processor {
  /// Raises what a load of the byte would, but for a watchpoint.
  fileprivate func touch(_ i: Instruction) { _ = hostAddress(ea(i.ra, i.rb), .load, size: 0) }
}
