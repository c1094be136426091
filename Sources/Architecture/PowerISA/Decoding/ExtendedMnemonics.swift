/// Extended mnemonics (Book I appendix C, Book III appendix A): other names of particular words of a
/// row, as GNU objdump prints them: Instructions/Extended.decode. Branches are in ``BranchMnemonic``.
struct ExtendedMnemonic: Sendable {
  /// A condition on the values of operands, by their positions: `A=n`, `A=B`, `A=n-B`, `A<n`, `A>n`.
  enum Condition: Sendable {
    case equals(Int, Int64)
    case same(Int, Int)
    case complements(Int, Int64, Int)
    case below(Int, Int64)
    case above(Int, Int64)
  }

  /// An operand as it is written.
  enum Part: Sendable {
    case operand(Int)
    /// Left out when it is zero.
    case unlessZero(Int)
    /// The difference of a number and an operand.
    case difference(Int64, Int)
    /// A VSX register as the floating-point or vector register that is a part of it.
    case floatingPoint(Int)
    case vector(Int)
    case number(Int64)
  }

  /// The number of the row.
  let row: Int
  let name: String
  let conditions: [Condition]
  let parts: [Part]

  init(_ row: Int, _ name: String, _ conditions: [Condition], _ parts: [Part]) {
    (self.row, self.name, self.conditions, self.parts) = (row, name, conditions, parts)
  }

  /// The mnemonics of each row, in the order in which they are tried.
  static let byRow: [[ExtendedMnemonic]] = {
    var lists = [[ExtendedMnemonic]](repeating: [], count: InstructionRow.all.count)
    for mnemonic in GeneratedMnemonics.extended { lists[mnemonic.row].append(mnemonic) }
    return lists
  }()

  func applies(to values: [Int64]) -> Bool {
    conditions.allSatisfy {
      switch $0 {
      case .equals(let index, let number): values[index] == number
      case .same(let one, let other): values[one] == values[other]
      case .complements(let one, let number, let other): values[one] == number - values[other]
      case .below(let index, let number): values[index] < number
      case .above(let index, let number): values[index] > number
      }
    }
  }

  // MARK: special-purpose registers

  // What follows `mf` and `mt` in binutils' mnemonics for special-purpose registers, by number. These
  // are names of its own: some differ from the books' (HDSISR is hdisr), several registers of the books
  // have none, and a number can have one for one direction only.
  private static let movedBothWays: [Int64: String] = [
    1: "xer", 3: "udscr", 8: "lr", 9: "ctr", 13: "uamr", 17: "dscr", 18: "dsisr", 19: "dar",
    22: "dec", 25: "sdr1", 26: "srr0", 27: "srr1", 28: "cfar", 29: "amr", 48: "pidr", 61: "iamr",
    153: "fscr", 157: "uamor", 159: "pspb", 176: "dpdes", 180: "dawr0", 181: "dawr1", 186: "rpr",
    187: "ciabr", 188: "dawrx0", 189: "dawrx1", 190: "hfscr", 256: "vrsave", 280: "asr",
    282: "ear", 304: "hsprg0", 305: "hsprg1", 306: "hdisr", 307: "hdar", 308: "spurr", 309: "purr",
    310: "hdec", 313: "hrmor", 314: "hsrr0", 315: "hsrr1", 318: "lpcr", 319: "lpidr", 336: "hmer",
    337: "hmeer", 338: "pcr", 339: "heir", 349: "amor", 464: "ptcr", 496: "usprg0", 497: "usprg1",
    505: "urmor", 506: "usrr0", 507: "usrr1", 511: "smfctrl", 769: "ummcr2", 770: "ummcra",
    771: "upmc1", 772: "upmc2", 773: "upmc3", 774: "upmc4", 775: "upmc5", 776: "upmc6",
    779: "ummcr0", 800: "bescrs", 801: "bescrsu", 802: "bescrr", 803: "bescrru", 804: "ebbhr",
    805: "ebbrr", 806: "bescr", 815: "tar", 816: "asdr", 823: "psscr", 848: "ic", 849: "vtb",
    855: "hpsscr", 896: "ppr", 898: "ppr32",
  ]
  private static let onlyRead: [Int64: String] = [
    1023: "pir", 4: "rtcu", 5: "rtcl", 136: "ctrl", 259: "usprg3", 268: "tb", 269: "tbu",
    287: "pvr", 446: "tir", 736: "usier2", 737: "usier3", 738: "ummcr3", 768: "usier",
    780: "usiar", 781: "usdar", 782: "ummcr1",
  ]
  private static let onlyWritten: [Int64: String] = [
    20: "rtcu", 21: "rtcl", 128: "tfhar", 129: "tfiar", 130: "texasr", 131: "texasru", 152: "ctrl",
    284: "tbl", 285: "tbu", 286: "tbu40", 752: "sier2", 753: "sier3", 754: "mmcr3", 784: "sier",
    786: "mmcra", 787: "pmc1", 788: "pmc2", 789: "pmc3", 790: "pmc4", 791: "pmc5", 792: "pmc6",
    795: "mmcr0", 796: "siar", 797: "sdar", 798: "mmcr1",
  ]

  /// ``mflr r0`` for ``mfspr r0,8``: the mnemonic, and the operand before or after the register that
  /// is left of the number.
  static func move(_ number: Int64, isWrite: Bool) -> (mnemonic: String, index: Int64?)? {
    let prefix = isWrite ? "mt" : "mf"
    if case 272...275 = number { return ("\(prefix)sprg", number - 272) }
    let name = movedBothWays[number] ?? (isWrite ? onlyWritten : onlyRead)[number]
    return name.map { (prefix + $0, nil) }
  }
}
