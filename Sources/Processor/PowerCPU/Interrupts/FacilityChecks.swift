import PowerISA

/// The checks that a row's gate makes before its semantics run.
extension Processor {
  /// MSR[FP].
  @inline(__always)
  func permitsFloatingPoint() -> Bool {
    if state.pointee.msr & MSR.fp != 0 { return true }
    unavailable(.floatingPoint)
    return false
  }

  /// MSR[VEC].
  @inline(__always)
  func permitsVector() -> Bool {
    if state.pointee.msr & MSR.vec != 0 { return true }
    unavailable(.vector)
    return false
  }

  /// MSR[VSX].
  @inline(__always)
  func permitsVSX() -> Bool {
    if state.pointee.msr & MSR.vsx != 0 { return true }
    unavailable(.vsx)
    return false
  }

  /// MSR[VEC] when the register is a VR, else MSR[VSX].
  @inline(__always)
  func permitsVSX(_ register: VSR) -> Bool {
    register.number < 32 ? permitsVSX() : permitsVector()
  }

  /// Privileged state.
  @inline(__always)
  func permitsPrivileged() -> Bool {
    if state.pointee.msr & MSR.pr == 0 { return true }
    privileged()
    return false
  }

  /// Hypervisor state, which an LPAR guest never has: privileged instruction in problem state,
  /// illegal instruction in privileged state.
  @inline(__always)
  func permitsHypervisor() -> Bool {
    if state.pointee.msr & MSR.pr == 0 { illegal() } else { privileged() }
    return false
  }

  /// An FSCR facility in problem state.
  @inline(__always)
  func permits(_ facility: Facility) -> Bool {
    guard state.pointee.msr & MSR.pr != 0,
      state.pointee.fscr & (1 << UInt64(facility.rawValue)) == 0
    else { return true }
    facilityUnavailable(facility)
    return false
  }

  /// Moves NIA past the suffix of a prefixed instruction, which must not lie in the next 64-byte
  /// block (Book I 1.6.3), and checks FSCR[PREFIX] in problem state.
  @inline(__always)
  func fetchesSuffix() -> Bool {
    state.pointee.nia &+= 4
    guard state.pointee.cia & 0x3C != 0x3C else {
      prefixCrossesBlock()
      return false
    }
    return permits(.prefix)
  }

  /// MSR[TM].
  @inline(__always)
  func permitsTransactionalMemory() -> Bool {
    if state.pointee.msr & MSR.tm != 0 { return true }
    facilityUnavailable(.transactionalMemory)
    return false
  }

  /// In problem state, MMCR0[BHRBA].
  func permitsBranchHistory() -> Bool {
    guard isProblemState, owner.read(.mmcr0) & MMCR0.bhrba == 0 else { return true }
    facilityUnavailable(.branchHistory)
    return false
  }
}
