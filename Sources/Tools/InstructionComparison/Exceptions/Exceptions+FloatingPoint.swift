import PowerArithmetic
import PowerISA

/// FPSCR, and the results of scalar floating point.
extension ComparisonExceptions {
  static let floatingPoint: [ComparisonException] = [
    ComparisonException(
      .floatingPoint, when: "always", qemu: "never sets FR",
      architecture: "FR is whether the fraction was incremented; FloatAgainstHostTests look at "
        + "it",
      section: "Book I 4.2.2",
      .forgiven { d in
        d.forget(fpscr: FPSCR.fr)
      }),
    ComparisonException(
      .floatingPoint, when: "an exception bit is set already and FX is not",
      qemu: "sets FX again", architecture: "FX is set when an exception bit changes from 0 to 1",
      section: "Book I 4.2.2",
      .forgiven { d in
        let before = d.before.fpscr
        guard before & FPSCR.fx == 0, before & FPSCR.exceptions != 0 else { return }
        d.forget(fpscr: FPSCR.fx)
        if d.i.rc { d.forget(cr: 0x0800_0000) }
      }),
    ComparisonException(
      .chapters(.vsxVector, .matrixMultiply, .decimalFloatingPoint) + .scalarTests
        + .scalarProducts, when: "FI is set before",
      qemu: "clears FI, or keeps it after decimal instructions",
      architecture: "these instructions do not alter FI; decimal ones do", section: "Book I 4.2.2",
      .forgiven { d in d.forget(fpscr: FPSCR.fi) }),
    ComparisonException(
      .binaryFloatingPoint, when: "an enabled invalid operation", qemu: "leaves FI",
      architecture: "clears FI", section: "Book I 4.4.1",
      .forgiven { d in if d.ours.signal == 8 { d.forget(fpscr: FPSCR.fi) } }),
    ComparisonException(
      .singleResults, when: "an operand is no single",
      qemu: "rounds twice, or truncates it",
      architecture: "the result and the status bits are undefined", section: "Book I 4.2.1",
      .forgiven { d in if d.hasOperandBeyondSingle { d.forgetEverything() } }),
    ComparisonException(
      .binaryFloatingPoint + .chapters(.decimalFloatingPoint),
      when: "an enabled exception interrupts", qemu: "does not record CR1",
      architecture: "Rc=1 records it all the same", section: "Book I 4.4",
      .forgiven { d in if d.ours.signal == 8, d.i.rc { d.forget(cr: ResultDifference.cr1) } }),
    ComparisonException(
      .singleResults + [.frsp], when: "the result is a denormal single",
      qemu: "classifies it as a double: normal", architecture: "FPRF[C] reports a denormal",
      section: "Book I Appendix A.1",
      .forgiven { d in
        let fprf = d.ours.fpscr & FPSCR.fprf
        if fprf == 0x14000 || fprf == 0x18000 { d.forget(fpscr: 0x10000) }
      }),
    ComparisonException(
      [.fcfids, .fcfidu, .fcfidus], when: "always", qemu: "leaves FPRF", architecture: "sets FPRF",
      section: "Book I 4.6.7.2", .forgiven { d in d.forget(fpscr: FPSCR.fprf) }),
    ComparisonException(
      [.fcfid, .fcfids, .fcfidu, .fcfidus], when: "an enabled inexact exception interrupts",
      qemu: "withholds the result", architecture: "delivers it", section: "Book I 4.4.5",
      .forgiven { d in
        guard d.bothSignalled else { return }
        d.forgetTarget()
        d.forget(fpscr: FPSCR.fprf)
      }),
    ComparisonException(
      [.fctiw, .fctiwz, .fctiwu, .fctiwuz], when: "always",
      qemu: "the word again, or its sign, in bits 0:31",
      architecture: "bits 0:31 of FRT are undefined", section: "Book I 4.6.7.1",
      .forgiven { d in
        let n = d.i.frt.number
        let value = d.theirs[vsr: n]
        d.theirs[vsr: n] = Vector(
          value.doubleword0 & 0xFFFF_FFFF | d.ours[vsr: n].doubleword0 & ~0xFFFF_FFFF,
          value.doubleword1)
      }),
    ComparisonException(
      [.fcmpo], when: "always", qemu: "sets C of FPRF", architecture: "alters FPCC only",
      section: "Book I 4.6.8", .forgiven { d in d.forget(fpscr: 0x10000) }),
    ComparisonException(
      [.fcmpo], when: "a signalling NaN with VE=1", qemu: "sets VXVC too",
      architecture: "VXSNAN alone", section: "Book I 4.6.8",
      .forgiven { d in if d.before.fpscr & FPSCR.ve != 0 { d.forget(fpscr: FPSCR.vxvc) } }),
    ComparisonException(
      [.fre, .fres], when: "the operand is a zero", qemu: "1/2", architecture: "an infinity",
      section: "Book I 4.6.6.1",
      .forgiven { d in
        guard d.before[vsr: d.i.frb.number].doubleword0 << 1 == 0 else { return }
        d.forgetTarget()
        d.forget(fpscr: FPSCR.fprf)
      }),
    ComparisonException(
      [.mtfsb1], when: "the bit is NI", qemu: "does not set it",
      architecture: "sets it", section: "Book I 4.6.10",
      .forgiven { d in d.forget(fpscr: FPSCR.ni) }),
    ComparisonException(
      [.mtfsb1], when: "the bit is an exception's", qemu: "does not set FX",
      architecture: "sets FX when the bit changes", section: "Book I 4.2.2",
      .forgiven { d in
        d.forget(fpscr: FPSCR.fx)
        if d.i.rc { d.forget(cr: 0x0800_0000) }
      }),
    ComparisonException(
      .singleResults + [.frsp],
      when: "an enabled overflow or underflow far outside the single range",
      qemu: "wraps the exponent to 8 bits", architecture: "adjusts the exponent of a double",
      section: "Book I Appendix A.1",
      .forgiven { d in
        if d.bothSignalled {
          d.forgetTarget()
          d.forget(fpscr: FPSCR.fprf)
        }
      }),
  ]

  static let floatingPointResults: [ComparisonException] = [
    ComparisonException(
      .negatedMultiplyAdds, when: "RN rounds toward an infinity",
      qemu: "rounds the negated result", architecture: "negates the rounded result",
      section: "Book I 4.6.6.2",
      .forgiven { d in
        guard d.before.fpscr & 2 != 0 else { return }
        if d.oneSignalled { return d.forgetEverything() }
        d.forgetTarget()
        d.forget(
          fpscr: FPSCR.fprf | FPSCR.fi | FPSCR.fx | FPSCR.ox | FPSCR.ux | FPSCR.xx | FPSCR.fex)
        if d.i.rc { d.forget(cr: ResultDifference.cr1) }
      }),
    ComparisonException(
      .multiplyAdds + .negatedMultiplyAdds, when: "infinity * zero + signalling NaN",
      qemu: "VXIMZ", architecture: "VXIMZ and VXSNAN", section: "Book I 4.6.6.2",
      .forgiven { d in
        if d.ours.fpscr & FPSCR.vximz != 0 { d.forget(fpscr: FPSCR.vxsnan) }
      }),
    ComparisonException(
      [.xsredp, .xsresp, .xsrsqrtedp, .xsrsqrtesp, .xvredp, .xvresp, .xvrsqrtedp, .xvrsqrtesp],
      when: "the operand is a zero", qemu: "does not set ZX",
      architecture: "sets ZX", section: "Book I 7.6",
      .forgiven { d in
        if d.ours.fpscr & FPSCR.zx != 0, d.oneSignalled { return d.forgetEverything() }
        d.forget(fpscr: FPSCR.zx | FPSCR.fx)
      }),
    ComparisonException(
      [.xsmaxjdp, .xsminjdp], when: "a quiet and a signalling NaN", qemu: "looks at the first",
      architecture: "VXSNAN", section: "Book I 7.6",
      .forgiven { d in
        // Enabled, it interrupts.
        if d.oneSignalled, d.ours.fpscr & FPSCR.vxsnan != 0 { return d.forgetEverything() }
        d.forget(fpscr: FPSCR.vxsnan | FPSCR.vx | FPSCR.fx)
      }),
    ComparisonException(
      [.xsmaxcqp, .xsmaxcdp, .xsmincqp, .xsmincdp], when: "zeros of both signs",
      qemu: "the greater or lesser by sign",
      architecture: "equal, so the second operand", section: "Book I 7.6",
      .forgiven { d in
        if d.targets.allSatisfy({ d.ours[vsr: $0].doubleword0 << 1 == 0 }) { d.forgetTarget() }
      }),
    ComparisonException(
      [.xsnmsubqp], when: "round to odd", qemu: "rounds by RN", architecture: "rounds to odd",
      section: "Book I 7.6",
      .forgiven { d in
        guard d.i.rc else { return }
        d.forgetTarget()
        d.forget(fpscr: 0xFFFF_FFFF)
      }),
    ComparisonException(
      [.xsrqpi, .xsrqpxp], when: "by RN toward zero or toward an infinity",
      qemu: "takes toward zero for toward -infinity and the other way round",
      architecture: "RN as everywhere", section: "Book I 7.6",
      .forgiven { d in
        guard d.before.fpscr & 1 != 0 else { return }
        d.forgetTarget()
        d.forget(fpscr: FPSCR.fprf | FPSCR.ox | FPSCR.ux)
      }),
    ComparisonException(
      [.xststdcsp], when: "a denormal", qemu: "disregards the sign below the single's range",
      architecture: "FL is the sign", section: "Book I 7.6",
      .forgiven { d in
        let n = d.i.bf.number
        d.theirs[crField: n] = d.theirs[crField: n] & ~2 | d.ours[crField: n] & 2
        d.forget(fpscr: 0x2000)
      }),
    ComparisonException(
      [
        .xscvdphp, .xscvdpsp, .xsrsp, .xscmpeqdp, .xscmpgtdp, .xscmpgedp, .xsrqpi, .xscvqpdp,
        .xscmpgeqp, .xscmpgtqp, .xscmpeqqp,
      ],
      when: "an enabled exception interrupts",
      qemu: "delivers the comparison, withholds an inexact result, or wraps an exponent",
      architecture: "withholds for invalid operation alone; an exponent out of reach of the "
        + "adjustment is undefined",
      section: "Book I 7.4",
      .forgiven { d in
        if d.bothSignalled {
          d.forgetTarget()
          d.forget(fpscr: FPSCR.fprf)
        }
      }),
    ComparisonException(
      [.vexptefp], when: "always", qemu: "a series that is off by several units, and diverges",
      architecture: "within 1/16", section: "Book I 6.10.4",
      .forgiven { d in d.forgetTarget() }),
  ]
}
