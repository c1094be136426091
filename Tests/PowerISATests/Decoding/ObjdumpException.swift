@testable import PowerISA

/// Where we differ from GNU objdump 2.40 knowingly, and why.
struct ObjdumpException {
  enum Difference {
    /// objdump names an instruction where we have none.
    case objdumpAccepts
    /// We name an instruction where objdump prints `.long`.
    case objdumpRefuses
  }

  var difference: Difference
  var levels: ClosedRange<ISALevel> = .v2_00 ... .v3_1
  /// Mnemonics in their base form.
  var mnemonics: Set<Substring>
  /// Why this is no mistake of ours.
  var reason: String

  init(
    _ difference: Difference, _ mnemonics: String,
    levels: ClosedRange<ISALevel> = .v2_00 ... .v3_1, _ reason: String
  ) {
    self.difference = difference
    self.levels = levels
    self.mnemonics = Set(mnemonics.split { $0 == " " || $0 == "\n" })
    self.reason = reason
  }

  func explains(ours: String, theirs: String, at level: ISALevel) -> Bool {
    guard levels.contains(level) else { return false }
    let (nothing, named) = difference == .objdumpAccepts ? (ours, theirs) : (theirs, ours)
    let name = named.prefix { $0 != " " }
    guard nothing.hasPrefix(".long") else { return false }
    return mnemonics.contains(name)
      || name.last.map { ".l".contains($0) } == true && mnemonics.contains(name.dropLast())
  }

  /// objdump's text without what is only another way to write it.
  static func normalized(_ text: String) -> String {
    let words = text.split(separator: " ", maxSplits: 1)
    guard let name = words.first else { return text }
    let operands = words.count > 1 ? " \(words[1])" : ""
    // Names of a later extension for the 3.1 matrix instructions.
    if name.hasPrefix("dmx") { return name.dropFirst(2) + operands }
    if name == "dmsetaccz" { return "xxsetaccz" + operands }
    if name.hasPrefix("pmdmx") { return "pm" + name.dropFirst(4) + operands }
    switch name {
    // An omitted optional mask.
    case "mfcr" where operands.hasSuffix(",-1"): return String(text.dropLast(3))
    // A field that only one embedded processor gave a meaning to.
    case "fre", "fre.", "fres", "fres.", "frsqrte", "frsqrte.", "frsqrtes", "frsqrtes.":
      return operands.hasSuffix(",0") ? String(text.dropLast(2)) : text
    // Extended mnemonic of tend. 1, which raw mode prints all the same.
    case "tendall.": return "tend. 1"
    default: return text
    }
  }

  /// Whether objdump names a block address translation register, which no 64-bit processor has; the
  /// numbers stand for none.
  static func isOfAnotherFamily(_ text: String) -> Bool {
    ["mfibat", "mtibat", "mfdbat", "mtdbat"].contains { text.hasPrefix($0) }
  }

  static let all: [ObjdumpException] = [
    ObjdumpException(
      .objdumpAccepts, "dcbi eciwx ecowx mtsrd mtsrdin tlbia tlbld tlbli rfi attn pbt",
      "optional or implementation-specific; no processor here has it in a partition"),
    ObjdumpException(
      .objdumpAccepts, "icswx", levels: .v3_0 ... .v3_1, "removed by 3.0"),
    ObjdumpException(
      .objdumpAccepts, "icbt", levels: .v2_00 ... .v2_06, "embedded only before 2.07"),
    ObjdumpException(
      .objdumpAccepts, "frin friz frip frim", levels: .v2_02 ... .v2_02,
      "of POWER5+ (2.03); objdump has no name for POWER5 without"),
    ObjdumpException(
      .objdumpAccepts, "addg6s cdtbcd cbcdtd", levels: .v2_05 ... .v2_05, "brought by 2.06"),
    ObjdumpException(
      .objdumpRefuses, "lbarx lharx stbcx sthcx", levels: .v2_06 ... .v2_06,
      "brought by 2.06; objdump has them from POWER8 on"),
    ObjdumpException(
      .objdumpAccepts, "waitasec", levels: .v2_07 ... .v2_07, "in no version of the books"),
    ObjdumpException(
      .objdumpAccepts, "vabsdub vabsduh vabsduw", levels: .v2_07 ... .v2_07,
      "brought by 3.0 (Book I, 6.9.1)"),
    ObjdumpException(
      .objdumpAccepts,
      "tabort tabortdc tabortdci tabortwc tabortwci tbegin tcheck tend trechkpt treclaim tsr",
      levels: .v3_1 ... .v3_1, "removed by 3.1"),
    ObjdumpException(
      .objdumpAccepts, "mtsle", levels: .v3_0 ... .v3_1, "removed by 3.0"),
    ObjdumpException(
      .objdumpAccepts,
      """
      daddq dsubq dmulq ddivq dcmpuq dcmpoq dtstdcq dtstdgq dtstexq dtstsfq dtstsfiq dquaiq dquaq
      drrndq drintxq drintnq dctqpq drdpq dcffixq dctfixq dcffixqq dctfixqq ddedpdq denbcdq dxexq
      diexq dscliq dscriq lfdp stfdp lfdpx stfdpx plq pstq xvf64ger xvf64gerpp xvf64gernp xvf64gerpn
      xvf64gernn pmxvf64ger pmxvf64gerpp pmxvf64gernp pmxvf64gerpn pmxvf64gernn
      """, "an odd register names no pair: invalid form"),
    ObjdumpException(
      .objdumpRefuses,
      """
      lbzu lbzux lhzu lhzux lhau lhaux lwzu lwzux lwaux ldu ldux stbu stbux sthu sthux stwu stwux
      stdu stdux lfsu lfsux lfdu lfdux stfsu stfsux stfdu stfdux
      """, "RA is 0 or RT: invalid form, left to the semantics"),
    ObjdumpException(
      .objdumpRefuses, "lmw lswi lswx lq plq lqarx",
      "RA or RB among the registers loaded: invalid form, left to the semantics"),
    ObjdumpException(
      .objdumpRefuses, "bc bca bcla bclr bcctr bctar", "a reserved BO, whose z bits are ignored"),
    ObjdumpException(
      .objdumpRefuses, "mfocrf mtocrf", "a mask of not one bit: undefined result, no interrupt"),
    ObjdumpException(
      .objdumpRefuses, "sync dcbf wait", "a reserved L or WC, treated as a defined one"),
    ObjdumpException(
      .objdumpRefuses,
      """
      paddi plbz plha plhz plwa plwz pld plq pstb psth pstw pstd pstq plfs plfd pstfs pstfd plxsd
      plxssp plxv plxvp pstxsd pstxssp pstxv pstxvp
      """, levels: .v3_1 ... .v3_1, "R is 1 with RA not 0: invalid form, left to the semantics"),
    ObjdumpException(
      .objdumpRefuses,
      """
      xvi4ger8 xvi4ger8pp xvi8ger4 xvi8ger4pp xvi8ger4spp xvi16ger2 xvi16ger2pp xvi16ger2s
      xvi16ger2spp xvf16ger2 xvf16ger2pp xvf16ger2np xvf16ger2pn xvf16ger2nn xvbf16ger2
      xvbf16ger2pp xvbf16ger2np xvbf16ger2pn xvbf16ger2nn xvf32ger xvf32gerpp xvf32gernp
      xvf32gerpn xvf32gernn xvf64ger xvf64gerpp xvf64gernp xvf64gerpn xvf64gernn
      pmxvi4ger8 pmxvi4ger8pp pmxvi8ger4 pmxvi8ger4pp pmxvi8ger4spp pmxvi16ger2 pmxvi16ger2pp
      pmxvi16ger2s pmxvi16ger2spp pmxvf16ger2 pmxvf16ger2pp pmxvf16ger2np pmxvf16ger2pn
      pmxvf16ger2nn pmxvbf16ger2 pmxvbf16ger2pp pmxvbf16ger2np pmxvbf16ger2pn pmxvbf16ger2nn
      pmxvf32ger pmxvf32gerpp pmxvf32gernp pmxvf32gerpn pmxvf32gernn pmxvf64ger pmxvf64gerpp
      pmxvf64gernp pmxvf64gerpn pmxvf64gernn
      """, levels: .v3_1 ... .v3_1,
      "a source within the accumulator: invalid form, left to the semantics"),
    ObjdumpException(
      .objdumpRefuses, "lfdp lfdpx stfdp stfdpx", levels: .v2_06 ... .v3_1,
      "objdump drops them after 2.05; the books phase them out and keep them"),
    ObjdumpException(.objdumpRefuses, "rnop", "objdump does not show reserved no-operations"),
    ObjdumpException(.objdumpRefuses, "mftb", "an extended mnemonic to objdump"),
  ]
}
