internal import PowerISA

extension HostCode {
  /// Book I 3.3.13: logical instructions.
  static let logical: [HostCode] = [
    .lowered([.andi_, .andis_, .ori, .oris, .xori, .xoris]) {
      $0.logicalImmediate($1.kind, $1.instruction)
    },
    .lowered([.and, .xor, .nand, .or, .nor, .eqv, .andc, .orc]) {
      $0.logical($1.kind, $1.instruction)
    },
    .lowered([.extsb, .extsh, .extsw]) { $0.unary($1.kind, $1.instruction) },
    .lowered([.cntlzw, .cntlzd], needs: MicroOp.Codes(.leadingZeros)) {
      $0.unary($1.kind, $1.instruction)
    },
    .lowered([.cnttzw, .cnttzd], needs: MicroOp.Codes(.trailingZeros)) {
      $0.unary($1.kind, $1.instruction)
    },
    .lowered([.popcntd], needs: MicroOp.Codes(.ones)) { $0.unary($1.kind, $1.instruction) },
    .lowered([.popcntw], needs: MicroOp.Codes(.ones)) { $0.countWordBits($1.instruction) },
    .lowered([.brh, .brw, .brd]) { $0.reverseBytes($1.kind, $1.instruction) },
    .lowered([.pdepd, .pextd], needs: MicroOp.Codes(.deposit, .extract)) {
      $0.moveBits($1.kind, $1.instruction)
    },
  ]
}

// Book I 3.3.13.
extension MicroOpBuilder {
  fileprivate mutating func logicalImmediate(_ kind: InstructionID, _ i: Instruction) {
    let (t, s) = (MicroOperand(i.ra), MicroOperand(i.rs))
    let low = Int64(i.ui)
    switch kind {
    case .andi_: set(t, .and, s, constant: low)
    case .andis_: set(t, .and, s, constant: low << 16)
    case .ori: set(t, .or, s, constant: low)
    case .oris: set(t, .or, s, constant: low << 16)
    case .xori: set(t, .xor, s, constant: low)
    default: set(t, .xor, s, constant: low << 16)
    }
    if kind == .andi_ || kind == .andis_ { record(i.ra) }
  }

  fileprivate mutating func logical(_ kind: InstructionID, _ i: Instruction) {
    let (t, s, b) = (MicroOperand(i.ra), MicroOperand(i.rs), MicroOperand(i.rb))
    switch kind {
    case .and: set(t, .and, s, b)
    case .or: set(t, .or, s, b)
    case .xor: set(t, .xor, s, b)
    case .andc: set(t, .andNot, s, b)
    case .orc: set(t, .orNot, s, b)
    default:
      set(t, kind == .nand ? .and : kind == .nor ? .or : .xor, s, b)
      set(t, .not, t)
    }
    if i.rc { record(i.ra) }
  }

  fileprivate mutating func unary(_ kind: InstructionID, _ i: Instruction) {
    let (t, s) = (MicroOperand(i.ra), MicroOperand(i.rs))
    switch kind {
    case .extsb: set(t, .signExtend, width: 1, s)
    case .extsh: set(t, .signExtend, width: 2, s)
    case .extsw: set(t, .signExtend, width: 4, s)
    case .cntlzw: set(t, .leadingZeros, width: 4, s)
    case .cntlzd: set(t, .leadingZeros, s)
    case .cnttzw: set(t, .trailingZeros, width: 4, s)
    case .cnttzd: set(t, .trailingZeros, s)
    default:
      // It has no Rc.
      return set(t, .ones, s)
    }
    if i.rc { record(i.ra) }
  }

  /// `pdepd`, `pextd`: by the mask in RB.
  fileprivate mutating func moveBits(_ kind: InstructionID, _ i: Instruction) {
    set(
      MicroOperand(i.ra), kind == .pdepd ? .deposit : .extract, MicroOperand(i.rs),
      MicroOperand(i.rb))
  }

  /// `popcntw`: of each word.
  fileprivate mutating func countWordBits(_ i: Instruction) {
    let (low, word, high, shifted) = (temporary(), temporary(), temporary(), temporary())
    set(low, .ones, width: 4, MicroOperand(i.rs))
    rotate(word, width: 8, MicroOperand(i.rs), by: 32, mask: 0xFFFF_FFFF)
    set(high, .ones, width: 4, word)
    rotate(shifted, width: 8, high, by: 32, mask: ~0 << 32)
    set(MicroOperand(i.ra), .or, low, shifted)
  }

  /// The bytes of each halfword, of each word, or all of them in the other order.
  fileprivate mutating func reverseBytes(_ kind: InstructionID, _ i: Instruction) {
    set(
      MicroOperand(i.ra), .swapBytes, width: kind == .brd ? 8 : kind == .brw ? 4 : 2,
      MicroOperand(i.rs))
  }
}
