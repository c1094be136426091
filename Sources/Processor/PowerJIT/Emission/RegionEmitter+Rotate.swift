internal import CAsmJit
internal import PowerArithmetic
internal import PowerISA

extension HostCode {
  /// Book I 3.3.14: rotations and shifts.
  static let rotations: [HostCode] = [
    HostCode([.rlwinm, .rlwnm], .noSideExit) { $0.rotateWord($1.kind, $1.instruction) },
    HostCode([.rlwimi], .noSideExit, where: { $0.mb <= $0.me }) {
      $0.rotateWord($1.kind, $1.instruction)
    },
    HostCode([.rldicl, .rldicr, .rldic, .rldcl, .rldcr, .rldimi], .noSideExit) {
      $0.rotate($1.kind, $1.instruction)
    },
    HostCode([.slw, .srw, .sraw, .srawi, .sld, .srd, .srad, .sradi, .extswsli], .noSideExit) {
      $0.shift($1.kind, $1.instruction)
    },
  ]
}

// Book I 3.3.14.
extension RegionEmitter {
  func rotateWord(_ kind: InstructionID, _ i: Instruction) {
    let mask = FixedPoint.mask(i.mb + 32, i.me + 32)
    if kind == .rlwimi {
      // The bits of RA that differ, under the mask.
      rotateLeft(4, .rax, i.rs, by: i.sh_16_20)
      with(CAsmXor, 4, .rax, i.ra)
      and(.rax, mask: mask)
      with(CAsmXor, 8, .rax, i.ra)
      return finishRA(i, .rax)
    }
    let isWrapped = i.mb > i.me
    let t = kind == .rlwnm || isWrapped ? .rax : target(i.ra)
    if kind == .rlwnm {
      load(.rcx, i.rb)
      load(t, i.rs, size: 4)
      a.shiftByCL(CAsmRol, 4, t)
    } else if !isWrapped, i.me == 31 - i.sh_16_20, i.mb == 0, i.sh_16_20 != 0 {
      load(t, i.rs, size: 4)
      a.emit(CAsmShl, 4, t, Int64(i.sh_16_20))
      return finishRA(i, t)
    } else if !isWrapped, i.me == 31, i.mb == 32 - i.sh_16_20, i.sh_16_20 != 0 {
      load(t, i.rs, size: 4)
      a.emit(CAsmShr, 4, t, Int64(32 - i.sh_16_20))
      return finishRA(i, t)
    } else if i.sh_16_20 == 0, !isWrapped, let bytes = Self.extensions[mask] {
      extend(CAsmMovzx, 4, t, from: bytes, i.rs)
      return finishRA(i, t)
    } else {
      rotateLeft(4, t, i.rs, by: i.sh_16_20)
    }
    if isWrapped {
      // The mask reaches into the high word, where the rotated word is again.
      a.emit(CAsmMov, 8, .rcx, .rax)
      a.emit(CAsmShl, 8, .rcx, 32)
      a.emit(CAsmOr, 8, .rax, .rcx)
    }
    // The rotation has cleared the high word.
    if mask != 0xFFFF_FFFF { and(t, mask: mask) }
    finishRA(i, t)
  }

  func rotate(_ kind: InstructionID, _ i: Instruction) {
    let (sh, mb) = (i.sh6, i.mb6)
    switch kind {
    case .rldcl, .rldcr:
      load(.rcx, i.rb)
      load(.rax, i.rs)
      a.shiftByCL(CAsmRol, 8, .rax)
      and(.rax, mask: kind == .rldcl ? ~0 >> mb : ~0 << (63 - mb))
      return finishRA(i, .rax)
    case .rldimi:
      rotateLeft(8, .rax, i.rs, by: sh)
      with(CAsmXor, 8, .rax, i.ra)
      and(.rax, mask: FixedPoint.mask(mb, 63 &- sh))
      with(CAsmXor, 8, .rax, i.ra)
      return finishRA(i, .rax)
    default: break
    }
    let t = target(i.ra)
    let mask: UInt64 =
      switch kind {
      case .rldicl: ~0 >> mb
      case .rldicr: ~0 << (63 - mb)
      default: FixedPoint.mask(mb, 63 &- sh)
      }
    if kind == .rldicl, sh != 0, mb == 64 - sh {
      load(t, i.rs)
      a.emit(CAsmShr, 8, t, Int64(mb))
    } else if sh != 0, mask == ~0 << sh {
      shiftLeft(t, i.rs, by: sh)
    } else if sh == 0, mask == 0xFFFF_FFFF {
      load(t, i.rs, size: 4)
    } else if sh == 0, let bytes = Self.extensions[mask] {
      extend(CAsmMovzx, 4, t, from: bytes, i.rs)
    } else if kind == .rldic, mask == 0xFFFF_FFFF << sh {
      // A word made an index.
      load(t, i.rs, size: 4)
      a.emit(CAsmShl, 8, t, Int64(sh))
    } else {
      rotateLeft(8, t, i.rs, by: sh)
      and(t, mask: mask)
    }
    finishRA(i, t)
  }

  /// Masks that an extension from so many bytes makes.
  private static let extensions: [UInt64: Int32] = [0xFF: 1, 0xFFFF: 2]

  private func rotateLeft(_ size: Int32, _ t: HostRegister, _ source: GPR, by amount: UInt64) {
    let right = (UInt64(size) * 8 - amount) % (UInt64(size) * 8)
    if right == 0 {
      load(t, source, size: size)
    } else if features.bmi2, let assigned = assignment[GuestRegister(source)] {
      a.emit(CAsmRorx, size, t, assigned, Int64(right))
    } else if features.bmi2 {
      a.emit(CAsmRorx, size, t, slot(GuestRegister(source)), Int64(right))
    } else {
      load(t, source, size: size)
      a.emit(CAsmRor, size, t, Int64(right))
    }
  }

  private func shiftLeft(_ t: HostRegister, _ source: GPR, by amount: UInt64) {
    if amount <= 3, let assigned = assignment[GuestRegister(source)], assigned != t {
      return a.emit(CAsmLea, 8, t, HostMemory(index: assigned, shift: Int(amount)))
    }
    load(t, source)
    a.emit(CAsmShl, 8, t, Int64(amount))
  }

  func shift(_ kind: InstructionID, _ i: Instruction) {
    switch kind {
    case .slw, .srw:
      // Shifted as doublewords, amounts from 32 to 63 leave nothing in the low word.
      load(.rax, i.rs, size: 4)
      shiftByRegister(kind == .slw, .rax, .rax, i.rb)
      let t = target(i.ra)
      a.emit(CAsmMov, 4, t, .rax)
      finishRA(i, t)
    case .sld where features.bmi2, .srd where features.bmi2:
      let (amount, source, t) = (value(i.rb, .rcx), value(i.rs, .rax), target(i.ra))
      a.emit(CAsmXor, 4, .rdx, .rdx)
      a.emit(CAsmTest, 1, amount, 0x40)
      // It leaves the flags alone.
      a.emit(kind == .sld ? CAsmShlx : CAsmShrx, 8, t, source, amount)
      a.emit(CAsmCmovne, 8, t, .rdx)
      finishRA(i, t)
    case .sld, .srd:
      load(.rcx, i.rb)
      shiftByRegister(kind == .sld, .rax, value(i.rs, .rax), i.rb)
      a.emit(CAsmXor, 4, .rdx, .rdx)
      a.emit(CAsmTest, 1, .rcx, 0x40)
      a.emit(CAsmCmovne, 8, .rax, .rdx)
      finishRA(i, .rax)
    case .extswsli:
      extend(CAsmMovsxd, 8, .rax, from: 4, i.rs)
      if i.sh6 != 0 { a.emit(CAsmShl, 8, .rax, Int64(i.sh6)) }
      finishRA(i, .rax)
    case .srawi:
      extend(CAsmMovsxd, 8, .rax, from: 4, i.rs)
      shiftAlgebraic(i, i.sh_16_20)
    case .sradi:
      load(.rax, i.rs)
      shiftAlgebraic(i, i.sh6)
    case .srad: shiftDoublewordAlgebraic(i)
    default:
      // sraw
      load(.rcx, i.rb)
      extend(CAsmMovsxd, 8, .rax, from: 4, i.rs)
      shiftAlgebraicByCL(i)
      setCarries(.rax)
      record(i, i.ra)
    }
  }

  /// RA becomes RAX shifted by CL, and RAX the carry: a negative number has lost ones if shifting back does not
  /// give it again.
  private func shiftAlgebraicByCL(_ i: Instruction) {
    a.emit(CAsmMov, 8, .rdx, .rax)
    a.shiftByCL(CAsmSar, 8, .rax)
    set(i.ra, .rax)
    a.shiftByCL(CAsmShl, 8, .rax)
    a.emit(CAsmCmp, 8, .rax, .rdx)
    a.emit(CAsmSetne, 1, .rax)
    a.emit(CAsmShr, 8, .rdx, 63)
    a.emit(CAsmAnd, 4, .rax, .rdx)
  }

  /// `srad`: by the low seven bits of RB.
  private func shiftDoublewordAlgebraic(_ i: Instruction) {
    let (far, join) = (a.label(), a.label())
    load(.rcx, i.rb)
    load(.rax, i.rs)
    a.emit(CAsmTest, 4, .rcx, 0x40)
    a.jump(CAsmJne, far)
    shiftAlgebraicByCL(i)
    a.bind(join)
    setCarries(.rax)
    record(i, i.ra)
    emitLater { [self] in
      // Nothing but the sign is left, and a negative number has lost ones.
      a.bind(far)
      a.emit(CAsmSar, 8, .rax, 63)
      set(i.ra, .rax)
      a.emit(CAsmNeg, 4, .rax)
      a.jump(CAsmJmp, join)
    }
  }

  /// A doubleword shifted by the low six bits of RB; RCX may change.
  private func shiftByRegister(
    _ isLeft: Bool, _ t: HostRegister, _ source: HostRegister, _ amount: GPR
  ) {
    if features.bmi2 {
      return a.emit(isLeft ? CAsmShlx : CAsmShrx, 8, t, source, value(amount, .rcx))
    }
    load(.rcx, amount)
    if t != source { a.emit(CAsmMov, 8, t, source) }
    a.shiftByCL(isLeft ? CAsmShl : CAsmShr, 8, t)
  }

  /// RAX shifted by a constant; CA is set when ones are shifted out of a negative number.
  private func shiftAlgebraic(_ i: Instruction, _ amount: UInt64) {
    if amount == 0 {
      a.emit(CAsmMov, 1, carry, 0)
      if hasWordCarry { a.emit(CAsmMov, 1, wordCarry, 0) }
      return finishRA(i, .rax)
    }
    a.emit(CAsmMov, 8, .rdx, .rax)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmSar, 8, .rax, Int64(amount))
    a.emit(CAsmSar, 8, .rcx, 63)
    a.emit(CAsmAnd, 8, .rdx, .rcx)
    a.emit(CAsmShl, 8, .rdx, Int64(64 - amount))
    a.emit(CAsmSetne, 1, carry)
    if hasWordCarry { a.emit(CAsmSetne, 1, wordCarry) }
    finishRA(i, .rax)
  }

  private func setCarries(_ low: HostRegister) {
    a.emit(CAsmMov, 1, carry, low)
    if hasWordCarry { a.emit(CAsmMov, 1, wordCarry, low) }
  }
}
