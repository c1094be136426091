internal import GuestMemory
internal import CallInterface
internal import PowerISA

/// hcall-pft and hcall-bulk: the partition's hashed page table (LoPAR "Page Frame Table Access").
enum PageTableCalls {
  /// H_REMOVE
  static func remove(
    _ call: HypercallContext, flags: UInt64, index: UInt64, avpn: UInt64
  ) throws(HypercallStatus) -> (UInt64, UInt64) {
    let table = try call.partition.pageTable(at: index)
    let old = try remove(call, table, flags: flags, index: index, avpn: avpn)
    return (old.first, old.second)
  }

  /// The removed entry. H_NOT_FOUND when it is invalid or does not match.
  private static func remove(
    _ call: HypercallContext, _ table: HashPageTable, flags: UInt64, index: UInt64, avpn: UInt64
  ) throws(HypercallStatus) -> HashPageTableEntry {
    let old = table.entry(index)
    guard old.isValid,
      flags & PageTableFlags.avpn == 0 || old.first & HPTE.virtualPage == avpn,
      flags & PageTableFlags.andcond == 0 || old.first & avpn == 0
    else { throw .notFound }
    table[index] = (0, 0)
    call.partition.invalidate(old, at: index, table)
    return old
  }

  /// H_ENTER
  static func enter(
    _ call: HypercallContext, flags: UInt64, index: UInt64, first: UInt64, second: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    let partition = call.partition
    let table = try partition.pageTable(at: index)
    let entry = HashPageTableEntry(first: first & ~HPTE.firmware, second: second)
    guard let shifts = entry.pageShifts(partition.features.segments) else { throw .parameter }
    let address = entry.realAddress(shift: shifts.actual)
    let isMemory = partition.memory.contains(address, count: 1 << UInt64(shifts.actual))
    // Memory is coherent and has no other attribute; other addresses are caching-inhibited.
    let control = entry.second & HPTE.storageControl
    let allowed =
      isMemory
      ? control == HPTE.coherent
      : control & (HPTE.writeThrough | HPTE.cachingInhibited) == HPTE.cachingInhibited
    guard allowed else { throw .parameter }
    let pageFlags =
      PageTableFlags.zeroPage | PageTableFlags.icacheInvalidate | PageTableFlags.icacheSynchronize
    if flags & pageFlags != 0, shifts.actual > 16 { throw .tooBig }
    guard let place = freePlace(table, index, exact: flags & PageTableFlags.exact != 0) else {
      throw .groupFull
    }
    if flags & PageTableFlags.zeroPage != 0, isMemory {
      try? partition.memory.fill(1 << shifts.actual, at: address)
    }
    table[place] = (entry.first, entry.second)
    return place
  }

  /// The index of the entry to use: `index` itself, or the first invalid one of its group.
  private static func freePlace(_ table: HashPageTable, _ index: UInt64, exact: Bool) -> UInt64? {
    if exact { return table.entry(index).isValid ? nil : index }
    let group = index & ~7
    return (group..<group + 8).first { !table.entry($0).isValid }
  }

  /// H_READ: one entry, or the four of its aligned group.
  static func read(
    _ call: HypercallContext, flags: UInt64, index: UInt64
  ) throws(HypercallStatus) -> CallCells {
    let table = try call.partition.pageTable(at: index)
    let isFour = flags & PageTableFlags.read4 != 0
    let start = isFour ? index & ~3 : index
    var cells = CallCells()
    for place in start..<start + (isFour ? 4 : 1) {
      let entry = table.entry(place)
      cells.append(entry.first)
      cells.append(entry.second)
    }
    return cells
  }

  /// H_CLEAR_MOD
  static func clearModified(
    _ call: HypercallContext, flags: UInt64, index: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    try clear(HPTE.change, call, index)
  }

  /// H_CLEAR_REF
  static func clearReferenced(
    _ call: HypercallContext, flags: UInt64, index: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    try clear(HPTE.reference, call, index)
  }

  /// Clears a bit of the second doubleword, whose old value is the result.
  private static func clear(
    _ bit: UInt64, _ call: HypercallContext, _ index: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    let table = try call.partition.pageTable(at: index)
    let old = table.entry(index)
    guard old.isValid else { throw .notFound }
    if old.second & bit != 0 {
      table[index] = (old.first, old.second & ~bit)
      call.partition.invalidate(old, at: index, table)
    }
    return old.second
  }

  /// H_PROTECT
  static func protect(
    _ call: HypercallContext, flags: UInt64, index: UInt64, avpn: UInt64
  ) throws(HypercallStatus) {
    let table = try call.partition.pageTable(at: index)
    let old = table.entry(index)
    guard old.isValid,
      flags & PageTableFlags.avpn == 0 || old.first & HPTE.virtualPage == avpn
    else { throw .notFound }
    // The flags hold pp1, pp2, n and the low key bits in place, pp0 in bit 55 and the high key
    // bits in 50:51.
    let inPlace = HPTE.pp | HPTE.noExecute | HPTE.keyLow
    let protection =
      flags & inPlace | (flags << 55) & HPTE.pp0 | (flags << 48) & HPTE.keyHigh
    let kept = old.second & ~(inPlace | HPTE.pp0 | HPTE.keyHigh | HPTE.reference)
    table[index] = (old.first, kept | protection)
    call.partition.invalidate(old, at: index, table)
  }

  // MARK: hcall-bulk

  /// Control bits of a translation specifier's first doubleword.
  private enum Specifier {
    static let type: UInt64 = 3 << 62
    static let request: UInt64 = 1 << 62
    static let response: UInt64 = 2 << 62
    static let end: UInt64 = 3 << 62
    static let notFound: UInt64 = 1 << 60
    static let parameter: UInt64 = 2 << 60
    /// The position of the removed entry's R and C bits: 59 and 58.
    static let referenceShift: UInt64 = 51
    static let avpn: UInt64 = 1 << 57
    static let andcond: UInt64 = 1 << 56
    static let index: UInt64 = 1 << 56 - 1
  }

  /// H_BULK_REMOVE: up to four removals, each answered in its own first doubleword.
  static func bulkRemove(
    _ call: HypercallContext, specifiers: CallCells
  ) throws(HypercallStatus) -> Completion<HypercallStatus, CallCells> {
    var answers = CallCells()
    var status = HypercallStatus.success
    for number in 0..<4 {
      var high = specifiers[2 * number]
      let low = specifiers[2 * number + 1]
      if high & Specifier.type == Specifier.end { break }
      guard high & Specifier.type == Specifier.request else {
        status = .parameter
        break
      }
      let result = removeOne(call, high, low)
      high = high & ~(0xFF << 56) | result
      answers.append(high)
      answers.append(low)
      if result == Specifier.response | Specifier.parameter {
        status = .parameter
        break
      }
    }
    return Completion(status, answers)
  }

  /// The control byte of the answer to one request.
  private static func removeOne(_ call: HypercallContext, _ high: UInt64, _ low: UInt64) -> UInt64 {
    let index = high & Specifier.index
    var flags: UInt64 = 0
    if high & Specifier.avpn != 0 { flags |= PageTableFlags.avpn }
    if high & Specifier.andcond != 0 { flags |= PageTableFlags.andcond }
    guard flags != PageTableFlags.avpn | PageTableFlags.andcond,
      let table = try? call.partition.pageTable(at: index)
    else { return Specifier.response | Specifier.parameter }
    guard let old = try? remove(call, table, flags: flags, index: index, avpn: low) else {
      return Specifier.response | Specifier.notFound
    }
    let marks = old.second & (HPTE.reference | HPTE.change)
    return Specifier.response | marks << Specifier.referenceShift
  }
}

extension HashPageTable {
  @inline(__always)
  func entry(_ index: UInt64) -> HashPageTableEntry {
    let (first, second) = self[index]
    return HashPageTableEntry(first: first, second: second)
  }
}

extension Partition {
  /// The page table, which has an entry `index`.
  func pageTable(at index: UInt64) throws(HypercallStatus) -> HashPageTable {
    guard let table = hashPageTable, index < table.entryCount else { throw .parameter }
    return table
  }

  /// Invalidates the translations from `entry` on every processor.
  func invalidate(_ entry: HashPageTableEntry, at index: UInt64, _ table: HashPageTable) {
    guard let shifts = entry.pageShifts(features.segments) else {
      for processor in processors { processor.control.invalidateTranslations() }
      return
    }
    let page = entry.virtualPage(
      group: index >> 3, groupMask: table.groupMask, shifts: shifts)
    for processor in processors { processor.control.invalidateTranslations(of: page) }
  }
}
