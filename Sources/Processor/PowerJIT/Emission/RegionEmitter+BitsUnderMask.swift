internal import CAsmJit
internal import PowerCPU
internal import PowerISA

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
}
