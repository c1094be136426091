internal import CAsmJit
internal import PowerArithmetic
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Prefixed instructions with vectors alone: constants, choices by a sign, any function of three bits.
  static let vectorImmediates: [HostCode] = [
    HostCode([.xxspltiw, .xxspltidp, .xxsplti32dx], [.noSideExit, .sparesXMM3]) {
      $0.splatConstant($1)
    },
    HostCode(
      [.xxblendvb, .xxblendvh, .xxblendvw, .xxblendvd], [.noSideExit, .sparesXMM3],
      needs: { $0.avx }
    ) { $0.blendBySign($1) },
    HostCode([.xxeval], .noSideExit, needs: { $0.sse41 }) { $0.evaluate($1) },
  ]
}

// Book I 7.6.3, the prefixed forms.
extension RegionEmitter {
  func splatConstant(_ o: Operation) {
    let word = UInt32(truncatingIfNeeded: o.instruction.imm32)
    let target = wholeTarget(o.vsr.t)
    switch o.kind {
    case .xxspltiw: setConstant(target, UInt128(word) &* 0x1_0000_0001_0000_0001_0000_0001)
    case .xxspltidp:
      let double = UInt128(FloatArithmetic.doubleFromSingle(word))
      setConstant(target, double << 64 | double)
    default:
      // xxsplti32dx: words 0 and 2, or 1 and 3, which the host numbers from the right.
      let mask: UInt128 =
        o.instruction.bits(14, 14) == 0
        ? 0xFFFF_FFFF_0000_0000_FFFF_FFFF_0000_0000 : 0x0000_0000_FFFF_FFFF_0000_0000_FFFF_FFFF
      let value = UInt128(word) &* 0x1_0000_0001_0000_0001_0000_0001 & mask
      apply(.and, target, whole(o.vsr.t, .xmm0), at: constant(~mask))
      apply(.or, target, target, at: constant(value))
    }
    setWhole(o.vsr.t, target)
  }

  private func setConstant(_ target: HostVector, _ value: UInt128) {
    if value == 0 {
      a.emit(CAsmPxor, target, target)
    } else {
      a.emit(CAsmMovaps, target, at: constant(value))
    }
  }

  /// An element of B where that of C is negative, and of A elsewhere.
  func blendBySign(_ o: Operation) {
    let r = o.vsr
    let target = wholeTarget(r.t)
    var mask = whole(r.c, .xmm2)
    switch o.kind {
    case .xxblendvh:
      shift(.signedHalfwords, .xmm2, mask, 15)
      mask = .xmm2
    case .xxblendvw:
      shift(.signedWords, .xmm2, mask, 31)
      mask = .xmm2
    default: break
    }
    let blend = o.kind == .xxblendvd ? CAsmVblendvpd : CAsmVpblendvb
    a.emit(blend, target, whole(r.a, .xmm0), whole(r.b, .xmm1), mask)
    setWhole(r.t, target)
  }

  /// `xxeval`: bit 7 - 4a - 2b - c of the immediate for bits a, b and c.
  func evaluate(_ o: Operation) {
    let r = o.vsr
    let immediate = o.instruction.prefixBits(24, 31)
    // By 2a + b, the results where c is 0 and where it is 1.
    var (clear, set) = (0, 0)
    for index in 0..<4 {
      if immediate >> UInt64(7 - 2 * index) & 1 != 0 { clear |= 1 << index }
      if immediate >> UInt64(6 - 2 * index) & 1 != 0 { set |= 1 << index }
    }
    copy(.xmm0, whole(r.a, .xmm0))
    copy(.xmm1, whole(r.b, .xmm1))
    guard clear != set else {
      function(clear, .xmm0, .xmm0, .xmm1)
      return setWhole(r.t, .xmm0)
    }
    copy(.xmm2, whole(r.c, .xmm2))
    function(set, .xmm3, .xmm0, .xmm1)
    function(clear, .xmm0, .xmm0, .xmm1)
    a.emit(CAsmPand, .xmm3, .xmm2)
    a.emit(CAsmPandn, .xmm2, .xmm0)
    a.emit(CAsmPor, .xmm3, .xmm2)
    setWhole(r.t, .xmm3)
  }

  /// A function of two bits: bit 2a + b of its number. The target may be the first operand; the second is
  /// kept.
  private func function(_ number: Int, _ target: HostVector, _ x: HostVector, _ y: HostVector) {
    // The complement of one that is zero where both bits are.
    let isInverted = number & 1 != 0
    switch isInverted ? ~number & 15 : number {
    case 0: a.emit(CAsmPxor, target, target)
    // Not a, and b.
    case 2:
      copy(target, x)
      a.emit(CAsmPandn, target, y)
    // a, and not b: what either has, without b.
    case 4:
      copy(target, x)
      a.emit(CAsmPor, target, y)
      a.emit(CAsmPxor, target, y)
    case 6:
      copy(target, x)
      a.emit(CAsmPxor, target, y)
    case 8:
      copy(target, x)
      a.emit(CAsmPand, target, y)
    case 10: copy(target, y)
    case 12: copy(target, x)
    default:
      copy(target, x)
      a.emit(CAsmPor, target, y)
    }
    if isInverted { a.emit(CAsmPxor, target, at: constant(~0)) }
  }
}
