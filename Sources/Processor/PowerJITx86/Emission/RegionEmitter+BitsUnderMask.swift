internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Bits of general registers that are counted, or taken under a mask, and XER's in the condition register.
  static let bitCounts: [HostCode] = [
    HostCode([.cfuged, .cntlzdm, .cnttzdm], .noSideExit, needs: { $0.counts && $0.bmi2 }) {
      $0.load(.rax, $1.instruction.rs)
      $0.load(.rcx, $1.instruction.rb)
      $0.bitsUnderMask($1.kind)
      $0.set($1.instruction.ra, .rax)
    },
    HostCode([.prtyw, .prtyd], .noSideExit) { $0.parityOfBytes($1) },
    HostCode([.popcntb], .noSideExit) { $0.countBitsOfBytes($1.instruction) },
    HostCode([.mcrxrx], .noSideExit) { $0.moveCarries($1.instruction) },
    HostCode([.cmpeqb], .noSideExit) { $0.findByte($1.instruction) },
    HostCode([.cmprb], .noSideExit) { $0.compareRanges($1.instruction) },
    HostCode([.addex], .noSideExit, where: { $0.bits(21, 22) == 0 }) {
      $0.addThroughOverflow($1.instruction)
    },
    HostCode([.bpermd], .noSideExit) { $0.permuteBits($1.instruction) },
    HostCode([.cmpb], .noSideExit) { $0.compareBytes($1.instruction) },
  ]
}

// Book I 3.3.13 and 3.3.17.
extension RegionEmitter {
  /// Of the last bits of the bytes in each word, or in the doubleword.
  func parityOfBytes(_ o: Operation) {
    load(.rax, o.instruction.rs)
    for bits in o.kind == .prtyd ? [32, 16, 8] : [16, 8] as [Int64] {
      a.emit(CAsmMov, 8, .rcx, .rax)
      a.emit(CAsmShr, 8, .rcx, bits)
      a.emit(CAsmXor, 8, .rax, .rcx)
    }
    and(.rax, mask: o.kind == .prtyd ? 1 : 0x1_0000_0001)
    set(o.instruction.ra, .rax)
  }

  /// Pairs of bits become their sums, and so on.
  func countBitsOfBytes(_ i: Instruction) {
    load(.rax, i.rs)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmShr, 8, .rcx, 1)
    a.move(.rdx, constant: 0x5555_5555_5555_5555)
    a.emit(CAsmAnd, 8, .rcx, .rdx)
    a.emit(CAsmSub, 8, .rax, .rcx)
    a.move(.rdx, constant: 0x3333_3333_3333_3333)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmShr, 8, .rcx, 2)
    a.emit(CAsmAnd, 8, .rax, .rdx)
    a.emit(CAsmAnd, 8, .rcx, .rdx)
    a.emit(CAsmAdd, 8, .rax, .rcx)
    a.emit(CAsmMov, 8, .rcx, .rax)
    a.emit(CAsmShr, 8, .rcx, 4)
    a.emit(CAsmAdd, 8, .rax, .rcx)
    and(.rax, mask: 0x0F0F_0F0F_0F0F_0F0F)
    set(i.ra, .rax)
  }

  /// `mcrxrx`: OV, OV32, CA and CA32.
  func moveCarries(_ i: Instruction) {
    let field = i.bf.number
    materializeWordCarry()
    pending[field] = nil
    a.extend(CAsmMovzx, 4, .rax, from: 1, carry)
    a.emit(CAsmAdd, 4, .rax, .rax)
    a.extend(CAsmMovzx, 4, .rcx, from: 1, wordCarry)
    a.emit(CAsmOr, 4, .rax, .rcx)
    a.emit(CAsmMov, 4, .rdx, state(StateOffset.xerWithoutCarries))
    for (bit, place) in [(30, 3), (19, 2)] as [(Int64, Int64)] {
      a.emit(CAsmMov, 4, .rcx, .rdx)
      a.emit(CAsmShr, 4, .rcx, bit)
      a.emit(CAsmAnd, 4, .rcx, 1)
      a.emit(CAsmShl, 4, .rcx, place)
      a.emit(CAsmOr, 4, .rax, .rcx)
    }
    a.emit(CAsmMov, 1, crFieldToSet(field), .rax)
  }

  /// `cmpeqb`: whether a byte of RB is the last of RA. Less one in each byte, an exclusive or with it sets a
  /// high bit that was clear if a byte is zero, and not otherwise: only zeros borrow from the next byte.
  func findByte(_ i: Instruction) {
    let field = i.bf.number
    pending[field] = nil
    extend(CAsmMovzx, 4, .rax, from: 1, i.ra)
    a.move(.rcx, constant: 0x0101_0101_0101_0101)
    a.emit(CAsmImul, 8, .rax, .rcx)
    with(CAsmXor, 8, .rax, i.rb)
    a.emit(CAsmMov, 8, .rdx, .rax)
    a.emit(CAsmSub, 8, .rdx, .rcx)
    a.emit(CAsmNot, 8, .rax)
    a.emit(CAsmAnd, 8, .rax, .rdx)
    a.emit(CAsmShl, 8, .rcx, 7)
    a.emit(CAsmTest, 8, .rax, .rcx)
    a.emit(CAsmSetne, 1, .rax)
    a.emit(CAsmShl, 4, .rax, 2)
    a.emit(CAsmMov, 1, crFieldToSet(field), .rax)
  }

  /// `cmprb`: whether the last byte of RA is in the range that the last two bytes of RB are, or with L in that
  /// of the two before them.
  func compareRanges(_ i: Instruction) {
    let field = i.bf.number
    pending[field] = nil
    a.emit(CAsmXor, 4, .rdx, .rdx)
    for range in 0..<(i.l_10 ? 2 : 1) {
      // From the last byte of the range to the one before it.
      let end = a.label()
      load(.rcx, i.rb, size: 4)
      if range == 1 { a.emit(CAsmShr, 4, .rcx, 16) }
      extend(CAsmMovzx, 4, .rax, from: 1, i.ra)
      a.emit(CAsmCmp, 1, .rax, .rcx)
      a.jump(CAsmJb, end)
      a.emit(CAsmShr, 4, .rcx, 8)
      a.emit(CAsmCmp, 1, .rax, .rcx)
      a.jump(CAsmJa, end)
      a.move(.rdx, constant: 4)
      a.bind(end)
    }
    a.emit(CAsmMov, 1, crFieldToSet(field), .rdx)
  }

  /// `addex` with OV as the carry.
  func addThroughOverflow(_ i: Instruction) {
    let xer = state(StateOffset.xerWithoutCarries)
    load(.rax, i.ra)
    a.emit(CAsmBt, 4, xer, 30)
    with(CAsmAdc, 8, .rax, i.rb)
    a.emit(CAsmSetb, 1, .rcx)
    a.extend(CAsmMovzx, 4, .rcx, from: 1, .rcx)
    a.emit(CAsmShl, 4, .rcx, 30)
    // The carry into the high word.
    load(.rdx, i.ra)
    with(CAsmXor, 8, .rdx, i.rb)
    a.emit(CAsmXor, 8, .rdx, .rax)
    a.emit(CAsmShr, 8, .rdx, 32)
    a.emit(CAsmAnd, 4, .rdx, 1)
    a.emit(CAsmShl, 4, .rdx, 19)
    a.emit(CAsmOr, 4, .rcx, .rdx)
    a.emit(CAsmAnd, 4, xer, ~(1 << 30 | 1 << 19))
    a.emit(CAsmOr, 4, xer, .rcx)
    set(i.rt, .rax)
  }

  /// `bpermd`: the bits of RB that the bytes of RS number, 0 for what is no number of a bit.
  func permuteBits(_ i: Instruction) {
    // The host numbers bits from the other end.
    a.move(.rcx, constant: 0x3F3F_3F3F_3F3F_3F3F)
    with(CAsmXor, 8, .rcx, i.rs)
    load(.rdx, i.rb)
    a.emit(CAsmXor, 4, .rax, .rax)
    for _ in 0..<8 {
      let isNone = a.label()
      a.emit(CAsmRol, 8, .rcx, 8)
      // It clears the carry.
      a.emit(CAsmTest, 1, .rcx, 0xC0)
      a.jump(CAsmJne, isNone)
      a.emit(CAsmBt, 8, .rdx, .rcx)
      a.bind(isNone)
      a.emit(CAsmAdc, 4, .rax, .rax)
    }
    set(i.ra, .rax)
  }
}
