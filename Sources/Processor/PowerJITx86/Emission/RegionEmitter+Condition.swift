internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// The condition register: Book I 2.5 and 3.3.17.
  static let conditionMoves: [HostCode] = [
    HostCode([.mfcr], .noSideExit) { $0.moveCR($1.kind, $1.instruction) },
    HostCode([.mfocrf, .mtocrf], .noSideExit, where: { $0.fxm.nonzeroBitCount == 1 }) {
      $0.moveCR($1.kind, $1.instruction)
    },
    HostCode([.mtcrf, .mcrf], .noSideExit) { $0.moveCR($1.kind, $1.instruction) },
    HostCode([.crand, .crnand, .cror, .crxor, .crnor, .creqv, .crandc, .crorc], .noSideExit) {
      $0.logicalCR($1.kind, $1.instruction)
    },
  ]
}

// Book I 2.5 and 3.3.17: the condition register.
extension RegionEmitter {
  func moveCR(_ kind: InstructionID, _ i: Instruction) {
    materializeConditions()
    switch kind {
    case .mfcr:
      // Byte by byte, because a host waits for a byte just stored before it loads eight bytes at once.
      a.extend(CAsmMovzx, 4, .rax, from: 1, crField(0))
      for field in 1..<8 {
        a.emit(CAsmShl, 4, .rax, 4)
        a.emit(CAsmOr, 1, .rax, crField(field))
      }
      set(i.rt, .rax)
    case .mfocrf:
      let field = i.fxm.leadingZeroBitCount - 56
      a.extend(CAsmMovzx, 4, .rax, from: 1, crField(field))
      if field < 7 { a.emit(CAsmShl, 4, .rax, Int64(28 - 4 * field)) }
      set(i.rt, .rax)
    case .mtcrf, .mtocrf:
      let source = value(i.rs, .rcx)
      for field in 0..<8 where i.fxm & 0x80 >> UInt64(field) != 0 {
        a.emit(CAsmMov, 4, .rax, source)
        if field < 7 { a.emit(CAsmShr, 4, .rax, Int64(28 - 4 * field)) }
        a.emit(CAsmAnd, 4, .rax, 15)
        a.emit(CAsmMov, 1, crFieldToSet(field), .rax)
      }
    default:
      a.extend(CAsmMovzx, 4, .rax, from: 1, crField(i.bfa.number))
      a.emit(CAsmMov, 1, crFieldToSet(i.bf.number), .rax)
    }
  }

  func logicalCR(_ kind: InstructionID, _ i: Instruction) {
    materializeConditions()
    let mask = Int64(8 >> (i.bt.number & 3))
    let place = crFieldToSet(i.bt.number >> 2)
    if i.ba.number == i.bb.number {
      // The ways to clear and to set a bit.
      switch kind {
      case .crxor, .crandc: return a.emit(CAsmAnd, 1, place, ~mask)
      case .creqv, .crorc: return a.emit(CAsmOr, 1, place, mask)
      default: break
      }
    }
    bit(i.ba, .rax)
    bit(i.bb, .rcx)
    switch kind {
    case .crand, .crnand: a.emit(CAsmAnd, 4, .rax, .rcx)
    case .cror, .crnor: a.emit(CAsmOr, 4, .rax, .rcx)
    case .crxor, .creqv: a.emit(CAsmXor, 4, .rax, .rcx)
    case .crandc:
      a.emit(CAsmNot, 4, .rcx)
      a.emit(CAsmAnd, 4, .rax, .rcx)
    default:
      a.emit(CAsmNot, 4, .rcx)
      a.emit(CAsmOr, 4, .rax, .rcx)
    }
    if kind == .crnand || kind == .crnor || kind == .creqv { a.emit(CAsmNot, 4, .rax) }
    a.emit(CAsmAnd, 4, .rax, 1)
    let shift = 3 - i.bt.number & 3
    if shift > 0 { a.emit(CAsmShl, 4, .rax, Int64(shift)) }
    a.emit(CAsmAnd, 1, place, ~mask)
    a.emit(CAsmOr, 1, place, .rax)
  }

  /// A bit, lowest in a register; the others are whatever they are.
  private func bit(_ bit: CRBit, _ target: HostRegister) {
    a.extend(CAsmMovzx, 4, target, from: 1, crField(bit.number >> 2))
    let shift = 3 - bit.number & 3
    if shift > 0 { a.emit(CAsmShr, 4, target, Int64(shift)) }
  }
}
