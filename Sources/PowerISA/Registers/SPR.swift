/// A special-purpose register: its number, who may use it, and since when (Book III 5.4.4).
public struct SPR: Sendable {
  public let number: Int
  public let name: String
  /// Least privilege that may read it; nil when nobody may.
  public let read: Privilege?
  /// Least privilege that may write it; nil when nobody may.
  public let write: Privilege?
  /// First level that has it.
  public let since: ISALevel
  /// The FSCR bit that lets problem state use it.
  public let facilityBit: UInt8?

  /// States from the least to the most privileged.
  public enum Privilege: UInt8, Comparable, Sendable {
    case problem
    case privileged
    case hypervisor
    public static func < (a: Privilege, b: Privilege) -> Bool { a.rawValue < b.rawValue }
  }

  init(
    _ number: Int, _ name: String, read: Privilege?, write: Privilege?,
    since: ISALevel = .v2_00, facility: UInt8? = nil
  ) {
    self.number = number
    self.name = name
    self.read = read
    self.write = write
    self.since = since
    facilityBit = facility
  }
}

extension SPR {
  public static let xer = SPR(1, "XER", read: .problem, write: .problem)
  public static let dscrProblem = SPR(
    3, "DSCR", read: .problem, write: .problem, since: .v2_07, facility: 2)
  public static let lr = SPR(8, "LR", read: .problem, write: .problem)
  public static let ctr = SPR(9, "CTR", read: .problem, write: .problem)
  public static let amrProblem = SPR(13, "AMR", read: .problem, write: .problem, since: .v2_06)
  public static let dscr = SPR(17, "DSCR", read: .privileged, write: .privileged, since: .v2_05)
  public static let dsisr = SPR(18, "DSISR", read: .privileged, write: .privileged)
  public static let dar = SPR(19, "DAR", read: .privileged, write: .privileged)
  public static let dec = SPR(22, "DEC", read: .privileged, write: .privileged)
  public static let srr0 = SPR(26, "SRR0", read: .privileged, write: .privileged)
  public static let srr1 = SPR(27, "SRR1", read: .privileged, write: .privileged)
  public static let cfar = SPR(28, "CFAR", read: .privileged, write: .privileged, since: .v2_05)
  public static let amr = SPR(29, "AMR", read: .privileged, write: .privileged, since: .v2_05)
  public static let pid = SPR(48, "PID", read: .privileged, write: .privileged, since: .v3_0)
  public static let iamr = SPR(61, "IAMR", read: .privileged, write: .privileged, since: .v2_07)
  public static let controlRead = SPR(136, "CTRL", read: .problem, write: nil)
  public static let controlWrite = SPR(152, "CTRL", read: .privileged, write: .privileged)
  public static let fscr = SPR(153, "FSCR", read: .privileged, write: .privileged, since: .v2_07)
  public static let uamor = SPR(157, "UAMOR", read: .privileged, write: .privileged, since: .v2_06)
  public static let pspb = SPR(159, "PSPB", read: .privileged, write: .privileged, since: .v2_07)
  public static let dpdes = SPR(176, "DPDES", read: .privileged, write: .hypervisor, since: .v2_07)
  public static let dawr0 = SPR(180, "DAWR0", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let dawr1 = SPR(181, "DAWR1", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let rpr = SPR(186, "RPR", read: .hypervisor, write: .hypervisor, since: .v2_06)
  public static let ciabr = SPR(187, "CIABR", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let dawrx0 = SPR(
    188, "DAWRX0", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let dawrx1 = SPR(189, "DAWRX1", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let hfscr = SPR(190, "HFSCR", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let vrsave = SPR(256, "VRSAVE", read: .problem, write: .problem)
  public static let sprg3Problem = SPR(259, "SPRG3", read: .problem, write: nil)
  public static let tb = SPR(268, "TB", read: .problem, write: nil)
  public static let tbu = SPR(269, "TBU", read: .problem, write: nil)
  public static let sprg0 = SPR(272, "SPRG0", read: .privileged, write: .privileged)
  public static let sprg1 = SPR(273, "SPRG1", read: .privileged, write: .privileged)
  public static let sprg2 = SPR(274, "SPRG2", read: .privileged, write: .privileged)
  public static let sprg3 = SPR(275, "SPRG3", read: .privileged, write: .privileged)
  public static let pvr = SPR(287, "PVR", read: .privileged, write: nil)
  public static let purr = SPR(309, "PURR", read: .privileged, write: .hypervisor)
  public static let spurr = SPR(308, "SPURR", read: .privileged, write: .hypervisor, since: .v2_05)
  public static let lpcr = SPR(318, "LPCR", read: .hypervisor, write: .hypervisor)
  public static let lpidr = SPR(319, "LPIDR", read: .hypervisor, write: .hypervisor)
  public static let pcr = SPR(338, "PCR", read: .hypervisor, write: .hypervisor, since: .v2_05)
  public static let hashkeyr = SPR(
    468, "HASHKEYR", read: .privileged, write: .privileged, since: .v3_1)
  public static let hashpkeyr = SPR(
    469, "HASHPKEYR", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let dexcrProblem = SPR(812, "DEXCR", read: .problem, write: nil, since: .v3_1)
  public static let dexcr = SPR(828, "DEXCR", read: .privileged, write: .privileged, since: .v3_1)
  public static let tar = SPR(
    815, "TAR", read: .problem, write: .problem, since: .v2_07, facility: 8)
  public static let ic = SPR(848, "IC", read: .privileged, write: .hypervisor, since: .v2_07)
  public static let vtb = SPR(849, "VTB", read: .privileged, write: .hypervisor, since: .v2_07)
  public static let psscr = SPR(823, "PSSCR", read: .privileged, write: .privileged, since: .v3_0)
  public static let ppr = SPR(896, "PPR", read: .problem, write: .problem, since: .v2_03)
  public static let ppr32 = SPR(898, "PPR32", read: .problem, write: .problem, since: .v2_07)
  public static let pir = SPR(1023, "PIR", read: .privileged, write: nil)

  // MARK: event-based branches (Book II 6.4)
  public static let bescrs = SPR(
    800, "BESCRS", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescrsu = SPR(
    801, "BESCRSU", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescrr = SPR(
    802, "BESCRR", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescrru = SPR(
    803, "BESCRRU", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let ebbhr = SPR(
    804, "EBBHR", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let ebbrr = SPR(
    805, "EBBRR", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescr = SPR(
    806, "BESCR", read: .problem, write: .problem, since: .v2_07, facility: 7)

  // MARK: performance monitor (Book III 10.4)
  /// The monitor's registers: number for problem state, number for privileged state.
  public static let mmcr0Problem = SPR(779, "MMCR0", read: .problem, write: .problem, since: .v2_07)
  public static let mmcr0 = SPR(795, "MMCR0", read: .privileged, write: .privileged)

  private static let performanceMonitor: [SPR] =
    [
      (784, "SIER", ISALevel.v2_07), (785, "MMCR2", .v2_07), (786, "MMCRA", .v2_00),
      (787, "PMC1", .v2_00), (788, "PMC2", .v2_00), (789, "PMC3", .v2_00), (790, "PMC4", .v2_00),
      (791, "PMC5", .v2_00), (792, "PMC6", .v2_00), (796, "SIAR", .v2_00), (797, "SDAR", .v2_00),
      (798, "MMCR1", .v2_00), (752, "SIER2", .v3_1), (753, "SIER3", .v3_1), (754, "MMCR3", .v3_1),
    ].flatMap { number, name, since in
      [
        SPR(number, name, read: .privileged, write: .privileged, since: since),
        SPR(number - 16, name, read: .problem, write: .problem, since: max(since, .v2_07)),
      ]
    }

  /// Every register, by number; nil where there is none.
  public static let byNumber: [SPR?] = {
    var table = [SPR?](repeating: nil, count: 1024)
    for register in named + performanceMonitor { table[register.number] = register }
    return table
  }()

  private static let named: [SPR] = [
    xer, dscrProblem, lr, ctr, amrProblem, dscr, dsisr, dar, dec, srr0, srr1, cfar, amr, pid, iamr,
    controlRead, controlWrite, fscr, uamor, pspb, dpdes, dawr0, dawr1, rpr, ciabr, dawrx0, dawrx1,
    hfscr, vrsave, sprg3Problem, tb, tbu, sprg0, sprg1, sprg2, sprg3, pvr, purr, spurr, lpcr, lpidr,
    pcr, hashkeyr, hashpkeyr, dexcrProblem, dexcr, tar, ic, vtb, psscr, ppr, ppr32, pir, bescrs,
    bescrsu, bescrr, bescrru, ebbhr, ebbrr, bescr, mmcr0Problem, mmcr0,
  ]
}
