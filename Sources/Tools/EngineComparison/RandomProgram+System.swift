internal import HostSupport
internal import PowerISA

/// Storage, reservations, instructions that are written, and what supervisors do.
extension RandomProgram {
  /// Accesses of all sizes to the same few bytes.
  mutating func appendAccesses() {
    let pointer = Int64(16 + below(8))
    let names: [InstructionID] = [
      .lbz, .lhz, .lha, .lwz, .lwa, .ld, .stb, .sth, .stw, .std, .lfd, .stfd, .lfs, .stfs,
    ]
    for _ in 0...below(5) {
      append(random.one(of: names), register(), Int64(below(16)) * 4 - 32, pointer)
    }
    if once(in: 8) { append(.dcbz, 0, pointer) }
    if once(in: 4) { append(.addi, pointer, pointer, [8, 16, 4096, -4096][below(4)]) }
  }

  mutating func appendReservation() {
    var sizes: [(load: InstructionID, store: InstructionID)] = [
      (.lwarx, .stwcx_), (.ldarx, .stdcx_),
    ]
    if processor.isa >= .v2_06 { sizes += [(.lbarx, .stbcx_), (.lharx, .sthcx_)] }
    if processor.isa >= .v2_07 { sizes.append((.lqarx, .stqcx_)) }
    let size = random.one(of: sizes)
    let (pointer, register) = (Int64(8 + below(8)), Int64(8 + below(8)) & ~1)
    append(.rldicr, pointer, Int64(16 + below(8)), 0, 59)
    let start = words.count
    append(size.load, register, 0, pointer)
    switch below(6) {
    // Something else in between, sometimes a store to the place itself.
    case 0: append(.stw, register, Int64(below(2)) * 4, pointer)
    case 1: append(.std, register, 128, pointer)
    case 2: append(.addi, pointer, pointer, Int64(below(2)) * 16)
    case 3: for _ in 0...below(4) { appendInstruction() }
    default: append(.addi, register, register, 1)
    }
    append((once(in: 6) ? random.one(of: sizes) : size).store, register, 0, pointer)
    // Again if it did not work.
    if once(in: 2) { append(.bc, 4, 2, offset(to: start)) }
  }

  /// Writes a word of the program over another, with or without what makes that known.
  mutating func appendModification() {
    let (word, place) = (Int64(8), Int64(9 + below(3)))
    append(.bc, 20, 31, 4)
    words[words.count - 1] |= 1
    let origin = words.count
    append(.mfspr, place, 8)
    let from = below(words.count)
    append(.lwz, word, Int64(from - origin) * 4, place)
    if once(in: 4) { append(.xori, word, word, Int64(1 << below(16))) }
    if once(in: 3) {
      // By another address of the same bytes.
      if scene.translation == .real {
        append(.addis, 12, 0, -0x4000)
        append(.rldicr, 12, 12, 32, 31)
        append(.or, place, place, 12)
      } else {
        append(.addis, place, place, Int64(MemoryMap.alias >> 16))
      }
    }
    // Anywhere, but mostly what comes next.
    let to = once(in: 2) ? origin + 1 + below(16) : below(words.count)
    append(.addi, place, place, Int64(to - origin) * 4)
    append(.stw, word, 0, place)
    if once(in: 3) { append(.dcbst, 0, place) }
    if once(in: 3) { append(.sync) }
    if once(in: 2) { append(.icbi, 0, place) }
    if once(in: 2) { append(.isync) }
  }

  // MARK: what systems do

  private static let registers: [SPR] = [
    .xer, .xer, .lr, .ctr, .dscr, .amr, .iamr, .pid, .uamor, .tar, .vrsave, .srr0, .srr1, .dar,
    .dsisr, .dec, .fscr, .mmcr0, .ppr, .cfar, .tb, .purr, .dscrProblem, .sprg3Problem,
  ]

  mutating func appendSystemCode() {
    let isSupervisor = !scene.isProblemState || once(in: 10)
    switch below(isSupervisor ? 9 : 4) {
    case 0:
      if processor.isa >= .v3_0, once(in: 2) {
        append(.scv, Int64(below(4)))
      } else {
        append(.sc, once(in: 8) ? 1 : 0)
      }
    case 1: append(.mfspr, register(), Int64(random.one(of: Self.registers).number))
    case 2:
      append(.mtspr, Int64(random.one(of: Self.registers).number), register())
    case 3:
      if once(in: 2) {
        append(.mtfsf, Int64(below(256)), Int64(below(32)))
      } else {
        append(once(in: 2) ? .mtfsb0 : .mtfsb1, Int64(below(32)))
      }
    case 4:
      append(.mfspr, 3, Int64(SPR.tb.number))
      append(.mtmsrd, register(), 1)
    case 5: appendStateChange(byInterruptReturn: false)
    case 6: appendStateChange(byInterruptReturn: true)
    case 7 where scene.translation == .radix: appendPageChange()
    default:
      if scene.translation == .hashed, once(in: 3) {
        append(.slbia)
        // The first segment again.
        append(.addis, 8, 0, Int64(PageTables.segments[0].virtual >> 16))
        append(.ori, 8, 8, Int64(PageTables.segments[0].virtual & 0xFFFF))
        append(.addis, 9, 0, 0x800)
        append(.slbmte, 8, 9)
      } else {
        append(.tlbie, register(), register())
      }
    }
  }

  /// Changes a bit of the MSR that code depends on.
  private mutating func appendStateChange(byInterruptReturn: Bool) {
    var bits = [MSR.sf, MSR.fp, MSR.vec, MSR.vsx, MSR.ee, MSR.fe0, MSR.fe1, MSR.se, MSR.be]
    if scene.translation != .real { bits += [MSR.dr, MSR.pr] }
    if byInterruptReturn { bits.append(MSR.le) }
    let bit = random.one(of: bits)
    append(.mfmsr, 10)
    if bit == MSR.sf {
      append(.rldicl, 10, 10, 1, 0)
      append(.xori, 10, 10, 1)
      append(.rldicl, 10, 10, 63, 0)
    } else if bit >= 0x1_0000 {
      append(.xoris, 10, 10, Int64(bit >> 16))
    } else {
      append(.xori, 10, 10, Int64(bit))
    }
    guard byInterruptReturn else { return append(.mtmsrd, 10, 0) }
    let isVectored = processor.isa >= .v3_0 && once(in: 3)
    append(.mtspr, Int64((isVectored ? SPR.ctr : .srr1).number), 10)
    append(.bc, 20, 31, 4)
    words[words.count - 1] |= 1
    append(.mfspr, 11, 8)
    let isSwitch = bit == MSR.le
    append(.addi, 11, 11, isSwitch ? 20 : 16)
    if isSwitch {
      append(
        .xoris, 11, 11, Int64((MemoryMap.code ^ (MemoryMap.code + MemoryMap.otherCode)) >> 16))
    }
    append(.mtspr, Int64((isVectored ? SPR.lr : .srr0).number), 11)
    append(isVectored ? .rfscv : .rfid)
  }

  /// Changes how a page is translated, and says so.
  private mutating func appendPageChange() {
    // Not what is in quadrant 3 too, of which an address alone would be invalidated.
    let page = random.one(of: scene.pages.filter { $0.effective >= MemoryMap.code })
    let entry = MemoryMap.pageTable + page.effective >> 12 * 8
    let (load, store): (InstructionID, InstructionID) =
      scene.isLittleEndian ? (.ldbrx, .stdbrx) : (.ldx, .stdx)
    append(.addis, 11, 0, Int64((entry + 0x8000) >> 16))
    append(.addi, 11, 11, Int64(Int16(truncatingIfNeeded: entry)))
    append(load, 10, 0, 11)
    append(.xori, 10, 10, [1, 2, 4, 8, 0x80, 0x100, 0x180, 0x1000][below(8)])
    append(store, 10, 0, 11)
    append(.sync)
    append(.addis, 11, 0, Int64(page.effective >> 16))
    append(.ori, 11, 11, Int64(page.effective & 0xFFFF))
    append(.addi, 10, 0, 0)
    append(.tlbie, 11, 10)
  }
}
