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
    p.takeEventBasedBranchIfDue()
  }
}

/// What may be done with a special-purpose register at the processor's level and the PCR's.
struct SPRAccess: OptionSet {
  let rawValue: UInt8

  static let privilegedRead = SPRAccess(rawValue: 1)
  static let privilegedWrite = SPRAccess(rawValue: 2)
  static let problemRead = SPRAccess(rawValue: 4)
  static let problemWrite = SPRAccess(rawValue: 8)
  /// The access also depends on FSCR, MMCR0[PMCC] or MSR[TM].
  static let conditional = SPRAccess(rawValue: 16)
}

extension Processor {
  /// Whether the current state may use a register. If not, what the architecture says instead has
  /// been done.
  @inline(__always)
  fileprivate func mayAccess(_ number: Int, writing: Bool) -> Bool {
    let access = state.pointee.sprAccess[number & 1023]
    let permission: SPRAccess =
      isProblemState
      ? (writing ? .problemWrite : .problemRead) : (writing ? .privilegedWrite : .privilegedRead)
    guard access.contains(permission) else { return rejectAccess(number, writing: writing) }
    return !access.contains(.conditional) || permitsConditional(number, writing: writing)
  }

  /// What a register's facility says, once the level has let it exist: the PCR comes first, and
  /// what it takes away is illegal whatever FSCR or MMCR0 hold.
  @inline(never)
  private func permitsConditional(_ number: Int, writing: Bool) -> Bool {
    guard let register = SPR.byNumber[number] else { return false }
    if register.partOf.contains(.transactionalMemory) { return permitsTransactionalMemory() }
    if let facility = register.facility { return permits(facility) }
    guard let group = register.monitorGroup, isProblemState, state.pointee.isaLevel >= 207 else {
      return true
    }
    return permitsMonitor(group, writing: writing)
  }

  /// MMCR0[PMCC], and PMCCEXT for group B (Book III 10.4.4).
  private func permitsMonitor(_ group: SPR.MonitorGroup, writing: Bool) -> Bool {
    let control = owner.read(.mmcr0)
    switch (control >> MMCR0.pmccShift & 3, group) {
    case (0, .sampled) where control & MMCR0.pmccext != 0: break
    case (0, _):
      // Read-only.
      if writing { illegal() }
      return !writing
    case (1, _), (3, .fixedCounters): break
    default: return true
    }
    facilityUnavailable(.performanceMonitor)
    return false
  }

  /// A register that is not there, or not for this state (Book III 5.4.4).
  ///
  /// In problem state the number selects the interrupt: spr[0], 0x10 here, marks the privileged ones.
  /// QEMU reports a privileged instruction for some numbers without it; the books say illegal.
  @inline(never)
  private func rejectAccess(_ number: Int, writing: Bool) -> Bool {
    let instructions = isProblemState ? owner.problemStateInstructions : owner.hardware.instructions
    if SPR.reservedNumbers.contains(number), instructions.level >= .v2_07 { return false }
    if isProblemState {
      if number & 0x10 != 0 { privileged() } else { illegal() }
    } else if number == 0 || !writing && 4...6 ~= number {
      // MQ, RTCU, RTCL and DEC of POWER, which privileged software is to emulate.
      illegal()
    } else {
      // What is undefined or the hypervisor's does nothing in privileged state.
      let name = SPR.byNumber[number].map { " (\($0.name))" } ?? ""
      owner.logOnce("no special-purpose register \(number)\(name)", key: "spr\(number)")
    }
    return false
  }
}

extension VirtualProcessor {
  /// Works out what each state may do with each register.
  func fillSPRAccess() {
    sprAccess.update(repeating: [], count: 1024)
    for register in SPR.all {
      var access: SPRAccess = []
      func add(_ need: SPR.Privilege?, _ permission: SPRAccess, _ level: SPR.Privilege) {
        if let need, need <= level { access.insert(permission) }
      }
      if register.exists(in: hardware.instructions) {
        add(register.read, .privilegedRead, .privileged)
      }
      if register.isWritable(in: hardware.instructions) {
        add(register.write, .privilegedWrite, .privileged)
      }
      if register.exists(in: problemStateInstructions) {
        add(register.read, .problemRead, .problem)
      }
      if register.isWritable(in: problemStateInstructions) {
        add(register.write, .problemWrite, .problem)
      }
      if register.facility != nil || register.monitorGroup != nil
        || register.partOf.contains(.transactionalMemory)
      {
        access.insert(.conditional)
      }
      sprAccess[register.number].formUnion(access)
    }
  }
}
