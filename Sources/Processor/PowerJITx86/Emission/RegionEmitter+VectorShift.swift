internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Shifts and rotations of the elements of vectors.
  static let vectorShifts: [HostCode] = [
    HostCode(
      [.vslh, .vslw, .vsld, .vsrh, .vsrw, .vsrd, .vsrah, .vsraw, .vsrad, .vrlw, .vrld],
      [.noSideExit, .sparesXMM3], needs: { $0.sse41 && $0.avx2 },
      derived: { RegionEmitter.shiftCounts($0) }
    ) { $0.shiftElements($1) }
  ]
}

/// A shift of every element by the same number of bits: in place, and AVX's.
struct HostShift {
  let sse: CAsmInstruction
  let avx: CAsmInstruction

  static let leftHalfwords = HostShift(sse: CAsmPsllw, avx: CAsmVpsllw)
  static let rightHalfwords = HostShift(sse: CAsmPsrlw, avx: CAsmVpsrlw)
  static let signedHalfwords = HostShift(sse: CAsmPsraw, avx: CAsmVpsraw)
  static let leftWords = HostShift(sse: CAsmPslld, avx: CAsmVpslld)
  static let rightWords = HostShift(sse: CAsmPsrld, avx: CAsmVpsrld)
  static let signedWords = HostShift(sse: CAsmPsrad, avx: CAsmVpsrad)
  static let leftDoublewords = HostShift(sse: CAsmPsllq, avx: CAsmVpsllq)
  static let rightDoublewords = HostShift(sse: CAsmPsrlq, avx: CAsmVpsrlq)
}

// Shifts and rotations of the elements of a vector (Book I 6.9.4).
extension RegionEmitter {
  func shift(_ shift: HostShift, _ target: HostVector, _ source: HostVector, _ bits: Int64) {
    if features.avx { return a.emit(shift.avx, target, source, bits) }
    copy(target, source)
    a.emit(shift.sse, target, bits)
  }

  /// The numbers of bits to shift by, from B: one vector, or two of halfwords and of rotations.
  static func shiftCounts(_ o: Operation) -> [DerivedVector] {
    let forms: [DerivedVector.Form] =
      switch o.kind {
      case .vslh, .vsrh, .vsrah: [.lowHalfwords, .highHalfwords]
      case .vrlw: [.words, .wordComplements]
      case .vrld: [.doublewords, .doublewordComplements]
      case .vsld, .vsrd, .vsrad: [.doublewords]
      default: [.words]
      }
    return forms.map { DerivedVector(form: $0, source: o.vsr.b) }
  }

  func shiftElements(_ o: Operation) {
    let target = wholeTarget(o.vsr.t)
    let needed = Self.shiftCounts(o)
    let counts = derived(needed[0], .xmm1)
    let more = needed.count > 1 ? derived(needed[1], .xmm2) : counts
    let source = whole(o.vsr.a, .xmm0)
    switch o.kind {
    case .vslw: a.emit(CAsmVpsllvd, target, source, counts)
    case .vsrw: a.emit(CAsmVpsrlvd, target, source, counts)
    case .vsraw: a.emit(CAsmVpsravd, target, source, counts)
    case .vsld: a.emit(CAsmVpsllvq, target, source, counts)
    case .vsrd: a.emit(CAsmVpsrlvq, target, source, counts)
    case .vsrad:
      // The sign's bit goes where it must be extended from.
      a.emit(CAsmMovaps, .xmm2, at: constant(1 << 127 | 1 << 63))
      a.emit(CAsmVpsrlvq, .xmm2, .xmm2, counts)
      a.emit(CAsmVpsrlvq, .xmm0, source, counts)
      apply(.xor, .xmm0, .xmm0, .xmm2)
      apply(.subtractDoublewords, target, .xmm0, .xmm2)
    case .vrlw, .vrld:
      // An amount of the whole width leaves nothing.
      let isDouble = o.kind == .vrld
      a.emit(isDouble ? CAsmVpsllvq : CAsmVpsllvd, .xmm1, source, counts)
      a.emit(isDouble ? CAsmVpsrlvq : CAsmVpsrlvd, .xmm2, source, more)
      apply(.or, target, .xmm1, .xmm2)
    default: shiftHalfwords(o, target, source, low: counts, high: more)
    }
    setWhole(o.vsr.t, target)
  }

  /// The odd halfwords, low in their words, and the even ones are shifted as words.
  private func shiftHalfwords(
    _ o: Operation, _ target: HostVector, _ source: HostVector, low: HostVector, high: HostVector
  ) {
    switch o.kind {
    case .vslh:
      a.emit(CAsmVpsllvd, .xmm1, source, low)
      apply(.and, .xmm0, source, at: constant(words: 0xFFFF_0000))
      a.emit(CAsmVpsllvd, .xmm2, .xmm0, high)
    case .vsrh:
      a.emit(CAsmVpsrlvd, .xmm2, source, high)
      apply(.and, .xmm0, source, at: constant(words: 0xFFFF))
      a.emit(CAsmVpsrlvd, .xmm1, .xmm0, low)
    default:
      a.emit(CAsmVpsravd, .xmm2, source, high)
      shift(.leftWords, .xmm0, source, 16)
      a.emit(CAsmVpsravd, .xmm1, .xmm0, low)
      shift(.rightWords, .xmm1, .xmm1, 16)
    }
    a.emit(CAsmVpblendw, target, .xmm1, .xmm2, 0xAA)
  }
}
