internal import PowerISA

extension Book3S {
  // MARK: Book III chapters 5 to 8 and 11

  static let interrupts: [RegisterDescription] = [
    ours("SRR0", .registers, 6, spr: "SRR0"),
    ours("SRR1", .registers, 7, spr: "SRR1"),
    one("DAR", 0x0c, spr: "DAR", absent: nil),
    one("DSISR", 0x0d, 32, spr: "DSISR", absent: nil),
    ours("SPRG0", .registers, 9, spr: "SPRG0"),
    ours("SPRG1", .registers, 10, spr: "SPRG1"),
    ours("SPRG2", .registers, 11, spr: "SPRG2"),
    ours("SPRG3", .registers, 12, spr: "SPRG3"),
    // Not in server processors; `struct kvm_regs` has room for them.
    ours("SPRG4", .registers, 13, absent: 0),
    ours("SPRG5", .registers, 14, absent: 0),
    ours("SPRG6", .registers, 15, absent: 0),
    ours("SPRG7", .registers, 16, absent: 0),
    unsent(.cfar, absent: 0),
    // The address that PowerPC 970 adds to vectors.
    one("HIOR", 0x01),
    one("DPDES", 0xa9, spr: "DPDES"),
  ]

  static let storage: [RegisterDescription] =
    [
      processIdentification,
      one("AMR", 0x0e, spr: "AMR"),
      one("UAMOR", 0x0f, spr: "UAMOR"),
      one("IAMR", 0x9f, spr: "IAMR"),
    ]
    + (0..<64).flatMap { index in
      // RB of `slbmte`, with the entry's number in it, and RS. KVM gives the valid entries one after
      // the other, so its place in the list says nothing; the rest is zero.
      [
        ours(
          "SLBE\(index)", .special, 2 + 2 * index, absent: 0,
          fields: [
            BitField("ESID", SLB.effectiveSegment), BitField("V", SLB.valid),
            BitField("index", SLB.index),
          ]),
        ours(
          "SLBV\(index)", .special, 3 + 2 * index, absent: 0,
          fields: [BitField("B", SLB.segmentSize), BitField("VSID", SLB.virtualSegment)]),
      ]
    }

  /// In `struct kvm_regs` too.
  private static let processIdentification: RegisterDescription = {
    var row = one("PID", 0xb2, spr: "PID")
    row.alternatives = [
      AlternativeForm(
        identifier: RegisterIdentifier(.powerPC, bits: 64, Group.registers.rawValue << 32 | 8),
        width: 64)
    ]
    return row
  }()

  static let facilities: [RegisterDescription] = [
    one(
      "FSCR", 0xa3, spr: "FSCR",
      mask: UInt128(Facility.controlled(at: .v3_1).reduce(FSCR.cause) { $0 | $1.bit }),
      fields: [
        BitField("IC", FSCR.cause), BitField("PREFIX", Facility.prefix.bit),
        BitField("SCV", Facility.scv.bit), BitField("TAR", Facility.tar.bit),
        BitField("EBB", Facility.eventBasedBranch.bit), BitField("DSCR", Facility.dscr.bit),
      ]),
    one("DSCR", 0x09, spr: "DSCR"),
    // Medium priority.
    one(
      "PPR", 0xb6, spr: "PPR", absent: UInt128(PPR.medium),
      fields: [BitField("PRI", 7 << PPR.priorityShift)]),
    one("PSPB", 0xa4, 32, spr: "PSPB"),
    one("PSSCR", 0xbd, spr: "PSSCR"),
    one("TIDR", 0xbc, spr: "TIDR"),
    one("WORT", 0xb9, spr: "WORT"),
    one("EBBHR", 0xa5, spr: "EBBHR"),
    one("EBBRR", 0xa6, spr: "EBBRR"),
    one("BESCR", 0xa7, spr: "BESCR"),
    one("CSIGR", 0xaf),
    one("TACR", 0xb0),
    one("TCSCR", 0xb1),
    one("ACOP", 0xb3),
    // POWER10's hash checks.
    one("DEXCR", 0xc6, spr: "DEXCR"),
    one("HASHKEYR", 0xc7, spr: "HASHKEYR"),
    one("HASHPKEYR", 0xc8, spr: "HASHPKEYR"),
    // Debug (Book III chapter 10).
    one("DABR", 0x08, spr: "DABR"),
    one("DABRX", 0xb8, 32, spr: "DABRX"),
    one("DAWR", 0xaa, spr: "DAWR0"),
    one("DAWRX", 0xab, spr: "DAWRX0"),
    one("DAWR1", 0xc4, spr: "DAWR1"),
    one("DAWRX1", 0xc5, spr: "DAWRX1"),
    one("CIABR", 0xac, spr: "CIABR"),
    // The instruction that the host takes for a debugger's breakpoint; the guest has none of it.
    one("DEBUG_INST", 0x8b, 32, mask: 0),
    // RUN is a hint, and set while a guest runs.
    unsent(.controlWrite, absent: 1, mask: 0),
    unsent(.rpr, absent: 0),
    unsent(.hfscr, absent: 0),
    // NPHIE, as a hypervisor sets it for guests that do not use it.
    unsent(.hdexcrProblem, absent: 1 << 26),
  ]

  // MARK: Book III chapter 10: performance monitor

  static let performanceMonitor: [RegisterDescription] =
    [
      one("MMCR0", 0x10, spr: "MMCR0"),
      one("MMCR1", 0x11, spr: "MMCR1"),
      one("MMCRA", 0x12, spr: "MMCRA"),
      one("MMCR2", 0x13, spr: "MMCR2"),
      one("MMCRS", 0x14, spr: "MMCRS"),
      one("MMCR3", 0xc1, spr: "MMCR3"),
      one("SIAR", 0x15, spr: "SIAR"),
      one("SDAR", 0x16, spr: "SDAR"),
      one("SIER", 0x17, spr: "SIER"),
      one("SIER2", 0xc2, spr: "SIER2"),
      one("SIER3", 0xc3, spr: "SIER3"),
    ]
    // Counters 7 and 8 are PowerPC 970's.
    + (1...8).map { one("PMC\($0)", 0x17 + UInt64($0), 32, spr: "PMC\($0)") } + [
      one("SPMC1", 0x9d, 32, spr: "SPMC1"),
      one("SPMC2", 0x9e, 32, spr: "SPMC2"),
    ]

  // MARK: Book III chapter 8: time

  static let time: [RegisterDescription] = [
    // Advances while lists are made, so no bit need agree.
    unsent(.tb, absent: 0, mask: 0),
    // The guest's timebase at which DEC passes zero.
    one("DEC_EXPIRY", 0xbe),
    // What the host adds to its own timebase, which only counts on that host.
    one("TB_OFFSET", 0x9c, mask: 0),
    one("PURR", 0x0a, spr: "PURR", mask: 0),
    one("SPURR", 0x0b, spr: "SPURR", mask: 0),
    one("VTB", 0xae, spr: "VTB", mask: 0),
    one("IC", 0xad, spr: "IC", mask: 0),
  ]

  // MARK: Book II chapter 5 of version 2.07: transactional memory

  /// The checkpointed registers are under `KVM_REG_PPC_TM`.
  static let transactionalMemory: [RegisterDescription] =
    [
      one("TFHAR", 0xa0, spr: "TFHAR"),
      one("TFIAR", 0xa1, spr: "TFIAR"),
      one("TEXASR", 0xa2, spr: "TEXASR"),
    ]
    + several("TM_GPR", checkpoint, 64, count: 32, absent: 0)
    + several("TM_VSR", checkpoint + 0x20, 128, count: 64, absent: 0) + [
      one("TM_CR", checkpoint + 0x60),
      one("TM_LR", checkpoint + 0x61),
      one("TM_CTR", checkpoint + 0x62),
      one("TM_FPSCR", checkpoint + 0x63),
      one("TM_AMR", checkpoint + 0x64),
      one("TM_PPR", checkpoint + 0x65),
      one("TM_VRSAVE", checkpoint + 0x66),
      one("TM_VSCR", checkpoint + 0x67, 32),
      one("TM_DSCR", checkpoint + 0x68),
      one("TM_TAR", checkpoint + 0x69),
      one("TM_XER", checkpoint + 0x6a),
    ]
  private static let checkpoint: UInt64 = 0x8000_0000

  // MARK: what is the partition's

  static let partition: [RegisterDescription] = [
    one("VPA_ADDR", 0x82),
    pair("VPA_SLB", 0x83),
    pair("VPA_DTL", 0x84),
    one(
      "ICP_STATE", 0x8c,
      fields: [
        BitField("CPPR", 56...63), BitField("XISR", 32...55), BitField("MFRR", 24...31),
        BitField("pending priority", 16...23),
      ]),
    pair("VP_STATE", 0x8d),
    one("PTCR", 0xc0),
    ours("SDR1", .special, 1, absent: 0),
  ].map { row in
    var row = row
    row.owner = .partition
    return row
  }

  /// Address and length, or two doublewords of an interrupt controller.
  private static func pair(_ name: String, _ number: UInt64) -> RegisterDescription {
    var row = one(name, number, 128)
    row.isPair = true
    return row
  }

  // MARK: embedded processors

  /// In the same space of numbers, so that the message about a list with one of them can name it.
  static let embedded: [RegisterDescription] = [
    one("IAC1", 0x02), one("IAC2", 0x03), one("IAC3", 0x04), one("IAC4", 0x05),
    one("DAC1", 0x06), one("DAC2", 0x07),
    one("EPCR", 0x85, 32), one("EPR", 0x86, 32),
    one("OR_TSR", 0x87, 32), one("CLEAR_TSR", 0x88, 32), one("TCR", 0x89, 32),
    one("TSR", 0x8a, 32),
    one("MAS0", 0x8c, 32), one("MAS1", 0x8d, 32), one("MAS2", 0x8e), one("MAS7_3", 0x8f),
    one("MAS4", 0x90, 32), one("MAS6", 0x91, 32),
    one("MMUCFG", 0x92, 32),
    one("TLB0CFG", 0x93, 32), one("TLB1CFG", 0x94, 32), one("TLB2CFG", 0x95, 32),
    one("TLB3CFG", 0x96, 32),
    one("TLB0PS", 0x97, 32), one("TLB1PS", 0x98, 32), one("TLB2PS", 0x99, 32),
    one("TLB3PS", 0x9a, 32), one("EPTCFG", 0x9b, 32),
    one("SPRG9", 0xba), one("DBSR", 0xbb, 32),
  ].map { row in
    var row = row
    row.modes = [.embedded]
    return row
  }
}
