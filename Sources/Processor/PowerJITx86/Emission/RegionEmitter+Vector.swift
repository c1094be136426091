internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Splats, permutations by immediates, selection, and moves from and to general registers.
  static let vectorMoves: [HostCode] = [
    HostCode(
      [
        .vspltisb, .vspltish, .vspltisw, .xxspltib, .vspltw, .xxspltw, .xxpermdi, .xxsldwi, .vsldoi,
        .xxsel, .vsel,
      ], [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.permute($1) },
    HostCode([.mfvsrd, .mfvsrwz], [.isScalar, .noSideExit]) { $0.moveScalar($1) },
    HostCode([.mtvsrd, .mtvsrwa, .mtvsrwz], [.isScalar, .noSideExit, .sparesXMM3]) {
      $0.moveScalar($1)
    },
    HostCode([.mfvsrld, .mtvsrdd], [.noSideExit, .sparesXMM3]) { $0.moveScalar($1) },
  ]
}

extension HostCode {
  /// `vor` and `xxlor` of a register with itself.
  static let copiesVector = HostCode([], [.noSideExit, .sparesXMM3]) { $0.copyVector($1.vsr) }
}

// Vector-scalar registers, bit by bit and element by element.
extension RegionEmitter {
  func copyVector(_ r: VectorOperands) {
    setWhole(r.t, whole(r.a, wholeTarget(r.t)))
    result.maskWidth = maskWidths[r.a]
  }

  func elementwise(_ o: Operation) {
    let isInverted = Self.inverted[o.kind] != nil
    guard let (operation, swapped) = Self.elementwise[o.kind] ?? Self.inverted[o.kind] else {
      return helperCall(o)
    }
    let r = o.vsr
    let target = wholeTarget(r.t)
    result.maskWidth = min(maskWidth(r), operation.maskWidth)
    if r.a == r.b, o.kind == .vxor || o.kind == .xxlxor {
      a.emit(CAsmPxor, target, target)
      return setWhole(r.t, target)
    }
    apply(operation, target, vsr: swapped ? r.b : r.a, swapped ? r.a : r.b)
    if isInverted { apply(.xor, target, target, at: constant(~0)) }
    setWhole(r.t, target)
  }

  func permute(_ o: Operation) {
    let (i, r) = (o.instruction, o.vsr)
    let target = wholeTarget(r.t)
    switch o.kind {
    case .vspltisb, .vspltish, .vspltisw, .xxspltib: splatImmediate(o, target)
    case .vspltw, .xxspltw:
      a.emit(CAsmPshufd, target, whole(r.b, .xmm0), Int64(3 - i.bits(14, 15)) * 0x55)
    case .xxpermdi:
      permuteDoublewords(r, Int64(~i.dm & 3), target)
      result.maskWidth = maskWidth(r)
    case .xxsldwi, .vsldoi:
      let first = whole(r.a, .xmm0)
      let second = r.a == r.b ? first : whole(r.b, .xmm1)
      align(target, first, second, Int64(16 - (o.kind == .vsldoi ? i.shb : 4 * i.shw)))
    default:
      // xxsel, vsel
      result.maskWidth = min(maskWidth(r), maskWidths[r.c])
      if features.avx, maskWidths[r.c] > 0 {
        a.emit(
          CAsmVpblendvb, target, whole(r.a, .xmm0), whole(r.b, .xmm1), whole(r.c, .xmm2))
        return setWhole(r.t, target)
      }
      let mask = whole(r.c, .xmm0)
      apply(.and, .xmm1, whole(r.b, .xmm1), mask)
      apply(.andn, .xmm2, mask, whole(r.a, .xmm2))
      apply(.or, target, .xmm1, .xmm2)
    }
    setWhole(r.t, target)
  }

  /// - Parameter selection: as `shufpd` has it, of B and A.
  private func permuteDoublewords(_ r: VectorOperands, _ selection: Int64, _ target: HostVector) {
    let first = whole(r.b, .xmm0)
    if r.a == r.b {
      let halves = (selection & 1 != 0 ? 0x0E : 0x04, selection & 2 != 0 ? 0xE0 : 0x40)
      return a.emit(CAsmPshufd, target, first, Int64(halves.0 | halves.1))
    }
    let second = whole(r.a, .xmm1)
    if features.avx { return a.emit(CAsmVshufpd, target, first, second, selection) }
    a.emit(CAsmMovaps, .xmm3, first)
    a.emit(CAsmShufpd, .xmm3, second, selection)
    copy(target, .xmm3)
  }

  /// The sixteen bytes that begin a number of bytes above the lowest of `low`.
  func align(
    _ target: HostVector, _ high: HostVector, _ low: HostVector, _ bytes: Int64
  ) {
    if features.avx { return a.emit(CAsmVpalignr, target, high, low, bytes) }
    a.emit(CAsmMovaps, .xmm3, high)
    a.emit(CAsmPalignr, .xmm3, low, bytes)
    copy(target, .xmm3)
  }

  private func splatImmediate(_ o: Operation, _ target: HostVector) {
    let i = o.instruction
    let value: UInt32 =
      switch o.kind {
      case .vspltisb: UInt32(UInt8(truncatingIfNeeded: i.sim)) &* 0x0101_0101
      case .vspltish: UInt32(UInt16(truncatingIfNeeded: i.sim)) &* 0x0001_0001
      case .vspltisw: UInt32(truncatingIfNeeded: i.sim)
      default: UInt32(i.bits(13, 20)) &* 0x0101_0101
      }
    if value == 0 {
      a.emit(CAsmPxor, target, target)
    } else {
      a.emit(CAsmMovaps, target, at: constant(words: value))
    }
  }

  // MARK: scalars

  func moveScalar(_ o: Operation) {
    let (i, r) = (o.instruction, o.vsr)
    switch o.kind {
    case .mfvsrd, .mfvsrwz:
      let t = target(i.ra)
      move(t, scalar: r.t, size: o.kind == .mfvsrd ? 8 : 4)
      set(i.ra, t)
    case .mfvsrld:
      let t = target(i.ra)
      a.emit(CAsmMovq, t, whole(r.t, .xmm0), size: 8)
      set(i.ra, t)
    case .mtvsrd: setScalar(r.t, value(i.ra, .rax))
    case .mtvsrwa:
      extend(CAsmMovsxd, 8, .rax, from: 4, i.ra)
      setScalar(r.t, .rax)
    case .mtvsrwz:
      load(.rax, i.ra, size: 4)
      setScalar(r.t, .rax)
    default:
      // mtvsrdd
      a.emit(CAsmMovq, .xmm0, value(i.rb, .rax), size: 8)
      if i.ra.number == 0 { return setWhole(r.t, .xmm0) }
      a.emit(CAsmMovq, .xmm1, value(i.ra, .rax), size: 8)
      a.emit(CAsmPunpcklqdq, .xmm0, .xmm1)
      setWhole(r.t, .xmm0)
    }
  }
}
