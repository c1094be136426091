import PowerISA

/// Fixed-point arithmetic and storage access.
extension ComparisonExceptions {
  static let fixedPoint: [ComparisonException] = [
    ComparisonException(
      [.mulhw, .mulhwu], when: "always", qemu: "zeros in bits 0:31 of RT",
      architecture: "bits 0:31 of RT, and CR0 in 64-bit mode, are undefined; ours repeat the high "
        + "word, as on POWER9",
      section: "Book I 3.3.9",
      .forgiven { d in
        let n = d.i.rt.number
        d.theirs[gpr: n] = d.theirs[gpr: n] & 0xFFFF_FFFF | d.ours[gpr: n] & ~0xFFFF_FFFF
        if d.i.rc { d.forget(cr: 0xE000_0000) }
      }),
    ComparisonException(
      [.divw, .divwu, .divd, .divdu], when: "the divisor is zero, or the quotient overflows",
      qemu: "RT is the dividend",
      architecture: "RT is undefined, and LT, GT and EQ of CR0; ours is 0, as on POWER9",
      section: "Book I 3.3.9",
      .forgiven { d in
        guard d.ours[gpr: d.i.rt.number] == 0 else { return }
        d.forget(gpr: d.i.rt.number)
        if d.i.rc { d.forget(cr: 0xE000_0000) }
      }),
    ComparisonException(
      [.divwe], when: "always", qemu: "sign bits in bits 0:31 of RT",
      architecture: "bits 0:31 of RT are undefined; ours are 0, as after divw",
      section: "Book I 3.3.9",
      .forgiven { d in
        let n = d.i.rt.number
        d.theirs[gpr: n] = d.theirs[gpr: n] & 0xFFFF_FFFF
        if d.i.rc { d.forget(cr: 0xE000_0000) }
      }),
    ComparisonException(
      [.divde], when: "the magnitude of the quotient is 2^63 or more",
      qemu: "overlooks some of these overflows", architecture: "an overflow; RT is undefined",
      section: "Book I 3.3.9.1",
      .forgiven { d in
        guard d.ours[gpr: d.i.rt.number] == 0 else { return }
        d.forget(gpr: d.i.rt.number)
        if d.i.oe { d.forget(xer: XER.so | XER.ov | XER.ov32) }
        if d.i.rc { d.forget(cr: ResultDifference.cr0) }
      }),
  ]

  static let storage: [ComparisonException] = [
    ComparisonException(
      [.lmw, .stmw], when: "the address is no multiple of 4", qemu: "loads and stores",
      architecture: "may be an alignment interrupt, and is on POWER processors",
      section: "Book I 3.3.5",
      .forgiven { d in
        if d.ours.signal == 7, d.theirs.signal != 7 { d.forgetEverything() }
      }),
    ComparisonException(
      .reservations,
      when:
        "a conditional store without reservation to an address that is not aligned or does not exist",
      qemu: "does not look at the address",
      architecture: "alignment interrupt; a storage interrupt is allowed", section: "Book II 4.6.2",
      .forgiven { d in
        if [7, 11].contains(d.ours.signal), d.theirs.signal == 0 { d.forgetEverything() }
      }),
    ComparisonException(
      [.lqarx, .stqcx_], when: "always", qemu: "lqarx makes no reservation",
      architecture: "stqcx. stores", section: "Book II 4.6.2",
      .forgiven { d in
        guard d.sequence.count == 2 else { return }
        d.forgetStorage()
        d.forget(cr: 0x2000_0000)
      }),
    ComparisonException(
      [.dcbz], when: "970 and POWER5+", qemu: "32 bytes",
      architecture: "the cache block: 128 bytes, unless HID5 asks for 32 on the 970",
      section: "Book II 4.3.2",
      in: { $0.processor.isa < .v2_05 },
      .forgiven { d in d.forgetStorage() }),
    ComparisonException(
      [.lwat, .ldat], when: "FC is 24, 25 or 28 and the bound is met",
      qemu: "RT is the sign-extended 1 << 31", architecture: "RT is 1 << 31, or 1 << 63 for ldat",
      section: "Book II 4.5.1",
      .forgiven { d in
        let n = d.i.rt.number
        if 24...28 ~= d.i.bits(16, 20), d.theirs[gpr: n] == 0xFFFF_FFFF_8000_0000 {
          d.forget(gpr: n)
        }
      }),
    ComparisonException(
      [.lwat, .ldat, .stwat, .stdat], when: "FC is 28 or store twin, and the 32-byte block is left",
      qemu: "does it", architecture: "alignment interrupt", section: "Book II 4.5",
      .forgiven { d in
        if d.ours.signal == 7, d.theirs.signal != 7 { d.forgetEverything() }
      }),
    ComparisonException(
      [
        .lxsdx, .lxsspx, .lxsiwax, .lxsiwzx, .lxsibzx, .lxsihzx, .lxsd, .lxssp, .plxsd, .plxssp,
        .mtvsrd, .mtvsrwa, .mtvsrwz,
      ], when: "always",
      qemu: "keeps doubleword 1 of the target",
      architecture: "undefined before 3.1, zero since", section: "Book I 7.6",
      .forgiven { d in for n in d.targets { d.forget(doubleword1: n) } }),
    ComparisonException(
      [.hashst, .hashchk], when: "always",
      qemu: "a random key", architecture: "the key is HASHKEYR, which problem state cannot read",
      section: "Book I 3.3.16",
      .forgiven { d in
        d.forgetStorage()
        if d.ours.signal == 5, d.theirs.signal == 0 { d.forgetEverything() }
      }),
    ComparisonException(
      [.hashst, .hashchk], when: "RA is 0", qemu: "an illegal instruction",
      architecture: "an invalid form; ours takes RA for zero, as the assembler does",
      section: "Book I 3.3.16",
      .notAsked { i, _ in i.ra.number == 0 }),
  ]
}
