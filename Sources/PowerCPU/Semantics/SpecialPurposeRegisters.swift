import PowerISA

// Book I 3.3.19 and Book III 5.4.4: moves to and from special-purpose registers.

extension Semantics {
  @inline(__always)
  static func mfspr(_ p: Processor, _ i: Instruction) {
    switch i.spr {
    case SPR.Number.lr: p[i.rt] = p.state.pointee.lr
    case SPR.Number.ctr: p[i.rt] = p.state.pointee.ctr
    case SPR.Number.xer: p[i.rt] = p.state.pointee.xer
    default: moveFromSPR(p, i)
    }
  }

  @inline(__always)
  static func mtspr(_ p: Processor, _ i: Instruction) {
    switch i.spr {
    case SPR.Number.lr: p.state.pointee.lr = p[i.rs]
    case SPR.Number.ctr: p.state.pointee.ctr = p[i.rs]
    default: moveToSPR(p, i)
    }
  }

  /// Phased out in favour of `mfspr`, with its numbers 268 and 269.
  static func mftb(_ p: Processor, _ i: Instruction) { moveFromSPR(p, i) }

  @inline(never)
  private static func moveFromSPR(_ p: Processor, _ i: Instruction) {
    guard p.mayAccess(i.spr, writing: false) else { return }
    p[i.rt] = p.state.pointee.owner._withUnsafeGuaranteedRef { $0.read(number: i.spr) }
  }

  @inline(never)
  private static func moveToSPR(_ p: Processor, _ i: Instruction) {
    guard p.mayAccess(i.spr, writing: true) else { return }
    let value = p[i.rs]
    p.state.pointee.owner._withUnsafeGuaranteedRef { $0.write(number: i.spr, value) }
  }
}

/// What may be done with a special-purpose register at the processor's level and the PCR's.
struct SPRAccess: OptionSet {
  let rawValue: UInt8

  static let privilegedRead = SPRAccess(rawValue: 1)
  static let privilegedWrite = SPRAccess(rawValue: 2)
  static let problemRead = SPRAccess(rawValue: 4)
  static let problemWrite = SPRAccess(rawValue: 8)
  /// A facility register or MMCR0 has a say in problem state.
  static let conditional = SPRAccess(rawValue: 16)
}

extension Processor {
  /// Whether the current state may use a register. If not, what the architecture says instead has
  /// been done.
  @inline(__always)
  fileprivate func mayAccess(_ number: Int, writing: Bool) -> Bool {
    let access = state.pointee.sprAccess[number & 1023]
    if isProblemState {
      guard access.contains(writing ? .problemWrite : .problemRead) else {
        return refuse(number)
      }
      return !access.contains(.conditional) || permitsConditional(number, writing: writing)
    }
    return access.contains(writing ? .privilegedWrite : .privilegedRead) || refuse(number)
  }

  @inline(never)
  private func permitsConditional(_ number: Int, writing: Bool) -> Bool {
    guard let register = SPR.byNumber[number] else { return false }
    if let facility = register.facilityBit.flatMap(Facility.init(rawValue:)) {
      return permits(facility)
    }
    // MMCR0[PMCC] decides about the performance monitor (Book III 10.4.4).
    switch (owner.specialPurposeRegisters[SPR.mmcr0.number] >> 18) & 3 {
    case 0 where writing:
      illegal()
      return false
    case 1:
      facilityUnavailable(.performanceMonitor)
      return false
    default: return true
    }
  }

  /// A register that is not there, or not for this state.
  @inline(never)
  private func refuse(_ number: Int) -> Bool {
    if isProblemState {
      // Numbers with spr[0] set are the privileged ones.
      if number & 0x10 != 0 { privileged() } else { illegal() }
    } else if number == 0 || number == 4 || number == 5 || number == 6 {
      illegal()
    } else {
      // Undefined registers and the hypervisor's do nothing in privileged state.
      owner.logOnce("no special-purpose register \(number)", key: "spr\(number)")
    }
    return false
  }
}

extension VirtualProcessor {
  /// Works out what each state may do with each register.
  func fillSPRAccess() {
    for number in 0..<1024 {
      guard let register = SPR.byNumber[number] else { continue }
      var access: SPRAccess = []
      func add(_ need: SPR.Privilege?, _ privileged: SPRAccess, _ problem: SPRAccess) {
        guard let need else { return }
        if need <= .privileged, register.since <= hardware.isa { access.insert(privileged) }
        if need == .problem, register.since <= problemStateInstructions.level {
          access.insert(problem)
        }
      }
      add(register.read, .privilegedRead, .problemRead)
      add(register.write, .privilegedWrite, .problemWrite)
      if register.facilityBit != nil || 736...782 ~= number { access.insert(.conditional) }
      sprAccess[number] = access
    }
  }
}
