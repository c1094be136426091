/// Extended mnemonics (Book I appendix C, Book III appendix A): other names of particular words of a
/// row, as GNU objdump prints them. Branches are in ``BranchMnemonic``.
struct ExtendedMnemonic: Sendable {
  /// A condition on the values of operands: `A=n`, `A=B`, `A=n-B`, `A<n`, `A>n`. In the table `!A`
  /// stands for rows without the operand.
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

  let name: String
  let conditions: [Condition]
  let parts: [Part]

  /// The mnemonics of each row, in the order in which they are tried.
  static let byRow: [[ExtendedMnemonic]] = {
    var lists = [[ExtendedMnemonic]](repeating: [], count: InstructionRow.all.count)
    for line in table.split(separator: "\n") + traps {
      let words = line.split(separator: " ")
      for row in InstructionRow.all where row.mnemonic == words[1] {
        guard let mnemonic = ExtendedMnemonic(words, row) else { continue }
        lists[row.id].append(mnemonic)
      }
    }
    return lists
  }()

  /// - Returns: nil when the row is another of the same name, with other operands.
  private init?(_ words: [Substring], _ row: InstructionRow) {
    name = String(words[0])
    let names = row.operands.map(\.name)
    func index(_ name: some StringProtocol) -> Int? { names.firstIndex { $0 == name } }
    var conditions: [Condition] = []
    for text in words[2].split(separator: "&") where text != "-" {
      if text.hasPrefix("!") {
        guard index(text.dropFirst()) == nil else { return nil }
        continue
      }
      guard let sign = text.firstIndex(where: { "=<>".contains($0) }),
        let left = index(text[..<sign])
      else { return nil }
      let right = text[text.index(after: sign)...]
      let terms = right.split(separator: "-")
      if let number = Int64(right) {
        conditions.append(
          text[sign] == "="
            ? .equals(left, number)
            : text[sign] == "<" ? .below(left, number) : .above(left, number))
      } else if terms.count == 2, let number = Int64(terms[0]), let other = index(terms[1]) {
        conditions.append(.complements(left, number, other))
      } else if let other = index(right) {
        conditions.append(.same(left, other))
      } else {
        return nil
      }
    }
    var parts: [Part] = []
    for text in words.count > 3 ? words[3].split(separator: ",") : [] {
      let terms = text.split(separator: "-")
      let name = text.drop { "?:fv".contains($0) }
      if let number = Int64(text) {
        parts.append(.number(number))
      } else if terms.count == 2, let number = Int64(terms[0]), let other = index(terms[1]) {
        parts.append(.difference(number, other))
      } else if let index = index(name) {
        parts.append(
          text.hasPrefix("?")
            ? .unlessZero(index)
            : text.hasPrefix("f:")
              ? .floatingPoint(index)
              : text.hasPrefix("v:") ? .vector(index) : .operand(index))
      } else {
        return nil
      }
    }
    (self.conditions, self.parts) = (conditions, parts)
  }

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

  /// Mnemonic, row, conditions, operands. Suffixes (`.`) are those of the word.
  private static let table = """
    li addi RA0=0 RT,SI
    lis addis RA0=0 RT,SI
    lnia addpcis DX=0 RT
    pla paddi R=1&RA0=0 RT,SI34
    pli paddi R=0&RA0=0 RT,SI34
    cmpdi cmpi L=1 ?BF,RA,SI
    cmpwi cmpi L=0 ?BF,RA,SI
    cmpd cmp L=1 ?BF,RA,RB
    cmpw cmp L=0 ?BF,RA,RB
    cmpldi cmpli L=1 ?BF,RA,UI
    cmplwi cmpli L=0 ?BF,RA,UI
    cmpld cmpl L=1 ?BF,RA,RB
    cmplw cmpl L=0 ?BF,RA,RB
    trap tw TO=31&RA=0&RB=0
    isellt isel BC=0 RT,RA0,RB
    iselgt isel BC=1 RT,RA0,RB
    iseleq isel BC=2 RT,RA0,RB
    miso or RA=26&RS=26&RB=26
    yield or RA=27&RS=27&RB=27
    mdoio or RA=29&RS=29&RB=29
    mdoom or RA=30&RS=30&RB=30
    mr or RS=RB RA,RS
    not nor RS=RB RA,RS
    nop ori RA=0&RS=0&UI=0
    exser ori RA=31&RS=31&UI=0
    xnop xori RA=0&RS=0&UI=0
    rotlwi rlwinm MB=0&ME=31 RA,RS,SH
    clrlwi rlwinm SH=0&ME=31 RA,RS,MB
    slwi rlwinm MB=0&ME=31-SH RA,RS,SH
    srwi rlwinm ME=31&SH=32-MB RA,RS,MB
    clrrwi rlwinm SH=0&MB=0 RA,RS,31-ME
    rotlw rlwnm MB=0&ME=31 RA,RS,RB
    rotldi rldicl MB6=0 RA,RS,SH6
    clrldi rldicl SH6=0 RA,RS,MB6
    srdi rldicl SH6=64-MB6 RA,RS,MB6
    clrrdi rldicr SH6=0 RA,RS,63-ME6
    sldi rldicr ME6=63-SH6 RA,RS,SH6
    rotld rldcl MB6=0 RA,RS,RB
    crset creqv BT=BA&BA=BB BT
    crclr crxor BT=BA&BA=BB BT
    crnot crnor BA=BB BT,BA
    crmove cror BA=BB BT,BA
    mffprd mfvsrd XS<32 RA,f:XS
    mfvrd mfvsrd XS>31 RA,v:XS
    mffprwz mfvsrwz XS<32 RA,f:XS
    mfvrwz mfvsrwz XS>31 RA,v:XS
    mtfprd mtvsrd XT<32 f:XT,RA
    mtvrd mtvsrd XT>31 v:XT,RA
    mtfprwa mtvsrwa XT<32 f:XT,RA
    mtvrwa mtvsrwa XT>31 v:XT,RA
    mtfprwz mtvsrwz XT<32 f:XT,RA
    mtvrwz mtvsrwz XT>31 v:XT,RA
    mftb mftb SPR=268 RT
    mftbu mftb SPR=269 RT
    mtcr mtcrf FXM=255 RS
    vmr vor VRA=VRB VRT,VRA
    vnot vnor VRA=VRB VRT,VRA
    xvmovdp xvcpsgndp XA=XB XT,XA
    xvmovsp xvcpsgnsp XA=XB XT,XA
    xxmr xxlor XA=XB XT,XA
    xxlnot xxlnor XA=XB XT,XA
    xxspltd xxpermdi XA=XB&DM=0 XT,XA,0
    xxspltd xxpermdi XA=XB&DM=3 XT,XA,1
    xxswapd xxpermdi XA=XB&DM=2 XT,XA
    xxmrghd xxpermdi DM=0 XT,XA,XB
    xxmrgld xxpermdi DM=3 XT,XA,XB
    hwsync sync L=0&SC=0
    lwsync sync L=1&SC=0
    ptesync sync L=2&SC=0
    phwsync sync L=4&SC=0
    plwsync sync L=5&SC=0
    stncisync sync L=1&SC=1
    stcisync sync L=0&SC=2
    stsync sync L=0&SC=3
    hwsync sync L=0&!SC
    lwsync sync L=1&!SC
    ptesync sync L=2&!SC
    waitrsv wait WC=1&PL=0
    pause_short wait WC=2&PL=0
    dcbfl dcbf L=1 RA0,RB
    dcbflp dcbf L=3 RA0,RB
    dcbfps dcbf L=4 RA0,RB
    dcbstps dcbf L=6 RA0,RB
    dcbtct dcbt TH=0 RA0,RB
    dcbtct dcbt TH<8 RA0,RB,TH
    dcbtds dcbt TH=8 RA0,RB
    dcbtds dcbt TH<16 RA0,RB,TH
    dcbtt dcbt TH=16 RA0,RB
    dcbna dcbt TH=17 RA0,RB
    dcbtstct dcbtst TH=0 RA0,RB
    dcbtstct dcbtst TH<8 RA0,RB,TH
    dcbtstds dcbtst TH=8 RA0,RB
    dcbtstds dcbtst TH<16 RA0,RB,TH
    dcbtstt dcbtst TH=16 RA0,RB
    icbt icbt TH=0 RA0,RB
    paste. paste. L=1 RA0,RB
    rfebb rfebb SXL=1
    tsuspend. tsr. L=0
    tresume. tsr. L=1
    tendall. tend. A=1
    """

  /// `tw`, `twi`, `td`, `tdi` by their TO.
  private static let traps: [Substring] = [
    ("lgt", 1), ("llt", 2), ("eq", 4), ("lge", 5), ("lle", 6), ("gt", 8), ("ge", 12), ("lt", 16),
    ("le", 20), ("ne", 24), ("u", 31),
  ].flatMap { name, to in
    ["tw", "td"].flatMap { row -> [Substring] in
      ["\(row)\(name) \(row) TO=\(to) RA,RB", "\(row)\(name)i \(row)i TO=\(to) RA,SI"]
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
