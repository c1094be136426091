internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Book I 3.3.10 to 3.3.12.
extension RegionEmitter {
  func compare(_ kind: OperationKind, _ i: Instruction) {
    let isUnsigned = kind == .cmpli || kind == .cmpl
    let size: Int32 = i.l10 ? 8 : 4
    let first = GuestRegister(i.ra)
    switch kind {
    case .cmpi, .cmpli:
      let constant = isUnsigned ? Int64(i.ui) : i.si
      if let home = homes[first] {
        if constant == 0 {
          a.emit(CAsmTest, size, home, home)
        } else {
          a.emit(CAsmCmp, size, home, constant)
        }
      } else {
        a.emit(CAsmCmp, size, slot(first), constant)
      }
    default:
      with(CAsmCmp, size, value(i.ra, .rax), i.rb)
    }
    setField(i.bf.number, isUnsigned: isUnsigned)
  }

  func select(_ i: Instruction) {
    load(.rax, i.rb)
    if i.ra.number == 0 { a.emit(CAsmXor, 4, .rcx, .rcx) }
    testBit(i.bc)
    if i.ra.number == 0 {
      a.emit(CAsmCmovne, 8, .rax, .rcx)
    } else {
      with(CAsmCmovne, 8, .rax, i.ra)
    }
    set(i.rt, .rax)
  }

  /// Sets the host's flags to "not zero" if the bit is set.
  func testBit(_ bit: CRBit) {
    a.emit(CAsmTest, 1, crField(bit.number >> 2), Int64(8 >> (bit.number & 3)))
  }

  func trap(_ o: Operation) {
    let i = o.instruction
    guard i.to != 31 else { return detour(o) }
    guard i.to != 0 else { return }
    let size: Int32 = o.kind == .tw || o.kind == .twi ? 4 : 8
    let first = value(i.ra, .rax)
    if o.kind == .twi || o.kind == .tdi {
      a.emit(CAsmCmp, size, first, i.si)
    } else {
      with(CAsmCmp, size, first, i.rb)
    }
    let done = a.label()
    let trapping = rareDetour(o, backTo: done)
    let jumps: [(UInt64, CAsmInstruction)] = [
      (16, CAsmJl), (8, CAsmJg), (4, CAsmJe), (2, CAsmJb), (1, CAsmJa),
    ]
    for (bit, jump) in jumps where i.to & bit != 0 { a.jump(jump, trapping) }
    a.bind(done)
  }
}
