internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Permutations, and operations on bits.
  static let vectorSpecial: [HostCode] = [
    HostCode(
      [.vspltb, .vsplth, .xxbrh, .xxbrw, .xxbrd, .xxbrq], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.shuffle($1) },
    HostCode(
      [.vperm, .vpermr, .xxperm, .xxpermr], [.noSideExit, .sparesXMM3], needs: { $0.sse41 },
      derived: { Permutation($0).derived }
    ) { $0.permuteBytes($1) },
    HostCode([.vmrgew, .vmrgow], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.mergeWords($1)
    },
    HostCode([.lvsl, .lvsr], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.permuteControl($1)
    },
    HostCode([.mtvsrws], [.noSideExit, .sparesXMM3]) { $0.splatWord($1) },
    HostCode([.vbpermq], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.gatherBits($1)
    },
    HostCode(
      [.vclzlsbb, .vctzlsbb], [.noSideExit, .sparesXMM3], needs: { $0.sse41 && $0.counts }
    ) { $0.countBytes($1) },
    HostCode(
      [.vpopcntb, .vpopcnth, .vpopcntw, .vpopcntd], .noSideExit, needs: { $0.sse41 }
    ) { $0.countBits($1) },
    HostCode([.vpmsumd], .noSideExit, needs: { $0.sse41 && $0.carryless }) {
      $0.polynomialProducts($1)
    },
  ]
}

/// `vperm` and its kin: each byte of a control vector chooses one of two vectors' bytes.
private struct Permutation {
  let left: Int
  let right: Int
  let control: Int
  /// Whether indices count from the right.
  let isReversed: Bool

  init(_ o: Operation) {
    let isVSX = o.kind == .xxperm || o.kind == .xxpermr
    (left, right, control) =
      isVSX ? (o.vsr.a, o.vsr.t, o.vsr.b) : (o.vsr.a, o.vsr.b, o.vsr.c)
    isReversed = o.kind == .vpermr || o.kind == .xxpermr
  }

  /// The host's control of a permutation of one vector.
  var derived: [DerivedVector] {
    left == right
      ? [DerivedVector(form: isReversed ? .reversedBytes : .bytes, source: control)] : []
  }
}

// Bytes and bits of vectors that go elsewhere, and ciphers (Book I 6.8, 6.10, 6.11, 7.6).
extension RegionEmitter {
  /// The other way round, byte by byte.
  static let reversal: UInt128 = 0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F

  // MARK: bytes

  /// Moves bytes as the instruction alone determines.
  func shuffle(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    let element = UInt128(o.instruction.uim_11)
    let everywhere: UInt128 = 0x0101_0101_0101_0101_0101_0101_0101_0101
    let selection: UInt128 =
      switch o.kind {
      case .vspltb: (15 - element & 15) * everywhere
      case .vsplth:
        (14 - 2 * (element & 7)) * everywhere + 0x0100_0100_0100_0100_0100_0100_0100_0100
      case .xxbrh: 0x0E0F_0C0D_0A0B_0809_0607_0405_0203_0001
      case .xxbrw: 0x0C0D_0E0F_0809_0A0B_0405_0607_0001_0203
      case .xxbrd: 0x0809_0A0B_0C0D_0E0F_0001_0203_0405_0607
      default: Self.reversal
      }
    apply(.shuffle, target, whole(o.vsr.b, .xmm0), at: constant(selection))
    setWhole(o.vsr.t, target)
  }

  /// Byte n of the books is the host's byte 15 - n, so that an index from the left into both vectors
  /// together is the complement of the host's; one from the right is the host's.
  func permuteBytes(_ o: Operation) {
    let p = Permutation(o)
    let target = wholeTarget(o.vsr.t)
    if let control = p.derived.first {
      apply(.shuffle, target, whole(p.left, .xmm0), derived(control, .xmm1))
      return setWhole(o.vsr.t, target)
    }
    apply(
      p.isReversed ? .and : .andn, .xmm2, whole(p.control, .xmm2), at: constant(bytes: 0x1F))
    chooseBytes(target, p.left, p.right)
    setWhole(o.vsr.t, target)
  }

  /// The bytes of two vectors whose numbers from the right are in XMM2, which changes as XMM0 and XMM1 do:
  /// below 16 it is the right vector's; for the other the host wants bit 7 set.
  func chooseBytes(_ target: HostVector, _ left: Int, _ right: Int) {
    apply(.addBytes, .xmm1, .xmm2, at: constant(bytes: 0x70))
    apply(.shuffle, .xmm0, whole(right, .xmm0), .xmm1)
    apply(.addBytes, .xmm2, .xmm2, at: constant(bytes: 0xF0))
    apply(.shuffle, .xmm1, whole(left, .xmm1), .xmm2)
    apply(.or, target, .xmm0, .xmm1)
  }

  /// `vmrgew`, `vmrgow`.
  func mergeWords(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    let isEven = o.kind == .vmrgew
    result.maskWidth = min(maskWidth(o.vsr), 4)
    let moved = whole(isEven ? o.vsr.b : o.vsr.a, .xmm0)
    shift(isEven ? .rightDoublewords : .leftDoublewords, .xmm2, moved, 32)
    // What stays, from the other.
    let kept = whole(isEven ? o.vsr.a : o.vsr.b, .xmm1)
    let high: UInt128 = 0xFFFF_FFFF_0000_0000_FFFF_FFFF_0000_0000
    apply(.and, .xmm1, kept, at: constant(isEven ? high : ~high))
    apply(.or, target, .xmm1, .xmm2)
    setWhole(o.vsr.t, target)
  }

  /// `lvsl`, `lvsr`: numbers in sequence, from the low bits of an address.
  func permuteControl(_ o: Operation) {
    effectiveAddress(.indexed, o.instruction)
    a.emit(CAsmAnd, 4, .rax, 15)
    if o.kind == .lvsr {
      a.emit(CAsmNeg, 4, .rax)
      a.emit(CAsmAdd, 4, .rax, 16)
    }
    let target = wholeTarget(o.vsr.t)
    splatByte(.xmm0, .xmm1)
    apply(.addBytes, target, .xmm0, at: constant(Self.reversal))
    setWhole(o.vsr.t, target)
  }

  /// Makes all bytes of a vector the low byte of RAX.
  func splatByte(_ target: HostVector, _ scratch: HostVector) {
    a.emit(CAsmMovd, target, .rax, size: 4)
    a.emit(CAsmPxor, scratch, scratch)
    a.emit(CAsmPshufb, target, scratch)
  }

  func splatWord(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    a.emit(CAsmMovd, .xmm0, value(o.instruction.ra, .rax), size: 4)
    a.emit(CAsmPshufd, target, .xmm0, 0)
    setWhole(o.vsr.t, target)
  }

  // MARK: bits

  /// `vbpermq`: a bit of A for each byte of B, from the left; none for an index of 128 and more.
  func gatherBits(_ o: Operation) {
    let indices = whole(o.vsr.b, .xmm1)
    // The byte that has the bit.
    shift(.rightHalfwords, .xmm0, indices, 3)
    apply(.and, .xmm0, .xmm0, at: constant(bytes: 0x1F))
    a.emit(CAsmMovaps, .xmm2, at: constant(bytes: 15))
    a.emit(CAsmPsubb, .xmm2, .xmm0)
    apply(.shuffle, .xmm0, whole(o.vsr.a, .xmm0), .xmm2)
    testBits(indices)
    setScalar(o.vsr.t, .rax)
  }

  /// Makes RAX the bits, of the bytes in XMM0, whose numbers from the left the low bits of `indices` are; XMM1
  /// and XMM2 change.
  func testBits(_ indices: HostVector) {
    apply(.and, .xmm2, indices, at: constant(bytes: 7))
    a.emit(CAsmMovaps, .xmm1, at: constant(doublewords: 0x0102_0408_1020_4080))
    a.emit(CAsmPshufb, .xmm1, .xmm2)
    a.emit(CAsmPand, .xmm0, .xmm1)
    a.emit(CAsmPcmpeqb, .xmm0, .xmm1)
    a.emit(CAsmPmovmskb, .rax, .xmm0, size: 4)
  }

  /// `vclzlsbb`, `vctzlsbb`: bytes before the first whose last bit is set.
  func countBytes(_ o: Operation) {
    let t = target(o.instruction.rt)
    shift(.leftHalfwords, .xmm0, whole(o.vsr.b, .xmm0), 7)
    a.emit(CAsmPmovmskb, .rax, .xmm0, size: 4)
    if o.kind == .vctzlsbb {
      a.emit(CAsmOr, 4, .rax, 0x1_0000)
      a.emit(CAsmTzcnt, 4, t, .rax)
    } else {
      a.emit(CAsmShl, 4, .rax, 16)
      a.emit(CAsmOr, 4, .rax, 0x8000)
      a.emit(CAsmLzcnt, 4, t, .rax)
    }
    set(o.instruction.rt, t)
  }

  func countBits(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    let source = whole(o.vsr.b, .xmm0)
    apply(.and, .xmm1, source, at: constant(bytes: 15))
    shift(.rightHalfwords, .xmm2, source, 4)
    apply(.and, .xmm2, .xmm2, at: constant(bytes: 15))
    // The number of bits in each half of a byte.
    a.emit(CAsmMovaps, .xmm0, at: constant(0x0403_0302_0302_0201_0302_0201_0201_0100))
    a.emit(CAsmMovaps, .xmm3, .xmm0)
    a.emit(CAsmPshufb, .xmm0, .xmm1)
    a.emit(CAsmPshufb, .xmm3, .xmm2)
    a.emit(CAsmPaddb, .xmm0, .xmm3)
    switch o.kind {
    case .vpopcntb: break
    case .vpopcntd:
      a.emit(CAsmPxor, .xmm1, .xmm1)
      a.emit(CAsmPsadbw, .xmm0, .xmm1)
    default:
      a.emit(CAsmMovaps, .xmm1, at: constant(bytes: 1))
      a.emit(CAsmPmaddubsw, .xmm0, .xmm1)
      if o.kind == .vpopcntw { a.emit(CAsmPmaddwd, .xmm0, at: constant(words: 0x0001_0001)) }
    }
    copy(target, .xmm0)
    setWhole(o.vsr.t, target)
  }

  /// `vpmsumd`: both carry-less products, added.
  func polynomialProducts(_ o: Operation) {
    a.emit(CAsmMovaps, .xmm2, whole(o.vsr.a, .xmm0))
    let second = whole(o.vsr.b, .xmm1)
    a.emit(CAsmMovaps, .xmm3, .xmm2)
    a.emit(CAsmPclmulqdq, .xmm2, second, 0x00)
    a.emit(CAsmPclmulqdq, .xmm3, second, 0x11)
    a.emit(CAsmPxor, .xmm2, .xmm3)
    setWhole(o.vsr.t, .xmm2)
  }
}
