import PowerISA

// Book II chapter 7 and Book III 9.5: event-based branches, and the branch history buffer.
extension Semantics {
  /// Returns from an event-based branch's handler; S enables the next.
  static func rfebb(_ p: Processor, _ i: Instruction) {
    let status = p.owner.read(.bescr)
    p.branch(to: p.owner.read(.ebbrr))
    p.owner.write(.bescr, status & ~BESCR.ge | i.bits(20, 20) << 63)
    p.takeEventBasedBranchIfDue()
  }

  /// The buffer is always empty: branches are not recorded.
  static func clrbhrb(_ p: Processor, _ i: Instruction) {}

  /// Zero is what lies past the last entry.
  static func mfbhrbe(_ p: Processor, _ i: Instruction) { p[i.rt] = 0 }
}
