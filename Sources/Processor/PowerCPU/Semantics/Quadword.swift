import PowerISA

// Book I 3.3.2.1, 3.3.4.1 and the prefixed forms. `lq` and `stq` keep the more significant
// doubleword in the even register, `plq` and `pstq` the one with the lower address: with
// little-endian storage they are not the same. Before ISA 2.07 little-endian mode raises the
// alignment interrupt.
extension Semantics {
  /// RTp odd, or RTp=RA (of `lq`), is an invalid form, also when RA is 0: illegal instruction.
  static func lq(_ p: Processor, _ i: Instruction) {
    guard i.rt.number & 1 == 0, i.rt != i.ra else { return p.illegal() }
    let address = p.ea(i.ra, i.dq)
    guard p.permitsQuadword(address), let value = p.loadQuadword(address) else { return }
    p[i.rt] = UInt64(truncatingIfNeeded: value >> 64)
    p[i.rt.next] = UInt64(truncatingIfNeeded: value)
  }

  static func plq(_ p: Processor, _ i: Instruction) {
    guard i.rt.number & 1 == 0, i.rt != i.ra else { return p.illegal() }
    guard let address = p.prefixedAddress(i) else { return }
    guard let value = p.loadQuadword(address) else { return }
    let isLittleEndian = p.state.pointee.littleEndian
    p[isLittleEndian ? i.rt.next : i.rt] = UInt64(truncatingIfNeeded: value >> 64)
    p[isLittleEndian ? i.rt : i.rt.next] = UInt64(truncatingIfNeeded: value)
  }

  static func stq(_ p: Processor, _ i: Instruction) {
    guard i.rs.number & 1 == 0 else { return p.illegal() }
    let address = p.ea(i.ra, i.ds)
    guard p.permitsQuadword(address) else { return }
    _ = p.storeQuadword(UInt128(p[i.rs]) << 64 | UInt128(p[i.rs.next]), address)
  }

  static func pstq(_ p: Processor, _ i: Instruction) {
    guard i.rs.number & 1 == 0 else { return p.illegal() }
    guard let address = p.prefixedAddress(i) else { return }
    let (low, high) =
      p.state.pointee.littleEndian ? (p[i.rs], p[i.rs.next]) : (p[i.rs.next], p[i.rs])
    _ = p.storeQuadword(UInt128(high) << 64 | UInt128(low), address)
  }
}

extension Processor {
  fileprivate func permitsQuadword(_ address: UInt64) -> Bool {
    if state.pointee.isaLevel >= 207 || !state.pointee.littleEndian { return true }
    alignment(address)
    return false
  }
}
