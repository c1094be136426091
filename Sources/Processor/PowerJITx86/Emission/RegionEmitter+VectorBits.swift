internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Shifts of bytes and of whole vectors, the bits of doublewords as matrices, and products of doublewords.
  static let vectorBits: [HostCode] = [
    HostCode([.vslb, .vsrb, .vsrab, .vrlb], .noSideExit, needs: { $0.sse41 }) { $0.shiftBytes($1) },
    HostCode([.vslo, .vsro], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.shiftByOctets($1)
    },
    HostCode([.vsl, .vsr], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) { $0.shiftByBits($1) },
    HostCode([.vgbbd], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) { $0.gatherByBits($1) },
    HostCode([.vmulld], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.multiplyDoublewords($1)
    },
  ]
}

// Book I 6.8.4, 6.9.3, 6.9.4 and 6.11.
extension RegionEmitter {
  /// Each byte by the number of bits in its byte of B: as products with powers of two in halfwords. To the
  /// right it is by 7 less the number to the left, and then by 7 to the right.
  func shiftBytes(_ o: Operation) {
    let r = o.vsr
    let isLeft = o.kind == .vslb || o.kind == .vrlb
    // By number of bits; the numbers from 8 on do not occur.
    let powers: UInt128 =
      isLeft ? 0x8040_2010_0804_0201_8040_2010_0804_0201 : 0x0102_0408_1020_4080_0102_0408_1020_4080
    apply(.and, .xmm1, whole(r.b, .xmm1), at: constant(bytes: 7))
    a.emit(CAsmMovaps, .xmm2, at: constant(powers))
    a.emit(CAsmPshufb, .xmm2, .xmm1)
    let source = whole(r.a, .xmm0)
    // From the right: the even bytes in XMM1 and their powers in XMM3, the odd ones in XMM0 and XMM2.
    let low = constant(words: 0x00FF_00FF)
    apply(.and, .xmm3, .xmm2, at: low)
    a.emit(CAsmPsrlw, .xmm2, 8)
    if o.kind == .vsrab {
      shift(.leftHalfwords, .xmm1, source, 8)
      shift(.signedHalfwords, .xmm1, .xmm1, 8)
      shift(.signedHalfwords, .xmm0, source, 8)
    } else {
      apply(.and, .xmm1, source, at: low)
      shift(.rightHalfwords, .xmm0, source, 8)
    }
    a.emit(CAsmPmullw, .xmm1, .xmm3)
    a.emit(CAsmPmullw, .xmm0, .xmm2)
    let target = wholeTarget(r.t)
    for product in [HostVector.xmm0, .xmm1] {
      switch o.kind {
      case .vslb: break
      case .vrlb:
        // What left the byte to the left comes back on the right.
        shift(.rightHalfwords, .xmm2, product, 8)
        apply(.or, product, product, .xmm2)
      case .vsrb: a.emit(CAsmPsrlw, product, 7)
      default: a.emit(CAsmPsraw, product, 7)
      }
    }
    a.emit(CAsmPsllw, .xmm0, 8)
    a.emit(CAsmPand, .xmm1, at: low)
    apply(.or, target, .xmm0, .xmm1)
    setWhole(r.t, target)
  }

  /// `vslo`, `vsro`: the whole vector by the bytes that bits 121 to 124 of B say.
  func shiftByOctets(_ o: Operation) {
    let r = o.vsr
    a.emit(CAsmMovd, .rax, whole(r.b, .xmm1), size: 4)
    a.emit(CAsmShr, 4, .rax, 3)
    a.emit(CAsmAnd, 4, .rax, 15)
    a.emit(CAsmMovd, .xmm1, .rax, size: 4)
    a.emit(CAsmPxor, .xmm2, .xmm2)
    a.emit(CAsmPshufb, .xmm1, .xmm2)
    // By its number each byte comes from another one, or is zero where bit 7 of that is set.
    let numbers: UInt128 = 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100
    if o.kind == .vslo {
      a.emit(CAsmMovaps, .xmm2, at: constant(numbers))
      a.emit(CAsmPsubb, .xmm2, .xmm1)
    } else {
      a.emit(CAsmMovaps, .xmm2, at: constant(numbers | 0x7070_7070_7070_7070_7070_7070_7070_7070))
      a.emit(CAsmPaddb, .xmm2, .xmm1)
    }
    copy(.xmm0, whole(r.a, .xmm0))
    a.emit(CAsmPshufb, .xmm0, .xmm2)
    setWhole(r.t, .xmm0)
  }

  /// `vsl`, `vsr`: the whole vector by the last three bits of B. What leaves one doubleword enters the other.
  func shiftByBits(_ o: Operation) {
    let r = o.vsr
    let (away, back, move) =
      o.kind == .vsl ? (CAsmPsllq, CAsmPsrlq, CAsmPslldq) : (CAsmPsrlq, CAsmPsllq, CAsmPsrldq)
    a.emit(CAsmMovd, .rax, whole(r.b, .xmm1), size: 4)
    a.emit(CAsmAnd, 4, .rax, 7)
    a.emit(CAsmMovd, .xmm1, .rax, size: 4)
    a.emit(CAsmNeg, 4, .rax)
    a.emit(CAsmAdd, 4, .rax, 64)
    copy(.xmm0, whole(r.a, .xmm0))
    copy(.xmm2, .xmm0)
    a.emit(move, .xmm2, 8)
    a.emit(away, .xmm0, .xmm1)
    // By all 64 bits nothing is left.
    a.emit(CAsmMovd, .xmm1, .rax, size: 4)
    a.emit(back, .xmm2, .xmm1)
    a.emit(CAsmPor, .xmm0, .xmm2)
    setWhole(r.t, .xmm0)
  }

  /// `vgbbd`: each doubleword as a matrix of eight times eight bits, transposed.
  func gatherByBits(_ o: Operation) {
    copy(.xmm0, whole(o.vsr.b, .xmm0))
    for (distance, word) in [
      (7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0),
    ] as [(Int64, UInt64)] {
      let mask = constant(doublewords: word)
      copy(.xmm1, .xmm0)
      a.emit(CAsmPsrlq, .xmm1, distance)
      a.emit(CAsmPxor, .xmm1, .xmm0)
      a.emit(CAsmPand, .xmm1, at: mask)
      a.emit(CAsmPxor, .xmm0, .xmm1)
      a.emit(CAsmPsllq, .xmm1, distance)
      a.emit(CAsmPxor, .xmm0, .xmm1)
    }
    setWhole(o.vsr.t, .xmm0)
  }

  /// `vmulld`: the low halves of products of doublewords, from three products of words.
  func multiplyDoublewords(_ o: Operation) {
    let r = o.vsr
    let (x, y) = (whole(r.a, .xmm0), whole(r.b, .xmm1))
    // Each word of one with the other of the other, summed.
    copy(.xmm2, y)
    a.emit(CAsmPshufd, .xmm2, .xmm2, 0xB1)
    a.emit(CAsmPmulld, .xmm2, x)
    copy(.xmm0, x)
    a.emit(CAsmPmuludq, .xmm0, y)
    a.emit(CAsmMovaps, .xmm1, .xmm2)
    a.emit(CAsmPsllq, .xmm1, 32)
    a.emit(CAsmPaddd, .xmm2, .xmm1)
    a.emit(CAsmPand, .xmm2, at: constant(0xFFFF_FFFF_0000_0000_FFFF_FFFF_0000_0000))
    a.emit(CAsmPaddq, .xmm0, .xmm2)
    setWhole(r.t, .xmm0)
  }
}
