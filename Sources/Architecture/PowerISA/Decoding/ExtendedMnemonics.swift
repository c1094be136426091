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

  /// What follows `mf` and `mt` for special-purpose registers that have such mnemonics, by number:
  /// with `r` for reading only, with `w` for writing only.
  private static let registers = """
    1:xer 3:udscr 8:lr 9:ctr 13:uamr 17:dscr 18:dsisr 19:dar 22:dec 25:sdr1 26:srr0 27:srr1 28:cfar
    29:amr 48:pidr 61:iamr 153:fscr 157:uamor 159:pspb 176:dpdes 180:dawr0 181:dawr1 186:rpr
    187:ciabr 188:dawrx0 189:dawrx1 190:hfscr 256:vrsave 280:asr 282:ear 304:hsprg0 305:hsprg1
    306:hdisr 307:hdar 308:spurr 309:purr 310:hdec 313:hrmor 314:hsrr0 315:hsrr1 318:lpcr 319:lpidr
    336:hmer 337:hmeer 338:pcr 339:heir 349:amor 464:ptcr 496:usprg0 497:usprg1 505:urmor 506:usrr0
    507:usrr1 511:smfctrl 769:ummcr2 770:ummcra 771:upmc1 772:upmc2 773:upmc3 774:upmc4 775:upmc5
    776:upmc6 779:ummcr0 800:bescrs 801:bescrsu 802:bescrr 803:bescrru 804:ebbhr 805:ebbrr 806:bescr
    815:tar 816:asdr 823:psscr 848:ic 849:vtb 855:hpsscr 896:ppr 898:ppr32
    r1023:pir r4:rtcu r5:rtcl r136:ctrl r259:usprg3 r268:tb r269:tbu r287:pvr r446:tir r736:usier2
    r737:usier3 r738:ummcr3 r768:usier r780:usiar r781:usdar r782:ummcr1
    w20:rtcu w21:rtcl w128:tfhar w129:tfiar w130:texasr w131:texasru w152:ctrl w284:tbl w285:tbu
    w286:tbu40 w752:sier2 w753:sier3 w754:mmcr3 w784:sier w786:mmcra w787:pmc1 w788:pmc2 w789:pmc3
    w790:pmc4 w791:pmc5 w792:pmc6 w795:mmcr0 w796:siar w797:sdar w798:mmcr1
    """

  /// The names by number and direction.
  private static let registerNames: (read: [Int64: String], write: [Int64: String]) = {
    var names: (read: [Int64: String], write: [Int64: String]) = ([:], [:])
    for entry in registers.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      let parts = entry.drop { "rw".contains($0) }.split(separator: ":")
      guard parts.count == 2, let number = Int64(parts[0]) else { continue }
      if !entry.hasPrefix("w") { names.read[number] = String(parts[1]) }
      if !entry.hasPrefix("r") { names.write[number] = String(parts[1]) }
    }
    return names
  }()

  /// ``mflr r0`` for ``mfspr r0,8``: the mnemonic, and the operand before or after the register that
  /// is left of the number.
  static func move(_ number: Int64, isWrite: Bool) -> (mnemonic: String, index: Int64?)? {
    let prefix = isWrite ? "mt" : "mf"
    if case 272...275 = number { return ("\(prefix)sprg", number - 272) }
    let names = isWrite ? registerNames.write : registerNames.read
    return names[number].map { (prefix + $0, nil) }
  }
}
