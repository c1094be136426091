import PowerISA

// Book III 6.9.3: segment and translation lookaside buffer management.

extension Semantics {
  static func slbie(_ p: Processor, _ i: Instruction) { p.owner.slbInvalidate(rb: p[i.rb]) }

  /// Invalidates on every processor; RS holds the process, RB as for `slbie`.
  static func slbieg(_ p: Processor, _ i: Instruction) { p.owner.slbInvalidate(rb: p[i.rb]) }

  static func slbia(_ p: Processor, _ i: Instruction) {
    // IH is reserved before 2.05.
    p.owner.slbInvalidateAll(hint: p.state.pointee.isaLevel >= 205 ? i.bits(8, 10) : 0)
  }

  static func slbiag(_ p: Processor, _ i: Instruction) { p.owner.slbInvalidateAll(hint: 4) }

  static func slbmte(_ p: Processor, _ i: Instruction) {
    p.owner.slbMoveTo(rs: p[i.rs], rb: p[i.rb])
  }

  static func slbmfev(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p.owner.slbEntry(p[i.rb]).virtual
  }

  static func slbmfee(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p.owner.slbEntry(p[i.rb]).effective
  }

  static func slbfee_(_ p: Processor, _ i: Instruction) {
    let found = p.owner.slbFind(p[i.rb])
    p[i.rt] = found?.virtual ?? 0
    p[.cr0] = (found == nil ? 0 : 2) | p.summaryOverflow
  }

  static func slbsync(_ p: Processor, _ i: Instruction) {}

  static func tlbie(_ p: Processor, _ i: Instruction) {
    let operand = p[i.rb]
    p.owner.invalidateTranslations(operand: operand)
    p.owner.broadcastInvalidation?(operand)
  }

  static func tlbiel(_ p: Processor, _ i: Instruction) {
    p.owner.invalidateTranslations(operand: p[i.rb])
  }

  static func tlbsync(_ p: Processor, _ i: Instruction) {}

  /// Doorbell to a thread of the same core: type 5, the thread in the low bits.
  static func msgsndp(_ p: Processor, _ i: Instruction) {
    let operand = p[i.rb]
    guard (operand >> 27) & 31 == 5 else { return }
    p.owner.sendDoorbell?(Int(operand & 0x7F))
  }

  static func msgclrp(_ p: Processor, _ i: Instruction) {
    guard (p[i.rb] >> 27) & 31 == 5 else { return }
    p.state.pointee.pending.remove(.doorbell)
  }

  static func msgsync(_ p: Processor, _ i: Instruction) {}
}

extension VirtualProcessor {
  /// What `tlbie` and `tlbiel` drop here: one page when RB names one of at most 64 KiB, else all.
  public func invalidateTranslations(operand rb: UInt64) {
    let scope = (rb >> 10) & 3
    let actualPageSize = (rb >> 5) & 7
    guard scope == 0, processTable?.isRadix == true, actualPageSize == 0 || actualPageSize == 5
    else { return invalidateTranslations() }
    let shift: UInt64 = actualPageSize == 5 ? 16 : 12
    let first = rb & ~(1 << shift - 1)
    for page in 0..<(1 << (shift - 12)) as Range<UInt64> {
      invalidateTranslations(of: first &+ page << 12)
    }
  }

  /// A doorbell from a thread of the same core.
  public func receiveDoorbell() { state.pointee.pending.insert(.doorbell) }

  /// Whether one has come that the processor has not taken yet.
  public var hasDoorbell: Bool { state.pointee.pending.contains(.doorbell) }
}
