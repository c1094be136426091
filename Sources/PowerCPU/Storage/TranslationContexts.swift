import GuestMemory
import PowerISA

/// Keeping the cached translations true.
extension VirtualProcessor {
  /// Must be called when anything a cached translation depends on has changed: MSR[SF, PR, IR,
  /// DR, LE], PID, AMR, IAMR, the PCR.
  func contextChanged() {
    let msr = state.pointee.msr
    state.pointee.addressMask = msr & MSR.sf != 0 ? ~0 : 0xFFFF_FFFF
    state.pointee.littleEndian = msr & MSR.le != 0
    state.pointee.fetchTag = ProcessorState.noPage
    let isProblemState = msr & MSR.pr != 0
    code.select(
      littleEndian: msr & MSR.le != 0,
      instructions: isProblemState ? problemStateInstructions : hardware.instructions,
      isProblemState: isProblemState)
    let context = TranslationContext(
      msr: msr & (MSR.pr | MSR.ir | MSR.dr | MSR.le), pid: state.pointee.pid,
      amr: state.pointee.amr, iamr: state.pointee.iamr)
    enterBank(context)
  }

  private func enterBank(_ context: TranslationContext) {
    bankClock &+= 1
    if banks[currentBank].context != context {
      var oldest = 0
      var found: Int?
      for index in banks.indices {
        if banks[index].context == context {
          found = index
          break
        }
        if banks[index].lastUse < banks[oldest].lastUse { oldest = index }
      }
      currentBank = found ?? oldest
      if found == nil {
        banks[oldest].invalidate()
        banks[oldest].context = context
      }
    }
    banks[currentBank].lastUse = bankClock
    state.pointee.dataTranslations = banks[currentBank].data
    state.pointee.fetchTranslations = banks[currentBank].fetch
  }

  /// Drops every cached translation, after a change in a page table or in the segments.
  public func invalidateTranslations() {
    for index in banks.indices where index != currentBank {
      banks[index].context = nil
      banks[index].lastUse = 0
    }
    banks[currentBank].invalidate()
    leaveTranslation()
    translator?.forgetTranslations(of: nil)
  }

  /// Makes the next store to every page look at the page's marks, after marks were set.
  public func forbidUnseenStores() {
    for bank in banks { bank.forbidWrites() }
  }

  /// Drops the cached translations of one 4 KiB effective page in every context.
  func invalidateTranslations(of ea: UInt64) {
    for bank in banks where bank.context != nil { bank.invalidate(page: ea) }
    leaveTranslation()
    translator?.forgetTranslations(of: ea & ~0xFFF)
  }

  /// Replaces the process table, as H_REGISTER_PROC_TBL does; nil for hashed translation without
  /// one.
  public func setProcessTable(_ table: ProcessTable?) {
    processTable = table
    invalidateTranslations()
  }

  // MARK: watchpoints

  /// DAWR0 with DAWRX0, set through H_SET_MODE or H_SET_DABR.
  var hasWatchpoint: Bool { specialPurposeRegisters[SPR.Number.dawrx0] & 0x60 != 0 }

  func watchpointMatches(_ ea: UInt64, _ access: StorageAccess) -> Bool {
    let control = specialPurposeRegisters[SPR.dawrx0.number]
    // DW and DR in bits 57 and 58; WT and WTI in 59 and 60; PNH and PRO in 62 and 63.
    guard control & (access == .store ? 0x40 : 0x20) != 0 else { return false }
    let msr = state.pointee.msr
    let translates = msr & MSR.dr != 0
    guard control & 8 != 0 || (control & 0x10 != 0) == translates else { return false }
    guard control & (msr & MSR.pr != 0 ? 1 : 2) != 0 else { return false }
    let first = specialPurposeRegisters[SPR.dawr0.number] & ~7
    let doublewords = (control >> 10) & 0x3F
    return ea & ~7 &- first <= doublewords * 8
  }
}
