public import PowerArithmetic
public import PowerISA

/// State that the machine, a debugger or a saved state may read and set between runs.
extension VirtualProcessor {
  /// General-purpose register `number` modulo 32.
  public subscript(gpr number: Int) -> UInt64 {
    get { processor[GPR(UInt64(truncatingIfNeeded: number))] }
    set { processor[GPR(UInt64(truncatingIfNeeded: number))] = newValue }
  }

  /// Vector-scalar register `number` modulo 64.
  public subscript(vsr number: Int) -> Vector {
    get { processor[VSR(UInt64(truncatingIfNeeded: number))] }
    set { processor[VSR(UInt64(truncatingIfNeeded: number))] = newValue }
  }

  /// Address of the next instruction.
  public var nextInstruction: UInt64 {
    get { state.pointee.nia }
    set { state.pointee.nia = newValue }
  }

  /// The MSR. Setting it does not take pending interrupts; the next run does.
  public var machineState: UInt64 {
    get { state.pointee.msr }
    set { setMSRWithoutInterrupts(newValue) }
  }

  /// CR: field 0 in the most significant four bits.
  public var conditionRegister: UInt32 {
    get { state.pointee.cr }
    set { state.pointee.cr = newValue }
  }

  /// FPSCR, bit 0 of the books being the most significant.
  public var floatingPointStatus: UInt64 {
    get { state.pointee.fpscr }
    set { state.pointee.fpscr = newValue }
  }

  /// NJ and SAT of the VSCR.
  public var vectorStatus: UInt32 {
    get { state.pointee.vscr }
    set { state.pointee.vscr = newValue }
  }

  // MARK: interrupts

  /// The external input, level-sensitive.
  public func setExternalInterrupt(_ asserted: Bool) {
    if asserted {
      state.pointee.pending.insert(.external)
    } else {
      state.pointee.pending.remove(.external)
    }
  }

  /// The most pages of decoded code that a processor keeps by default.
  public static var decodedPages: Int { DecodedCode.pageLimit }

  /// The most pages of decoded code, 16 KiB each; when they are used up, some are dropped.
  public var decodedPageLimit: Int {
    get { code.pageLimit }
    set { code.pageLimit = newValue }
  }

  /// Requests a system reset interrupt at the next instruction boundary.
  public func requestSystemReset() { state.pointee.pending.insert(.systemReset) }

  /// Whether an interrupt would be taken if MSR[EE] were 1: the condition that ends H_CEDE.
  public var hasPendingInterrupt: Bool {
    updateDecrementer()
    return !state.pointee.pending.subtracting(.eventBasedBranch).isEmpty
  }

  // MARK: set by H_SET_MODE

  /// Byte order in which interrupt handlers run.
  public var interruptsLittleEndian: Bool {
    get { state.pointee.lpcr & LPCR.ile != 0 }
    set {
      if newValue { state.pointee.lpcr |= LPCR.ile } else { state.pointee.lpcr &= ~LPCR.ile }
    }
  }

  /// Alternate interrupt location: 0, 2 or 3.
  public var alternateInterruptLocation: UInt64 {
    get { (state.pointee.lpcr >> LPCR.ailShift) & 3 }
    set {
      state.pointee.lpcr =
        state.pointee.lpcr & ~(3 << LPCR.ailShift) | (newValue & 3) << LPCR.ailShift
    }
  }

  /// Whether DEC has its large width.
  public var usesLargeDecrementer: Bool {
    get { state.pointee.lpcr & LPCR.ld != 0 }
    set {
      if newValue { state.pointee.lpcr |= LPCR.ld } else { state.pointee.lpcr &= ~LPCR.ld }
      updateDecrementer()
    }
  }

  /// Cancels the reservation, as a store by another processor does.
  public func cancelReservation() { state.pointee.reservationAddress = 0 }
}

// MARK: compatibility
extension VirtualProcessor {
  /// The PCR in effect: what was written to the register, less the bits this processor does not
  /// implement. `write(.pcr, …)` sets it; ``prepareToStart()`` keeps it, ``reset()`` clears it.
  public var compatibility: PCR {
    PCR(rawValue: specialPurposeRegisters[SPR.pcr.number]).intersection(hardware.pcrMask)
  }

  /// The newest version of the ISA problem state has under that PCR.
  public var problemStateLevel: ISALevel { problemStateInstructions.level }
}
