import PowerISA

// Book I 2.5 (CR logical) and 3.3.17 (moves from and to the CR).
extension Semantics {
  @inline(__always)
  static func crand(_ p: Processor, _ i: Instruction) { p[i.bt] = p[i.ba] && p[i.bb] }

  @inline(__always)
  static func cror(_ p: Processor, _ i: Instruction) { p[i.bt] = p[i.ba] || p[i.bb] }

  @inline(__always)
  static func crxor(_ p: Processor, _ i: Instruction) { p[i.bt] = p[i.ba] != p[i.bb] }

  @inline(__always)
  static func crnand(_ p: Processor, _ i: Instruction) { p[i.bt] = !(p[i.ba] && p[i.bb]) }

  @inline(__always)
  static func crnor(_ p: Processor, _ i: Instruction) { p[i.bt] = !(p[i.ba] || p[i.bb]) }

  @inline(__always)
  static func creqv(_ p: Processor, _ i: Instruction) { p[i.bt] = p[i.ba] == p[i.bb] }

  @inline(__always)
  static func crandc(_ p: Processor, _ i: Instruction) { p[i.bt] = p[i.ba] && !p[i.bb] }

  @inline(__always)
  static func crorc(_ p: Processor, _ i: Instruction) { p[i.bt] = p[i.ba] || !p[i.bb] }

  @inline(__always)
  static func mcrf(_ p: Processor, _ i: Instruction) { p[i.bf] = p[i.bfa] }

  @inline(__always)
  static func mfcr(_ p: Processor, _ i: Instruction) { p[i.rt] = UInt64(p.state.pointee.cr) }

  /// RT outside the field is undefined: zero. With other than one bit in FXM all of RT is, and
  /// keeps its value, as on QEMU.
  @inline(__always)
  static func mfocrf(_ p: Processor, _ i: Instruction) {
    guard i.fxm.nonzeroBitCount == 1 else { return }
    p[i.rt] = UInt64(p.state.pointee.cr & i.fieldMask)
  }

  @inline(__always)
  static func mtcrf(_ p: Processor, _ i: Instruction) {
    let mask = i.fieldMask
    p.state.pointee.cr =
      p.state.pointee.cr & ~mask | UInt32(truncatingIfNeeded: p[i.rs]) & mask
  }

  /// With other than one bit in FXM the CR is undefined, and keeps its value, as on QEMU.
  @inline(__always)
  static func mtocrf(_ p: Processor, _ i: Instruction) {
    if i.fxm.nonzeroBitCount == 1 { mtcrf(p, i) }
  }

  /// SO, OV and CA, which it clears.
  static func mcrxr(_ p: Processor, _ i: Instruction) {
    p[i.bf] = UInt32(truncatingIfNeeded: p.state.pointee.xer >> 28 & 0xE)
    p.state.pointee.xer &= ~(XER.so | XER.ov | XER.ca)
  }

  /// OV, OV32, CA, CA32.
  static func mcrxrx(_ p: Processor, _ i: Instruction) {
    let xer = p.state.pointee.xer
    p[i.bf] =
      (xer & XER.ov != 0 ? 8 : 0) | (xer & XER.ov32 != 0 ? 4 : 0)
      | (xer & XER.ca != 0 ? 2 : 0) | (xer & XER.ca32 != 0 ? 1 : 0)
  }
}

extension Instruction {
  /// Four ones for each one of FXM.
  @inline(__always)
  fileprivate var fieldMask: UInt32 {
    // Each bit of FXM is moved to its own nibble: 76543210 -> 7___6___5___ …
    var spread = UInt32(truncatingIfNeeded: fxm)
    spread = (spread | spread << 12) & 0x000F_000F
    spread = (spread | spread << 6) & 0x0303_0303
    spread = (spread | spread << 3) & 0x1111_1111
    return spread &* 15
  }
}
