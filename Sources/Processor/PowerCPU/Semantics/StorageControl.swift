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
    let invalidation = TranslationInvalidation(p, i)
    p.owner.invalidateTranslations(invalidation)
    p.owner.broadcastInvalidation?(invalidation)
  }

  static func tlbiel(_ p: Processor, _ i: Instruction) {
    p.owner.invalidateTranslations(TranslationInvalidation(p, i))
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
  /// A doorbell from a thread of the same core.
  public func receiveDoorbell() { state.pointee.pending.insert(.doorbell) }

  /// Whether one has come that the processor has not taken yet.
  public var hasDoorbell: Bool { state.pointee.pending.contains(.doorbell) }
}
