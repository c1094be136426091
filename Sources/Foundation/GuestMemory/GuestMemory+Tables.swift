/// The page tables that translations are cached from, and what was written to them.
///
/// A page with entries that a processor has used has a mark. So nothing is added to stores: a page
/// with any mark is one to which engines do not store unseen. Who keeps translations learns which
/// entries have changed, and need not forget the others.
struct WatchedTables {
  /// Writes that are remembered.
  static let kept: UInt64 = 64

  /// The marked pages, by number.
  var pages: [UInt64] = []
  /// Pages that have been marked so far.
  var watchCount: UInt64 = 0
  /// Entries that have been written so far; the latest are in ``recent``.
  var writeCount: UInt64 = 0
  /// What ``writeCount`` was when somebody last asked.
  var taken: UInt64 = 0
  var recent = InlineArray<64, UInt64>(repeating: 0)
}

extension GuestMemory {
  /// The mark of a page with entries of page tables that are watched.
  public static let tableMark: UInt8 = 4

  /// Marks the page of a table's entry. Every engine must forget that it may store there unseen:
  /// ``tableWatchCount`` tells that some page has been marked.
  public func watchTable(page: UInt64) {
    pageMarks[Int(page)] |= Self.tableMark
    tables.pages.append(page)
    tables.watchCount &+= 1
  }

  /// Pages of tables that have been marked so far.
  public var tableWatchCount: UInt64 { tables.watchCount }

  /// Entries of watched tables that have been written so far.
  public var tableWriteCount: UInt64 { tables.writeCount }

  /// Reports that an entry of a watched table is about to be written.
  /// - Parameter address: real address of the entry.
  public func noteTableWrite(_ address: UInt64) {
    guard tables.writeCount &- tables.taken < WatchedTables.kept else { return releaseTables() }
    tables.recent[Int(tables.writeCount % WatchedTables.kept)] = address
    tables.writeCount &+= 1
  }

  /// The real addresses of the entries written since the count was `cursor`.
  /// - Returns: nil when too much has happened to tell: every entry may have changed.
  public func tableWrites(since cursor: UInt64) -> [UInt64]? {
    let missed = tables.writeCount &- cursor
    tables.taken = tables.writeCount
    guard missed <= WatchedTables.kept else { return nil }
    return (0..<missed).map { tables.recent[Int((cursor &+ $0) % WatchedTables.kept)] }
  }

  /// Takes all marks of tables away: every entry counts as written.
  public func releaseTables() {
    for page in tables.pages { pageMarks[Int(page)] &= ~Self.tableMark }
    tables.pages.removeAll(keepingCapacity: true)
    tables.writeCount &+= WatchedTables.kept + 1
  }

  /// Stores an entry of a page table, big-endian, with other reference and change bits: what it maps
  /// stays the same.
  public func updateTableEntry(_ entry: UInt64, at address: UInt64) throws(GuestMemoryError) {
    try check(address, 8)
    base.storeBytes(of: entry.bigEndian, toByteOffset: Int(address), as: UInt64.self)
    noteWrite(address, 8, changesTables: false)
  }
}
