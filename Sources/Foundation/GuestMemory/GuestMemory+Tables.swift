/// The page tables from which translations are cached, and the writes to them.
///
/// Pages that hold used page-table entries are tagged. Stores to tagged pages take the slow path,
/// so the fast path needs no check. A processor that caches translations reads which entries have
/// changed, and drops only those.
struct WatchedTables {
  /// Number of writes that ``recent`` holds.
  static let kept: UInt64 = 64

  /// The tagged pages, by number.
  var pages: [UInt64] = []
  /// Number of pages tagged so far.
  var watchCount: UInt64 = 0
  /// Number of entries written so far; the latest are in ``recent``.
  var writeCount: UInt64 = 0
  /// The value of ``writeCount`` at the last query.
  var taken: UInt64 = 0
  var recent = InlineArray<64, UInt64>(repeating: 0)
}

extension GuestMemory {
  /// The tag of a page that holds page-table entries from which translations are cached.
  public static let tableTag: UInt8 = 4

  /// Tags the page of a table's entry. Every engine must drop its permission to store there on the
  /// fast path; ``tableWatchCount`` changes with each tag.
  public func watchTable(page: UInt64) {
    pageTags[Int(page)] |= Self.tableTag
    tables.pages.append(page)
    tables.watchCount &+= 1
  }

  /// Number of table pages tagged so far.
  public var tableWatchCount: UInt64 { tables.watchCount }

  /// Number of entries written in tagged pages so far.
  public var tableWriteCount: UInt64 { tables.writeCount }

  /// Reports that an entry in a tagged page is about to be written.
  /// - Parameter address: real address of the entry.
  public func noteTableWrite(_ address: UInt64) {
    guard tables.writeCount &- tables.taken < WatchedTables.kept else { return releaseTables() }
    tables.recent[Int(tables.writeCount % WatchedTables.kept)] = address
    tables.writeCount &+= 1
  }

  /// The real addresses of the entries written since the count was `cursor`.
  /// - Returns: nil when there were too many writes to list: every entry may have changed.
  public func tableWrites(since cursor: UInt64) -> [UInt64]? {
    let missed = tables.writeCount &- cursor
    tables.taken = tables.writeCount
    guard missed <= WatchedTables.kept else { return nil }
    return (0..<missed).map { tables.recent[Int((cursor &+ $0) % WatchedTables.kept)] }
  }

  /// Removes all table tags; every entry counts as written.
  public func releaseTables() {
    for page in tables.pages { pageTags[Int(page)] &= ~Self.tableTag }
    tables.pages.removeAll(keepingCapacity: true)
    tables.writeCount &+= WatchedTables.kept + 1
  }

  /// Stores an entry of a page table, big-endian, of which only reference and change bits differ:
  /// the mapping stays the same, so no cached translation is dropped.
  public func updateTableEntry(_ entry: UInt64, at address: UInt64) throws(GuestMemoryError) {
    try check(address, 8)
    base.storeBytes(of: entry.bigEndian, toByteOffset: Int(address), as: UInt64.self)
    noteWrite(address, 8, changesTables: false)
  }
}
