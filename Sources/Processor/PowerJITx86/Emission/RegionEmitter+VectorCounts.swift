internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Counts, parities, masks and strings of vectors.
  static let vectorCounts: [HostCode] = [
    HostCode(
      [.vclzb, .vclzh, .vclzw, .vctzb, .vctzh, .vctzw], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.countZeros($1) },
    HostCode(
      [.vclzd, .vctzd], [.noSideExit, .sparesXMM3], needs: { $0.sse41 && $0.counts }
    ) { $0.eachDoubleword($1) { $0.countZerosOfDoubleword($1) } },
    HostCode(
      [.vpdepd, .vpextd, .vcfuged, .vclzdm, .vctzdm], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 && $0.counts && $0.bmi2 }
    ) { $0.eachDoubleword($1) { $0.bitsUnderMask($1.kind) } },
    HostCode([.vprtybw, .vprtybd, .vprtybq], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.parity($1)
    },
    HostCode(
      [.vcntmbb, .vcntmbh, .vcntmbw, .vcntmbd], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 && $0.counts }
    ) { $0.countSigns($1) },
    HostCode(
      [.vextractbm, .vextracthm, .vextractwm, .vextractdm, .vextractqm],
      [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.extractSigns($1) },
    HostCode(
      [.vexpandbm, .vexpandhm, .vexpandwm, .vexpanddm, .vexpandqm], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.expandSigns($1) },
    HostCode(
      [.mtvsrbm, .mtvsrhm, .mtvsrwm, .mtvsrdm, .mtvsrqm, .mtvsrbmi], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 }
    ) { $0.expandMask($1) },
    HostCode(
      [.vstribl, .vstribr, .vstrihl, .vstrihr], [.noSideExit, .sparesXMM3],
      needs: { $0.sse41 && $0.counts }
    ) { $0.isolateString($1) },
    HostCode([.vclrlb, .vclrrb], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }) {
      $0.clearBytes($1)
    },
  ]
}

// Book I 6.12 to 6.16.
extension RegionEmitter {
  /// Counts within the halves of bytes come from tables; a wider element has the count of the half that is
  /// counted first, and that of the other if the first is all zeros.
  func countZeros(_ o: Operation) {
    let isLeading = [.vclzb, .vclzh, .vclzw].contains(o.kind)
    let source = whole(o.vsr.b, .xmm0)
    shift(.rightHalfwords, .xmm1, source, 4)
    apply(.and, .xmm1, .xmm1, at: constant(bytes: 15))
    apply(.and, .xmm0, source, at: constant(bytes: 15))
    // By number: the zeros of a half, and 4 more, of which zero has 8.
    let counts: UInt128 =
      isLeading
      ? 0x0000_0000_0000_0000_0101_0101_0202_0308 : 0x0001_0002_0001_0003_0001_0002_0001_0008
    let fours: UInt128 = 0x0404_0404_0404_0404_0404_0404_0404_0400
    let (first, second): (HostVector, HostVector) =
      isLeading ? (.xmm1, .xmm0) : (.xmm0, .xmm1)
    a.emit(CAsmMovaps, .xmm2, at: constant(counts))
    a.emit(CAsmPshufb, .xmm2, first)
    a.emit(CAsmMovaps, first, at: constant(counts + fours))
    a.emit(CAsmPshufb, first, second)
    apply(.minimumBytes, .xmm2, .xmm2, first)
    if o.kind != .vclzb, o.kind != .vctzb {
      joinCounts(isLeading, 8, CAsmPcmpeqw, .addHalfwords, .rightHalfwords, 0x00FF_00FF)
    }
    if o.kind == .vclzw || o.kind == .vctzw {
      joinCounts(isLeading, 16, CAsmPcmpeqd, .addWords, .rightWords, 0xFFFF)
    }
    setWhole(o.vsr.t, .xmm2)
  }

  /// The counts of both halves of elements, in XMM2, become those of the elements.
  private func joinCounts(
    _ isLeading: Bool, _ width: UInt32, _ equal: CAsmInstruction, _ add: HostOperation,
    _ high: HostShift, _ low: UInt32
  ) {
    let (first, second): (HostVector, HostVector) =
      isLeading ? (.xmm0, .xmm1) : (.xmm1, .xmm0)
    shift(high, .xmm0, .xmm2, Int64(width))
    apply(.and, .xmm1, .xmm2, at: constant(words: low))
    a.emit(CAsmMovaps, .xmm2, at: constant(words: width == 8 ? 0x0008_0008 : width))
    a.emit(equal, .xmm2, first)
    apply(.and, second, second, .xmm2)
    apply(add, .xmm2, .xmm0, .xmm1)
  }

  // MARK: doublewords

  /// A function of doublewords of B, or of A and B, in RCX or in RAX and RCX, with its result in RAX. It may
  /// change RDX.
  func eachDoubleword(_ o: Operation, _ function: (RegionEmitter, Operation) -> Void) {
    let r = o.vsr
    for half in 0..<2 {
      if r.a >= 0 { doubleword(.rax, of: r.a, isHigh: half == 1) }
      doubleword(.rcx, of: r.b, isHigh: half == 1)
      function(self, o)
      a.emit(CAsmMovq, half == 0 ? .xmm2 : .xmm0, .rax, size: 8)
    }
    a.emit(CAsmPunpcklqdq, .xmm2, .xmm0)
    setWhole(r.t, .xmm2)
  }

  /// Copies doubleword 0, which is the high half, or doubleword 1. XMM0 may change.
  func doubleword(_ target: HostRegister, of number: Int, isHigh: Bool) {
    note(.usesWholeVectors)
    guard let assigned = assignment[vsr: number] else {
      return a.emit(CAsmMov, 8, target, isHigh ? doubleword0(number) : doubleword1(number))
    }
    switch (assigned.isScalar, isHigh) {
    case (true, false): a.emit(CAsmMov, 8, target, doubleword1(number))
    case (false, true):
      a.emit(CAsmPshufd, .xmm0, assigned.host, 0xEE)
      a.emit(CAsmMovq, target, .xmm0, size: 8)
    default: a.emit(CAsmMovq, target, assigned.host, size: 8)
    }
  }

  func countZerosOfDoubleword(_ o: Operation) {
    a.emit(o.kind == .vclzd ? CAsmLzcnt : CAsmTzcnt, 8, .rax, .rcx)
  }

  /// RAX under the mask in RCX: `pdepd` and its kin, of general registers too.
  func bitsUnderMask(_ kind: InstructionID) {
    switch kind {
    case .vpdepd: a.emit(CAsmPdep, 8, .rax, .rax, .rcx)
    case .vpextd: a.emit(CAsmPext, 8, .rax, .rax, .rcx)
    case .vcfuged, .cfuged:
      // Those under zeros to the left of those under ones.
      a.emit(CAsmPext, 8, .rdx, .rax, .rcx)
      a.emit(CAsmNot, 8, .rcx)
      a.emit(CAsmPext, 8, .rax, .rax, .rcx)
      a.emit(CAsmNot, 8, .rcx)
      a.emit(CAsmPopcnt, 8, .rcx, .rcx)
      a.shiftByCL(CAsmShl, 8, .rax)
      a.emit(CAsmOr, 8, .rax, .rdx)
    case .vclzdm, .cntlzdm:
      a.emit(CAsmPext, 8, .rax, .rax, .rcx)
      a.emit(CAsmLzcnt, 8, .rax, .rax)
      a.emit(CAsmPopcnt, 8, .rcx, .rcx)
      a.emit(CAsmSub, 8, .rcx, 64)
      a.emit(CAsmAdd, 8, .rax, .rcx)
    default:
      a.emit(CAsmPext, 8, .rax, .rax, .rcx)
      a.emit(CAsmTzcnt, 8, .rax, .rax)
      a.emit(CAsmPopcnt, 8, .rcx, .rcx)
      a.emit(CAsmCmp, 8, .rax, .rcx)
      a.emit(CAsmCmova, 8, .rax, .rcx)
    }
  }

  // MARK: parity and signs

  /// Of the last bits of the bytes of each element.
  func parity(_ o: Operation) {
    let source = whole(o.vsr.b, .xmm0)
    if o.kind == .vprtybq {
      a.emit(CAsmPshufd, .xmm1, source, 0x4E)
      apply(.xor, .xmm0, source, .xmm1)
    } else {
      copy(.xmm0, source)
    }
    func fold(_ bits: Int64) {
      shift(.rightDoublewords, .xmm1, .xmm0, bits)
      apply(.xor, .xmm0, .xmm0, .xmm1)
    }
    if o.kind != .vprtybw { fold(32) }
    fold(16)
    fold(8)
    let one: UInt128 =
      switch o.kind {
      case .vprtybw: 0x0000_0001_0000_0001_0000_0001_0000_0001
      case .vprtybd: 1 << 64 | 1
      default: 1
      }
    apply(.and, .xmm0, .xmm0, at: constant(one))
    setWhole(o.vsr.t, .xmm0)
  }

  private enum SignedElements: Int {
    case bytes = 16
    case halfwords = 8
    case words = 4
    case doublewords = 2
    case quadword = 1

    init(_ kind: InstructionID) {
      self =
        switch kind {
        case .vcntmbb, .vextractbm, .vexpandbm, .mtvsrbm, .mtvsrbmi: .bytes
        case .vcntmbh, .vextracthm, .vexpandhm, .mtvsrhm: .halfwords
        case .vcntmbw, .vextractwm, .vexpandwm, .mtvsrwm: .words
        case .vcntmbd, .vextractdm, .vexpanddm, .mtvsrdm: .doublewords
        default: .quadword
        }
    }
  }

  /// The sign bits of the elements into RAX, the last element's as the lowest bit. XMM0 changes.
  private func signs(_ o: Operation) {
    let source = whole(o.vsr.b, .xmm0)
    switch SignedElements(o.kind) {
    case .bytes: a.emit(CAsmPmovmskb, .rax, source, size: 4)
    case .halfwords:
      apply(.packSignedHalfwords, .xmm0, source, source)
      a.emit(CAsmPmovmskb, .rax, .xmm0, size: 4)
      a.extend(CAsmMovzx, 4, .rax, from: 1, .rax)
    case .words: a.emit(CAsmMovmskps, .rax, source, size: 4)
    case .doublewords: a.emit(CAsmMovmskpd, .rax, source, size: 4)
    case .quadword:
      a.emit(CAsmMovmskpd, .rax, source, size: 4)
      a.emit(CAsmShr, 4, .rax, 1)
    }
  }

  func extractSigns(_ o: Operation) {
    signs(o)
    set(o.instruction.rt, .rax)
  }

  /// How many signs are MP, in the bits above those that an element's number needs.
  func countSigns(_ o: Operation) {
    signs(o)
    let count = SignedElements(o.kind).rawValue
    if o.instruction.bits(15, 15) == 0 { a.emit(CAsmXor, 4, .rax, Int64(1 << count - 1)) }
    a.emit(CAsmPopcnt, 4, .rax, .rax)
    a.emit(CAsmShl, 8, .rax, Int64(60 - count.trailingZeroBitCount))
    set(o.instruction.rt, .rax)
  }

  func expandSigns(_ o: Operation) {
    let source = whole(o.vsr.b, .xmm1)
    let elements = SignedElements(o.kind)
    switch elements {
    case .bytes:
      a.emit(CAsmPxor, .xmm0, .xmm0)
      a.emit(CAsmPcmpgtb, .xmm0, source)
    case .halfwords: shift(.signedHalfwords, .xmm0, source, 15)
    default:
      shift(.signedWords, .xmm0, source, 31)
      if elements == .doublewords { a.emit(CAsmPshufd, .xmm0, .xmm0, 0xF5) }
      if elements == .quadword { a.emit(CAsmPshufd, .xmm0, .xmm0, 0xFF) }
    }
    setWhole(o.vsr.t, .xmm0)
    result.maskWidth = Int8(min(16 / elements.rawValue, 8))
  }

  /// The other way: bits of a general register or an immediate become elements.
  func expandMask(_ o: Operation) {
    let elements = SignedElements(o.kind)
    result.maskWidth = Int8(min(16 / elements.rawValue, 8))
    if o.kind == .mtvsrbmi {
      let bits = UInt16(truncatingIfNeeded: o.instruction.dx)
      var value: UInt128 = 0
      for lane in 0..<16 where bits >> lane & 1 != 0 { value |= 0xFF << UInt128(8 * lane) }
      a.emit(CAsmMovaps, .xmm0, at: constant(value))
      return setWhole(o.vsr.t, .xmm0)
    }
    a.emit(CAsmMovd, .xmm0, value(o.instruction.rb, .rax), size: 4)
    // Each element has the byte with its bit, and keeps that bit.
    let (bits, equal): (UInt128, CAsmInstruction) =
      switch elements {
      case .bytes: (0x8040_2010_0804_0201_8040_2010_0804_0201, CAsmPcmpeqb)
      case .halfwords: (0x0080_0040_0020_0010_0008_0004_0002_0001, CAsmPcmpeqw)
      case .words: (0x0000_0008_0000_0004_0000_0002_0000_0001, CAsmPcmpeqd)
      case .doublewords: (2 << 64 | 1, CAsmPcmpeqq)
      case .quadword: (0x0001_0001_0001_0001_0001_0001_0001_0001, CAsmPcmpeqw)
      }
    let places: UInt128 = elements == .bytes ? 0x0101_0101_0101_0101 << 64 : 0
    a.emit(CAsmPshufb, .xmm0, at: constant(places))
    a.emit(CAsmMovaps, .xmm1, at: constant(bits))
    a.emit(CAsmPand, .xmm0, .xmm1)
    a.emit(equal, .xmm0, .xmm1)
    setWhole(o.vsr.t, .xmm0)
  }

  // MARK: strings

  private static let laneNumbers: UInt128 = 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100

  /// What is before the first zero element, from the left or the right; with Rc CR6 says whether there is
  /// one.
  func isolateString(_ o: Operation) {
    let isLeft = o.kind == .vstribl || o.kind == .vstrihl
    let isBytes = o.kind == .vstribl || o.kind == .vstribr
    let source = whole(o.vsr.b, .xmm0)
    a.emit(CAsmPxor, .xmm1, .xmm1)
    a.emit(isBytes ? CAsmPcmpeqb : CAsmPcmpeqw, .xmm1, source)
    a.emit(CAsmPmovmskb, .rcx, .xmm1, size: 4)
    // The lane from the right of the byte that is next to what is kept.
    if isLeft {
      a.emit(CAsmLzcnt, 4, .rdx, .rcx)
      a.move(.rax, constant: 31)
      a.emit(CAsmSub, 4, .rax, .rdx)
    } else {
      a.emit(CAsmMov, 4, .rax, .rcx)
      a.emit(CAsmOr, 4, .rax, 0x1_0000)
      a.emit(CAsmTzcnt, 4, .rax, .rax)
    }
    splatByte(.xmm1, .xmm2)
    let lanes = constant(Self.laneNumbers)
    if isLeft {
      a.emit(CAsmMovaps, .xmm2, at: lanes)
      a.emit(CAsmPcmpgtb, .xmm2, .xmm1)
      apply(.and, .xmm0, source, .xmm2)
    } else {
      a.emit(CAsmPcmpgtb, .xmm1, at: lanes)
      apply(.and, .xmm0, source, .xmm1)
    }
    setWhole(o.vsr.t, .xmm0)
    guard o.instruction.rc_21 else { return }
    pending[6] = nil
    a.emit(CAsmXor, 4, .rax, .rax)
    a.emit(CAsmTest, 4, .rcx, .rcx)
    a.emit(CAsmSetne, 1, .rax)
    a.emit(CAsmAdd, 4, .rax, .rax)
    a.emit(CAsmMov, 1, crFieldToSet(6), .rax)
  }

  /// Keeps a number of bytes, from RB, on the right or on the left.
  func clearBytes(_ o: Operation) {
    // All from 16 on.
    load(.rcx, o.instruction.rb)
    a.move(.rax, constant: 16)
    a.emit(CAsmCmp, 8, .rcx, .rax)
    a.emit(CAsmCmovb, 4, .rax, .rcx)
    let lanes = constant(Self.laneNumbers)
    let source = whole(o.vsr.a, .xmm0)
    if o.kind == .vclrlb {
      splatByte(.xmm1, .xmm2)
      a.emit(CAsmPcmpgtb, .xmm1, at: lanes)
      apply(.and, .xmm0, source, .xmm1)
    } else {
      a.emit(CAsmSub, 4, .rax, 15)
      a.emit(CAsmNeg, 4, .rax)
      splatByte(.xmm1, .xmm2)
      a.emit(CAsmMovaps, .xmm2, at: lanes)
      a.emit(CAsmPcmpgtb, .xmm2, .xmm1)
      apply(.and, .xmm0, source, .xmm2)
    }
    setWhole(o.vsr.t, .xmm0)
  }
}
