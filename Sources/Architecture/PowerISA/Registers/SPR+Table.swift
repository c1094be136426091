extension SPR {
  /// The fixed-point exception register.
  public static let xer = SPR(Number.xer, "XER", read: .problem, write: .problem)
  /// The data stream control register under its number for problem state.
  public static let dscrProblem = SPR(
    Number.dscrProblem, "DSCR", read: .problem, write: .problem, since: .v2_07, facility: .dscr)
  /// The link register.
  public static let lr = SPR(Number.lr, "LR", read: .problem, write: .problem)
  /// The count register.
  public static let ctr = SPR(Number.ctr, "CTR", read: .problem, write: .problem)
  /// The authority mask register under its number for problem state.
  public static let amrProblem = SPR(
    Number.amrProblem, "AMR", read: .problem, write: .problem, since: .v2_06)
  /// The data stream control register.
  public static let dscr = SPR(
    Number.dscr, "DSCR", read: .privileged, write: .privileged, since: .v2_05)
  /// The cause of the latest data storage or alignment interrupt.
  public static let dsisr = SPR(
    Number.dsisr, "DSISR", bits: 32, read: .privileged, write: .privileged)
  /// The address of the latest data storage or alignment interrupt.
  public static let dar = SPR(Number.dar, "DAR", read: .privileged, write: .privileged)
  /// The decrementer.
  public static let dec = SPR(Number.dec, "DEC", read: .privileged, write: .privileged)
  /// The address at which an interrupted program continues.
  public static let srr0 = SPR(Number.srr0, "SRR0", read: .privileged, write: .privileged)
  /// The MSR of an interrupted program, and the cause of the interrupt.
  public static let srr1 = SPR(Number.srr1, "SRR1", read: .privileged, write: .privileged)
  /// The address of the latest branch that was taken.
  public static let cfar = SPR(
    Number.cfar, "CFAR", read: .privileged, write: .privileged, since: .v2_05)
  /// The number of AMR before 2.05: which of the pages with AC=1 interrupt loads and stores.
  public static let accr = SPR(
    Number.amr, "ACCR", read: .privileged, write: .privileged, until: .v2_05)
  /// The authority mask register: the pages of which storage keys permit loads and stores.
  public static let amr = SPR(
    Number.amr, "AMR", read: .privileged, write: .privileged, since: .v2_05)
  /// Of coprocessors before 3.0, of radix translation since.
  public static let pid = SPR(
    Number.pid, "PID", bits: 32, read: .privileged, write: .privileged, since: .v2_06)
  /// The authority mask register of instruction fetches.
  public static let iamr = SPR(
    Number.iamr, "IAMR", read: .privileged, write: .privileged, since: .v2_07)
  /// CTRL under the number that reads it.
  public static let controlRead = SPR(
    Number.controlRead, "CTRL", bits: 32, read: .problem, write: nil)
  /// CTRL, the run latch, under the number that writes it.
  public static let controlWrite = SPR(
    Number.controlWrite, "CTRL", bits: 32, read: nil, write: .privileged)
  /// The facilities that problem state may use.
  public static let fscr = SPR(
    Number.fscr, "FSCR", read: .privileged, write: .privileged, since: .v2_07)
  /// The bits of AMR that problem state may change.
  public static let uamor = SPR(
    Number.uamor, "UAMOR", read: .privileged, write: .privileged, since: .v2_06)
  /// How long problem state may raise its priority.
  public static let pspb = SPR(
    Number.pspb, "PSPB", bits: 32, read: .privileged, write: .privileged, since: .v2_07)
  /// Doorbells that are pending for the threads of a core.
  public static let dpdes = SPR(
    Number.dpdes, "DPDES", read: .privileged, write: .hypervisor, since: .v2_07)
  /// The first data address watchpoint.
  public static let dawr0 = SPR(
    Number.dawr0, "DAWR0", read: .hypervisor, write: .hypervisor, since: .v2_07)
  /// The second data address watchpoint.
  public static let dawr1 = SPR(
    Number.dawr1, "DAWR1", read: .hypervisor, write: .hypervisor, since: .v3_1)
  /// Relative priorities of the threads of a core.
  public static let rpr = SPR(
    Number.rpr, "RPR", read: .hypervisor, write: .hypervisor, since: .v2_06)
  /// The instruction address at whose completion a trace interrupt occurs.
  public static let ciabr = SPR(
    Number.ciabr, "CIABR", read: .hypervisor, write: .hypervisor, since: .v2_07)
  /// Conditions of the first data address watchpoint.
  public static let dawrx0 = SPR(
    Number.dawrx0, "DAWRX0", bits: 32, read: .hypervisor, write: .hypervisor, since: .v2_07)
  /// Conditions of the second data address watchpoint.
  public static let dawrx1 = SPR(
    Number.dawrx1, "DAWRX1", bits: 32, read: .hypervisor, write: .hypervisor, since: .v3_1)
  /// What DAWR0 and DAWRX0 replaced.
  public static let dabr = SPR(
    Number.dabr, "DABR", read: .hypervisor, write: .hypervisor, until: .v2_07)
  /// Conditions of DABR.
  public static let dabrx = SPR(
    Number.dabrx, "DABRX", bits: 32, read: .hypervisor, write: .hypervisor, until: .v2_07)
  /// The facilities that the hypervisor permits a partition.
  public static let hfscr = SPR(
    Number.hfscr, "HFSCR", read: .hypervisor, write: .hypervisor, since: .v2_07)
  /// Which vector registers a program uses; software sets and reads it.
  public static let vrsave = SPR(
    Number.vrsave, "VRSAVE", bits: 32, read: .problem, write: .problem, partOf: .vector)
  /// SPRG3 under the number by which problem state reads it.
  public static let sprg3Problem = SPR(Number.sprg3Problem, "SPRG3", read: .problem, write: nil)
  /// The time base.
  public static let tb = SPR(Number.tb, "TB", read: .problem, write: nil)
  /// The upper half of the time base.
  public static let tbu = SPR(Number.tbu, "TBU", bits: 32, read: .problem, write: nil)
  /// A register for the operating system.
  public static let sprg0 = SPR(Number.sprg0, "SPRG0", read: .privileged, write: .privileged)
  /// A register for the operating system.
  public static let sprg1 = SPR(Number.sprg1, "SPRG1", read: .privileged, write: .privileged)
  /// A register for the operating system.
  public static let sprg2 = SPR(Number.sprg2, "SPRG2", read: .privileged, write: .privileged)
  /// A register for the operating system, which problem state can read.
  public static let sprg3 = SPR(Number.sprg3, "SPRG3", read: .privileged, write: .privileged)
  /// The processor version register.
  public static let pvr = SPR(Number.pvr, "PVR", bits: 32, read: .privileged, write: nil)
  /// The processor utilization of resources register.
  public static let purr = SPR(
    Number.purr, "PURR", read: .privileged, write: .hypervisor, since: .v2_02)
  /// PURR scaled by the frequency of the processor.
  public static let spurr = SPR(
    Number.spurr, "SPURR", read: .privileged, write: .hypervisor, since: .v2_05)
  /// The control register of the logical partition.
  public static let lpcr = SPR(Number.lpcr, "LPCR", read: .hypervisor, write: .hypervisor)
  /// The number of the logical partition.
  public static let lpidr = SPR(
    Number.lpidr, "LPIDR", bits: 32, read: .hypervisor, write: .hypervisor)
  /// Which thread of its core the processor is.
  public static let tir = SPR(Number.tir, "TIR", read: .privileged, write: nil, since: .v2_07)
  /// Where the hash table is, which a partition could read, without learning more than the size.
  public static let sdr1 = SPR(
    Number.sdr1, "SDR1", read: .privileged, write: .hypervisor, until: .v2_06)
  /// The processor compatibility register.
  public static let pcr = SPR(
    Number.pcr, "PCR", read: .hypervisor, write: .hypervisor, since: .v2_05)
  /// HDEXCR under the number by which problem state reads it.
  public static let hdexcrProblem = SPR(
    Number.hdexcrProblem, "HDEXCR", bits: 32, read: .problem, write: nil, since: .v3_1)
  /// The key of `hashst` and `hashchk`.
  public static let hashkeyr = SPR(
    Number.hashkeyr, "HASHKEYR", read: .privileged, write: .privileged, since: .v3_1)
  /// The key of `hashstp` and `hashchkp`.
  public static let hashpkeyr = SPR(
    Number.hashpkeyr, "HASHPKEYR", read: .hypervisor, write: .hypervisor, since: .v3_1)
  /// The dynamic execution controls that the hypervisor enforces.
  public static let hdexcr = SPR(
    Number.hdexcr, "HDEXCR", read: .hypervisor, write: .hypervisor, since: .v3_1)
  /// DEXCR under the number by which problem state reads it.
  public static let dexcrProblem = SPR(
    Number.dexcrProblem, "DEXCR", bits: 32, read: .problem, write: nil, since: .v3_1)
  /// The dynamic execution controls of the operating system.
  public static let dexcr = SPR(
    Number.dexcr, "DEXCR", read: .privileged, write: .privileged, since: .v3_1)
  /// The target address register of `bctar`.
  public static let tar = SPR(
    Number.tar, "TAR", read: .problem, write: .problem, since: .v2_07, facility: .tar)
  /// How `stop` saves power.
  public static let psscr = SPR(
    Number.psscr, "PSSCR", read: .privileged, write: .privileged, since: .v3_0)
  /// Instructions that the partition has completed.
  public static let ic = SPR(Number.ic, "IC", read: .privileged, write: .hypervisor, since: .v2_07)
  /// Time for which the partition has run, in ticks of the time base.
  public static let vtb = SPR(
    Number.vtb, "VTB", read: .privileged, write: .hypervisor, since: .v2_07)
  /// The program priority register.
  public static let ppr = SPR(Number.ppr, "PPR", read: .problem, write: .problem, since: .v2_03)
  /// The upper half of PPR.
  public static let ppr32 = SPR(
    Number.ppr32, "PPR32", bits: 32, read: .problem, write: .problem, since: .v2_07)
  /// The number of the processor in its system.
  public static let pir = SPR(Number.pir, "PIR", bits: 32, read: .privileged, write: nil)

  // MARK: event-based branches (Book II 6.4)
  /// Sets bits of BESCR.
  public static let bescrs = branch(Number.bescrs, "BESCRS")
  /// Sets bits of the upper half of BESCR.
  public static let bescrsu = branch(Number.bescrsu, "BESCRSU", bits: 32)
  /// Resets bits of BESCR.
  public static let bescrr = branch(Number.bescrr, "BESCRR")
  /// Resets bits of the upper half of BESCR.
  public static let bescrru = branch(Number.bescrru, "BESCRRU", bits: 32)
  /// The address of the handler of event-based branches.
  public static let ebbhr = branch(Number.ebbhr, "EBBHR")
  /// The address at which the program continues after an event-based branch.
  public static let ebbrr = branch(Number.ebbrr, "EBBRR")
  /// The branch event status and control register.
  public static let bescr = branch(Number.bescr, "BESCR")

  private static func branch(_ number: Int, _ name: String, bits: Int = 64) -> SPR {
    SPR(
      number, name, bits: bits, read: .problem, write: .problem, since: .v2_07,
      facility: .eventBasedBranch)
  }

  // MARK: performance monitor (Book III 10.4)
  /// Monitor mode control register 0.
  public static let mmcr0 = SPR(Number.mmcr0, "MMCR0", read: .privileged, write: .privileged)
  /// Monitor mode control register 1: the events that are counted.
  public static let mmcr1 = SPR(Number.mmcr1, "MMCR1", read: .privileged, write: .privileged)
  /// Monitor mode control register 2: when each counter is frozen.
  public static let mmcr2 = SPR(
    Number.mmcr2, "MMCR2", read: .privileged, write: .privileged, since: .v2_07)
  /// Monitor mode control register A: sampling.
  public static let mmcra = SPR(Number.mmcra, "MMCRA", read: .privileged, write: .privileged)
  /// What the sampled instruction did.
  public static let sier = SPR(
    Number.sier, "SIER", read: .privileged, write: .privileged, since: .v2_07)
  /// The address of the sampled instruction.
  public static let siar = SPR(Number.siar, "SIAR", read: .privileged, write: .privileged)
  /// The address of the data of the sampled instruction.
  public static let sdar = SPR(Number.sdar, "SDAR", read: .privileged, write: .privileged)
  /// PMC1 to PMC6.
  public static let counters = (0..<6).map {
    SPR(Number.pmc1 + $0, "PMC\($0 + 1)", bits: 32, read: .privileged, write: .privileged)
  }

  /// The other numbers of the monitor's registers, 16 below, for problem state. All could be read
  /// there from the beginning; 2.07 brought writing, and MMCR0[PMCC] to forbid both.
  private static let monitorInProblemState: [SPR] =
    ([mmcr0, mmcr2, mmcra] + counters.prefix(4)).map { $0.forProblemState(.control) }
    + counters.suffix(2).map { $0.forProblemState(.fixedCounters) }
    + [mmcr1, sier, siar, sdar].map { $0.forProblemState(.sampled) }
    + newerSampled.map { $0.forProblemState(.sampled) }
    + countersOf970.map { $0.forProblemState(.sampled) }

  private static let newerSampled = [(752, "SIER2"), (753, "SIER3"), (754, "MMCR3")].map {
    SPR($0, $1, read: .privileged, write: .privileged, since: .v3_1)
  }

  /// PMC7 and PMC8, which POWER5 does not have.
  private static let countersOf970 = [(793, "PMC7"), (794, "PMC8")].map {
    SPR($0, $1, bits: 32, read: .privileged, write: .privileged, until: .v2_02)
  }

  private func forProblemState(_ group: MonitorGroup) -> SPR {
    SPR(
      number - 16, name, bits: bits, read: .problem, write: group == .sampled ? nil : .problem,
      since: since,
      until: until, writeSince: .v2_07, monitorGroup: group)
  }

  // MARK: registers without semantics of their own
  private static let others: [SPR] = [
    // Coprocessors, from POWER7 to POWER8.
    SPR(31, "ACOP", read: .privileged, write: .privileged, since: .v2_06, until: .v3_0),
    SPR(895, "WORT", read: .privileged, write: .privileged, since: .v2_07),
    // What a chip says of itself, to version 3.0.
    SPR(283, "CIR", bits: 32, read: .privileged, write: nil, since: .v2_07, until: .v3_1),
    // Triggers of traces that are not implemented here, since POWER9.
    SPR(881, "TRIG1", read: nil, write: .privileged, since: .v3_0),
    SPR(882, "TRIG2", read: nil, write: .privileged, since: .v3_0),
    SPR(1006, "TRACE", read: nil, write: .problem, since: .v3_0),
    // Transactional memory: 2.07 and 3.0.
    SPR(128, "TFHAR", .transactionalMemory), SPR(129, "TFIAR", .transactionalMemory),
    SPR(130, "TEXASR", .transactionalMemory),
    SPR(131, "TEXASRU", bits: 32, .transactionalMemory),
    // Thread identification for accelerators: POWER9.
    SPR(144, "TIDR", read: .privileged, write: .privileged, since: .v3_0, until: .v3_1),
    // The supervisor's and the core's monitor of POWER8.
    SPR(888, "TACR", read: .privileged, write: .privileged, since: .v2_07, until: .v3_0),
    SPR(889, "TCSCR", read: .privileged, write: .privileged, since: .v2_07, until: .v3_0),
    SPR(890, "CSIGR", read: .privileged, write: .privileged, since: .v2_07, until: .v3_0),
    SPR(892, "SPMC1", read: .privileged, write: .privileged, since: .v2_07, until: .v3_0),
    SPR(893, "SPMC2", read: .privileged, write: .privileged, since: .v2_07, until: .v3_0),
    SPR(894, "MMCRS", read: .privileged, write: .privileged, since: .v2_07, until: .v3_0),
  ]

  /// What a partition cannot reach at all, and its kernels may try.
  private static let hypervisorResources = [
    (276, "SPRC"), (277, "SPRD"), (284, "TBL"), (285, "TBU"), (286, "TBU40"), (304, "HSPRG0"),
    (305, "HSPRG1"), (306, "HDSISR"), (307, "HDAR"), (310, "HDEC"), (312, "RMOR"), (313, "HRMOR"),
    (314, "HSRR0"), (315, "HSRR1"), (336, "HMER"), (337, "HMEER"), (339, "HEIR"), (349, "AMOR"),
    (464, "PTCR"), (816, "ASDR"), (855, "PSSCR"), (1008, "HID0"), (1009, "HID1"), (1012, "HID4"),
    (1014, "HID5"),
  ].map { SPR($0, $1, read: .hypervisor, write: .hypervisor) }

  private init(_ number: Int, _ name: String, bits: Int = 64, _ facility: InstructionGates) {
    self.init(
      number, name, bits: bits, read: .problem, write: .problem, since: .v2_07, until: .v3_1,
      partOf: facility)
  }

  /// Every register, by number; nil where there is none. Of two with the same number the newer.
  public static let byNumber: [SPR?] = {
    var table = [SPR?](repeating: nil, count: 1024)
    for register in all { table[register.number] = register }
    return table
  }()

  /// The bits that each number has, set.
  public static let masks: [UInt64] = byNumber.map { $0?.bits == 32 ? 0xFFFF_FFFF : ~0 }

  /// Every register. Two have the same number only where no version has both.
  public static let all: [SPR] =
    [
      accr, tir, sdr1, xer, dscrProblem, lr, ctr, amrProblem, dscr, dsisr, dar, dec, srr0, srr1,
      cfar, amr, pid,
      iamr, controlRead, controlWrite, fscr, uamor, pspb, dpdes, dawr0, dawr1, rpr, ciabr, dawrx0,
      dawrx1, dabr, dabrx, hfscr, vrsave, sprg3Problem, tb, tbu, sprg0, sprg1, sprg2, sprg3, pvr,
      purr, spurr,
      lpcr, lpidr, pcr, hdexcrProblem, hashkeyr, hashpkeyr, hdexcr, dexcrProblem, dexcr, tar,
      psscr, ic, vtb, ppr, ppr32, pir,
      bescrs, bescrsu, bescrr, bescrru, ebbhr, ebbrr, bescr,
      mmcr0, mmcr1, mmcr2, mmcra, sier, siar, sdar,
    ] + counters + newerSampled + countersOf970 + monitorInProblemState + others
    + hypervisorResources
}
