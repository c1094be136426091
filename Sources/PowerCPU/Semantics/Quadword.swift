import PowerISA

// Book I 3.3.2.1, 3.3.4.1 and the prefixed forms: the even register of the pair is the more
// significant doubleword in both byte orders. Before ISA 2.07 little-endian mode raises the
// alignment interrupt.
extension Semantics {
  /// RTp odd, or RTp=RA, is an invalid form: illegal instruction.
  static func lq(_ p: Processor, _ i: Instruction) {
    guard i.rt.number & 1 == 0, i.rt != i.ra else { return p.illegal() }
    p.loadPair(i, p.ea(i.ra, i.dq))
  }

  static func plq(_ p: Processor, _ i: Instruction) {
    guard i.rt.number & 1 == 0, i.rt != i.ra || i.prefixR else { return p.illegal() }
    guard let address = p.prefixedAddress(i) else { return }
    p.loadPair(i, address)
  }

  static func stq(_ p: Processor, _ i: Instruction) {
    guard i.rs.number & 1 == 0 else { return p.illegal() }
    p.storePair(i, p.ea(i.ra, i.ds))
  }

  static func pstq(_ p: Processor, _ i: Instruction) {
    guard i.rs.number & 1 == 0 else { return p.illegal() }
    guard let address = p.prefixedAddress(i) else { return }
    p.storePair(i, address)
  }
}

extension Processor {
  fileprivate func loadPair(_ i: Instruction, _ address: UInt64) {
    guard permitsQuadword(address), let value = loadQuadword(address) else { return }
    self[i.rt] = UInt64(truncatingIfNeeded: value >> 64)
    self[i.rt.next] = UInt64(truncatingIfNeeded: value)
  }

  fileprivate func storePair(_ i: Instruction, _ address: UInt64) {
    guard permitsQuadword(address) else { return }
    _ = storeQuadword(UInt128(self[i.rs]) << 64 | UInt128(self[i.rs.next]), address)
  }

  private func permitsQuadword(_ address: UInt64) -> Bool {
    if state.pointee.isaLevel >= 207 || !state.pointee.littleEndian { return true }
    alignment(address)
    return false
  }
}
