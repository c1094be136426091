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
  public static let xer = SPR(Number.xer, "XER", read: .problem, write: .problem)
  public static let dscrProblem = SPR(
    Number.dscrProblem, "DSCR", read: .problem, write: .problem, since: .v2_07, facility: 2)
  public static let lr = SPR(Number.lr, "LR", read: .problem, write: .problem)
  public static let ctr = SPR(Number.ctr, "CTR", read: .problem, write: .problem)
  public static let amrProblem = SPR(
    Number.amrProblem, "AMR", read: .problem, write: .problem, since: .v2_06)
  public static let dscr = SPR(
    Number.dscr, "DSCR", read: .privileged, write: .privileged, since: .v2_05)
  public static let dsisr = SPR(Number.dsisr, "DSISR", read: .privileged, write: .privileged)
  public static let dar = SPR(Number.dar, "DAR", read: .privileged, write: .privileged)
  public static let dec = SPR(Number.dec, "DEC", read: .privileged, write: .privileged)
  public static let srr0 = SPR(Number.srr0, "SRR0", read: .privileged, write: .privileged)
  public static let srr1 = SPR(Number.srr1, "SRR1", read: .privileged, write: .privileged)
  public static let cfar = SPR(
    Number.cfar, "CFAR", read: .privileged, write: .privileged, since: .v2_05)
  public static let amr = SPR(
    Number.amr, "AMR", read: .privileged, write: .privileged, since: .v2_05)
  public static let pid = SPR(
    Number.pid, "PID", read: .privileged, write: .privileged, since: .v3_0)
  public static let iamr = SPR(
    Number.iamr, "IAMR", read: .privileged, write: .privileged, since: .v2_07)
  public static let controlRead = SPR(Number.controlRead, "CTRL", read: .problem, write: nil)
  public static let controlWrite = SPR(
    Number.controlWrite, "CTRL", read: .privileged, write: .privileged)
  public static let fscr = SPR(
    Number.fscr, "FSCR", read: .privileged, write: .privileged, since: .v2_07)
  public static let uamor = SPR(
    Number.uamor, "UAMOR", read: .privileged, write: .privileged, since: .v2_06)
  public static let pspb = SPR(
    Number.pspb, "PSPB", read: .privileged, write: .privileged, since: .v2_07)
  public static let dpdes = SPR(
    Number.dpdes, "DPDES", read: .privileged, write: .hypervisor, since: .v2_07)
  public static let dawr0 = SPR(
    Number.dawr0, "DAWR0", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let dawr1 = SPR(
    Number.dawr1, "DAWR1", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let rpr = SPR(
    Number.rpr, "RPR", read: .hypervisor, write: .hypervisor, since: .v2_06)
  public static let ciabr = SPR(
    Number.ciabr, "CIABR", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let dawrx0 = SPR(
    Number.dawrx0, "DAWRX0", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let dawrx1 = SPR(
    Number.dawrx1, "DAWRX1", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let hfscr = SPR(
    Number.hfscr, "HFSCR", read: .hypervisor, write: .hypervisor, since: .v2_07)
  public static let vrsave = SPR(Number.vrsave, "VRSAVE", read: .problem, write: .problem)
  public static let sprg3Problem = SPR(Number.sprg3Problem, "SPRG3", read: .problem, write: nil)
  public static let tb = SPR(Number.tb, "TB", read: .problem, write: nil)
  public static let tbu = SPR(Number.tbu, "TBU", read: .problem, write: nil)
  public static let sprg0 = SPR(Number.sprg0, "SPRG0", read: .privileged, write: .privileged)
  public static let sprg1 = SPR(Number.sprg1, "SPRG1", read: .privileged, write: .privileged)
  public static let sprg2 = SPR(Number.sprg2, "SPRG2", read: .privileged, write: .privileged)
  public static let sprg3 = SPR(Number.sprg3, "SPRG3", read: .privileged, write: .privileged)
  public static let pvr = SPR(Number.pvr, "PVR", read: .privileged, write: nil)
  public static let purr = SPR(Number.purr, "PURR", read: .privileged, write: .hypervisor)
  public static let spurr = SPR(
    Number.spurr, "SPURR", read: .privileged, write: .hypervisor, since: .v2_05)
  public static let lpcr = SPR(Number.lpcr, "LPCR", read: .hypervisor, write: .hypervisor)
  public static let lpidr = SPR(Number.lpidr, "LPIDR", read: .hypervisor, write: .hypervisor)
  public static let pcr = SPR(
    Number.pcr, "PCR", read: .hypervisor, write: .hypervisor, since: .v2_05)
  public static let hashkeyr = SPR(
    Number.hashkeyr, "HASHKEYR", read: .privileged, write: .privileged, since: .v3_1)
  public static let hashpkeyr = SPR(
    Number.hashpkeyr, "HASHPKEYR", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let hdexcr = SPR(
    Number.hdexcr, "HDEXCR", read: .hypervisor, write: .hypervisor, since: .v3_1)
  public static let dexcrProblem = SPR(
    Number.dexcrProblem, "DEXCR", read: .problem, write: nil, since: .v3_1)
  public static let dexcr = SPR(
    Number.dexcr, "DEXCR", read: .privileged, write: .privileged, since: .v3_1)
  public static let tar = SPR(
    Number.tar, "TAR", read: .problem, write: .problem, since: .v2_07, facility: 8)
  public static let ic = SPR(Number.ic, "IC", read: .privileged, write: .hypervisor, since: .v2_07)
  public static let vtb = SPR(
    Number.vtb, "VTB", read: .privileged, write: .hypervisor, since: .v2_07)
  public static let psscr = SPR(
    Number.psscr, "PSSCR", read: .privileged, write: .privileged, since: .v3_0)
  public static let ppr = SPR(Number.ppr, "PPR", read: .problem, write: .problem, since: .v2_03)
  public static let ppr32 = SPR(
    Number.ppr32, "PPR32", read: .problem, write: .problem, since: .v2_07)
  public static let pir = SPR(Number.pir, "PIR", read: .privileged, write: nil)

  // MARK: event-based branches (Book II 6.4)
  public static let bescrs = SPR(
    Number.bescrs, "BESCRS", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescrsu = SPR(
    Number.bescrsu, "BESCRSU", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescrr = SPR(
    Number.bescrr, "BESCRR", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescrru = SPR(
    Number.bescrru, "BESCRRU", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let ebbhr = SPR(
    Number.ebbhr, "EBBHR", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let ebbrr = SPR(
    Number.ebbrr, "EBBRR", read: .problem, write: .problem, since: .v2_07, facility: 7)
  public static let bescr = SPR(
    Number.bescr, "BESCR", read: .problem, write: .problem, since: .v2_07, facility: 7)

  // MARK: performance monitor (Book III 10.4)
  /// The monitor's registers: number for problem state, number for privileged state.
  public static let mmcr0Problem = SPR(
    Number.mmcr0Problem, "MMCR0", read: .problem, write: .problem, since: .v2_07)
  public static let mmcr0 = SPR(Number.mmcr0, "MMCR0", read: .privileged, write: .privileged)

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
    pcr, hashkeyr, hashpkeyr, hdexcr, dexcrProblem, dexcr, tar, ic, vtb, psscr, ppr, ppr32, pir,
    bescrs,
    bescrsu, bescrr, bescrru, ebbhr, ebbrr, bescr, mmcr0Problem, mmcr0,
  ]
}

extension SPR {
  /// The numbers as constants, for code that is too hot for table rows.
  public enum Number {
    @inlinable public static var xer: Int { 1 }
    @inlinable public static var dscrProblem: Int { 3 }
    @inlinable public static var lr: Int { 8 }
    @inlinable public static var ctr: Int { 9 }
    @inlinable public static var amrProblem: Int { 13 }
    @inlinable public static var dscr: Int { 17 }
    @inlinable public static var dsisr: Int { 18 }
    @inlinable public static var dar: Int { 19 }
    @inlinable public static var dec: Int { 22 }
    @inlinable public static var srr0: Int { 26 }
    @inlinable public static var srr1: Int { 27 }
    @inlinable public static var cfar: Int { 28 }
    @inlinable public static var amr: Int { 29 }
    @inlinable public static var pid: Int { 48 }
    @inlinable public static var iamr: Int { 61 }
    @inlinable public static var controlRead: Int { 136 }
    @inlinable public static var controlWrite: Int { 152 }
    @inlinable public static var fscr: Int { 153 }
    @inlinable public static var uamor: Int { 157 }
    @inlinable public static var pspb: Int { 159 }
    @inlinable public static var dpdes: Int { 176 }
    @inlinable public static var dawr0: Int { 180 }
    @inlinable public static var dawr1: Int { 181 }
    @inlinable public static var rpr: Int { 186 }
    @inlinable public static var ciabr: Int { 187 }
    @inlinable public static var dawrx0: Int { 188 }
    @inlinable public static var dawrx1: Int { 189 }
    @inlinable public static var hfscr: Int { 190 }
    @inlinable public static var vrsave: Int { 256 }
    @inlinable public static var sprg3Problem: Int { 259 }
    @inlinable public static var tb: Int { 268 }
    @inlinable public static var tbu: Int { 269 }
    @inlinable public static var sprg0: Int { 272 }
    @inlinable public static var sprg1: Int { 273 }
    @inlinable public static var sprg2: Int { 274 }
    @inlinable public static var sprg3: Int { 275 }
    @inlinable public static var pvr: Int { 287 }
    @inlinable public static var purr: Int { 309 }
    @inlinable public static var spurr: Int { 308 }
    @inlinable public static var lpcr: Int { 318 }
    @inlinable public static var lpidr: Int { 319 }
    @inlinable public static var pcr: Int { 338 }
    @inlinable public static var hashkeyr: Int { 468 }
    @inlinable public static var hashpkeyr: Int { 469 }
    @inlinable public static var hdexcr: Int { 455 }
    @inlinable public static var dexcrProblem: Int { 812 }
    @inlinable public static var dexcr: Int { 828 }
    @inlinable public static var tar: Int { 815 }
    @inlinable public static var ic: Int { 848 }
    @inlinable public static var vtb: Int { 849 }
    @inlinable public static var psscr: Int { 823 }
    @inlinable public static var ppr: Int { 896 }
    @inlinable public static var ppr32: Int { 898 }
    @inlinable public static var pir: Int { 1023 }
    @inlinable public static var bescrs: Int { 800 }
    @inlinable public static var bescrsu: Int { 801 }
    @inlinable public static var bescrr: Int { 802 }
    @inlinable public static var bescrru: Int { 803 }
    @inlinable public static var ebbhr: Int { 804 }
    @inlinable public static var ebbrr: Int { 805 }
    @inlinable public static var bescr: Int { 806 }
    @inlinable public static var mmcr0Problem: Int { 779 }
    @inlinable public static var mmcr0: Int { 795 }
  }
}
