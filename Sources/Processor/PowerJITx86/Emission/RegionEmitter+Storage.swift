internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 3.3.2 to 3.3.5: loads and stores of one general register.
  static let storage: [HostCode] = [
    HostCode([
      .lbz, .lbzx, .lbzu, .lbzux, .lhz, .lhzx, .lhzu, .lhzux, .lha, .lhax, .lhau, .lhaux, .lwz,
      .lwzx, .lwzu, .lwzux, .lwa, .lwax, .lwaux, .ld, .ldx, .ldu, .ldux, .lhbrx, .lwbrx, .ldbrx,
      .stb, .stbx, .stbu, .stbux, .sth, .sthx, .sthu, .sthux, .stw, .stwx, .stwu, .stwux, .std,
      .stdx, .stdu, .stdux, .sthbrx, .stwbrx, .stdbrx, .plbz, .plhz, .plha, .plwz, .plwa, .pld,
      .pstb,
      .psth, .pstw, .pstd,
    ]) { $0.storage($1) }
  ]
}

// Book I 3.3.2 to 3.3.6.
extension RegionEmitter {
  /// `dcbst` and the like: only what a load of the byte would raise.
  func touch(_ o: Operation) {
    effectiveAddress(.indexed, o.instruction)
    let done = a.label()
    hostAddress(bytes: 1, isStore: false, else: rareHelperCall(o, backTo: done))
    a.bind(done)
  }

  func storage(_ o: Operation) {
    guard let form = o.storage else { return }
    let i = o.instruction
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    let swaps = isBigEndian != form.isReversed && form.bytes > 1
    if form.isStore {
      store(form.bytes, place, i.rs, swaps: swaps)
    } else {
      load(form, place, i.rt, swaps: swaps)
    }
    if form.updates { update(i.ra, o.address) }
    a.bind(done)
  }

  /// Where in the host's memory an access goes.
  func place(
    _ o: Operation, _ form: StorageShape, else slow: @autoclosure () -> HostLabel
  ) -> HostMemory {
    let i = o.instruction
    let address = o.address
    let member = plan.group(at: position)
    let isLookedUp =
      member == nil && !form.isStore && hasTooManyLoads && form.invariantBase(i) == nil
    let base = isLookedUp ? nil : address.base(i)
    if base == nil { effectiveAddress(address, i) }
    if let (number, group) = member {
      self.member(o, form, of: group, number)
    } else if let base {
      check(o, base, form, else: slow())
    } else {
      hostAddress(bytes: Int(form.span), isStore: form.isStore, else: slow())
    }
    let is64Bit = region.context.is64Bit
    if let base, is64Bit, !form.isAligned {
      return HostMemory(.rcx, value(base.register, .rax), Int(base.displacement))
    }
    if base != nil { effectiveAddress(address, i) }
    if form.isAligned { a.emit(CAsmAnd, 8, .rax, -16) }
    guard !is64Bit, form.updates, case .indexed = address else { return HostMemory(.rcx, .rax) }
    // The whole sum is for RA.
    a.emit(CAsmAdd, 8, .rcx, .rax)
    addend = nil
    effectiveAddress(address, i, size: 8)
    return HostMemory(.rcx, 0)
  }

  /// Makes the effective address RA's value, all 64 bits of the sum.
  func update(_ ra: GPR, _ address: StorageAddress) {
    switch address {
    case .displacement(let displacement):
      if let assigned = assignment[GuestRegister(ra)] {
        a.emit(CAsmAdd, 8, assigned, displacement)
      } else {
        a.emit(CAsmAdd, 8, slot(GuestRegister(ra)), displacement)
      }
    case .indexed, .absolute: set(ra, .rax)
    }
  }

  /// The effective address into RAX.
  func effectiveAddress(_ address: StorageAddress, _ i: Instruction) {
    effectiveAddress(address, i, size: region.context.size)
  }

  /// The low bytes of the sum that the effective address is, into RAX.
  private func effectiveAddress(_ address: StorageAddress, _ i: Instruction, size: Int32) {
    switch address {
    case .displacement(let displacement):
      if i.ra.number == 0 {
        a.move(.rax, constant: region.context.effective(UInt64(bitPattern: displacement)))
      } else if displacement == 0 {
        load(.rax, i.ra, size: size)
      } else {
        a.emit(CAsmLea, size, .rax, HostMemory(value(i.ra, .rax), Int(displacement)))
      }
    case .absolute(let address): move(.rax, effective: address)
    case .indexed:
      if i.ra.number == 0 { return load(.rax, i.rb, size: size) }
      if let ra = assignment[GuestRegister(i.ra)], let rb = assignment[GuestRegister(i.rb)] {
        a.emit(CAsmLea, size, .rax, HostMemory(ra, rb))
      } else {
        load(.rax, i.ra, size: size)
        with(CAsmAdd, size, .rax, i.rb)
      }
    }
  }

  private func load(_ form: StorageShape, _ place: HostMemory, _ rt: GPR, swaps: Bool) {
    let t = target(rt, .rdx)
    switch (form.bytes, form.isAlgebraic) {
    case (1, _): a.extend(CAsmMovzx, 4, t, from: 1, place)
    case (2, let isAlgebraic):
      if swaps {
        a.extend(CAsmMovzx, 4, t, from: 2, place)
        a.emit(CAsmRol, 2, t, 8)
        if isAlgebraic { a.extend(CAsmMovsx, 8, t, from: 2, t) }
      } else {
        a.extend(isAlgebraic ? CAsmMovsx : CAsmMovzx, isAlgebraic ? 8 : 4, t, from: 2, place)
      }
    case (4, true) where !swaps: a.extend(CAsmMovsxd, 8, t, from: 4, place)
    case (let bytes, let isAlgebraic):
      if swaps, features.movbe {
        a.emit(CAsmMovbe, bytes, t, place)
      } else {
        a.emit(CAsmMov, bytes, t, place)
        if swaps { a.emit(CAsmBswap, bytes, t) }
      }
      if isAlgebraic { a.extend(CAsmMovsxd, 8, t, from: 4, t) }
    }
    set(rt, t)
  }

  func store(_ bytes: Int32, _ place: HostMemory, _ rs: GPR, swaps: Bool) {
    let source = value(rs, .rdx)
    guard swaps else { return a.emit(CAsmMov, bytes, place, source) }
    if features.movbe { return a.emit(CAsmMovbe, bytes, place, source) }
    if source != .rdx { a.emit(CAsmMov, 8, .rdx, source) }
    swapBytes(.rdx, bytes)
    a.emit(CAsmMov, bytes, place, .rdx)
  }

  /// The other way round, byte by byte: the low bytes of a register whose others are zero, or lost.
  func swapBytes(_ register: HostRegister, _ size: Int32) {
    switch size {
    case 1: break
    case 2: a.emit(CAsmRol, 2, register, 8)
    default: a.emit(CAsmBswap, size, register)
    }
  }

  /// The low bytes of a register, without a sign.
  func loadUnsigned(_ target: HostRegister, _ size: Int32, _ place: HostMemory) {
    if size < 4 {
      a.extend(CAsmMovzx, 4, target, from: size, place)
    } else {
      a.emit(CAsmMov, size, target, place)
    }
    if isBigEndian { swapBytes(target, size) }
  }
}
