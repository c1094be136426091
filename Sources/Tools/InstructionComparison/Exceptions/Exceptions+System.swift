import PowerISA

/// Branches, special-purpose registers, facilities and hints.
extension ComparisonExceptions {
  static let system: [ComparisonException] = [
    ComparisonException(
      [.bcctr], when: "BO asks to decrement CTR", qemu: "branches, or an illegal instruction",
      architecture: "an invalid form", section: "Book I 2.4",
      .forgiven { d in if d.i.bo & 4 == 0 { d.forgetEverything() } }),
    ComparisonException(
      [.mfspr, .mtspr], when: "TB, TBU, SPRG3, CTRL and the performance monitor's registers",
      qemu: "values of its own", architecture: "time, and what an operating system puts there",
      section: "Book III 5.4.4",
      .notAsked { i, _ in
        [259, 268, 269, 136].contains(i.spr) || 736...798 ~= i.spr
      }),
    ComparisonException(
      [.mfspr, .mtspr], when: "BESCR and the other registers of event-based branches",
      qemu: "user mode ends", architecture: "registers of problem state",
      section: "Book II 6.4", .notAsked { i, _ in 800...806 ~= i.spr }),
    ComparisonException(
      [.mtspr, .mfspr], when: "VRSAVE", qemu: "keeps 64 bits on some processors",
      architecture: "a register of 32 bits", section: "Book I 3.2.3",
      .forgiven { d in
        guard d.i.spr == SPR.vrsave.number else { return }
        d.theirs[StateLayout.vrsave] &= 0xFFFF_FFFF
        let n = d.i.rt.number
        if d.theirs[gpr: n] & 0xFFFF_FFFF == d.ours[gpr: n] { d.forget(gpr: n) }
      }),
    ComparisonException(
      [.mtspr, .mfspr], when: "XER", qemu: "keeps reserved bits",
      architecture: "reserved bits are 0", section: "Book I 3.2.2",
      .forgiven { d in
        guard d.i.spr == SPR.xer.number else { return }
        let n = d.i.rt.number
        if d.theirs.xer != d.ours.xer, d.theirs[gpr: n] == d.theirs.xer { d.forget(gpr: n) }
        d.theirs.xer &= 0xE00C_007F
        if d.isa < .v3_0 { d.theirs.xer &= ~(XER.ov32 | XER.ca32) }
      }),
    ComparisonException(
      [.mfspr, .mtspr], when: "TFHAR, TFIAR, TEXASR and TEXASRU",
      qemu: "has transactional memory, on POWER10 too",
      architecture: "absent without transactional memory", section: "Book III 3.2",
      .notAsked { i, _ in 128...131 ~= i.spr }),
    ComparisonException(
      [.mfspr, .mtspr], when: "DEXCR and HDEXCR by their problem-state numbers",
      qemu: "lacks them", architecture: "readable since 3.1", section: "Book III 9.7",
      .notAsked { i, _ in i.spr == 812 || i.spr == 455 }),
    ComparisonException(
      [.mfspr, .mtspr], when: "PVR, and the numbers that write TB",
      qemu: "reads them, as Linux does for the program", architecture: "privileged",
      section: "Book III 5.4.4", .notAsked { i, _ in 284...287 ~= i.spr }),
    ComparisonException(
      [.mfspr, .mtspr], when: "AMR", qemu: "an illegal instruction on some processors",
      architecture: "a register of problem state since 2.06", section: "Book III 5.7.13",
      .notAsked { i, _ in i.spr == 13 }),
    ComparisonException(
      [.mfspr, .mtspr], when: "DSCR by its problem-state number",
      qemu: "facility unavailable, as Linux sees before it emulates the access",
      architecture: "a register of problem state when FSCR allows", section: "Book III 9.3",
      .notAsked { i, _ in i.spr == 3 }),
    ComparisonException(
      [.mfspr, .mtspr], when: "PPR and PPR32", qemu: "zero at first, and keeps every bit",
      architecture: "medium priority at first; bits 11:13 alone", section: "Book II 3.1",
      .notAsked { i, _ in i.spr == 896 || i.spr == 898 }),
    ComparisonException(
      [.frsqrtes], when: "POWER5+", qemu: "lacks it", architecture: "of version 2.02",
      section: "Book I 4.6.6.1", in: { $0.processor.isa == .v2_03 },
      .leftOut),
    ComparisonException(
      [.rnop, .icbt, .dcbf, .sync, .copy, .paste_, .cpabort, .icswx], when: "always",
      qemu: "lacks them, or some values of L, on some processors",
      architecture: "hints, barriers and accesses to accelerators; without effect here",
      section: "Book II 4.3 to 4.6",
      .forgiven { d in if d.theirs.signal == 4 { d.forgetEverything() } }),
    ComparisonException(
      [.dst, .dstt, .dstst, .dststt, .dss, .dssall], when: "POWER5+, which has no VMX; RA is 0",
      qemu: "an illegal instruction", architecture: "hints that may be ignored",
      section: "AltiVec programming environments manual 5.2.1",
      .forgiven { d in if d.theirs.signal == 4 { d.forgetEverything() } }),
    ComparisonException(
      [
        .tbegin_, .tend_, .tcheck, .tsr_, .tabortwc_, .tabortdc_, .tabortwci_, .tabortdci_,
        .tabort_,
      ], when: "POWER8 and POWER9",
      qemu: "user mode has transactional memory, in which every transaction fails",
      architecture:
        "facility unavailable: the machine has none, and the tree does not advertise it",
      section: "Book III 3.2", .forgiven { d in if d.ours.signal == 4 { d.forgetEverything() } }),
    ComparisonException(
      [.rfebb, .clrbhrb, .mfbhrbe], when: "always",
      qemu: "an illegal instruction in user mode",
      architecture: "problem state may, when the facility is enabled", section: "Book II 6.4",
      .forgiven { d in if d.theirs.signal == 4 { d.forgetEverything() } }),
  ]
}
