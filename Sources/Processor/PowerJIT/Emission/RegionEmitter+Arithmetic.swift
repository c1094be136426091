internal import CAsmJit
internal import PowerISA

extension HostCode {
  /// Book I 3.3.9: sums and products, without carry.
  static let arithmetic: [HostCode] = [
    HostCode(
      [
        .addi, .addis, .addpcis, .add, .subf, .neg, .mulli, .mullw, .mulhw, .mulhwu, .mulld, .mulhd,
        .mulhdu, .maddld, .maddhd, .maddhdu, .paddi,
      ], .noSideExit
    ) { $0.arithmetic($1.kind, $1.instruction, $1) }
  ]
}

// Book I 3.3.9.
extension RegionEmitter {
  func arithmetic(_ kind: InstructionID, _ i: Instruction, _ o: Operation) {
    switch kind {
    case .addi: addImmediate(i, i.si)
    case .addis: addImmediate(i, i.si << 16)
    case .paddi: addPrefixed(i, o)
    case .addpcis:
      let next = region.address(ofWord: o.word + 1)
      let t = target(i.rt)
      a.move(t, constant: next &+ UInt64(bitPattern: i.dx << 16))
      set(i.rt, t)
    case .add:
      let t = target(i.rt)
      if let ra = assignment[GuestRegister(i.ra)], let rb = assignment[GuestRegister(i.rb)],
        t != ra, t != rb
      {
        a.emit(CAsmLea, 8, t, HostMemory(ra, rb))
      } else {
        commutative(CAsmAdd, t, i.ra, i.rb, i.rt)
      }
      finish(i, t)
    case .subf:
      // (RB) - (RA)
      let t = target(i.rt)
      if isSame(i.rt, i.ra), !isSame(i.ra, i.rb) {
        load(t, i.ra)
        a.emit(CAsmNeg, 8, t)
        with(CAsmAdd, 8, t, i.rb)
      } else {
        load(t, i.rb)
        with(CAsmSub, 8, t, i.ra)
      }
      finish(i, t)
    case .neg:
      let t = target(i.rt)
      load(t, i.ra)
      a.emit(CAsmNeg, 8, t)
      finish(i, t)
    case .mulli:
      let t = target(i.rt)
      a.emit(CAsmImul, 8, t, value(i.ra, .rax), i.si)
      set(i.rt, t)
    case .mulld:
      let t = target(i.rt)
      commutative(CAsmImul, t, i.ra, i.rb, i.rt)
      finish(i, t)
    case .mullw:
      extend(CAsmMovsxd, 8, .rax, from: 4, i.ra)
      extend(CAsmMovsxd, 8, .rcx, from: 4, i.rb)
      a.emit(CAsmImul, 8, .rax, .rcx)
      finish(i, .rax)
    case .mulhw, .mulhwu:
      if kind == .mulhw {
        extend(CAsmMovsxd, 8, .rax, from: 4, i.ra)
        extend(CAsmMovsxd, 8, .rcx, from: 4, i.rb)
      } else {
        load(.rax, i.ra, size: 4)
        load(.rcx, i.rb, size: 4)
      }
      a.emit(CAsmImul, 8, .rax, .rcx)
      // The high word, in both halves.
      a.emit(CAsmShr, 8, .rax, 32)
      a.emit(CAsmMov, 8, .rcx, .rax)
      a.emit(CAsmShl, 8, .rcx, 32)
      a.emit(CAsmOr, 8, .rax, .rcx)
      finish(i, .rax)
    case .mulhd, .mulhdu:
      load(.rax, i.ra)
      a.emit(kind == .mulhd ? CAsmImul : CAsmMul, 8, value(i.rb, .rcx))
      finish(i, .rdx)
    case .maddld:
      load(.rax, i.ra)
      with(CAsmImul, 8, .rax, i.rb)
      with(CAsmAdd, 8, .rax, i.registerC)
      set(i.rt, .rax)
    case .maddhd, .maddhdu:
      load(.rax, i.ra)
      a.emit(kind == .maddhd ? CAsmImul : CAsmMul, 8, value(i.rb, .rcx))
      // The high half of the sum, to which a negative addend adds all ones.
      load(.rcx, i.registerC)
      a.emit(CAsmAdd, 8, .rax, .rcx)
      a.emit(CAsmAdc, 8, .rdx, 0)
      if kind == .maddhd {
        a.emit(CAsmSar, 8, .rcx, 63)
        a.emit(CAsmAdd, 8, .rdx, .rcx)
      }
      set(i.rt, .rdx)
    default: break
    }
  }

  /// `paddi`: relative to (RA|0) or to the instruction.
  private func addPrefixed(_ i: Instruction, _ o: Operation) {
    let t = target(i.rt)
    if i.r_11 {
      a.move(t, constant: region.address(ofWord: o.word) &+ UInt64(bitPattern: i.si34))
      set(i.rt, t)
    } else {
      addImmediate(i, i.si34)
    }
  }

  /// RT, and CR0 if Rc.
  func finish(_ i: Instruction, _ result: HostRegister) {
    set(i.rt, result)
    record(i, i.rt)
  }

  private func addImmediate(_ i: Instruction, _ value: Int64) {
    let t = target(i.rt)
    if i.ra.number == 0 {
      a.move(t, constant: UInt64(bitPattern: value))
      return set(i.rt, t)
    }
    if isSame(i.rt, i.ra) {
      if assignment[GuestRegister(i.rt)] != nil {
        a.emit(CAsmAdd, 8, t, value)
      } else {
        a.emit(CAsmAdd, 8, slot(GuestRegister(i.rt)), value)
      }
      return
    }
    a.emit(CAsmLea, 8, t, HostMemory(self.value(i.ra, .rax), Int(value)))
    set(i.rt, t)
  }

  /// `target = first op second`, where the order does not matter.
  func commutative(
    _ i: CAsmInstruction, _ t: HostRegister, _ first: GPR, _ second: GPR, _ result: GPR
  ) {
    let (first, second) = isSame(result, second) ? (second, first) : (first, second)
    load(t, first)
    with(i, 8, t, second)
  }
}
