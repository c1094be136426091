internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Rotations under masks and of halfwords, and shifts of bytes with what is next to them.
  static let vectorRotations: [HostCode] = [
    HostCode(
      [.vrlwnm, .vrlwmi, .vrldnm, .vrldmi], .noSideExit, needs: { $0.sse41 && $0.avx2 }
    ) { $0.rotateUnderMask($1) },
    HostCode([.vrlh], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) { $0.rotateHalfwords($1) },
    HostCode([.vslv, .vsrv], .noSideExit, needs: { $0.sse41 }) { $0.shiftBytePairs($1) },
  ]
}

// Book I 6.9.4 and 6.8.6.
extension RegionEmitter {
  /// B has in each element the number of bits, and in the bytes above it the last and the first bit of the
  /// mask.
  func rotateUnderMask(_ o: Operation) {
    let r = o.vsr
    let isWord = o.kind == .vrlwnm || o.kind == .vrlwmi
    func number(_ value: UInt32) -> HostLabel {
      isWord ? constant(words: value) : constant(doublewords: UInt64(value))
    }
    let limit = number(isWord ? 31 : 63)
    let right: HostShift = isWord ? .rightWords : .rightDoublewords
    let add: HostOperation = isWord ? .addWords : .addDoublewords
    let greater: HostOperation = isWord ? .greaterWords : .greaterDoublewords
    let (shiftLeft, shiftRight) =
      isWord ? (CAsmVpsllvd, CAsmVpsrlvd) : (CAsmVpsllvq, CAsmVpsrlvq)
    let control = whole(r.b, .xmm0)
    shift(right, .xmm1, control, 16)
    apply(.and, .xmm1, .xmm1, at: limit)
    shift(right, .xmm2, control, 8)
    apply(.and, .xmm2, .xmm2, at: limit)
    // Ones from the first bit on, without those after the last; all the others if the last is before.
    apply(greater, .xmm3, .xmm1, .xmm2)
    apply(add, .xmm2, .xmm2, at: number(1))
    a.emit(CAsmMovaps, .xmm0, at: constant(~0))
    a.emit(shiftRight, .xmm1, .xmm0, .xmm1)
    a.emit(shiftRight, .xmm2, .xmm0, .xmm2)
    apply(.xor, .xmm1, .xmm1, .xmm2)
    apply(.xor, .xmm1, .xmm1, .xmm3)
    apply(.and, .xmm0, whole(r.b, .xmm0), at: limit)
    let source = whole(r.a, .xmm3)
    a.emit(shiftLeft, .xmm2, source, .xmm0)
    // The width less the number: an amount of the whole width leaves nothing.
    apply(.xor, .xmm0, .xmm0, at: limit)
    apply(add, .xmm0, .xmm0, at: number(1))
    a.emit(shiftRight, .xmm0, source, .xmm0)
    apply(.or, .xmm2, .xmm2, .xmm0)
    apply(.and, .xmm2, .xmm2, .xmm1)
    if o.kind == .vrlwmi || o.kind == .vrldmi {
      apply(.andn, .xmm1, .xmm1, whole(r.t, .xmm0))
      apply(.or, .xmm2, .xmm2, .xmm1)
    }
    setWhole(r.t, .xmm2)
  }

  /// The halves of products with powers of two.
  func rotateHalfwords(_ o: Operation) {
    let r = o.vsr
    apply(.and, .xmm0, whole(r.b, .xmm0), at: constant(words: 0x000F_000F))
    // The low byte of a power, whose high byte is zero, and the other way round.
    shift(.leftHalfwords, .xmm1, .xmm0, 8)
    apply(.or, .xmm0, .xmm0, at: constant(words: 0x8000_8000))
    apply(.or, .xmm1, .xmm1, at: constant(words: 0x0080_0080))
    a.emit(CAsmMovaps, .xmm2, at: constant(0x8040_2010_0804_0201))
    a.emit(CAsmPshufb, .xmm2, .xmm0)
    a.emit(CAsmMovaps, .xmm0, at: constant(0x8040_2010_0804_0201 << 64))
    a.emit(CAsmPshufb, .xmm0, .xmm1)
    apply(.or, .xmm2, .xmm2, .xmm0)
    let source = whole(r.a, .xmm0)
    copy(.xmm1, .xmm2)
    a.emit(CAsmPmullw, .xmm1, source)
    a.emit(CAsmPmulhuw, .xmm2, source)
    apply(.or, .xmm1, .xmm1, .xmm2)
    setWhole(r.t, .xmm1)
  }

  /// Bytes with the one to the right, or to the left, as halfwords: those of the vector, and those that begin
  /// one byte from these. Products with powers of two have the results in the second byte.
  func shiftBytePairs(_ o: Operation) {
    let r = o.vsr
    let isLeft = o.kind == .vslv
    apply(.and, .xmm0, whole(r.b, .xmm0), at: constant(bytes: 7))
    // To the right it is to the left by 8 less the number: by 7 less here, and by 1 below.
    a.emit(
      CAsmMovaps, .xmm2,
      at: constant(isLeft ? 0x8040_2010_0804_0201 : 0x0102_0408_1020_4080))
    a.emit(CAsmPshufb, .xmm2, .xmm0)
    shift(.rightHalfwords, .xmm3, .xmm2, 8)
    apply(.and, .xmm2, .xmm2, at: constant(words: 0x00FF_00FF))
    if !isLeft {
      apply(.addHalfwords, .xmm2, .xmm2, .xmm2)
      apply(.addHalfwords, .xmm3, .xmm3, .xmm3)
    }
    let source = whole(r.a, .xmm0)
    copy(.xmm1, source)
    a.emit(isLeft ? CAsmPslldq : CAsmPsrldq, .xmm1, 1)
    copy(.xmm0, source)
    let (even, odd): (HostVector, HostVector) = isLeft ? (.xmm1, .xmm0) : (.xmm0, .xmm1)
    a.emit(CAsmPmullw, even, .xmm2)
    a.emit(CAsmPmullw, odd, .xmm3)
    a.emit(CAsmPsrlw, even, 8)
    a.emit(CAsmPand, odd, at: constant(words: 0xFF00_FF00))
    apply(.or, .xmm0, .xmm0, .xmm1)
    setWhole(r.t, .xmm0)
  }
}
