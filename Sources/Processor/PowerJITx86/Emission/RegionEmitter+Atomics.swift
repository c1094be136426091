internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Reservations, and instructions that read, compute and write storage.
  static let atomics: [HostCode] = [
    HostCode([.lbarx]) { $0.loadReserve($1, bytes: 1) },
    HostCode([.lharx]) { $0.loadReserve($1, bytes: 2) },
    HostCode([.lwarx]) { $0.loadReserve($1, bytes: 4) },
    HostCode([.ldarx]) { $0.loadReserve($1, bytes: 8) },
    HostCode([.lqarx], where: { $0.rt != $0.ra && $0.rt != $0.rb }) { $0.loadReserveQuadword($1) },
    HostCode([.stbcx_]) { $0.storeConditional($1, bytes: 1) },
    HostCode([.sthcx_]) { $0.storeConditional($1, bytes: 2) },
    HostCode([.stwcx_]) { $0.storeConditional($1, bytes: 4) },
    HostCode([.stdcx_]) { $0.storeConditional($1, bytes: 8) },
    HostCode([.stqcx_]) { $0.storeConditional($1, bytes: 16) },
    HostCode([.lwat], where: { AtomicForm(ofLoad: $0) != nil }) { $0.loadAtomic($1, bytes: 4) },
    HostCode([.ldat], where: { AtomicForm(ofLoad: $0) != nil }) { $0.loadAtomic($1, bytes: 8) },
    HostCode([.stwat], where: { AtomicForm(ofStore: $0) != nil }) { $0.storeAtomic($1, bytes: 4) },
    HostCode([.stdat], where: { AtomicForm(ofStore: $0) != nil }) { $0.storeAtomic($1, bytes: 8) },
  ]
}

/// What an atomic memory operation does, by its FC (Book II 4.5).
private enum AtomicForm {
  /// Storage becomes what one instruction of the host makes of it and the operand.
  case combine(CAsmInstruction)
  /// Storage becomes the operand, or stays if after a comparison of the operand with it the host's move
  /// would take it.
  case select(keepsIf: CAsmInstruction)
  case swap
  /// Storage becomes the second operand if it differs from the first.
  case swapNotEqual
  /// A number is added to storage, if its neighbour is equal or is not.
  case count(by: Int, neighbour: Int, ifEqual: Bool)
  /// Storage and its neighbour become the operand if they are equal.
  case twin

  init?(ofLoad i: Instruction) {
    switch i.bits(16, 20) {
    case 8: self = .swap
    case 16: self = .swapNotEqual
    case 24: self = .count(by: 1, neighbour: 1, ifEqual: false)
    case 25: self = .count(by: 1, neighbour: 1, ifEqual: true)
    case 28: self = .count(by: -1, neighbour: -1, ifEqual: false)
    case let function: self.init(function)
    }
  }

  init?(ofStore i: Instruction) {
    if i.bits(16, 20) == 24 { self = .twin } else { self.init(i.bits(16, 20)) }
  }

  private init?(_ function: UInt64) {
    switch function {
    case 0: self = .combine(CAsmAdd)
    case 1: self = .combine(CAsmXor)
    case 2: self = .combine(CAsmOr)
    case 3: self = .combine(CAsmAnd)
    case 4: self = .select(keepsIf: CAsmCmovb)
    case 5: self = .select(keepsIf: CAsmCmovl)
    case 6: self = .select(keepsIf: CAsmCmova)
    case 7: self = .select(keepsIf: CAsmCmovg)
    default: return nil
    }
  }

  /// On which side an operand's neighbour is, in operands.
  var neighbour: Int? {
    switch self {
    case .count(_, let neighbour, _): neighbour
    case .twin: 1
    default: nil
    }
  }
}

// Book II 4.6.2. One thread executes all processors of a machine, in turn.
extension RegionEmitter {
  /// `lbarx` to `ldarx`.
  func loadReserve(_ o: Operation, bytes: Int32) {
    let done = a.label()
    reservedAddress(o, bytes, isStore: false, else: rareHelperCall(o, backTo: done))
    loadUnsigned(.rdx, bytes, HostMemory(.rcx, 0))
    reserve(bytes, high: nil, low: .rdx)
    set(o.instruction.rt, .rdx)
    a.bind(done)
  }

  /// `lqarx`.
  func loadReserveQuadword(_ o: Operation) {
    let done = a.label()
    reservedAddress(o, 16, isStore: false, else: rareHelperCall(o, backTo: done))
    loadUnsigned(.rdx, 8, HostMemory(.rcx, isBigEndian ? 0 : 8))
    loadUnsigned(.rax, 8, HostMemory(.rcx, isBigEndian ? 8 : 0))
    reserve(16, high: .rdx, low: .rax)
    set(o.instruction.rt, .rdx)
    set(o.instruction.rt.next, .rax)
    a.bind(done)
  }

  /// Keeps what was at the host address in RCX.
  private func reserve(_ bytes: Int32, high: HostRegister?, low: HostRegister) {
    a.emit(CAsmMov, 8, state(StateOffset.reservationAddress), .rcx)
    a.emit(CAsmMov, 8, state(StateOffset.reservationSize), Int64(bytes))
    if let high {
      a.emit(CAsmMov, 8, state(StateOffset.reservationHigh), high)
    } else {
      a.emit(CAsmMov, 8, state(StateOffset.reservationHigh), 0)
    }
    a.emit(CAsmMov, 8, state(StateOffset.reservationLow), low)
  }

  /// `stbcx.` to `stqcx.`: a compare with what was reserved.
  func storeConditional(_ o: Operation, bytes: Int32) {
    let i = o.instruction
    let (done, lost) = (a.label(), a.label())
    reservedAddress(o, bytes, isStore: true, else: rareHelperCall(o, backTo: done))
    a.emit(CAsmMov, 8, .rax, state(StateOffset.reservationAddress))
    a.emit(CAsmMov, 8, state(StateOffset.reservationAddress), 0)
    a.emit(CAsmCmp, 8, .rax, .rcx)
    a.jump(CAsmJne, lost)
    a.emit(CAsmCmp, 8, state(StateOffset.reservationSize), Int64(bytes))
    a.jump(CAsmJne, lost)
    // A pair has the more significant doubleword first.
    let part = min(bytes, 8)
    var parts = [(HostMemory(.rcx, 0), StateOffset.reservationLow, i.rs)]
    if bytes == 16 {
      parts = [
        (HostMemory(.rcx, isBigEndian ? 0 : 8), StateOffset.reservationHigh, i.rs),
        (HostMemory(.rcx, isBigEndian ? 8 : 0), StateOffset.reservationLow, i.rs.next),
      ]
    }
    for (place, reserved, _) in parts {
      loadUnsigned(.rax, part, place)
      a.emit(CAsmCmp, 8, .rax, state(reserved))
      a.jump(CAsmJne, lost)
    }
    for (place, _, register) in parts {
      store(part, place, register, swaps: isBigEndian && part > 1)
    }
    let summaryOverflow: Int64 = region.context.summaryOverflow ? 1 : 0
    pending[0] = nil
    a.emit(CAsmMov, 1, crFieldToSet(0), 2 | summaryOverflow)
    a.jump(CAsmJmp, done)
    a.bind(lost)
    a.emit(CAsmMov, 1, crFieldToSet(0), summaryOverflow)
    a.bind(done)
  }

  /// The host address of an aligned operand, into RCX.
  private func reservedAddress(
    _ o: Operation, _ bytes: Int32, isStore: Bool, else slow: HostLabel
  ) {
    effectiveAddress(.indexed, o.instruction)
    a.emit(CAsmTest, 4, .rax, Int64(bytes - 1))
    a.jump(CAsmJne, slow)
    hostAddress(bytes: Int(bytes), isStore: isStore, else: slow)
    a.emit(CAsmAdd, 8, .rcx, .rax)
  }

  // MARK: atomic memory operations

  /// `lwat`, `ldat`: what was in storage goes to RT; operands are in the registers after it.
  func loadAtomic(_ o: Operation, bytes: Int32) {
    guard let form = AtomicForm(ofLoad: o.instruction) else { return }
    let rt = o.instruction.rt
    let done = a.label()
    atomicAddress(o, bytes, form, else: rareHelperCall(o, backTo: done))
    loadUnsigned(.rdx, bytes, HostMemory(.rcx, 0))
    if case .count(let number, let neighbour, let ifEqual) = form {
      let (isBound, counted) = (a.label(), a.label())
      loadUnsigned(.rax, bytes, HostMemory(.rcx, neighbour * Int(bytes)))
      a.emit(CAsmCmp, bytes, .rax, .rdx)
      a.jump(ifEqual ? CAsmJne : CAsmJe, isBound)
      a.emit(CAsmLea, 8, .rax, HostMemory(.rdx, number))
      storeAtomic(bytes)
      a.jump(CAsmJmp, counted)
      a.bind(isBound)
      // Nothing is stored.
      a.move(.rdx, constant: 1 << UInt64(8 * bytes - 1))
      a.bind(counted)
    } else {
      combine(form, bytes, operand: rt.next, second: rt.next.next)
      storeAtomic(bytes)
    }
    set(rt, .rdx)
    a.bind(done)
  }

  /// `stwat`, `stdat`.
  func storeAtomic(_ o: Operation, bytes: Int32) {
    guard let form = AtomicForm(ofStore: o.instruction) else { return }
    let rs = o.instruction.rs
    let done = a.label()
    atomicAddress(o, bytes, form, else: rareHelperCall(o, backTo: done))
    if case .twin = form {
      a.emit(CAsmMov, bytes, .rax, HostMemory(.rcx, 0))
      a.emit(CAsmCmp, bytes, .rax, HostMemory(.rcx, Int(bytes)))
      a.jump(CAsmJne, done)
      for place in [0, Int(bytes)] {
        store(bytes, HostMemory(.rcx, place), rs, swaps: isBigEndian)
      }
    } else {
      loadUnsigned(.rdx, bytes, HostMemory(.rcx, 0))
      combine(form, bytes, operand: rs, second: rs)
      storeAtomic(bytes)
    }
    a.bind(done)
  }

  /// Makes RAX the new value of storage, whose old one is in RDX.
  private func combine(_ form: AtomicForm, _ bytes: Int32, operand: GPR, second: GPR) {
    load(.rax, operand)
    switch form {
    case .combine(let instruction): a.emit(instruction, 8, .rax, .rdx)
    case .select(let keepsIf):
      a.emit(CAsmCmp, bytes, .rax, .rdx)
      a.emit(keepsIf, 8, .rax, .rdx)
    case .swapNotEqual:
      a.emit(CAsmCmp, bytes, .rax, .rdx)
      a.emit(CAsmMov, 8, .rax, .rdx)
      with(CAsmCmovne, 8, .rax, second)
    case .swap, .count, .twin: break
    }
  }

  /// Stores RAX at RCX.
  private func storeAtomic(_ bytes: Int32) {
    if isBigEndian { swapBytes(.rax, bytes) }
    a.emit(CAsmMov, bytes, HostMemory(.rcx, 0), .rax)
  }

  /// The host address of an aligned operand that may be read and written, into RCX. Its neighbour must be in
  /// the same 32 bytes.
  private func atomicAddress(
    _ o: Operation, _ bytes: Int32, _ form: AtomicForm, else slow: HostLabel
  ) {
    effectiveAddress(.displacement(0), o.instruction)
    a.emit(CAsmTest, 4, .rax, Int64(bytes - 1))
    a.jump(CAsmJne, slow)
    if let neighbour = form.neighbour {
      a.emit(CAsmMov, 4, .rcx, .rax)
      a.emit(CAsmAnd, 4, .rcx, 31)
      a.emit(CAsmCmp, 4, .rcx, neighbour < 0 ? 0 : Int64(32 - bytes))
      a.jump(CAsmJe, slow)
    }
    hostAddress(bytes: Int(bytes), isStore: false, else: slow)
    hostAddress(bytes: Int(bytes), isStore: true, else: slow)
    a.emit(CAsmAdd, 8, .rcx, .rax)
  }
}
