import PowerISA

// Book I 3.3.8: bytes in the low words of consecutive registers, register 0 after 31. In
// little-endian mode these raise the alignment interrupt. A load whose address registers are
// among its targets is an invalid form: illegal instruction.
extension Semantics {
  static func lswi(_ p: Processor, _ i: Instruction) {
    let count = i.nb == 0 ? 32 : i.nb
    p.loadString(i, p[orZero: i.ra], count, protecting: [i.ra])
  }

  static func lswx(_ p: Processor, _ i: Instruction) {
    let count = p.state.pointee.xerWithoutCarries & XER.byteCount
    // With RA=0 there is no base register, but naming register 0 as a target is no harm then.
    p.loadString(
      i, p.ea(i.ra, i.rb), count, protecting: i.ra.number == 0 ? [i.rb] : [i.ra, i.rb])
  }

  static func stswi(_ p: Processor, _ i: Instruction) {
    p.storeString(i, p[orZero: i.ra], i.nb == 0 ? 32 : i.nb)
  }

  static func stswx(_ p: Processor, _ i: Instruction) {
    p.storeString(i, p.ea(i.ra, i.rb), p.state.pointee.xerWithoutCarries & XER.byteCount)
  }
}

extension Processor {
  /// With a count of zero RT is undefined, and keeps its value.
  fileprivate func loadString(
    _ i: Instruction, _ address: UInt64, _ count: UInt64, protecting registers: [GPR]
  ) {
    guard !state.pointee.littleEndian else { return alignment(address) }
    let targets = (count + 3) / 4
    for register in registers {
      let distance = UInt64(register.number + 32 - i.rt.number) % 32
      if distance < targets { return illegal() }
    }
    var words = InlineArray<32, UInt64>(repeating: 0)
    for byte in 0..<count {
      guard let value = load(UInt8.self, address &+ byte) else { return }
      words[Int(byte / 4)] |= UInt64(value) << (24 - 8 * (byte % 4))
    }
    var target = i.rt
    for word in 0..<Int(targets) {
      self[target] = words[word]
      target = target.next
    }
  }

  fileprivate func storeString(_ i: Instruction, _ address: UInt64, _ count: UInt64) {
    guard !state.pointee.littleEndian else { return alignment(address) }
    var source = i.rs
    for byte in 0..<count {
      let value = UInt8(truncatingIfNeeded: self[source] >> (24 - 8 * (byte % 4)))
      guard store(value, address &+ byte) else { return }
      if byte % 4 == 3 { source = source.next }
    }
  }
}
