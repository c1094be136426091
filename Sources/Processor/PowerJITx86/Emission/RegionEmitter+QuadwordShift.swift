internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Shifts and rotations of vectors as numbers of 128 bits, and bits and bytes that masks choose.
  static let quadwordShifts: [HostCode] = [
    HostCode([.vslq, .vsrq, .vsraq], .noSideExit, needs: { $0.sse41 }) { $0.shiftQuadword($1) },
    HostCode([.vrlq, .vrlqnm, .vrlqmi], .noSideExit, needs: { $0.sse41 }) {
      $0.rotateQuadword($1)
    },
    HostCode([.vgnb], .noSideExit, needs: { $0.bmi2 }) { $0.gatherEveryBit($1) },
    HostCode(
      [.xxgenpcvbm, .xxgenpcvhm, .xxgenpcvwm, .xxgenpcvdm], .noSideExit,
      needs: { $0.sse41 && $0.bmi2 }, where: { $0.uim_11 < 4 }
    ) { $0.makeControl($1) },
  ]
}

// Book I 6.9.4, 6.8.6 and 7.6.3.
extension RegionEmitter {
  func shiftQuadword(_ o: Operation) {
    countOfQuadword(o, shift: 0)
    copy(.xmm0, whole(o.vsr.a, .xmm0))
    guard o.kind == .vsraq else {
      shiftQuadword(isLeft: o.kind == .vslq)
      return setWhole(o.vsr.t, .xmm2)
    }
    // The complement of a negative number is shifted, and complemented again.
    a.emit(CAsmPshufd, .xmm3, .xmm0, 0xFF)
    a.emit(CAsmPsrad, .xmm3, 31)
    a.emit(CAsmPxor, .xmm0, .xmm3)
    a.emit(CAsmMovups, kept(0), .xmm3)
    shiftQuadword(isLeft: false)
    a.emit(CAsmMovups, .xmm3, kept(0))
    a.emit(CAsmPxor, .xmm2, .xmm3)
    setWhole(o.vsr.t, .xmm2)
  }

  /// Seven bits of B's doubleword 0, from a number of bits on, in the low half of XMM1.
  private func countOfQuadword(_ o: Operation, shift bits: Int64) {
    a.emit(CAsmPshufd, .xmm1, whole(o.vsr.b, .xmm1), 0xEE)
    if bits > 0 { a.emit(CAsmPsrlq, .xmm1, bits) }
    a.emit(CAsmPand, .xmm1, at: constant(127))
  }

  /// Makes XMM2 what XMM0 is after a shift by the number from 0 to 128 in XMM1. All of XMM0 to XMM3 change.
  ///
  /// The host makes zeros of what is shifted by 64 and more, as of a negative number: one of the two parts that
  /// pass into the other half is zero, or both are equal.
  private func shiftQuadword(isLeft: Bool) {
    let (across, there, back) =
      isLeft ? (CAsmPslldq, CAsmPsllq, CAsmPsrlq) : (CAsmPsrldq, CAsmPsrlq, CAsmPsllq)
    copy(.xmm2, .xmm0)
    a.emit(there, .xmm2, .xmm1)
    a.emit(across, .xmm0, 8)
    a.emit(CAsmMovaps, .xmm3, at: constant(64))
    a.emit(CAsmPsubq, .xmm3, .xmm1)
    copy(.xmm1, .xmm0)
    a.emit(back, .xmm1, .xmm3)
    a.emit(CAsmPor, .xmm2, .xmm1)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    a.emit(CAsmPsubq, .xmm1, .xmm3)
    a.emit(there, .xmm0, .xmm1)
    a.emit(CAsmPor, .xmm2, .xmm0)
  }

  /// B has the number of bits, and in the bytes above it the last and the first bit of the mask.
  func rotateQuadword(_ o: Operation) {
    let r = o.vsr
    countOfQuadword(o, shift: 0)
    copy(.xmm0, whole(r.a, .xmm0))
    shiftQuadword(isLeft: true)
    a.emit(CAsmMovups, kept(0), .xmm2)
    countOfQuadword(o, shift: 0)
    a.emit(CAsmMovaps, .xmm3, at: constant(128))
    a.emit(CAsmPsubq, .xmm3, .xmm1)
    copy(.xmm1, .xmm3)
    copy(.xmm0, whole(r.a, .xmm0))
    shiftQuadword(isLeft: false)
    a.emit(CAsmMovups, .xmm0, kept(0))
    a.emit(CAsmPor, .xmm2, .xmm0)
    guard o.kind != .vrlq else { return setWhole(r.t, .xmm2) }
    a.emit(CAsmMovups, kept(0), .xmm2)
    maskQuadword(o)
    a.emit(CAsmMovups, .xmm0, kept(0))
    if o.kind == .vrlqmi {
      copy(.xmm1, .xmm2)
      a.emit(CAsmPandn, .xmm1, whole(r.t, .xmm3))
      a.emit(CAsmPand, .xmm2, .xmm0)
      a.emit(CAsmPor, .xmm2, .xmm1)
    } else {
      a.emit(CAsmPand, .xmm2, .xmm0)
    }
    setWhole(r.t, .xmm2)
  }

  /// Makes XMM2 ones from the first bit on, without those after the last; all the others if the last is before.
  private func maskQuadword(_ o: Operation) {
    countOfQuadword(o, shift: 8)
    a.emit(CAsmMovups, kept(1), .xmm1)
    a.emit(CAsmPaddq, .xmm1, at: constant(1))
    a.emit(CAsmPcmpeqd, .xmm0, .xmm0)
    shiftQuadword(isLeft: false)
    a.emit(CAsmMovups, kept(2), .xmm2)
    countOfQuadword(o, shift: 16)
    // The numbers are words.
    a.emit(CAsmMovups, .xmm3, kept(1))
    copy(.xmm2, .xmm1)
    a.emit(CAsmPcmpgtd, .xmm2, .xmm3)
    a.emit(CAsmPshufd, .xmm2, .xmm2, 0)
    a.emit(CAsmMovups, kept(1), .xmm2)
    a.emit(CAsmPcmpeqd, .xmm0, .xmm0)
    shiftQuadword(isLeft: false)
    for number in [1, 2] {
      a.emit(CAsmMovups, .xmm0, kept(number))
      a.emit(CAsmPxor, .xmm2, .xmm0)
    }
  }

  // MARK: masks

  /// `vgnb`: every so many bits from the left, in the first bits of RT.
  func gatherEveryBit(_ o: Operation) {
    let stride = max(Int(o.instruction.uim_11 & 7), 2)
    var mask: UInt128 = 0
    for bit in Swift.stride(from: 0, to: 128, by: stride) { mask |= 1 << (127 - bit) }
    let (high, low) = (UInt64(mask >> 64), UInt64(truncatingIfNeeded: mask))
    doubleword(.rax, of: o.vsr.b, isHigh: true)
    a.move(.rdx, constant: high)
    a.emit(CAsmPext, 8, .rax, .rax, .rdx)
    doubleword(.rcx, of: o.vsr.b, isHigh: false)
    a.move(.rdx, constant: low)
    a.emit(CAsmPext, 8, .rcx, .rcx, .rdx)
    a.emit(CAsmShl, 8, .rax, Int64(low.nonzeroBitCount))
    a.emit(CAsmOr, 8, .rax, .rcx)
    a.emit(CAsmShl, 8, .rax, Int64(64 - mask.nonzeroBitCount))
    set(o.instruction.rt, .rax)
  }

  /// `xxgenpcv…`: the control with which a permutation expands or compresses the elements whose signs are set,
  /// numbered from the left or the right.
  func makeControl(_ o: Operation) {
    let mode = o.instruction.uim_11
    spreadSigns(o)
    // Numbers are the host's from here on, from the right.
    if mode & 2 == 0 { apply(.shuffle, .xmm0, .xmm0, at: constant(Self.reversal)) }
    if mode & 1 == 0 {
      // The number of chosen bytes before each.
      apply(.and, .xmm1, .xmm0, at: constant(bytes: 1))
      copy(.xmm2, .xmm1)
      for bytes in [1, 2, 4, 8] as [Int64] {
        copy(.xmm3, .xmm2)
        a.emit(CAsmPslldq, .xmm3, bytes)
        a.emit(CAsmPaddb, .xmm2, .xmm3)
      }
      a.emit(CAsmPsubb, .xmm2, .xmm1)
      a.emit(CAsmPand, .xmm2, .xmm0)
      a.emit(CAsmPandn, .xmm0, at: constant(0x1F1E_1D1C_1B1A_1918_1716_1514_1312_1110))
      a.emit(CAsmPor, .xmm0, .xmm2)
    } else {
      // The numbers of the chosen bytes, four bits each.
      a.emit(CAsmPmovmskb, .rax, .xmm0, size: 4)
      a.move(.rdx, constant: 0x1111_1111_1111_1111)
      a.emit(CAsmPdep, 8, .rax, .rax, .rdx)
      a.emit(CAsmImul, 8, .rax, .rax, 15)
      a.move(.rdx, constant: 0xFEDC_BA98_7654_3210)
      a.emit(CAsmPext, 8, .rax, .rdx, .rax)
      a.emit(CAsmMovq, .xmm0, .rax, size: 8)
      copy(.xmm1, .xmm0)
      a.emit(CAsmPsrlw, .xmm1, 4)
      a.emit(CAsmPunpcklbw, .xmm0, .xmm1)
      a.emit(CAsmPand, .xmm0, at: constant(bytes: 15))
    }
    if mode & 2 == 0 { apply(.shuffle, .xmm0, .xmm0, at: constant(Self.reversal)) }
    setWhole(o.vsr.t, .xmm0)
  }

  /// Makes all bits of the elements of XMM0 the signs of B's.
  private func spreadSigns(_ o: Operation) {
    let source = whole(o.vsr.b, .xmm1)
    switch o.kind {
    case .xxgenpcvbm:
      a.emit(CAsmPxor, .xmm0, .xmm0)
      a.emit(CAsmPcmpgtb, .xmm0, source)
    case .xxgenpcvhm: shift(.signedHalfwords, .xmm0, source, 15)
    case .xxgenpcvwm: shift(.signedWords, .xmm0, source, 31)
    default:
      shift(.signedWords, .xmm0, source, 31)
      a.emit(CAsmPshufd, .xmm0, .xmm0, 0xF5)
    }
  }
}
