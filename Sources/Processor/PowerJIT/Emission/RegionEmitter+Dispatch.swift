internal import CAsmJit
internal import PowerISA

extension RegionEmitter {
  /// Emits one instruction.
  /// - Parameter index: the block it is in.
  func emit(_ o: Operation, in index: Int) {
    let i = o.instruction
    switch o.kind {
    case .addi, .addis, .addpcis, .add, .subf, .neg, .mulli, .mullw, .mulhw, .mulhwu, .mulld,
      .mulhd, .mulhdu, .maddld:
      arithmetic(o.kind, i, o)
    case .addic, .addicRecord, .subfic, .addc, .subfc, .adde, .subfe, .addme, .addze, .subfme,
      .subfze:
      carrying(o.kind, i, inLoop: region.blocks[index].depth > 0)
    case .divw, .divwu, .modsw, .moduw: divideWords(o)
    case .divd, .divdu, .modsd, .modud: divideDoublewords(o)
    case .cmpi, .cmp, .cmpli, .cmpl: compare(o.kind, i)
    case .isel: select(i)
    case .twi, .tw, .tdi, .td: trap(o)
    case .andiRecord, .andisRecord, .ori, .oris, .xori, .xoris: logicalImmediate(o.kind, i)
    case .and, .xor, .nand, .or, .nor, .eqv, .andc, .orc: logical(o.kind, i)
    case .extsb, .extsh, .extsw, .cntlzw, .cntlzd, .cnttzw, .cnttzd, .popcntd: unary(o.kind, i)
    case .rlwinm, .rlwnm, .rlwimi: rotateWord(o.kind, i)
    case .rldicl, .rldicr, .rldic, .rldcl, .rldcr, .rldimi: rotate(o.kind, i)
    case .slw, .srw, .sraw, .srawi, .sld, .srd, .sradi, .extswsli: shift(o.kind, i)
    case .mfcr, .mfocrf, .mtcrf, .mtocrf, .mcrf: moveCR(o.kind, i)
    case .crand, .crnand, .cror, .crxor, .crnor, .creqv, .crandc, .crorc: logicalCR(o.kind, i)
    case .mfspr:
      let source: GuestRegister = i.spr == SPR.lr.number ? .lr : .ctr
      set(i.rt, value(source, .rax))
    case .mtspr:
      let destination: GuestRegister = i.spr == SPR.lr.number ? .lr : .ctr
      set(destination, value(i.rs, .rax))
    case .mfmsr, .mtmsrd, .mtmsr, .mfsprPlain, .mtsprPlain, .mfxer, .mtxer, .setPriority:
      system(o)
    case .cmpb: compareBytes(i)
    case .dcbst, .dcbf, .icbi: touch(o)
    case .dcbz: clearBlock(o)
    case .lwarx: loadReserve(o, bytes: 4)
    case .ldarx: loadReserve(o, bytes: 8)
    case .stwcxRecord: storeConditional(o, bytes: 4)
    case .stdcxRecord: storeConditional(o, bytes: 8)
    case .lfd, .lfdu, .lfdx, .lfdux, .stfd, .stfdu, .stfdx, .stfdux, .lfiwax, .lfiwzx, .stfiwx,
      .lfs, .lfsu, .lfsx, .lfsux, .stfs, .stfsu, .stfsx, .stfsux, .lxsdx, .lxsd, .lxsiwax, .lxsiwzx,
      .lxssp, .lxsspx, .stxsdx, .stxsd, .stxsiwx, .stxssp, .stxsspx:
      scalarStorage(o)
    case .lvx, .lvxl, .stvx, .stvxl, .lxvx, .lxv, .lxvd2x, .lxvw4x, .lxvh8x, .lxvb16x, .stxvx,
      .stxv, .stxvd2x, .stxvw4x, .stxvh8x, .stxvb16x:
      vectorStorage(o)
    case .lxvl: loadLength(o)
    case .stxvl: storeLength(o)
    case .fmr, .fneg, .fabs, .fnabs, .fcpsgn, .xsabsdp, .xsnabsdp, .xsnegdp, .xscpsgndp: sign(o)
    case .fsel: selectFloat(o)
    case .fcmpu, .fcmpo, .xscmpudp, .xscmpodp: compareFloats(o)
    case .fcfid, .fcfidu, .fcfids, .fcfidus, .xscvsxddp, .xscvuxddp, .xscvsxdsp, .xscvuxdsp:
      fromInteger(o)
    case .fctidz, .fctiwz, .fctiduz, .fctiwuz, .xscvdpsxds, .xscvdpsxws, .xscvdpuxds, .xscvdpuxws:
      toInteger(o)
    case .frsp, .xsrsp: round(o)
    case .friz, .frip, .frim, .xsrdpiz, .xsrdpip, .xsrdpim: roundToIntegral(o)
    case .xsmaxdp, .xsmindp, .xsmaxcdp, .xsmincdp: scalarExtremum(o)
    case .xscvdpspn, .xscvspdpn: moveSingle(o)
    case .mfvsrd, .mfvsrld, .mfvsrwz, .mtvsrd, .mtvsrwa, .mtvsrwz,
      .mtvsrdd:
      moveScalar(o)
    case .vspltisb, .vspltish, .vspltisw, .xxspltib, .vspltw, .xxspltw,
      .xxpermdi, .xxsldwi, .vsldoi, .xxsel, .vsel:
      permute(o)
    // One thread executes all processors of a machine, in turn: they see each other's accesses in order.
    case .dcbt, .dcbtst, .icbt, .rnop, .eieio, .sync: break
    case .b, .bc, .bclr, .bcctr: branch(o, in: index)
    case .helperCall: helperCall(o)
    case .helperCallAndLeave:
      helperCall(o)
      a.emit(CAsmXor, 4, .rax, .rax)
      a.jump(CAsmJmp, to: trampolines.leaveWithState)
    default:
      if o.vsr.t < 0, o.vsr.b < 0 { storage(o) } else { vector(o) }
    }
  }
}
