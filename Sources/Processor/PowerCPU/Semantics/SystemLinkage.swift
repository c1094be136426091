import PowerISA

// Book III 4.3: system linkage, and the move instructions of the MSR (5.4.5).

extension Semantics {
  /// LEV 1 is a hypercall. From problem state PAPR answers H_PRIVILEGE instead of interrupting; a machine
  /// that serves calls of programs answers itself.
  static func sc(_ p: Processor, _ i: Instruction) {
    let level = i.bits(20, 26)
    p.state.pointee.isUntraceable = true
    if level & 1 == 0 {
      p.withOwner { $0.enter(.systemCall, returnAddress: p.state.pointee.nia, causeBits: 0) }
    } else if p.isProblemState, !p.owner.servesProgramCalls {
      p[GPR(3)] = UInt64(bitPattern: -3)
    } else {
      p.owner.requestExit(.hypercall)
    }
  }

  static func scv(_ p: Processor, _ i: Instruction) {
    // FSCR[SCV] rules in privileged state too (Book III 4.3.1).
    guard p.state.pointee.fscr & Facility.scv.bit != 0 else {
      return p.facilityUnavailable(.scv)
    }
    p.withOwner { $0.enterSystemCallVectored(level: i.bits(20, 26)) }
  }

  static func rfid(_ p: Processor, _ i: Instruction) {
    p.state.pointee.nia = p.state.pointee.srr0 & ~3
    p.state.pointee.resumedAt = p.state.pointee.nia
    p.state.pointee.isUntraceable = true
    // ME is the hypervisor's.
    p.withOwner { $0.setMSR(p.state.pointee.srr1 & ~MSR.me | p.state.pointee.msr & MSR.me) }
  }

  static func rfscv(_ p: Processor, _ i: Instruction) {
    p.state.pointee.nia = p.state.pointee.lr & ~3
    p.state.pointee.isUntraceable = true
    p.withOwner { $0.setMSR(p.state.pointee.ctr & ~MSR.me | p.state.pointee.msr & MSR.me) }
  }

  static func mtmsrd(_ p: Processor, _ i: Instruction) { moveToMSR(p, i, width: ~0) }

  static func mtmsr(_ p: Processor, _ i: Instruction) { moveToMSR(p, i, width: 0xFFFF_FFFF) }

  /// L=1 changes EE and RI only; ME and LE are never changed this way.
  private static func moveToMSR(_ p: Processor, _ i: Instruction, width: UInt64) {
    let mask = i.bits(15, 15) != 0 ? MSR.ee | MSR.ri : width & ~(MSR.me | MSR.le)
    p.withOwner { $0.setMSR(p.state.pointee.msr & ~mask | p[i.rs] & mask) }
  }

  @inline(__always)
  static func mfmsr(_ p: Processor, _ i: Instruction) { p[i.rt] = p.state.pointee.msr }
}
