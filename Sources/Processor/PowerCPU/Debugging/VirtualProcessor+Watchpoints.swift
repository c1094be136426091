import PowerISA

/// The processor's watchpoints. Pages in which one can match are never in a ``ContextTLB``, so
/// that every access to them reaches ``realAddress(_:_:size:)``; accesses to all other pages cost
/// nothing extra.
extension VirtualProcessor {
  /// Must be called when a register that describes a watchpoint has been written.
  func updateWatchpoints() {
    var new = InlineArray<2, Watchpoint>(repeating: Watchpoint())
    let registers = specialPurposeRegisters
    if hardware.isa >= .v2_07 {
      new[0] = Watchpoint(
        dawr: registers[SPR.Number.dawr0], dawrx: registers[SPR.Number.dawrx0])
    } else {
      new[0] = Watchpoint(dabr: registers[SPR.Number.dabr], dabrx: registers[SPR.Number.dabrx])
    }
    if hardware.isa >= .v3_1 {
      new[1] = Watchpoint(
        dawr: registers[SPR.Number.dawr1], dawrx: registers[SPR.Number.dawrx1])
    }
    for index in new.indices where new[index] != watchpoints[index] {
      watchpoints[index] = new[index]
      for tlb in tlbs where tlb.context != nil { tlb.invalidate(new[index].pages) }
    }
    hasWatchpoint = watchpoints[0].isSet || watchpoints[1].isSet || !debugWatchpoints.isEmpty
  }

  /// Whether an access to the 4 KiB page of an effective address can match a watchpoint.
  func isWatched(page ea: UInt64) -> Bool {
    hasWatchpoint
      && (watchpoints.indices.contains { watchpoints[$0].pages.contains(ea & ~0xFFF) }
        || debugWatchpoints.contains { $0.watchpoint.pages.contains(ea & ~0xFFF) })
  }

  /// The first byte of an access within a page that matches a watchpoint.
  func watchedByte(_ ea: UInt64, size: Int, _ access: StorageAccess) -> UInt64? {
    guard hasWatchpoint else { return nil }
    let msr = state.pointee.msr
    return watchpoints[0].match(ea, size: size, access, msr: msr)
      ?? watchpoints[1].match(ea, size: size, access, msr: msr)
  }
}
