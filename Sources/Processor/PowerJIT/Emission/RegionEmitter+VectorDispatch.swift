internal import CAsmJit
internal import PowerISA

extension RegionEmitter {
  /// Emits an instruction on vectors, or scalar floating-point arithmetic.
  func vector(_ o: Operation) {
    switch o.kind {
    case .vcmpequb, .vcmpequh, .vcmpequw, .vcmpequd, .vcmpgtsb, .vcmpgtsh, .vcmpgtsw, .vcmpgtsd,
      .vcmpgtub, .vcmpgtuh, .vcmpgtuw, .vcmpgtud, .vcmpneb, .vcmpneh, .vcmpnew, .vcmpnezb,
      .vcmpnezh, .vcmpnezw:
      compareIntegers(o)
    case .vslh, .vslw, .vsld, .vsrh, .vsrw, .vsrd, .vsrah, .vsraw, .vsrad, .vrlw, .vrld:
      shiftElements(o)
    case .vpkuhum, .vpkuwum, .vpkudum: pack(o)
    case .vupkhsb, .vupkhsh, .vupkhsw, .vupklsb, .vupklsh, .vupklsw: unpack(o)
    case .vmuleub, .vmuleuh, .vmuleuw, .vmulesb, .vmulesh, .vmulesw, .vmuloub, .vmulouh, .vmulosb,
      .vmulosh:
      multiplyElements(o)
    case .vmladduhm, .vmsumubm, .vmsummbm, .vmsumuhm, .vmsumshm: multiplySum(o)
    case .vabsdub, .vabsduh, .vabsduw: absoluteDifference(o)
    case .vspltb, .vsplth, .xxbrh, .xxbrw, .xxbrd, .xxbrq: shuffle(o)
    case .vperm, .vpermr, .xxperm, .xxpermr: permuteBytes(o)
    case .vmrgew, .vmrgow: mergeWords(o)
    case .lvsl, .lvsr: permuteControl(o)
    case .mtvsrws: splatWord(o)
    case .lxvdsx, .lxvwsx: loadSplat(o)
    case .vbpermq: gatherBits(o)
    case .vclzlsbb, .vctzlsbb: countBytes(o)
    case .vpopcntb, .vpopcnth, .vpopcntw, .vpopcntd: countBits(o)
    case .vcipher, .vcipherlast, .vncipher, .vncipherlast, .vsbox: cipher(o)
    case .vshasigmaw, .vshasigmad: sigma(o)
    case .vpmsumd: polynomialProducts(o)
    case .xvcmpeqsp, .xvcmpeqdp, .xvcmpgtsp, .xvcmpgtdp, .xvcmpgesp, .xvcmpgedp: compareElements(o)
    case .xvmaxsp, .xvmaxdp, .xvminsp, .xvmindp: extremum(o)
    case .xvcvsxwdp, .xvcvuxwdp, .xvcvsxwsp, .xvcvuxwsp, .xvcvspdp, .xvcvspsxws, .xvcvdpsxws:
      convertElements(o)
    case .xvabssp, .xvabsdp, .xvnabssp, .xvnabsdp, .xvnegsp, .xvnegdp, .xvcpsgnsp, .xvcpsgndp:
      elementSigns(o)
    case .vmaxsd, .vmaxud, .vminsd, .vminud: doublewordExtremum(o)
    case .vnegw, .vnegd, .vextsb2w, .vextsh2w: unaryElements(o)
    case .xvrdpiz, .xvrdpip, .xvrdpim, .xvrspiz, .xvrspip, .xvrspim: roundElements(o)
    case .vaddubs, .vadduhs, .vaddsbs, .vaddshs, .vsububs, .vsubuhs, .vsubsbs, .vsubshs:
      saturate(o)
    case .vadduws, .vaddsws, .vsubuws, .vsubsws: saturateWords(o)
    case .vsum4ubs, .vsum4sbs, .vsum4shs: sumWithinWords(o)
    case .vpkshus, .vpkshss, .vpkuhus, .vpkswus, .vpkswss, .vpkuwus: packSaturated(o)
    case let kind where FloatForm.scalar[kind] != nil: float(o)
    case let kind where FloatForm.vector[kind] != nil: vectorFloat(o)
    default: elementwise(o)
    }
  }
}

extension OperationKind {
  /// Whether the host has what the emission of a vector instruction needs beyond SSE4.1.
  func isPossible(_ i: Instruction, _ features: HostFeatures) -> Bool {
    guard features.sse41 else { return false }
    switch self {
    case .vslh, .vslw, .vsld, .vsrh, .vsrw, .vsrd, .vsrah, .vsraw, .vsrad, .vrlw, .vrld:
      return features.avx2
    case .vcmpgtsd, .vcmpgtud: return features.sse42
    case .vmaxsd, .vmaxud, .vminsd, .vminud: return features.avx
    case .vcipher, .vcipherlast, .vncipher, .vncipherlast, .vsbox: return features.aes
    case .vpmsumd: return features.carryless
    case .vclzlsbb, .vctzlsbb: return features.counts
    case .vshasigmaw: return i.bits(17, 20) == 0 || i.bits(17, 20) == 15
    case .vshasigmad: return i.bits(17, 17) == i.bits(19, 19)
    default:
      guard let form = FloatForm.vector[self] else { return true }
      return !form.isFused || features.fma
    }
  }

  /// Those of which no form ever calls its semantics function.
  static let vectorsWithoutSideExit = Set<OperationKind>([
    .vcmpequb, .vcmpequh, .vcmpequw, .vcmpequd, .vcmpgtsb, .vcmpgtsh, .vcmpgtsw, .vcmpgtsd,
    .vcmpgtub, .vcmpgtuh, .vcmpgtuw, .vcmpgtud, .vcmpneb, .vcmpneh, .vcmpnew, .vcmpnezb,
    .vcmpnezh, .vcmpnezw, .vslh, .vslw, .vsld, .vsrh, .vsrw, .vsrd, .vsrah, .vsraw, .vsrad, .vrlw,
    .vrld, .vpkuhum, .vpkuwum, .vpkudum, .vupkhsb, .vupkhsh, .vupkhsw, .vupklsb, .vupklsh,
    .vupklsw, .vmuleub, .vmuleuh, .vmuleuw, .vmulesb, .vmulesh, .vmulesw, .vmuloub, .vmulouh,
    .vmulosb, .vmulosh, .vmladduhm, .vmsumubm, .vmsummbm, .vmsumuhm, .vmsumshm, .vabsdub, .vabsduh,
    .vabsduw, .vspltb, .vsplth, .xxbrh, .xxbrw, .xxbrd, .xxbrq, .vperm, .vpermr, .xxperm, .xxpermr,
    .vmrgew, .vmrgow, .lvsl, .lvsr, .mtvsrws, .vbpermq, .vclzlsbb, .vctzlsbb, .vpopcntb, .vpopcnth,
    .vpopcntw, .vpopcntd, .vcipher, .vcipherlast, .vncipher, .vncipherlast, .vsbox, .vshasigmaw,
    .vshasigmad, .vpmsumd, .xvcvsxwdp, .xvcvuxwdp, .vmaxsd, .vmaxud, .vminsd, .vminud, .vnegw,
    .vnegd, .vextsb2w, .vextsh2w, .xvabssp, .xvabsdp, .xvnabssp, .xvnabsdp, .xvnegsp,
    .xvnegdp, .xvcpsgnsp, .xvcpsgndp, .xxpermdi, .xxsldwi, .vsldoi, .xxspltw, .vspltw, .xxsel,
    .vsel, .vspltisb, .vspltish, .vspltisw, .xxspltib,
    .vaddubs, .vadduhs, .vadduws, .vaddsbs, .vaddshs, .vaddsws, .vsububs, .vsubuhs, .vsubuws,
    .vsubsbs, .vsubshs, .vsubsws, .vpkshus, .vpkshss, .vpkuhus, .vpkswus, .vpkswss, .vpkuwus,
    .vsum4ubs, .vsum4sbs, .vsum4shs,
  ]).union(RegionEmitter.elementwise.keys).union(RegionEmitter.inverted.keys)

  /// Whether it copies a register that it names twice.
  var isCopy: Bool { self == .vor || self == .xxlor }

  /// Those whose host code leaves XMM3 alone, where there is AVX.
  var sparesXMM3: Bool { Self.sparing.contains(self) }
  private static let sparing = Set<OperationKind>([
    .lvx, .lvxl, .stvx, .stvxl, .lxvx, .lxv, .lxvd2x, .lxvw4x, .lxvh8x, .lxvb16x, .stxvx, .stxv,
    .stxvd2x, .stxvw4x, .stxvh8x, .stxvb16x, .lxvl, .stxvl, .vrlw, .vrld,
    .lxvdsx, .lxvwsx, .lxsdx, .lxsd, .lxsiwax, .lxsiwzx, .lfd, .lfdx, .lfiwax, .lfiwzx,
    .vcmpequb, .vcmpequh, .vcmpequw, .vcmpequd, .vcmpgtsb, .vcmpgtsh, .vcmpgtsw, .vcmpgtsd,
    .vcmpgtub, .vcmpgtuh, .vcmpgtuw, .vcmpgtud, .vcmpneb, .vcmpneh, .vcmpnew, .vcmpnezb,
    .vcmpnezh, .vcmpnezw, .vslh, .vslw, .vsld, .vsrh, .vsrw, .vsrd, .vsrah, .vsraw, .vsrad,
    .vpkuhum, .vpkuwum, .vpkudum, .vupkhsb, .vupkhsh, .vupkhsw, .vupklsb, .vupklsh, .vupklsw,
    .vmuleub, .vmuleuh, .vmuleuw, .vmulesb, .vmulesh, .vmulesw, .vmuloub, .vmulouh, .vmulosb,
    .vmulosh, .vmladduhm, .vmsumubm, .vmsummbm, .vmsumuhm, .vmsumshm, .vabsdub, .vabsduh,
    .vabsduw, .vspltb, .vsplth, .xxbrh, .xxbrw, .xxbrd, .xxbrq, .vperm, .vpermr, .xxperm, .xxpermr,
    .vmrgew, .vmrgow, .lvsl, .lvsr, .mtvsrws, .vbpermq, .vclzlsbb, .vctzlsbb, .xxpermdi, .xxsldwi,
    .vsldoi, .xxspltw, .vspltw, .xxsel, .vsel, .vspltisb, .vspltish, .vspltisw, .xxspltib,
    .vaddubs, .vadduhs, .vadduws, .vaddsbs, .vaddshs, .vaddsws, .vsububs, .vsubuhs, .vsubuws,
    .vsubsbs, .vsubshs, .vsubsws, .vpkshus, .vpkshss, .vpkuhus, .vpkswus, .vpkswss, .vpkuwus,
    .vsum4ubs, .vsum4sbs, .vsum4shs,
    .vmaxsd, .vminsd, .vnegw, .vnegd, .vextsb2w, .vextsh2w,
    .mtvsrd, .mtvsrwa, .mtvsrwz, .mtvsrdd, .mfvsrld, .vshasigmaw, .vshasigmad,
  ]).union(RegionEmitter.elementwise.keys).union(RegionEmitter.inverted.keys)
}
