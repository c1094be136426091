import PowerISA

/// Interrupts that an instruction raises. Each sets NIA to the handler; the instruction must
/// return at once.
extension Processor {
  /// Illegal instruction. (A hypervisor gets it as emulation assistance, and a PAPR hypervisor
  /// reflects it to the guest as this.)
  @inline(never)
  func illegal() {
    owner.recordRejection()
    interrupt(.program, InterruptCause.illegal)
  }

  /// A word that no row of the level matches or, where the level has prefixes, a prefix and its
  /// suffix. SRR1 has the difference (Book III 7.5.9); a suffix in the next 64-byte block is the
  /// first fault.
  func undefined(_ instruction: Instruction) {
    guard instruction.isPrefixed, owner.code.table.instructions.level >= .v3_1 else {
      return illegal()
    }
    state.pointee.nia &+= 4
    if state.pointee.cia & 0x3C == 0x3C { prefixCrossesBlock() } else { illegal() }
  }

  /// Alignment interrupt of a prefix whose suffix is in the next 64-byte block (Book I 1.6.3).
  @inline(never)
  func prefixCrossesBlock() {
    state.pointee.dar = state.pointee.cia
    interrupt(.alignment, InterruptCause.prefixCrossesBoundary)
  }

  /// Privileged instruction in problem state.
  @inline(never)
  func privileged() {
    owner.recordRejection()
    interrupt(.program, InterruptCause.privileged)
  }

  @inline(never)
  func trap() { interrupt(.program, InterruptCause.trap) }

  /// An enabled floating-point exception, when MSR[FE0,FE1] lets it interrupt.
  @inline(never)
  func floatingPointEnabledException() {
    guard state.pointee.msr & (MSR.fe0 | MSR.fe1) != 0 else { return }
    interrupt(.program, InterruptCause.floatingPointEnabled)
  }

  /// Alignment interrupt for a storage operand.
  @inline(never)
  func alignment(_ ea: UInt64) {
    state.pointee.dar = ea & state.pointee.addressMask
    interrupt(.alignment)
  }

  /// Facility unavailable, with the cause that FSCR names by bit number (Book III 7.2.11).
  @inline(never)
  func facilityUnavailable(_ facility: Facility) {
    owner.recordRejection(facility)
    let cause = UInt64(facility.rawValue) << FSCR.causeShift
    state.pointee.fscr = state.pointee.fscr & ~FSCR.cause | cause
    interrupt(.facilityUnavailable)
  }

  /// Floating-point, vector or VSX unavailable.
  @inline(never)
  func unavailable(_ registers: RegisterFacility) {
    owner.noteUnavailable(registers)
    interrupt(registers.vector)
  }

  /// Data storage interrupt.
  func dataStorage(_ ea: UInt64, _ cause: UInt64) {
    state.pointee.dar = ea
    state.pointee.dsisr = cause
    interrupt(.dataStorage)
  }

  /// Enters the handler of an interrupt caused by the current instruction.
  func interrupt(_ vector: InterruptVector, _ causeBits: UInt64 = 0) {
    // NIA is past the suffix before the instruction has any effect.
    let isPrefixed = state.pointee.nia == state.pointee.cia &+ 8
    owner.enter(
      vector, returnAddress: state.pointee.cia,
      causeBits: causeBits | (isPrefixed ? InterruptCause.prefixed : 0))
  }
}

/// Register sets by the MSR bit that makes them available. System software may enable one for a
/// program only when the program uses it.
enum RegisterFacility: UInt8, Sendable {
  case floatingPoint, vector, vsx

  var bit: UInt64 {
    switch self {
    case .floatingPoint: MSR.fp
    case .vector: MSR.vec
    case .vsx: MSR.vsx
    }
  }

  var vector: InterruptVector {
    switch self {
    case .floatingPoint: .floatingPointUnavailable
    case .vector: .vectorUnavailable
    case .vsx: .vsxUnavailable
    }
  }
}
