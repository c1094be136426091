import GuestMemory
import PowerISA

/// The mapping of the radix tables of process 0, whose stores are watched.
///
/// Kernels invalidate everything of process 0 whenever they have changed one entry. Every store to
/// these tables is recorded, so only translations from changed entries are invalidated.
struct WatchedBlocks {
  /// The mapping of a block of ``blockShift`` bytes of entries.
  struct Block: Equatable {
    /// The effective address that its first entry maps.
    let address: UInt64
    /// Base-2 logarithm of the page size.
    let pageShift: UInt64
  }

  static let blockShift: UInt64 = 8
  /// Larger pages are not tracked.
  static let largestPageShift: UInt64 = 16
  private static let limit = 1 << 14

  /// By the block's real address, shifted.
  private(set) var blocks: [UInt64: Block] = [:]
  /// `GuestMemory.tableWriteCount` when translations of written entries were last invalidated.
  var writesSeen: UInt64 = 0
  /// `GuestMemory.tableWatchCount` when fast stores to watched pages were last forbidden.
  var watchesSeen: UInt64 = 0

  /// - Returns: false when the block mapped something else before, or there is no room.
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
    for tlb in tlbs where tlb.context != nil {
      tlb.forbidWrites(real: page << GuestMemory.pageShift)
    }
    // Translated code may already have checked its permission to store there.
    leaveTranslation()
  }

  /// Forbids fast stores to pages that other processors have begun to watch.
  func catchUpWithTableWatches() {
    guard watchedTables.watchesSeen != memory.tableWatchCount else { return }
    watchedTables.watchesSeen = memory.tableWatchCount
    forbidUnrecordedStores()
  }

  /// Records the mapping of the entry at a real address.
  func noteTable(of place: UInt64, mapping ea: UInt64, pageShift: UInt64) {
    guard pageShift <= WatchedBlocks.largestPageShift else { return }
    let index = place >> 3 & (1 << (WatchedBlocks.blockShift - 3) - 1)
    let address = (ea >> pageShift &- index) << pageShift
    let block = WatchedBlocks.Block(address: address, pageShift: pageShift)
    // A block that is mapped at two addresses cannot be tracked.
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
      // An invalid entry has no cached translations.
      guard entry & RadixEntry.valid != 0 else { continue }
      guard entry & RadixEntry.leaf != 0 else { return memory.releaseTables() }
      memory.noteTableWrite(place)
    }
  }

  /// Invalidates the cached translations of quadrant 3 whose entries have been written.
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

  /// Must be called when all translations have been invalidated.
  func forgetTables() {
    watchedTables.removeAll()
    watchedTables.writesSeen = memory.tableWriteCount
  }
}
