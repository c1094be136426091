internal import PowerISA

/// The instructions for which there is host code of their own, by the names of their rows, and
/// what is done with all others.
enum OperationKind: String, CaseIterable {
  // MARK: arithmetic
  case addi, addis, addpcis, add, subf, neg, addic, subfic, addc, subfc, adde, subfe, addme
  case addze, subfme, subfze
  case addicRecord = "addic."
  case mulli, mullw, mulhw, mulhwu, mulld, mulhd, mulhdu, maddld
  case divw, divwu, divd, divdu, modsw, moduw, modsd, modud
  case cmpi, cmp, cmpli, cmpl, cmpb, isel, twi, tw, tdi, td
  // MARK: logical
  case andiRecord = "andi."
  case andisRecord = "andis."
  case ori, oris, xori, xoris, and, xor, nand, or, nor, eqv, andc, orc
  case extsb, extsh, extsw, cntlzw, cntlzd, cnttzw, cnttzd, popcntd
  case rlwinm, rlwnm, rlwimi, rldicl, rldicr, rldic, rldcl, rldcr, rldimi
  case slw, srw, sraw, srawi, sld, srd, sradi, extswsli
  // MARK: moves
  case mfcr, mfocrf, mtcrf, mtocrf, mcrf, mfspr, mtspr
  case crand, crnand, cror, crxor, crnor, creqv, crandc, crorc
  // MARK: storage
  case lbz, lbzx, lbzu, lbzux, lhz, lhzx, lhzu, lhzux, lha, lhax, lhau, lhaux
  case lwz, lwzx, lwzu, lwzux, lwa, lwax, lwaux, ld, ldx, ldu, ldux
  case lhbrx, lwbrx, ldbrx, sthbrx, stwbrx, stdbrx
  case stb, stbx, stbu, stbux, sth, sthx, sthu, sthux, stw, stwx, stwu, stwux
  case std, stdx, stdu, stdux
  case dcbst, dcbf, icbi, dcbz, lwarx, ldarx
  case stwcxRecord = "stwcx."
  case stdcxRecord = "stdcx."
  case lfd, lfdu, lfdx, lfdux, stfd, stfdu, stfdx, stfdux, lfiwax, lfiwzx, stfiwx
  case lfs, lfsu, lfsx, lfsux, stfs, stfsu, stfsx, stfsux, lxssp, lxsspx, stxssp, stxsspx
  case lxsdx, lxsd, lxsiwax, lxsiwzx, stxsdx, stxsd, stxsiwx
  case lvx, lvxl, stvx, stvxl, lxvx, lxv, lxvd2x, lxvw4x, stxvx, stxv, stxvd2x, stxvw4x
  case lxvb16x, lxvh8x, stxvb16x, stxvh8x, lxvdsx, lxvwsx, lxvl, stxvl
  // MARK: vector-scalar registers
  case fadd, fsub, fmul, fdiv, fsqrt, fmadd, fmsub, fnmadd, fnmsub
  case fadds, fsubs, fmuls, fdivs, fsqrts, fmadds, fmsubs, fnmadds, fnmsubs
  case xsadddp, xssubdp, xsmuldp, xsdivdp, xssqrtdp, xsaddsp, xssubsp, xsmulsp, xsdivsp, xssqrtsp
  case xsmaddadp, xsmaddmdp, xsmsubadp, xsmsubmdp, xsnmaddadp, xsnmaddmdp, xsnmsubadp, xsnmsubmdp
  case xsmaddasp, xsmaddmsp, xsmsubasp, xsmsubmsp, xsnmaddasp, xsnmaddmsp, xsnmsubasp, xsnmsubmsp
  case frsp, xsrsp, fcmpu, fcmpo, xscmpudp, xscmpodp, fsel, xscvdpspn, xscvspdpn
  case fcfid, fcfidu, fcfids, fcfidus, xscvsxddp, xscvuxddp, xscvsxdsp, xscvuxdsp
  case fctidz, fctiwz, fctiduz, fctiwuz, xscvdpsxds, xscvdpsxws, xscvdpuxds, xscvdpuxws
  case friz, frip, frim, xsrdpiz, xsrdpip, xsrdpim, xsmaxdp, xsmindp, xsmaxcdp, xsmincdp
  case fmr, fneg, fabs, fnabs, fcpsgn, xsabsdp, xsnabsdp, xsnegdp, xscpsgndp
  case mfvsrd, mfvsrld, mfvsrwz, mtvsrd, mtvsrwa, mtvsrwz, mtvsrdd
  case vand, vandc, vor, vxor, vnor, vnand, vorc, veqv
  case xxland, xxlandc, xxlor, xxlxor, xxlnor, xxlnand, xxlorc, xxleqv
  case vaddubm, vadduhm, vadduwm, vaddudm, vsububm, vsubuhm, vsubuwm, vsubudm, vavgub, vavguh
  case vmaxub, vmaxuh, vmaxuw, vmaxsb, vmaxsh, vmaxsw, vminub, vminuh, vminuw, vminsb, vminsh
  case vminsw, vabsdub, vabsduh, vabsduw
  case vaddubs, vadduhs, vadduws, vaddsbs, vaddshs, vaddsws, vsububs, vsubuhs, vsubuws, vsubsbs
  case vsubshs, vsubsws, vpkshus, vpkshss, vpkuhus, vpkswus, vpkswss, vpkuwus
  case vmaxsd, vmaxud, vminsd, vminud, vnegw, vnegd, vextsb2w, vextsh2w
  case vsum4ubs, vsum4sbs, vsum4shs
  case vmuluwm, vmuleub, vmuleuh, vmuleuw, vmulesb, vmulesh, vmulesw, vmuloub, vmulouh, vmulouw
  case vmulosb, vmulosh, vmulosw, vmladduhm, vmsumubm, vmsummbm, vmsumuhm, vmsumshm
  case vcmpequb, vcmpequh, vcmpequw, vcmpequd, vcmpgtsb, vcmpgtsh, vcmpgtsw, vcmpgtsd, vcmpgtub
  case vcmpgtuh, vcmpgtuw, vcmpgtud, vcmpneb, vcmpneh, vcmpnew, vcmpnezb, vcmpnezh, vcmpnezw
  case vmrghb, vmrghh, vmrghw, vmrglb, vmrglh, vmrglw, xxmrghw, xxmrglw, vmrgew, vmrgow
  case vpkuhum, vpkuwum, vpkudum, vupkhsb, vupkhsh, vupkhsw, vupklsb, vupklsh, vupklsw
  case vslh, vslw, vsld, vsrh, vsrw, vsrd, vsrah, vsraw, vsrad, vrlw, vrld
  case vspltisb, vspltish, vspltisw, xxspltib, vspltb, vsplth, vspltw, xxspltw, mtvsrws
  case xxpermdi, xxsldwi, vsldoi, xxsel, vsel, vperm, vpermr, xxperm, xxpermr, lvsl, lvsr
  case xxbrh, xxbrw, xxbrd, xxbrq, vbpermq, vclzlsbb, vctzlsbb, vpopcntb, vpopcnth, vpopcntw
  case vpopcntd, vcipher, vcipherlast, vncipher, vncipherlast, vsbox, vshasigmaw, vshasigmad
  case vpmsumd
  case xvaddsp, xvadddp, xvsubsp, xvsubdp, xvmulsp, xvmuldp, xvdivsp, xvdivdp, xvsqrtsp, xvsqrtdp
  case xvmaddasp, xvmaddmsp, xvmsubasp, xvmsubmsp, xvnmaddasp, xvnmaddmsp, xvnmsubasp, xvnmsubmsp
  case xvmaddadp, xvmaddmdp, xvmsubadp, xvmsubmdp, xvnmaddadp, xvnmaddmdp, xvnmsubadp, xvnmsubmdp
  case xvcmpeqsp, xvcmpeqdp, xvcmpgtsp, xvcmpgtdp, xvcmpgesp, xvcmpgedp
  case xvmaxsp, xvmaxdp, xvminsp, xvmindp
  case xvrdpiz, xvrdpip, xvrdpim, xvrspiz, xvrspip, xvrspim, xvcvuxwdp
  case xvcvsxwdp, xvcvsxwsp, xvcvuxwsp, xvcvspdp, xvcvspsxws, xvcvdpsxws
  case xvabssp, xvabsdp, xvnabssp, xvnabsdp, xvnegsp, xvnegdp, xvcpsgnsp, xvcpsgndp
  // MARK: system
  case mfmsr, mtmsr, mtmsrd
  /// A special-purpose register that is no more than its value.
  case mfsprPlain = "mfspr plain"
  case mtsprPlain = "mtspr plain"
  case mfxer = "mfspr xer"
  case mtxer = "mtspr xer"
  /// `or Rx,Rx,Rx` with an Rx that names a priority.
  case setPriority = "or priority"
  // MARK: what does nothing here
  case dcbt, dcbtst, icbt, eieio, sync, rnop
  // MARK: ends of blocks
  case b, bc, bclr, bcctr
  // MARK: all others
  /// Executed by its semantics function, and the block goes on.
  case helperCall = "-"
  /// Executed by its semantics function, and the block ends: it may change what code depends on.
  case helperCallAndLeave = "--"

  /// By row number.
  static let ofRow: [OperationKind] = {
    // Looked up by `init(rawValue:)`, names are compared with one after the other.
    let kinds = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
    return InstructionRow.all.map { kind(of: $0, kinds) }
  }()

  private static func kind(
    of row: InstructionRow, _ kinds: [String: OperationKind]
  ) -> OperationKind {
    if !row.isPrefixed, let kind = kinds[row.mnemonic] { return kind }
    switch row.chapter {
    case "EventBasedBranch", "TransactionalMemory": return .helperCallAndLeave
    case _ where row.isPrefixed: return .helperCallAndLeave
    default: break
    }
    switch row.mnemonic {
    case "sc", "scv", "rfid", "rfscv", "hrfid", "urfid", "bctar", "mcrxr":
      return .helperCallAndLeave
    // Some forms set XER[SO], which code depends on.
    case "divwe", "divweu", "divde", "divdeu": return .helperCallAndLeave
    default: return .helperCall
    }
  }
}

extension OperationKind {
  /// Whether an instruction has to do with doubleword 0 of vector-scalar registers only.
  var isScalar: Bool { Self.scalars.contains(self) }

  private static let scalars = Set(
    allCases.filter { kind in
      ["f", "lf", "stf", "xs", "lxs", "stxs"].contains { kind.rawValue.hasPrefix($0) }
        || [.mfvsrd, .mfvsrwz, .mtvsrd, .mtvsrwa, .mtvsrwz].contains(kind)
    })

  /// Whether it loads or stores one general register.
  var isFixedPointStorage: Bool {
    switch self {
    case .lbz, .lbzx, .lbzu, .lbzux, .lhz, .lhzx, .lhzu, .lhzux, .lha, .lhax, .lhau, .lhaux, .lwz,
      .lwzx, .lwzu, .lwzux, .lwa, .lwax, .lwaux, .ld, .ldx, .ldu, .ldux, .lhbrx, .lwbrx, .ldbrx,
      .sthbrx, .stwbrx, .stdbrx, .stb, .stbx, .stbu, .stbux, .sth, .sthx, .sthu, .sthux, .stw,
      .stwx, .stwu, .stwux, .std, .stdx, .stdu, .stdux:
      true
    default: false
    }
  }
}

/// Which instructions have host code of their own, for those who choose some to try.
package enum TranslatedRows {
  package static func contains(_ row: Int) -> Bool {
    switch OperationKind.ofRow[row] {
    case .helperCall, .helperCallAndLeave: false
    default: true
    }
  }
}
