import PowerISA

// Book I 3.3.7. In little-endian mode, or when the address is no multiple of 4, these raise the
// alignment interrupt (Book III 7.5.8). Registers change only when every word could be read, so
// that an interrupted `lmw` can be executed again even with RA among its targets, an invalid
// form that, as on QEMU, loads RA too.
extension Semantics {
  static func lmw(_ p: Processor, _ i: Instruction) {
    let address = p.ea(i.ra, i.d)
    guard p.permitsMultiple(address) else { return }
    var words = InlineArray<32, UInt32>(repeating: 0)
    for register in i.rt.number..<32 {
      guard let word = p.load(UInt32.self, address &+ UInt64(register - i.rt.number) &* 4)
      else { return }
      words[register] = word
    }
    for register in i.rt.number..<32 { p.state.pointee.gpr[register] = UInt64(words[register]) }
  }

  static func stmw(_ p: Processor, _ i: Instruction) {
    let address = p.ea(i.ra, i.d)
    guard p.permitsMultiple(address) else { return }
    for register in i.rs.number..<32 {
      let word = UInt32(truncatingIfNeeded: p.state.pointee.gpr[register])
      guard p.store(word, address &+ UInt64(register - i.rs.number) &* 4) else { return }
    }
  }
}

extension Processor {
  fileprivate func permitsMultiple(_ address: UInt64) -> Bool {
    if !state.pointee.littleEndian, address & 3 == 0 { return true }
    alignment(address)
    return false
  }
}
