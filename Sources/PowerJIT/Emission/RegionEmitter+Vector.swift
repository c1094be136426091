internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Vector-scalar registers, from the state to the state.
extension RegionEmitter {
  /// Instructions that do the same to each element, or interleave elements: the host's, and
  /// whether it has the operands the other way round.
  static let elementwise: [OperationKind: (instruction: CAsmInstruction, swapped: Bool)] = [
    .vand: (CAsmPand, false), .xxland: (CAsmPand, false),
    .vor: (CAsmPor, false), .xxlor: (CAsmPor, false),
    .vxor: (CAsmPxor, false), .xxlxor: (CAsmPxor, false),
    .vnor: (CAsmPor, false), .xxlnor: (CAsmPor, false),
    .vandc: (CAsmPandn, true), .xxlandc: (CAsmPandn, true),
    .vaddubm: (CAsmPaddb, false), .vadduhm: (CAsmPaddw, false),
    .vadduwm: (CAsmPaddd, false), .vaddudm: (CAsmPaddq, false),
    .vsububm: (CAsmPsubb, false), .vsubuhm: (CAsmPsubw, false),
    .vsubuwm: (CAsmPsubd, false), .vsubudm: (CAsmPsubq, false),
    .vmuluwm: (CAsmPmulld, false),
    .vcmpequb: (CAsmPcmpeqb, false), .vcmpequh: (CAsmPcmpeqw, false),
    .vcmpequw: (CAsmPcmpeqd, false),
    .vcmpgtsb: (CAsmPcmpgtb, false), .vcmpgtsh: (CAsmPcmpgtw, false),
    .vcmpgtsw: (CAsmPcmpgtd, false),
    // Element 0 is the most significant, and the host's highest.
    .vmrghb: (CAsmPunpckhbw, true), .vmrghh: (CAsmPunpckhwd, true),
    .vmrghw: (CAsmPunpckhdq, true), .xxmrghw: (CAsmPunpckhdq, true),
    .vmrglb: (CAsmPunpcklbw, true), .vmrglh: (CAsmPunpcklwd, true),
    .vmrglw: (CAsmPunpckldq, true), .xxmrglw: (CAsmPunpckldq, true),
  ]

  /// The numbers of T, A, B and C as vector-scalar registers.
  private func operands(
    _ kind: OperationKind, _ i: Instruction
  ) -> (t: Int, a: Int, b: Int, c: Int) {
    let t = Int(i.bits(6, 10))
    let a = Int(i.bits(11, 15))
    let b = Int(i.bits(16, 20))
    let c = Int(i.bits(21, 25))
    // VX and VA forms name VRs; the XX forms have a bit more for each.
    guard kind.rawValue.hasPrefix("x") else { return (t + 32, a + 32, b + 32, c + 32) }
    return (
      t + Int(i.bits(31, 31)) << 5, a + Int(i.bits(29, 29)) << 5, b + Int(i.bits(30, 30)) << 5,
      c + Int(i.bits(28, 28)) << 5
    )
  }

  func elementwise(_ kind: OperationKind, _ i: Instruction) {
    guard let (instruction, swapped) = Self.elementwise[kind] else { return }
    let r = operands(kind, i)
    a.emit(CAsmMovdqu, .xmm0, vsr(swapped ? r.b : r.a))
    // The state's registers are not aligned for the host's.
    a.emit(CAsmMovdqu, .xmm1, vsr(swapped ? r.a : r.b))
    a.emit(instruction, .xmm0, .xmm1)
    if kind == .vnor || kind == .xxlnor {
      a.emit(CAsmPcmpeqd, .xmm1, .xmm1)
      a.emit(CAsmPxor, .xmm0, .xmm1)
    }
    a.emit(CAsmMovdqu, vsr(r.t), .xmm0)
  }

  func permute(_ kind: OperationKind, _ i: Instruction) {
    let r = operands(kind, i)
    switch kind {
    case .vspltisb, .vspltish, .vspltisw, .xxspltib: splatImmediate(kind, i)
    case .vspltw, .xxspltw:
      a.emit(CAsmMovdqu, .xmm0, vsr(r.b))
      a.emit(CAsmPshufd, .xmm0, .xmm0, Int64(3 - i.bits(14, 15)) * 0x55)
    case .vslw, .vsrw, .vsraw:
      a.emit(CAsmMovdqu, .xmm0, vsr(r.a))
      a.emit(CAsmMovdqu, .xmm1, vsr(r.b))
      // The low five bits of each amount.
      a.emit(CAsmPslld, .xmm1, 27)
      a.emit(CAsmPsrld, .xmm1, 27)
      let shift = kind == .vslw ? CAsmVpsllvd : kind == .vsrw ? CAsmVpsrlvd : CAsmVpsravd
      a.emit(shift, .xmm0, .xmm0, .xmm1)
    case .xxpermdi:
      a.emit(CAsmMovdqu, .xmm0, vsr(r.b))
      a.emit(CAsmMovdqu, .xmm1, vsr(r.a))
      a.emit(CAsmShufpd, .xmm0, .xmm1, Int64(~i.dm & 3))
    case .xxsldwi, .vsldoi:
      a.emit(CAsmMovdqu, .xmm0, vsr(r.a))
      a.emit(CAsmMovdqu, .xmm1, vsr(r.b))
      a.emit(CAsmPalignr, .xmm0, .xmm1, Int64(16 - (kind == .vsldoi ? i.shb : 4 * i.shw)))
    case .xxsel, .vsel:
      a.emit(CAsmMovdqu, .xmm0, vsr(r.c))
      a.emit(CAsmMovdqu, .xmm1, vsr(r.b))
      a.emit(CAsmMovdqu, .xmm2, vsr(r.a))
      a.emit(CAsmPand, .xmm1, .xmm0)
      a.emit(CAsmPandn, .xmm0, .xmm2)
      a.emit(CAsmPor, .xmm0, .xmm1)
    default: permuteBytes(r.a, r.b, r.c)
    }
    a.emit(CAsmMovdqu, vsr(r.t), .xmm0)
  }

  private func splatImmediate(_ kind: OperationKind, _ i: Instruction) {
    let value: UInt32 =
      switch kind {
      case .vspltisb: UInt32(UInt8(truncatingIfNeeded: i.sim5)) &* 0x0101_0101
      case .vspltish: UInt32(UInt16(truncatingIfNeeded: i.sim5)) &* 0x0001_0001
      case .vspltisw: UInt32(truncatingIfNeeded: i.sim5)
      default: UInt32(i.bits(13, 20)) &* 0x0101_0101
      }
    a.move(.rax, constant: UInt64(value))
    a.emit(CAsmMovd, .xmm0, .rax, size: 4)
    a.emit(CAsmPshufd, .xmm0, .xmm0, 0)
  }

  /// `vperm` into XMM0: byte n of the books is the host's byte 15 - n, so that an index into A and
  /// B together is the complement of the host's into B and A.
  private func permuteBytes(_ ra: Int, _ rb: Int, _ rc: Int) {
    a.emit(CAsmMovdqu, .xmm2, vsr(rc))
    splat(.xmm1, 0x1F)
    a.emit(CAsmPandn, .xmm2, .xmm1)
    // Now 31 - index: below 16 it is B's; for the other the host wants bit 7 set.
    splat(.xmm1, 0x70)
    a.emit(CAsmMovdqa, .xmm3, .xmm2)
    a.emit(CAsmPaddb, .xmm3, .xmm1)
    a.emit(CAsmMovdqu, .xmm0, vsr(rb))
    a.emit(CAsmPshufb, .xmm0, .xmm3)
    splat(.xmm1, 0x10)
    a.emit(CAsmPsubb, .xmm2, .xmm1)
    a.emit(CAsmMovdqu, .xmm1, vsr(ra))
    a.emit(CAsmPshufb, .xmm1, .xmm2)
    a.emit(CAsmPor, .xmm0, .xmm1)
  }

  private func splat(_ target: HostVector, _ byte: UInt64) {
    a.move(.rax, constant: byte &* 0x0101_0101)
    a.emit(CAsmMovd, target, .rax, size: 4)
    a.emit(CAsmPshufd, target, target, 0)
  }

  // MARK: scalars

  func moveScalar(_ kind: OperationKind, _ i: Instruction) {
    switch kind {
    case .fmr, .fneg, .fabs, .fnabs:
      a.emit(CAsmMov, 8, .rax, doubleword0(i.frb.number))
      switch kind {
      case .fneg: a.emit(CAsmBtc, 8, .rax, 63)
      case .fabs: a.emit(CAsmBtr, 8, .rax, 63)
      case .fnabs: a.emit(CAsmBts, 8, .rax, 63)
      default: break
      }
      setScalar(i.frt.number, .rax)
    case .mfvsrd:
      let t = target(i.ra)
      a.emit(CAsmMov, 8, t, doubleword0(i.xs.number))
      set(i.ra, t)
    case .mfvsrld:
      let t = target(i.ra)
      a.emit(CAsmMov, 8, t, doubleword1(i.xs.number))
      set(i.ra, t)
    case .mfvsrwz:
      let t = target(i.ra)
      a.emit(CAsmMov, 4, t, doubleword0(i.xs.number))
      set(i.ra, t)
    case .mtvsrd: setScalar(i.xt.number, value(i.ra, .rax))
    case .mtvsrwa:
      extend(CAsmMovsxd, 8, .rax, from: 4, i.ra)
      setScalar(i.xt.number, .rax)
    case .mtvsrwz:
      load(.rax, i.ra, size: 4)
      setScalar(i.xt.number, .rax)
    default:
      // mtvsrdd
      if i.ra.number == 0 {
        a.emit(CAsmMov, 8, doubleword0(i.xt.number), 0)
      } else {
        a.emit(CAsmMov, 8, doubleword0(i.xt.number), value(i.ra, .rax))
      }
      a.emit(CAsmMov, 8, doubleword1(i.xt.number), value(i.rb, .rax))
    }
  }
}
