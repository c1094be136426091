import PowerISA

// Book I 3.3.19 and Book III 5.4.4: moves to and from special-purpose registers.

extension Semantics {
  @inline(__always)
  static func mfspr(_ p: Processor, _ i: Instruction) {
    switch i.spr {
    case SPR.lr.number: p[i.rt] = p.state.pointee.lr
    case SPR.ctr.number: p[i.rt] = p.state.pointee.ctr
    case SPR.xer.number: p[i.rt] = p.state.pointee.xer
    default: moveFromSPR(p, i)
    }
  }

  @inline(__always)
  static func mtspr(_ p: Processor, _ i: Instruction) {
    switch i.spr {
    case SPR.lr.number: p.state.pointee.lr = p[i.rs]
    case SPR.ctr.number: p.state.pointee.ctr = p[i.rs]
    default: moveToSPR(p, i)
    }
  }

  /// Phased out in favour of `mfspr`, with its numbers 268 and 269.
  static func mftb(_ p: Processor, _ i: Instruction) { moveFromSPR(p, i) }

  @inline(never)
  private static func moveFromSPR(_ p: Processor, _ i: Instruction) {
    guard let register = accessible(p, i.spr, \.read) else { return }
    if let facility = register.facilityBit.flatMap(Facility.init(rawValue:)) {
      guard p.permits(facility) else { return }
    }
    guard p.permitsMonitor(register, writing: false) else { return }
    p[i.rt] = p.owner.read(register)
  }

  @inline(never)
  private static func moveToSPR(_ p: Processor, _ i: Instruction) {
    guard let register = accessible(p, i.spr, \.write) else { return }
    if let facility = register.facilityBit.flatMap(Facility.init(rawValue:)) {
      guard p.permits(facility) else { return }
    }
    guard p.permitsMonitor(register, writing: true) else { return }
    p.owner.write(register, p[i.rs])
  }

  /// The register, if this state may use it; otherwise does what the architecture says instead
  /// and answers nil.
  private static func accessible(
    _ p: Processor, _ number: Int, _ need: KeyPath<SPR, SPR.Privilege?>
  ) -> SPR? {
    let problem = p.isProblemState
    let level = problem ? p.owner.levelInProblemState : p.owner.hardware.isa
    let state: SPR.Privilege = problem ? .problem : .privileged
    if let register = SPR.byNumber[number], register.since <= level,
      let needed = register[keyPath: need], needed <= state
    {
      return register
    }
    if problem {
      // Numbers with spr[0] set are the privileged ones.
      if number & 0x10 != 0 { p.privileged() } else { p.illegal() }
    } else if number == 0 || number == 4 || number == 5 || number == 6 {
      p.illegal()
    } else {
      // Undefined registers and the hypervisor's do nothing in privileged state.
      p.owner.logOnce("no special-purpose register \(number)", key: "spr\(number)")
    }
    return nil
  }
}

extension Processor {
  /// MMCR0[PMCC] decides what problem state may do with the performance monitor (Book III 10.4.4).
  func permitsMonitor(_ register: SPR, writing: Bool) -> Bool {
    guard isProblemState, 736...782 ~= register.number else { return true }
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
}
