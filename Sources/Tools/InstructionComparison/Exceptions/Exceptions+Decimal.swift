import PowerArithmetic
import PowerISA

/// Decimal floating point and packed decimal numbers.
extension ComparisonExceptions {
  static let decimal: [ComparisonException] = [
    ComparisonException(
      .chapters(.decimalFloatingPoint),
      when: "an exception is enabled",
      qemu: "neither interrupts nor withholds the result",
      architecture: "interrupts, and withholds the result of an invalid operation",
      section: "Book I 5.5.10",
      .forgiven { d in
        if d.ours.signal == 8, d.theirs.signal == 0 { d.forgetEverything() }
      }),
    ComparisonException(
      .chapters(.decimalFloatingPoint), when: "an exception is set",
      qemu: "sets FEX, whether the exception is enabled or not",
      architecture: "FEX summarises enabled exceptions", section: "Book I 4.2.2",
      .forgiven { d in
        d.forget(fpscr: FPSCR.fex)
        if d.i.rc { d.forget(cr: 0x0400_0000) }
      }),
    ComparisonException(
      [.denbcd, .denbcdq], when: "a digit is none",
      qemu: "overlooks the last one, and does not classify the result",
      architecture: "an invalid conversion: a NaN", section: "Book I 5.6.7",
      .forgiven { d in
        guard d.ours.fpscr & FPSCR.vxcvi != 0 else { return }
        d.forgetTarget()
        d.forget(fpscr: FPSCR.fprf | FPSCR.vxcvi | FPSCR.vx | FPSCR.fx)
        if d.i.rc { d.forget(cr: ResultDifference.cr1) }
      }),
    ComparisonException(
      [.drdpq], when: "always", qemu: "puts the result into the odd register of the pair",
      architecture: "into the even one; the odd one is undefined", section: "Book I 5.6.6",
      .forgiven { d in
        let n = d.i.frt.number & ~1
        if d.theirs[vsr: n | 1].doubleword0 == d.ours[vsr: n].doubleword0 {
          d.forget(vsr: n)
          d.forget(vsr: n | 1)
        }
      }),
    ComparisonException(
      [.drsp], when: "a signalling NaN", qemu: "classifies the result as a quiet NaN",
      architecture: "the result is a signalling NaN", section: "Book I 5.6.6",
      .forgiven { d in
        if d.before[vsr: d.i.frb.number].doubleword0 >> 57 & 63 == 63 {
          d.forget(fpscr: FPSCR.fprf)
        }
      }),
    ComparisonException(
      [.drdpq], when: "a signalling NaN", qemu: "does not set VXSNAN", architecture: "sets VXSNAN",
      section: "Book I 5.6.6",
      .forgiven { d in
        if d.ours.fpscr & FPSCR.vxsnan != 0 {
          d.forget(fpscr: FPSCR.vxsnan | FPSCR.vx | FPSCR.fx)
          if d.i.rc { d.forget(cr: ResultDifference.cr1) }
        }
      }),
    ComparisonException(
      [.drsp, .drdpq], when: "a NaN", qemu: "forgets the digits that are too many",
      architecture: "keeps the least significant ones", section: "Book I 5.6.6",
      .forgiven { d in
        if d.before[vsr: d.i.frb.number].doubleword0 >> 58 & 31 == 31 { d.forgetTarget() }
      }),
    ComparisonException(
      [.ddedpd, .ddedpdq], when: "an infinity or a NaN", qemu: "forgets its digits",
      architecture: "converts them", section: "Book I 5.6.7",
      .forgiven { d in
        if d.before[vsr: d.i.frb.number].doubleword0 >> 58 & 31 >= 30 { d.forgetTarget() }
      }),
    ComparisonException(
      [.diex, .diexq], when: "a special value",
      qemu: "copies declets as they are, and forgets the digits of infinities",
      architecture: "the digits, in canonical declets", section: "Book I 5.6.8",
      .forgiven { d in
        if d.before[vsr: d.i.frb.number].doubleword0 >> 58 & 31 >= 30
          || d.ours[vsr: d.i.frt.number].doubleword0 >> 58 & 31 >= 30
        {
          d.forgetTarget()
        }
      }),
    ComparisonException(
      [.dscli, .dscliq, .dscri, .dscriq], when: "an infinity", qemu: "forgets its digits",
      architecture: "shifts them", section: "Book I 5.6.8",
      .forgiven { d in
        if d.before[vsr: d.i.fra.number].doubleword0 >> 58 & 31 == 30 { d.forgetTarget() }
      }),
    ComparisonException(
      [.bcdadd_, .bcdsub_], when: "the difference is zero",
      qemu: "adds EQ to LT or GT, and keeps the sign of -0", architecture: "EQ alone, and +0",
      section: "Book I 6.17",
      .forgiven { d in
        guard d.ours.cr & 0x20 != 0 else { return }
        d.forget(cr: 0xC0)
        d.forgetTarget()
      }),
    ComparisonException(
      .packedDecimal, when: "an operand is invalid", qemu: "another undefined result",
      architecture: "VRT is undefined", section: "Book I 6.17",
      .forgiven { d in if d.ours.cr >> 4 & 15 == 1 { d.forgetTarget() } }),
    ComparisonException(
      [.bcdadd_, .bcdsub_, .bcdctn_, .bcdctz_], when: "a digit is none",
      qemu: "does not look at all digits", architecture: "an invalid operand",
      section: "Book I 6.17",
      .forgiven { d in
        if d.ours.cr >> 4 & 15 == 1 {
          d.forgetTarget()
          d.forget(cr: 0xF0)
        }
      }),
    ComparisonException(
      [.bcdcfsq_], when: "the number has more than 31 digits", qemu: "another undefined result",
      architecture: "VRT is undefined", section: "Book I 6.17",
      .forgiven { d in if d.ours.cr & 0x10 != 0 { d.forgetTarget() } }),
    ComparisonException(
      [.bcds_, .bcdsr_, .bcdtrunc_, .bcdutrunc_], when: "every digit that is not zero is lost",
      qemu: "compares the result with zero", architecture: "compares the source with zero",
      section: "Book I 6.17",
      .forgiven { d in
        let isUnsigned = d.row.instructionID == .bcdutrunc_
        if d.ours[vsr: 32 + d.i.vrt.number].quadword >> (isUnsigned ? 0 : 4) == 0 {
          d.forget(cr: 0xE0)
        }
      }),
    ComparisonException(
      [.bcdus_], when: "always", qemu: "takes the last digit of the unsigned result for a sign",
      architecture: "GT or EQ", section: "Book I 6.17", .forgiven { d in d.forget(cr: 0xE0) }),
    ComparisonException(
      [.bcdus_], when: "the number is zero", qemu: "sees an overflow when zero is shifted out",
      architecture: "no overflow", section: "Book I 6.17",
      .forgiven { d in
        if d.before[vsr: 32 + d.i.vrb.number] == .zero { d.forget(cr: 0x10) }
      }),
    ComparisonException(
      [.bcdsr_], when: "a shift to the right by more than 31 digits",
      qemu: "shifts by 31", architecture: "shifts them all out", section: "Book I 6.17",
      .forgiven { d in
        if Int8(bitPattern: d.before[vsr: 32 + d.i.vra.number][byte: 7]) < -31 {
          d.forgetTarget()
          d.forget(cr: 0xF0)
        }
      }),
    ComparisonException(
      [.bcdctsq_, .bcdcpsgn_, .bcdsetsgn_], when: "VRT is VRB",
      qemu: "reads VRB after it wrote VRT",
      architecture: "operands are read first", section: "Book I 6.17",
      .forgiven { d in
        if d.i.vrt == d.i.vrb {
          d.forgetTarget()
          d.forget(cr: 0xF0)
        }
      }),
  ]
}
