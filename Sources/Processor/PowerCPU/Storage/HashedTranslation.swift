import GuestMemory
import PowerISA

extension VirtualProcessor {
  func translateHashed(_ ea: UInt64, _ access: StorageAccess, updatesEntry: Bool) -> Translation {
    guard let segment = segment(of: ea) else { return .segmentFault }
    guard let search = HashedSearch(of: ea, segment, hardware), let table = hashPageTable else {
      return .storageFault(InterruptCause.noTranslation)
    }
    if access == .fetch, segment.noExecute {
      return .storageFault(InterruptCause.noExecute)
    }
    guard
      let found = search.find(in: table, isSecondary: false)
        ?? search.find(in: table, isSecondary: true)
    else { return .storageFault(InterruptCause.noTranslation) }
    return use(found, ea, access, segment, table, updatesEntry: updatesEntry)
  }

  private func use(
    _ found: HashedSearch.Found, _ ea: UInt64, _ access: StorageAccess, _ segment: SLBEntry,
    _ table: HashPageTable, updatesEntry: Bool
  ) -> Translation {
    let problem = state.pointee.msr & MSR.pr != 0
    let key = problem ? segment.problemKey : segment.supervisorKey
    let pp = found.second & 3 | found.second >> 61 & 4
    var (readable, writable) =
      switch (key, pp) {
      case (false, 0), (false, 1), (false, 2), (true, 2): (true, true)
      case (false, 3), (false, 6), (true, 1), (true, 3): (true, false)
      default: (false, false)
      }
    if access == .fetch, found.second & (HPTE.noExecute | HPTE.guarded) != 0 {
      return .storageFault(InterruptCause.noExecute)
    }
    // Virtual page class keys: bits 2:3 and 52:54 of the second doubleword.
    let pageKey = (found.second >> 57) & 0x18 | (found.second >> 9) & 7
    let keyShift = 2 * (31 - pageKey)
    if access == .fetch {
      if hardware.isa >= .v2_07, (state.pointee.iamr >> keyShift) & 1 != 0 {
        return .storageFault(InterruptCause.virtualPageClassKey)
      }
      guard readable else { return .storageFault(InterruptCause.protection) }
    } else if hasAddressCompare {
      guard access == .store ? writable : readable else {
        return .storageFault(InterruptCause.protection)
      }
      let compared = found.second & HPTE.addressCompare != 0 ? addressCompare : 0
      if compared & (access == .store ? 2 : 1) != 0 {
        return .storageFault(InterruptCause.watchpoint)
      }
      if compared & 2 != 0 { writable = false }
      if compared & 1 != 0 { readable = false }
    } else {
      let authority = (state.pointee.amr >> keyShift) & 3
      let denied = authority & (access == .store ? 2 : 1) != 0
      if denied { return .storageFault(InterruptCause.virtualPageClassKey) }
      guard access == .store ? writable : readable else {
        return .storageFault(InterruptCause.protection)
      }
      if authority & 2 != 0 { writable = false }
      if authority & 1 != 0 { readable = false }
    }
    var second = found.second | HPTE.reference
    if access == .store { second |= HPTE.change }
    if updatesEntry, second != found.second { table[found.index].second = second }
    if second & HPTE.change == 0 { writable = false }
    let mask: UInt64 = 1 << found.shift - 1
    return .real(
      second & HPTE.realPage & ~mask | ea & mask, readable: readable, writable: writable)
  }
}

/// The search of the hashed page table for the entry of an effective address.
struct HashedSearch {
  struct Found {
    var index: UInt64
    var second: UInt64
    /// Base-2 logarithm of the actual page size.
    var shift: UInt64
  }

  /// The bits of the first doubleword that a match has, without those of ``hash``.
  private let wanted: UInt64
  private let hash: UInt64
  private let sizes: ProcessorModel.SegmentPageSize

  /// - Returns: nil for a page size that the processor does not have.
  @inline(__always)
  init?(of ea: UInt64, _ segment: SLBEntry, _ hardware: ProcessorModel) {
    guard
      let sizes = hardware.translation.segments.first(where: {
        $0.slbEncoding == segment.pageSizeEncoding
      })
    else { return nil }
    let offset = ea & (1 << segment.segmentShift - 1)
    let virtualSegment = segment.virtualSegment
    let page = offset >> UInt64(sizes.shift)
    var hash = virtualSegment ^ page
    if segment.isLarge { hash ^= virtualSegment << 25 }
    (self.hash, self.sizes) = (hash, sizes)
    wanted =
      (segment.virtual & (SLB.segmentSize | SLB.virtualSegment))
      | ((page << UInt64(sizes.shift)) >> 16) & HPTE.virtualPage | HPTE.valid
  }

  /// The places of the primary or the secondary group.
  @inline(__always)
  func places(in table: HashPageTable, isSecondary: Bool) -> Range<UInt64> {
    let group = ((isSecondary ? ~hash : hash) & table.groupMask) << 3
    return group..<group + 8
  }

  @inline(__always)
  func find(in table: HashPageTable, isSecondary: Bool) -> Found? {
    for index in places(in: table, isSecondary: isSecondary) {
      let entry = table[index]
      guard let shift = pageShift(ofMatching: entry, isSecondary: isSecondary) else { continue }
      return Found(index: index, second: entry.second, shift: shift)
    }
    return nil
  }

  /// The actual page size of an entry, from L and LP; nil when it is none of the address, or its encoding
  /// does not belong to this base page size.
  @inline(__always)
  func pageShift(
    ofMatching entry: (first: UInt64, second: UInt64), isSecondary: Bool
  ) -> UInt64? {
    let wanted = wanted | (isSecondary ? HPTE.secondary : 0)
    guard (entry.first ^ wanted) & (HPTE.virtualPage | HPTE.valid | HPTE.secondary) == 0 else {
      return nil
    }
    guard entry.first & HPTE.large != 0 else { return sizes.shift == 12 ? 12 : nil }
    for page in sizes.pages where page.shift != 12 {
      if page.isEncoded(in: entry.second) { return UInt64(page.shift) }
    }
    return nil
  }
}
