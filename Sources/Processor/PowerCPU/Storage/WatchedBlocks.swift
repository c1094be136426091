import GuestMemory
import PowerISA

/// What a processor knows of the radix tables of process 0, to whose stores it listens.
///
/// Kernels ask for everything of process 0 to be forgotten whenever they have changed one entry.
/// As every store to these tables is seen, only what was cached from changed entries is.
struct WatchedBlocks {
  /// What a block of entries maps, which are those of ``blockShift``.
  struct Block: Equatable {
    /// What its first entry maps.
    let address: UInt64
    /// Base-2 logarithm of the page size.
    let pageShift: UInt64
  }

  static let blockShift: UInt64 = 8
  /// Larger pages are not told apart.
  static let largestPageShift: UInt64 = 16
  private static let limit = 1 << 14

  /// By real address, shifted.
  private(set) var blocks: [UInt64: Block] = [:]
  /// `GuestMemory.tableWriteCount` when written entries were last forgotten.
  var writesSeen: UInt64 = 0
  /// `GuestMemory.tableWatchCount` when stores to watched pages were last forbidden.
  var watchesSeen: UInt64 = 0

  /// - Returns: whether the block did not map something else before, and there is room.
  mutating func insert(_ block: Block, at place: UInt64) -> Bool {
    let key = place >> Self.blockShift
    if let known = blocks[key] { return known == block }
    guard blocks.count < Self.limit else { return false }
    blocks[key] = block
    return true
  }

  mutating func removeAll() { if !blocks.isEmpty { blocks.removeAll(keepingCapacity: true) } }

  /// The page that an entry maps.
  func page(of place: UInt64) -> (address: UInt64, shift: UInt64)? {
    guard let block = blocks[place >> Self.blockShift] else { return nil }
    let index = place >> 3 & (1 << (Self.blockShift - 3) - 1)
    return (block.address &+ index << block.pageShift, block.pageShift)
  }
}

extension VirtualProcessor {
  /// Must be called before an entry of process 0's tables is used.
  @inline(__always)
  func watchTable(_ place: UInt64) {
    let page = place >> GuestMemory.pageShift
    if memory.pageTags[Int(page)] & GuestMemory.tableTag == 0 { watch(page) }
  }

  @inline(never)
  private func watch(_ page: UInt64) {
    let isCurrent = watchedTables.watchesSeen == memory.tableWatchCount
    memory.watchTable(page: page)
    if isCurrent { watchedTables.watchesSeen = memory.tableWatchCount }
    for bank in banks where bank.context != nil {
      bank.forbidWrites(real: page << GuestMemory.pageShift)
    }
    // Translated code may have looked already whether it may store there.
    leaveTranslation()
  }

  /// Stores to pages that other processors have begun to watch must be seen.
  func catchUpWithTableWatches() {
    guard watchedTables.watchesSeen != memory.tableWatchCount else { return }
    watchedTables.watchesSeen = memory.tableWatchCount
    forbidUnseenStores()
  }

  /// Notes what the entry at a real address maps.
  func noteTable(of place: UInt64, mapping ea: UInt64, pageShift: UInt64) {
    guard pageShift <= WatchedBlocks.largestPageShift else { return }
    let index = place >> 3 & (1 << (WatchedBlocks.blockShift - 3) - 1)
    let address = (ea >> pageShift &- index) << pageShift
    let block = WatchedBlocks.Block(address: address, pageShift: pageShift)
    // What is at two addresses is more than can be kept.
    if !watchedTables.insert(block, at: place) { memory.releaseTables() }
  }

  /// Must be called before bytes at a real address are stored, all in one page.
  @inline(__always)
  func noteTableStore(_ real: UInt64, _ count: Int) {
    if memory.pageTags[Int(real >> GuestMemory.pageShift)] & GuestMemory.tableTag != 0 {
      noteTableStores(real, UInt64(count))
    }
  }

  @inline(never)
  private func noteTableStores(_ real: UInt64, _ count: UInt64) {
    for place in stride(from: real & ~7, through: min(real + count - 1, real | 0xFFF), by: 8) {
      let entry = (try? memory.read(UInt64.self, at: place)) ?? 0
      if place & ~15 == processTable?.base { return memory.releaseTables() }
      // Nothing is cached of what is not valid.
      guard entry & RadixEntry.valid != 0 else { continue }
      guard entry & RadixEntry.leaf != 0 else { return memory.releaseTables() }
      memory.noteTableWrite(place)
    }
  }

  /// Drops the cached translations of quadrant 3 whose entries have been written.
  func invalidateWrittenTranslations() {
    guard watchedTables.writesSeen != memory.tableWriteCount else { return }
    guard let places = memory.tableWrites(since: watchedTables.writesSeen) else {
      return invalidateTranslations()
    }
    watchedTables.writesSeen = memory.tableWriteCount
    for place in places {
      guard let page = watchedTables.page(of: place) else { return invalidateTranslations() }
      invalidateTranslations(
        of: PageRun(first: page.address, count: 1 << (page.shift - 12)), in: 0)
    }
  }

  /// When nothing is cached any longer.
  func forgetTables() {
    watchedTables.removeAll()
    watchedTables.writesSeen = memory.tableWriteCount
  }
}
