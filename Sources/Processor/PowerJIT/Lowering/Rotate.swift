internal import PowerArithmetic
internal import PowerISA

extension HostCode {
  /// Book I 3.3.14: rotations and shifts, without carry.
  static let rotations: [HostCode] = [
    .lowered([.rlwinm, .rlwnm]) { $0.rotateWord($1.kind, $1.instruction) },
    .lowered([.rlwimi], where: { $0.mb <= $0.me }) { $0.insertBits($1.kind, $1.instruction) },
    .lowered([.rldimi]) { $0.insertBits($1.kind, $1.instruction) },
    .lowered([.rldicl, .rldicr, .rldic, .rldcl, .rldcr]) { $0.rotate($1.kind, $1.instruction) },
    .lowered([.slw, .srw, .sld, .srd, .extswsli]) { $0.shift($1.kind, $1.instruction) },
  ]
}

// Book I 3.3.14.
extension MicroOpBuilder {
  fileprivate mutating func rotateWord(_ kind: InstructionID, _ i: Instruction) {
    let (t, s) = (MicroOperand(i.ra), MicroOperand(i.rs))
    let mask = FixedPoint.mask(i.mb + 32, i.me + 32)
    let isWrapped = i.mb > i.me
    if kind == .rlwinm, !isWrapped {
      rotate(t, width: 4, s, by: i.sh_16_20, mask: mask)
    } else {
      let word = temporary()
      if kind == .rlwnm {
        set(word, .rotateBy, width: 4, s, MicroOperand(i.rb))
      } else {
        rotate(word, width: 4, s, by: i.sh_16_20, mask: 0xFFFF_FFFF)
      }
      if isWrapped {
        // The mask reaches into the high word, where the rotated word is again.
        let both = temporary()
        duplicateWord(both, word)
        rotate(t, width: 8, both, by: 0, mask: mask)
      } else {
        rotate(t, width: 8, word, by: 0, mask: mask)
      }
    }
    if i.rc { record(i.ra) }
  }

  fileprivate mutating func insertBits(_ kind: InstructionID, _ i: Instruction) {
    let (t, s) = (MicroOperand(i.ra), MicroOperand(i.rs))
    if kind == .rlwimi {
      insert(
        t, width: 4, s, by: i.sh_16_20, mask: FixedPoint.mask(i.mb + 32, i.me + 32))
    } else {
      insert(t, width: 8, s, by: i.sh6, mask: FixedPoint.mask(i.mb6, 63 &- i.sh6))
    }
    if i.rc { record(i.ra) }
  }

  fileprivate mutating func rotate(_ kind: InstructionID, _ i: Instruction) {
    let (t, s) = (MicroOperand(i.ra), MicroOperand(i.rs))
    let (sh, mb) = (i.sh6, i.mb6)
    let mask: UInt64 =
      switch kind {
      case .rldicl, .rldcl: ~0 >> mb
      case .rldicr, .rldcr: ~0 << (63 - mb)
      default: FixedPoint.mask(mb, 63 &- sh)
      }
    if kind == .rldcl || kind == .rldcr {
      let rotated = temporary()
      set(rotated, .rotateBy, s, MicroOperand(i.rb))
      rotate(t, width: 8, rotated, by: 0, mask: mask)
    } else {
      rotate(t, width: 8, s, by: sh, mask: mask)
    }
    if i.rc { record(i.ra) }
  }

  fileprivate mutating func shift(_ kind: InstructionID, _ i: Instruction) {
    let (t, s, b) = (MicroOperand(i.ra), MicroOperand(i.rs), MicroOperand(i.rb))
    switch kind {
    case .slw: set(t, .shiftLeft, width: 4, s, b)
    case .srw: set(t, .shiftRight, width: 4, s, b)
    case .sld: set(t, .shiftLeft, s, b)
    case .srd: set(t, .shiftRight, s, b)
    default:
      // extswsli
      let word = temporary()
      set(word, .signExtend, width: 4, s)
      rotate(t, width: 8, word, by: i.sh6, mask: ~0 << i.sh6)
    }
    if i.rc { record(i.ra) }
  }
}
