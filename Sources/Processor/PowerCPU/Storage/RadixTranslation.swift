import GuestMemory
import PowerISA

extension VirtualProcessor {
  func translateRadix(
    _ ea: UInt64, _ access: StorageAccess, _ table: ProcessTable, updatesEntry: Bool
  ) -> Translation {
    // Quadrants 1 and 2 belong to the hypervisor; 3 is always process 0.
    let quadrant = ea >> 62
    guard quadrant == 0 || quadrant == 3 else { return .segmentFault }
    let process = quadrant == 3 ? 0 : state.pointee.pid
    let isWatched = quadrant == 3 && updatesEntry
    let noTable = Translation.storageFault(InterruptCause.noTranslation)
    guard
      process < table.size / 16,
      let entry = try? memory.read(UInt64.self, at: table.base &+ process &* 16)
    else { return noTable }
    if isWatched { watchTable(table.base) }
    // RTS is split: bits 1:2 and 56:58; the effective address size is 31 more.
    var bitsLeft = ((entry >> 58) & 0x18 | (entry >> 5) & 7) + 31
    var indexBits = entry & RadixEntry.nextSize
    var base = entry & RadixEntry.nextTable
    let offset = ea & 0x3FFF_FFFF_FFFF_FFFF
    guard bitsLeft < 62, offset >> bitsLeft == 0 else { return .segmentFault }

    while true {
      guard indexBits >= 5, indexBits <= 16, bitsLeft >= indexBits + 12 else {
        return .storageFault(InterruptCause.badRadixConfiguration)
      }
      bitsLeft -= indexBits
      let index = (offset >> bitsLeft) & (1 << indexBits - 1)
      let place = base &+ index &* 8
      guard let directory = try? memory.read(UInt64.self, at: place) else {
        return .storageFault(InterruptCause.badRadixConfiguration)
      }
      if isWatched { watchTable(place) }
      guard directory & RadixEntry.valid != 0 else { return noTable }
      if directory & RadixEntry.leaf != 0 {
        if isWatched { noteTable(of: place, mapping: ea, pageShift: bitsLeft) }
        return use(
          directory, at: place, ea, access, pageShift: bitsLeft, updatesEntry: updatesEntry)
      }
      indexBits = directory & RadixEntry.nextSize
      base = directory & RadixEntry.nextTable
    }
  }

  private func use(
    _ entry: UInt64, at place: UInt64, _ ea: UInt64, _ access: StorageAccess, pageShift: UInt64,
    updatesEntry: Bool
  ) -> Translation {
    let problem = state.pointee.msr & MSR.pr != 0
    if problem, entry & RadixEntry.privileged != 0 {
      return .storageFault(InterruptCause.protection)
    }
    var readable = entry & RadixEntry.read != 0
    var writable = entry & RadixEntry.write != 0
    var executable = entry & RadixEntry.execute != 0
    if access == .fetch, entry & RadixEntry.attributes == RadixEntry.nonIdempotent {
      return .storageFault(InterruptCause.noExecute)
    }
    if !problem, entry & RadixEntry.privileged == 0 {
      // Privileged access to user pages: key 0 of AMR and IAMR applies.
      if state.pointee.amr >> 63 != 0 { writable = false }
      if state.pointee.amr & 1 << 62 != 0 { readable = false }
      if state.pointee.iamr & 1 << 62 != 0 { executable = false }
    }
    let allowed =
      switch access {
      case .load: readable
      case .store: writable
      case .fetch: executable
      }
    guard allowed else {
      return .storageFault(
        access == .fetch ? InterruptCause.noExecute : InterruptCause.protection)
    }
    var updated = entry | RadixEntry.reference
    if access == .store { updated |= RadixEntry.change }
    if updatesEntry, updated != entry { try? memory.updateTableEntry(updated, at: place) }
    if updated & RadixEntry.change == 0 { writable = false }
    let mask: UInt64 = 1 << pageShift - 1
    return .real(
      entry & RadixEntry.realPage & ~mask | ea & mask, readable: readable, writable: writable)
  }
}
