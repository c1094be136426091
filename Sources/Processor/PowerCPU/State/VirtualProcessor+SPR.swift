internal import GuestMemory
public import PowerISA

/// Special-purpose registers by their behaviour.
extension VirtualProcessor {
  /// The value that `mfspr` reads. Does not check whether the guest may read the register.
  public func read(_ register: SPR) -> UInt64 { read(number: register.number) }

  /// Writes as `mtspr` does. Does not check whether the guest may write the register.
  public func write(_ register: SPR, _ value: UInt64) { write(number: register.number, value) }

  func read(number: Int) -> UInt64 {
    let s = state
    switch number {
    case SPR.Number.xer: return s.pointee.xer
    case SPR.Number.lr: return s.pointee.lr
    case SPR.Number.ctr: return s.pointee.ctr
    case SPR.Number.tar: return s.pointee.tar
    case SPR.Number.cfar: return s.pointee.cfar
    case SPR.Number.vrsave: return s.pointee.vrsave
    case SPR.Number.srr0: return s.pointee.srr0
    case SPR.Number.srr1: return s.pointee.srr1
    case SPR.Number.dar: return s.pointee.dar
    case SPR.Number.dsisr: return s.pointee.dsisr
    case SPR.Number.dec: return decrementer
    case SPR.Number.tb: return timebase
    case SPR.Number.tbu: return timebase >> 32
    case SPR.Number.purr, SPR.Number.spurr, SPR.Number.vtb: return timebase &- idleTicks
    case SPR.Number.ic: return instructionCount
    case SPR.Number.pvr: return UInt64(version)
    case SPR.Number.pir: return UInt64(index)
    case SPR.Number.fscr: return s.pointee.fscr
    case SPR.Number.lpcr: return s.pointee.lpcr
    case SPR.Number.pid: return s.pointee.pid
    case SPR.Number.amr where hasAddressCompare: return addressCompare
    case SPR.Number.amr, SPR.Number.amrProblem: return s.pointee.amr
    // The thread's own bit only.
    case SPR.Number.dpdes:
      return s.pointee.pending.contains(.doorbell) ? 1 << UInt64(threadOfCore) : 0
    // HTABSIZE only.
    case SPR.Number.sdr1: return UInt64((hashPageTable?.sizeLog2 ?? 18) - 18)
    case SPR.Number.tir: return UInt64(threadOfCore)
    case SPR.Number.iamr: return s.pointee.iamr
    case SPR.Number.uamor: return s.pointee.uamor
    case SPR.Number.ppr32: return specialPurposeRegisters[SPR.Number.ppr] >> 32
    case SPR.Number.bescrsu, SPR.Number.bescrru:
      return specialPurposeRegisters[SPR.Number.bescr] >> 32
    // Problem state reads the half of the aspects that concerns it.
    case SPR.Number.dexcrProblem, SPR.Number.hdexcrProblem:
      return specialPurposeRegisters[Self.storage(of: number)] & 0xFFFF_FFFF
    case SPR.Number.mmcr0Problem where isProblemState:
      return readMonitorRegister(SPR.Number.mmcr0) & MMCR0.problemState
    case SPR.Number.mmcr2Problem where isProblemState:
      return readMonitorRegister(SPR.Number.mmcr2) & MMCR2.problemState
    case 752...754, 784...798: return readMonitorRegister(number)
    case 736...738, 768...782: return readMonitorRegister(number + 16)
    default: return specialPurposeRegisters[Self.storage(of: number)]
    }
  }

  func write(number: Int, _ value: UInt64) {
    let value = value & SPR.masks[number & 1023]
    switch number {
    case SPR.Number.xer:
      let since3 = hardware.isa >= .v3_0 ? XER.ov32 | XER.ca32 : 0
      state.pointee.xer = value & (XER.so | XER.ov | XER.ca | XER.byteCount | since3)
    case SPR.Number.lr: state.pointee.lr = value
    case SPR.Number.ctr: state.pointee.ctr = value
    case SPR.Number.tar: state.pointee.tar = value
    case SPR.Number.cfar: state.pointee.cfar = value
    case SPR.Number.vrsave: state.pointee.vrsave = value
    case SPR.Number.srr0: state.pointee.srr0 = value
    case SPR.Number.srr1: state.pointee.srr1 = value
    case SPR.Number.dar: state.pointee.dar = value
    case SPR.Number.dsisr: state.pointee.dsisr = value
    case SPR.Number.dec: setDecrementer(value)
    case SPR.Number.dpdes:
      if value >> UInt64(threadOfCore) & 1 != 0 {
        state.pointee.pending.insert(.doorbell)
      } else {
        state.pointee.pending.remove(.doorbell)
      }
    case SPR.Number.fscr:
      state.pointee.fscr = value & (0xFF << 56 | hardware.facilityControlMask)
    case SPR.Number.lpcr:
      state.pointee.lpcr = value
      updateDecrementer()
    case SPR.Number.pid:
      state.pointee.pid = value
      processChanged()
    case SPR.Number.amrProblem where isProblemState:
      setAMR(state.pointee.amr & ~state.pointee.uamor | value & state.pointee.uamor)
    case SPR.Number.amr where hasAddressCompare:
      specialPurposeRegisters[number] = value & 3
      invalidateTranslations()
    case SPR.Number.amr, SPR.Number.amrProblem: setAMR(value)
    case SPR.Number.iamr:
      guard state.pointee.iamr != value else { return }
      state.pointee.iamr = value
      contextChanged()
    case SPR.Number.uamor: state.pointee.uamor = value
    case SPR.Number.pcr:
      specialPurposeRegisters[number] = value
      problemStateInstructions = hardware.instructions(under: PCR(rawValue: value))
    case SPR.Number.dawr0, SPR.Number.dawr1, SPR.Number.dawrx0, SPR.Number.dawrx1,
      SPR.Number.dabr, SPR.Number.dabrx:
      specialPurposeRegisters[number] = value
      updateWatchpoints()
    case SPR.Number.ciabr:
      specialPurposeRegisters[number] = value
      updateTracing()
    case SPR.Number.ppr: setPriority(register: value)
    case SPR.Number.ppr32: setPriority(register: value << 32)
    case SPR.Number.bescr: writeBranchEventStatus(value)
    case SPR.Number.bescrs: writeBranchEventStatus(branchEventStatus | value)
    case SPR.Number.bescrsu: writeBranchEventStatus(branchEventStatus | value << 32)
    case SPR.Number.bescrr: writeBranchEventStatus(branchEventStatus & ~value)
    case SPR.Number.bescrru: writeBranchEventStatus(branchEventStatus & ~(value << 32))
    case SPR.Number.ebbhr, SPR.Number.ebbrr: specialPurposeRegisters[number] = value & ~3
    case SPR.Number.controlWrite:
      // Counters depend on RUN.
      bringCountersUpToDate()
      specialPurposeRegisters[number] = value & 1
      if monitor.followsState { monitorStateChanged() }
    case SPR.Number.mmcr0Problem where isProblemState:
      writeMonitorRegister(
        SPR.Number.mmcr0, merged(into: SPR.Number.mmcr0, value, MMCR0.problemState))
    case SPR.Number.mmcr2Problem where isProblemState:
      writeMonitorRegister(
        SPR.Number.mmcr2, merged(into: SPR.Number.mmcr2, value, MMCR2.problemState))
    case 752...754, 784...798: writeMonitorRegister(number, value)
    case 736...738, 768...782: writeMonitorRegister(number + 16, value)
    default: specialPurposeRegisters[Self.storage(of: number)] = value
    }
  }

  /// Before version 2.05 the number of AMR belongs to ACCR.
  var hasAddressCompare: Bool { hardware.isa < .v2_05 }

  /// ACCR: DW and DR, by which stores to and loads from pages with AC=1 interrupt.
  var addressCompare: UInt64 { specialPurposeRegisters[SPR.Number.amr] }

  private var isProblemState: Bool { state.pointee.msr & MSR.pr != 0 }
  private var branchEventStatus: UInt64 { specialPurposeRegisters[SPR.Number.bescr] }

  /// A register's value with the bits of `mask` taken from `value`.
  private func merged(into number: Int, _ value: UInt64, _ mask: UInt64) -> UInt64 {
    readMonitorRegister(number) & ~mask | value & mask
  }

  private func setAMR(_ value: UInt64) {
    guard state.pointee.amr != value else { return }
    state.pointee.amr = value
    dataContextChanged()
  }

  /// The number under which a register with two numbers is stored.
  private static func storage(of number: Int) -> Int {
    switch number {
    case SPR.Number.dscrProblem: SPR.Number.dscr
    case SPR.Number.controlRead: SPR.Number.controlWrite
    case SPR.Number.sprg3Problem: SPR.Number.sprg3
    case SPR.Number.dexcrProblem: SPR.Number.dexcr
    case SPR.Number.hdexcrProblem: SPR.Number.hdexcr
    case SPR.Number.bescrs, SPR.Number.bescrr: SPR.Number.bescr
    default: number
    }
  }
}
