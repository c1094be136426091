internal import CAsmJit
internal import PowerISA

extension HostCode {
  /// Book I 3.3.13: logical instructions.
  static let logical: [HostCode] = [
    HostCode([.andi_, .andis_, .ori, .oris, .xori, .xoris], .noSideExit) {
      $0.logicalImmediate($1.kind, $1.instruction)
    },
    HostCode([.and, .xor, .nand, .or, .nor, .eqv, .andc, .orc], .noSideExit) {
      $0.logical($1.kind, $1.instruction)
    },
    HostCode([.extsb, .extsh, .extsw], .noSideExit) { $0.unary($1.kind, $1.instruction) },
    HostCode([.cntlzw, .cntlzd, .cnttzw, .cnttzd, .popcntd], .noSideExit, needs: { $0.counts }) {
      $0.unary($1.kind, $1.instruction)
    },
    HostCode([.popcntw], .noSideExit, needs: { $0.counts }) { $0.countWordBits($1.instruction) },
    HostCode([.pdepd, .pextd], .noSideExit, needs: { $0.bmi2 }) {
      $0.moveBits($1.kind, $1.instruction)
    },
    HostCode([.brh, .brw, .brd], .noSideExit) { $0.reverseBytes($1.kind, $1.instruction) },
    HostCode([.cmpb], .noSideExit) { $0.compareBytes($1.instruction) },
  ]
}

// Book I 3.3.13.
extension RegionEmitter {
  /// RA, and CR0 if Rc.
  func finishRA(_ i: Instruction, _ result: HostRegister) {
    set(i.ra, result)
    record(i, i.ra)
  }

  /// `popcntw`: of each word.
  func countWordBits(_ i: Instruction) {
    load(.rcx, i.rs)
    a.emit(CAsmPopcnt, 4, .rax, .rcx)
    a.emit(CAsmShr, 8, .rcx, 32)
    a.emit(CAsmPopcnt, 4, .rcx, .rcx)
    a.emit(CAsmShl, 8, .rcx, 32)
    a.emit(CAsmOr, 8, .rax, .rcx)
    set(i.ra, .rax)
  }

  /// `pdepd`, `pextd`: by the mask in RB.
  func moveBits(_ kind: InstructionID, _ i: Instruction) {
    a.emit(
      kind == .pdepd ? CAsmPdep : CAsmPext, 8, .rax, value(i.rs, .rax), value(i.rb, .rcx))
    set(i.ra, .rax)
  }

  /// The bytes of each halfword, of each word, or all of them in the other order.
  func reverseBytes(_ kind: InstructionID, _ i: Instruction) {
    load(.rax, i.rs)
    switch kind {
    case .brd: a.emit(CAsmBswap, 8, .rax)
    case .brw:
      a.emit(CAsmBswap, 8, .rax)
      a.emit(CAsmRol, 8, .rax, 32)
    default:
      a.move(.rdx, constant: 0x00FF_00FF_00FF_00FF)
      a.emit(CAsmMov, 8, .rcx, .rax)
      a.emit(CAsmShr, 8, .rax, 8)
      a.emit(CAsmAnd, 8, .rax, .rdx)
      a.emit(CAsmAnd, 8, .rcx, .rdx)
      a.emit(CAsmShl, 8, .rcx, 8)
      a.emit(CAsmOr, 8, .rax, .rcx)
    }
    set(i.ra, .rax)
  }

  func logicalImmediate(_ kind: InstructionID, _ i: Instruction) {
    let t = target(i.ra)
    let constant: UInt64 =
      switch kind {
      case .andis_, .oris, .xoris: i.ui << 16
      default: i.ui
      }
    load(t, i.rs)
    switch kind {
    case .andi_, .andis_:
      a.emit(CAsmAnd, 4, t, Int64(Int32(truncatingIfNeeded: constant)))
      set(i.ra, t)
      return recordAlways(i.ra)
    default: break
    }
    let operation = kind == .ori || kind == .oris ? CAsmOr : CAsmXor
    if constant > 0x7FFF_FFFF {
      a.move(.rcx, constant: constant)
      a.emit(operation, 8, t, .rcx)
    } else if constant != 0 {
      a.emit(operation, 8, t, Int64(constant))
    }
    set(i.ra, t)
  }

  func logical(_ kind: InstructionID, _ i: Instruction) {
    let t = target(i.ra)
    switch kind {
    case .and: commutative(CAsmAnd, t, i.rs, i.rb, i.ra)
    case .xor where isSame(i.rs, i.rb): a.emit(CAsmXor, 4, t, t)
    case .xor: commutative(CAsmXor, t, i.rs, i.rb, i.ra)
    case .or where isSame(i.rs, i.rb): load(t, i.rs)
    case .or: commutative(CAsmOr, t, i.rs, i.rb, i.ra)
    case .nand, .nor, .eqv:
      commutative(
        kind == .nand ? CAsmAnd : kind == .nor ? CAsmOr : CAsmXor, t, i.rs, i.rb, i.ra)
      a.emit(CAsmNot, 8, t)
    case .andc where features.bmi1:
      a.emit(CAsmAndn, 8, t, value(i.rb, .rcx), value(i.rs, .rax))
    default:
      // RS with the complement of RB.
      load(.rcx, i.rb)
      a.emit(CAsmNot, 8, .rcx)
      load(t, i.rs)
      a.emit(kind == .andc ? CAsmAnd : CAsmOr, 8, t, .rcx)
    }
    finishRA(i, t)
  }

  func unary(_ kind: InstructionID, _ i: Instruction) {
    let t = target(i.ra)
    switch kind {
    case .extsb: extend(CAsmMovsx, 8, t, from: 1, i.rs)
    case .extsh: extend(CAsmMovsx, 8, t, from: 2, i.rs)
    case .extsw: extend(CAsmMovsxd, 8, t, from: 4, i.rs)
    case .cntlzw: with(CAsmLzcnt, 4, t, i.rs)
    case .cntlzd: with(CAsmLzcnt, 8, t, i.rs)
    case .cnttzw: with(CAsmTzcnt, 4, t, i.rs)
    case .cnttzd: with(CAsmTzcnt, 8, t, i.rs)
    default:
      with(CAsmPopcnt, 8, t, i.rs)
      // It has no Rc.
      return set(i.ra, t)
    }
    finishRA(i, t)
  }
}
