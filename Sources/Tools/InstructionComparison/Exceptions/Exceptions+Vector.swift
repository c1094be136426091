import PowerArithmetic
import PowerISA

/// VMX and VSX vectors, and the matrix facility.
extension ComparisonExceptions {
  static let vectorScalar: [ComparisonException] = [
    ComparisonException(
      .chapters(.vsxVector, .matrixMultiply), when: "an enabled exception interrupts",
      qemu: "withholds the results for invalid operation alone",
      architecture: "withholds a vector's results for every enabled exception",
      section: "Book I 7.4",
      .forgiven { d in
        guard d.bothSignalled else { return }
        d.forgetTarget()
        d.forget(fpscr: FPSCR.invalid | FPSCR.vx)
      }),
    ComparisonException(
      [.xvcmpeqdp, .xvcmpeqsp, .xvcmpgedp, .xvcmpgesp, .xvcmpgtdp, .xvcmpgtsp],
      when: "VE=1 and a NaN",
      qemu: "the interrupt comes with a later instruction", architecture: "interrupts",
      section: "Book I 7.6", .avoided { s in s.fpscr &= ~(FPSCR.ve | FPSCR.fex) }),
    ComparisonException(
      .chapters(.matrixMultiply), when: "an exception is enabled",
      qemu: "adjusts exponents, and interrupts for the first exception of a chain",
      architecture: "overflow and underflow give the results of disabled exceptions; every enabled "
        + "exception interrupts",
      section: "Book I 7.4",
      .forgiven { d in
        if d.before.fpscr & FPSCR.enables != 0 { d.forgetEverything() }
      }),
    ComparisonException(
      .chapters(.vsxVector, .matrixMultiply), when: "elements differ in what they raise",
      qemu: "reports one of overflow, underflow, zero divide and inexact",
      architecture: "reports all", section: "Book I 7.4",
      .forgiven { d in
        if d.oneSignalled { return d.forgetEverything() }
        d.forget(fpscr: FPSCR.ox | FPSCR.ux | FPSCR.zx | FPSCR.xx)
        if d.newExceptions != 0 { d.forget(fpscr: FPSCR.fx) }
      }),
    ComparisonException(
      [
        .xvcvbf16spn, .xvcvdpsp, .xvcvdpsxds, .xvcvdpsxws, .xvcvdpuxds, .xvcvdpuxws, .xvcvhpsp,
        .xvcvspbf16, .xvcvspdp, .xvcvsphp, .xvcvspsxds, .xvcvspsxws, .xvcvspuxds, .xvcvspuxws,
        .xvcvsxddp, .xvcvsxdsp, .xvcvsxwdp, .xvcvsxwsp, .xvcvuxddp, .xvcvuxdsp, .xvcvuxwdp,
        .xvcvuxwsp,
      ], when: "an element is a NaN",
      qemu: "saturates the next element as if it were one, and reports an invalid conversion",
      architecture: "every element for itself", section: "Book I 7.6",
      .forgiven { d in
        if (d.ours.fpscr | d.theirs.fpscr) & FPSCR.invalid != 0 {
          d.forgetTarget()
          d.forget(fpscr: FPSCR.invalid | FPSCR.vx | FPSCR.fx)
        }
      }),
    ComparisonException(
      [
        .xvmaxdp, .xvmaxsp, .xvmindp, .xvminsp, .xvcmpeqdp, .xvcmpeqsp, .xvcmpgedp, .xvcmpgesp,
        .xvcmpgtdp, .xvcmpgtsp, .xsmaxcqp, .xsmaxcdp, .xsmaxdp, .xsmaxjdp, .xsmincqp, .xsmincdp,
        .xsmindp, .xsminjdp, .xscmpeqqp, .xscmpexpqp, .xscmpgeqp, .xscmpgtqp, .xscmpoqp, .xscmpuqp,
        .xscmpeqdp, .xscmpexpdp, .xscmpgedp, .xscmpgtdp, .xscmpodp, .xscmpudp,
      ], when: "always",
      qemu: "lets the exceptions of the previous instruction show",
      architecture: "these raise invalid operation alone", section: "Book I 7.6",
      .forgiven { d in
        if d.ours.signal == 0, d.theirs.signal == 8 { d.forgetEverything() }
        d.forget(fpscr: FPSCR.ox | FPSCR.ux | FPSCR.zx | FPSCR.xx | FPSCR.fx | FPSCR.fex)
      }),
  ]

  static let vectors: [ComparisonException] = [
    ComparisonException(
      [.vrldmi], when: "always", qemu: "zeros outside the mask",
      architecture: "VRT keeps its bits outside the mask", section: "Book I 6.9.4",
      review: Review(QEMUVersion(7, 2)...QEMUVersion(10, 0), hostFeature: .avx512),
      .forgiven { d in
        let cleared = d.before[vsr: 32 + d.i.vra.number]
          .zip(d.before[vsr: 32 + d.i.vrb.number], UInt64.self) {
            $0.rotatedAndMasked($1, inserting: 0)
          }
        if d.theirs[vsr: 32 + d.i.vrt.number] == cleared { d.forgetTarget() }
      }),
    ComparisonException(
      [.mtvscr], when: "reserved bits are 1", qemu: "keeps them", architecture: "they are 0",
      section: "Book I 6.3.2", .forgiven { d in d.theirs.vscr &= 0x1_0001 }),
    ComparisonException(
      [
        .vextractuh, .vinserth, .vextractuw, .vinsertw, .vinsw, .xxextractuw, .xxinsertw,
        .vextractd, .vinsertd, .vinsd, .vgnb,
      ],
      when: "the element is not all in the register, or N is less than 2",
      qemu: "another undefined result", architecture: "undefined", section: "Book I 6.8",
      .forgiven { d in
        let limit: UInt64 =
          switch d.row.instructionID {
          case .vextractuh, .vinserth: 14
          case .vextractd, .vinsertd, .vinsd: 8
          default: 12
          }
        let place = d.i.uim_11 & 15
        if d.row.instructionID == .vgnb ? d.i.uim_11 & 7 < 2 : place > limit {
          d.forgetTarget()
          d.forget(gpr: d.i.rt.number)
        }
      }),
    ComparisonException(
      [.vextuhlx, .vextuhrx, .vextuwlx, .vextuwrx], when: "the element is not all in the register",
      qemu: "another undefined result", architecture: "undefined", section: "Book I 6.8",
      .forgiven { d in
        let limit: UInt64 = [.vextuhlx, .vextuhrx].contains(d.row.instructionID) ? 14 : 12
        if d.before[gpr: d.i.ra.number] & 15 > limit { d.forget(gpr: d.i.rt.number) }
      }),
    ComparisonException(
      [
        .vdivesd, .vdivesq, .vdivesw, .vdiveud, .vdiveuq, .vdiveuw, .vdivsd, .vdivsq, .vdivsw,
        .vdivud, .vdivuq, .vdivuw, .vmodsd, .vmodsq, .vmodsw, .vmodud, .vmoduq, .vmoduw,
      ], when: "a divisor is zero, or a quotient does not fit",
      qemu: "another undefined result", architecture: "the element is undefined",
      section: "Book I 6.9.2",
      .forgiven { d in
        let undefined = VectorDivision.undefinedElements(d)
        for n in 0..<16 where undefined.contains(n) {
          var value = d.theirs[vsr: 32 + d.i.vrt.number]
          value[byte: n] = d.ours[vsr: 32 + d.i.vrt.number][byte: n]
          d.theirs[vsr: 32 + d.i.vrt.number] = value
        }
      }),
  ]
}

/// Which elements of a vector division are undefined.
enum VectorDivision {
  /// Numbers of the bytes, from the left.
  static func undefinedElements(_ d: ResultDifference) -> Set<Int> {
    let a = d.before[vsr: 32 + d.i.vra.number]
    let b = d.before[vsr: 32 + d.i.vrb.number]
    let isExtended = ComparisonTraits.extendedDivisions.contains(d.row.instructionID)
    switch d.row.instructionID {
    case .vdivesw, .vdivsw, .vmodsw: return bytes(a, b, Int32.self, isExtended)
    case .vdivesd, .vdivsd, .vmodsd: return bytes(a, b, Int64.self, isExtended)
    case .vdivesq, .vdivsq, .vmodsq: return bytes(a, b, Int128.self, isExtended)
    case .vdiveuw, .vdivuw, .vmoduw: return bytes(a, b, UInt32.self, isExtended)
    case .vdiveud, .vdivud, .vmodud: return bytes(a, b, UInt64.self, isExtended)
    default: return bytes(a, b, UInt128.self, isExtended)
    }
  }

  private static func bytes<T: FixedWidthInteger>(
    _ a: Vector, _ b: Vector, _ type: T.Type, _ isExtended: Bool
  ) -> Set<Int> {
    let size = MemoryLayout<T>.size
    var result: Set<Int> = []
    for n in 0..<16 / size {
      let (dividend, divisor) = (a[n, T.self], b[n, T.self])
      let isDefined =
        isExtended
        ? divisor != 0 && dividend.magnitude < divisor.magnitude / (T.isSigned ? 2 : 1)
        : !dividend.dividedReportingOverflow(by: divisor).overflow
      if !isDefined { result.formUnion(n * size..<(n + 1) * size) }
    }
    return result
  }
}
