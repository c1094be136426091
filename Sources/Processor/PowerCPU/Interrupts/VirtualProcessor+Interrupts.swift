import PowerISA

extension VirtualProcessor {
  /// Sets SRR0, SRR1, MSR and NIA for an interrupt (Book III 7.5).
  func enter(_ vector: InterruptVector, returnAddress: UInt64, causeBits: UInt64) {
    let old = state.pointee.msr
    // SRR1 bits 33:36 and 42:47 come from the cause, the others from the MSR.
    let saved = old & ~0x783F_0000 | causeBits
    interruptTrace?(vector, returnAddress, saved)
    state.pointee.srr0 = returnAddress & state.pointee.addressMask
    state.pointee.srr1 = saved
    var new = (old & MSR.me) | MSR.sf
    if state.pointee.lpcr & LPCR.ile != 0 { new |= MSR.le }
    var address = vector.rawValue
    let relocated = old & (MSR.ir | MSR.dr) == MSR.ir | MSR.dr
    if vector == .systemReset || vector == .machineCheck {
      // Firmware may redirect it to a handler of the operating system.
      if let handler = unmaskableInterrupt?(vector) { address = handler }
    } else if relocated {
      switch (state.pointee.lpcr >> LPCR.ailShift) & 3 {
      case 2:
        address += 0x18000
        new |= MSR.ir | MSR.dr
      case 3:
        address += 0xC000_0000_0000_4000
        new |= MSR.ir | MSR.dr
      default: break
      }
    }
    state.pointee.reservationAddress = 0
    state.pointee.isUntraceable = true
    setMSRWithoutInterrupts(new)
    state.pointee.nia = address
    redirect()
    if vector.isFault {
      let fault = InterruptLoop.Origin(
        vector: vector, address: returnAddress, linkRegister: state.pointee.lr, machineState: old)
      if interruptLoop.note(fault, entry: address) { requestExit(.interruptLoop) }
    }
  }

  /// `scv`: LR and CTR instead of SRR0 and SRR1, and EE and RI unchanged (Book III 7.5.27).
  func enterSystemCallVectored(level: UInt64) {
    let old = state.pointee.msr
    state.pointee.lr = state.pointee.nia
    state.pointee.ctr = old & ~0x783F_0000
    var new = (old & (MSR.me | MSR.ee | MSR.ri)) | MSR.sf
    if state.pointee.lpcr & LPCR.ile != 0 { new |= MSR.le }
    var address: UInt64 = 0x17000
    if old & (MSR.ir | MSR.dr) == MSR.ir | MSR.dr, (state.pointee.lpcr >> LPCR.ailShift) & 3 == 3 {
      address = 0xC000_0000_0000_3000
      new |= MSR.ir | MSR.dr
    }
    state.pointee.isUntraceable = true
    setMSRWithoutInterrupts(new)
    state.pointee.nia = address + level * 0x20
    redirect()
  }

  /// Sets the MSR of a guest: HV stays 0, PR sets EE, IR and DR, and pending interrupts are taken
  /// before NIA if EE permits them.
  func setMSR(_ value: UInt64) {
    let modes = MSR.fe0 | MSR.fe1
    let wereOff = state.pointee.msr & modes == 0
    setMSRWithoutInterrupts(value)
    // Enabling the modes while an enabled exception exists interrupts at once (Book III 7.5.9);
    // SRR0 is then the instruction after the one that enabled them.
    if wereOff, state.pointee.msr & modes != 0, state.pointee.fpscr & FPSCR.fex != 0 {
      enter(
        .program, returnAddress: state.pointee.nia,
        causeBits: InterruptCause.floatingPointEnabled | InterruptCause.afterTheInstruction)
    }
    // The trace interrupt has priority.
    if !isStepping { deliverPendingInterrupt() }
  }

  func setMSRWithoutInterrupts(_ value: UInt64) {
    var new = value & msrMask
    if new & MSR.pr != 0 { new |= MSR.ee | MSR.ir | MSR.dr }
    let changed = new ^ state.pointee.msr
    state.pointee.msr = new
    if changed & ContextBits.addressing != 0 {
      contextChanged()
    } else if changed & ContextBits.registerFiles != 0 {
      registerFilesChanged()
    }
    if changed & (MSR.pr | MSR.se | MSR.be) != 0 { updateTracing() }
    if changed & new & MSR.pr != 0,
      Unmanaged.passUnretained(rejectedInstructions)._withUnsafeGuaranteedRef({ $0.hasOpen })
    {
      rejectedInstructions.problemStateEntered(
        at: state.pointee.nia, stack: processor[GPR(1)], machineState: new)
    }
    if changed & (MSR.pr | MSR.pmm) != 0, monitor.followsState { monitorStateChanged() }
  }

  /// Takes the pending interrupt of the highest priority that the MSR permits; it returns to NIA.
  func deliverPendingInterrupt() {
    var pending = state.pointee.pending
    if pending.isEmpty { return }
    if pending.contains(.decrementer) {
      // DEC may have wrapped since.
      updateDecrementer()
      pending = state.pointee.pending
    }
    let returnAddress = state.pointee.nia
    if pending.contains(.systemReset) {
      state.pointee.pending.remove(.systemReset)
      enter(.systemReset, returnAddress: returnAddress, causeBits: 0)
    } else if pending.contains(.machineCheck), state.pointee.msr & MSR.me != 0 {
      state.pointee.pending.remove(.machineCheck)
      enter(.machineCheck, returnAddress: returnAddress, causeBits: 0)
    } else if state.pointee.msr & MSR.ee != 0, !holdsInterrupts {
      if pending.contains(.external) {
        enter(.external, returnAddress: returnAddress, causeBits: 0)
      } else if pending.contains(.performanceMonitor) {
        enter(.performanceMonitor, returnAddress: returnAddress, causeBits: 0)
      } else if pending.contains(.decrementer) {
        enter(.decrementer, returnAddress: returnAddress, causeBits: 0)
      } else if pending.contains(.doorbell) {
        state.pointee.pending.remove(.doorbell)
        enter(.directedPrivilegedDoorbell, returnAddress: returnAddress, causeBits: 0)
      } else if pending.contains(.eventBasedBranch) {
        takeEventBasedBranch()
      }
    }
  }
}
