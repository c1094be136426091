internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Bytes and bits from different places, sums of long products, and the VSCR.
  static let vectorGathering: [HostCode] = [
    HostCode([.vpermxor], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.permuteNibbles($1)
    },
    HostCode([.vbpermd], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.gatherBitsOfDoublewords($1)
    },
    HostCode([.vpmsumw], .noSideExit, needs: { $0.sse41 && $0.carryless }) {
      $0.polynomialProductsOfWords($1)
    },
    HostCode([.vmsumudm, .vmsumcud], .noSideExit, needs: { $0.sse41 }) {
      $0.multiplySumDoublewords($1)
    },
    HostCode([.xxpermx], .noSideExit, needs: { $0.sse41 }) { $0.permuteSection($1) },
    doubleVectorElements(1, [.vextdubvlx, .vextdubvrx]),
    doubleVectorElements(2, [.vextduhvlx, .vextduhvrx]),
    doubleVectorElements(4, [.vextduwvlx, .vextduwvrx]),
    doubleVectorElements(8, [.vextddvlx, .vextddvrx]),
    HostCode([.mfvscr, .mtvscr], [.noSideExit, .sparesXMM3]) { $0.moveVSCR($1) },
  ]

  private static func doubleVectorElements(
    _ size: Int, _ instructions: [InstructionID]
  ) -> HostCode {
    HostCode(instructions, .sparesXMM3, needs: { $0.sse41 }) { $0.extractFromBoth($1, size) }
  }
}

// Book I 6.8, 6.9 and 6.11.
extension RegionEmitter {
  /// `vpermxor`: the high half of each byte of C chooses a byte of A, and the low one a byte of B, from the
  /// left.
  func permuteNibbles(_ o: Operation) {
    let r = o.vsr
    let control = whole(r.c, .xmm1)
    shift(.rightHalfwords, .xmm2, control, 4)
    apply(.andn, .xmm2, .xmm2, at: constant(bytes: 15))
    apply(.andn, .xmm1, control, at: constant(bytes: 15))
    copy(.xmm0, whole(r.a, .xmm0))
    a.emit(CAsmPshufb, .xmm0, .xmm2)
    copy(.xmm2, whole(r.b, .xmm2))
    a.emit(CAsmPshufb, .xmm2, .xmm1)
    apply(.xor, .xmm0, .xmm0, .xmm2)
    setWhole(r.t, .xmm0)
  }

  /// `xxpermx`: as `vperm`, but zeros where the high three bits of the control byte are not UIM.
  func permuteSection(_ o: Operation) {
    let r = o.vsr
    let section = UInt8(truncatingIfNeeded: o.instruction.prefixBits(29, 31) << 5)
    let control = whole(r.c, .xmm3)
    apply(.andn, .xmm2, control, at: constant(bytes: 0x1F))
    apply(.and, .xmm3, control, at: constant(bytes: 0xE0))
    a.emit(CAsmPcmpeqb, .xmm3, at: constant(bytes: section))
    chooseBytes(.xmm0, r.a, r.b)
    apply(.and, .xmm0, .xmm0, .xmm3)
    setWhole(r.t, .xmm0)
  }

  /// The element of A and B together at the byte that RC says, from the left or the right, in doubleword 0.
  func extractFromBoth(_ o: Operation, _ size: Int) {
    let r = o.vsr
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    load(.rax, o.instruction.registerC, size: 4)
    a.emit(CAsmAnd, 4, .rax, 31)
    a.emit(CAsmCmp, 4, .rax, Int64(32 - size))
    a.jump(CAsmJa, slow)
    if [.vextdubvlx, .vextduhvlx, .vextduwvlx, .vextddvlx].contains(o.kind) {
      a.emit(CAsmNeg, 4, .rax)
      a.emit(CAsmAdd, 4, .rax, Int64(32 - size))
    }
    // The number of the first byte from the right, in B's vector from 0x70 on, and in A's from 0xF0 on, as
    // the host wants it; bytes that are not of the element have bit 7 set in both.
    splatByte(.xmm1, .xmm0)
    apply(.addBytes, .xmm1, .xmm1, at: constant(0x0706_0504_0302_0100 << 64))
    var others = ~0 as UInt128
    for byte in 0..<size { others &= ~(0xFF << UInt128(64 + 8 * byte)) }
    apply(.and, .xmm2, .xmm1, at: constant(~others))
    for (index, (number, first)) in [(r.b, UInt8(0x70)), (r.a, 0xF0)].enumerated() {
      let target = index == 0 ? HostVector.xmm1 : .xmm0
      apply(.addBytes, .xmm2, .xmm2, at: constant(bytes: index == 0 ? first : 0x80))
      copy(target, whole(number, target))
      apply(.or, .xmm2, .xmm2, at: constant(others & 0x8080_8080_8080_8080_8080_8080_8080_8080))
      a.emit(CAsmPshufb, target, .xmm2)
    }
    apply(.or, .xmm0, .xmm0, .xmm1)
    setWhole(r.t, .xmm0)
    a.bind(done)
  }

  /// `vbpermd`: a bit of A's doubleword for each byte of B's; none for an index of 64 and more.
  func gatherBitsOfDoublewords(_ o: Operation) {
    let indices = whole(o.vsr.b, .xmm1)
    // The byte that has the bit.
    shift(.rightHalfwords, .xmm0, indices, 3)
    apply(.and, .xmm0, .xmm0, at: constant(bytes: 0x1F))
    a.emit(CAsmMovaps, .xmm2, at: constant(0x0F0F_0F0F_0F0F_0F0F_0707_0707_0707_0707))
    a.emit(CAsmPsubb, .xmm2, .xmm0)
    a.emit(CAsmPcmpgtb, .xmm0, at: constant(bytes: 7))
    a.emit(CAsmPor, .xmm2, .xmm0)
    copy(.xmm0, whole(o.vsr.a, .xmm0))
    a.emit(CAsmPshufb, .xmm0, .xmm2)
    testBits(indices)
    a.extend(CAsmMovzx, 4, .rcx, from: 1, .rax)
    a.emit(CAsmShr, 4, .rax, 8)
    join(.xmm0, .rcx, .rax)
    setWhole(o.vsr.t, .xmm0)
  }

  /// `vpmsumw`: the carry-less products of the words of each doubleword, added.
  func polynomialProductsOfWords(_ o: Operation) {
    let r = o.vsr
    let low = constant(doublewords: 0xFFFF_FFFF)
    apply(.and, .xmm0, whole(r.a, .xmm0), at: low)
    apply(.and, .xmm1, whole(r.b, .xmm1), at: low)
    a.emit(CAsmMovaps, .xmm2, .xmm0)
    a.emit(CAsmPclmulqdq, .xmm2, .xmm1, 0x00)
    a.emit(CAsmPclmulqdq, .xmm0, .xmm1, 0x11)
    a.emit(CAsmPunpcklqdq, .xmm2, .xmm0)
    shift(.rightDoublewords, .xmm0, whole(r.a, .xmm0), 32)
    shift(.rightDoublewords, .xmm1, whole(r.b, .xmm1), 32)
    a.emit(CAsmMovaps, .xmm3, .xmm0)
    a.emit(CAsmPclmulqdq, .xmm3, .xmm1, 0x00)
    a.emit(CAsmPclmulqdq, .xmm0, .xmm1, 0x11)
    a.emit(CAsmPunpcklqdq, .xmm3, .xmm0)
    a.emit(CAsmPxor, .xmm2, .xmm3)
    setWhole(r.t, .xmm2)
  }

  /// The sum of both products and C, or its carries.
  func multiplySumDoublewords(_ o: Operation) {
    let r = o.vsr
    let isCarry = o.kind == .vmsumcud
    func multiply(isHigh: Bool) {
      doubleword(.rax, of: r.a, isHigh: isHigh)
      doubleword(.rcx, of: r.b, isHigh: isHigh)
      a.emit(CAsmMul, 8, .rcx)
    }
    multiply(isHigh: false)
    doubleword(.rcx, of: r.c, isHigh: false)
    a.emit(CAsmAdd, 8, .rax, .rcx)
    doubleword(.rcx, of: r.c, isHigh: true)
    a.emit(CAsmAdc, 8, .rdx, .rcx)
    if isCarry {
      a.emit(CAsmSetb, 1, .rcx)
      a.extend(CAsmMovzx, 4, .rcx, from: 1, .rcx)
      a.emit(CAsmMovd, .xmm3, .rcx, size: 4)
    }
    a.emit(CAsmMovq, .xmm1, .rax, size: 8)
    a.emit(CAsmMovq, .xmm2, .rdx, size: 8)
    multiply(isHigh: true)
    a.emit(CAsmMovq, .rcx, .xmm1, size: 8)
    a.emit(CAsmAdd, 8, .rax, .rcx)
    a.emit(CAsmMovq, .rcx, .xmm2, size: 8)
    a.emit(CAsmAdc, 8, .rdx, .rcx)
    if isCarry {
      a.emit(CAsmMovd, .rcx, .xmm3, size: 4)
      a.emit(CAsmAdc, 4, .rcx, 0)
      a.emit(CAsmMovd, .xmm0, .rcx, size: 4)
    } else {
      join(.xmm0, .rax, .rdx)
    }
    setWhole(r.t, .xmm0)
  }

  /// The VSCR is in the last word.
  func moveVSCR(_ o: Operation) {
    if o.kind == .mfvscr {
      a.emit(CAsmMovd, .xmm0, state(StateOffset.vscr), size: 4)
      setWhole(o.vsr.t, .xmm0)
    } else {
      a.emit(CAsmMovd, .rax, whole(o.vsr.b, .xmm0), size: 4)
      a.emit(CAsmAnd, 4, .rax, Int64(VSCR.nj | VSCR.sat))
      a.emit(CAsmMov, 4, state(StateOffset.vscr), .rax)
    }
  }
}
