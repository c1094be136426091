internal import HostSupport
internal import PowerCPU

/// The table in which translated code looks up the code of an effective address, for one context.
/// It is four-way set-associative, but translated code probes only the first way of an address; a displaced entry
/// moves to another, which the trampolines probe. Copies share the table.
package struct EntryCache {
  private static let count = 4096
  private static let empty: UInt64 = ~0
  /// Mask for the byte offset of an entry.
  package static let offsetMask = (count - 1) << 4
  private static let ways = 4
  /// Byte distances of an entry's other ways from its first, in the order in which they are probed, each from
  /// the one before it; combined by exclusive or.
  package static let otherWays = [1 << 4, 3 << 4, 1 << 4]

  private struct Slot {
    /// Effective address, or ``empty``: the addresses of instructions are even.
    var tag: UInt64 = EntryCache.empty
    var code: UInt = 0
  }

  /// A page that has or may have code.
  private struct PageSlot {
    /// Effective page, or ``empty``.
    var tag: UInt64 = EntryCache.empty
    var page: Unmanaged<CodePage>?
    /// The value of ``Filled/epoch`` when the slot was filled.
    var epoch: UInt64 = 0
  }

  private struct Filled {
    /// Number of filled slots since the last clear; some are counted twice.
    var count = 0
    /// Number of complete invalidations.
    var epoch: UInt64 = 0
    /// What chooses the way to which an entry is displaced.
    var random = SplitMix64(state: 0)
  }

  // Safety: allocated by `init` and freed by `deallocate`; indices are masked.
  private let slots: UnsafeMutablePointer<Slot>
  private let pages: UnsafeMutablePointer<PageSlot>
  private static let pageCount = 512
  private let filled: UnsafeMutablePointer<Filled>
  /// The pages that may have an entry.
  private let known = PageSet()
  /// The indices of slots that were filled.
  private let places: UnsafeMutablePointer<UInt16>
  private static let placeLimit = 1024

  init() {
    // Aligned to the entries that may have each other's places.
    slots = UnsafeMutableRawPointer.allocate(
      byteCount: Self.count * MemoryLayout<Slot>.stride,
      alignment: Self.ways * MemoryLayout<Slot>.stride
    ).bindMemory(to: Slot.self, capacity: Self.count)
    slots.initialize(repeating: Slot(), count: Self.count)
    pages = .allocate(capacity: Self.pageCount)
    pages.initialize(repeating: PageSlot(), count: Self.pageCount)
    filled = .allocate(capacity: 1)
    filled.initialize(to: Filled())
    places = .allocate(capacity: Self.placeLimit)
    places.initialize(repeating: 0, count: Self.placeLimit)
  }

  func deallocate() {
    UnsafeMutableRawPointer(slots).deallocate()
    pages.deallocate()
    filled.deallocate()
    places.deallocate()
    known.deallocate()
  }

  /// The address that translated code uses.
  var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(slots) }

  /// Byte offset of an address's entry.
  package static func offset(of address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address << 2) ^ (address >> 10)) & offsetMask
  }

  private static func index(_ address: UInt64) -> Int { offset(of: address) >> 4 }

  /// Host address of the code of an effective address, or 0.
  @inline(__always)
  func code(at address: UInt64) -> UInt {
    let index = Self.index(address)
    for way in 0..<Self.ways where slots[index ^ way].tag == address {
      return slots[index ^ way].code
    }
    return 0
  }

  func setCode(_ code: UInt, at address: UInt64) {
    note(address)
    let index = Self.index(address)
    let displaced = slots[index]
    if displaced.tag != Self.empty, let way = otherWay(of: index, for: displaced.tag) {
      fill(way, displaced)
    }
    fill(index, Slot(tag: address, code: code))
  }

  /// Where a displaced entry moves: to an empty way; without one, an entry that was in its first way moves to any, and
  /// one that was not is dropped. Otherwise the entries of a loop could displace each other again and again while another
  /// is not in use.
  private func otherWay(of index: Int, for address: UInt64) -> Int? {
    for way in 1..<Self.ways where slots[index ^ way].tag == Self.empty { return index ^ way }
    guard Self.index(address) == index else { return nil }
    return index ^ (1 + Int(filled.pointee.random.next() % UInt64(Self.ways - 1)))
  }

  private func fill(_ index: Int, _ slot: Slot) {
    slots[index] = slot
    let count = filled.pointee.count
    if count < Self.placeLimit { places[count] = UInt16(truncatingIfNeeded: index) }
    filled.pointee.count = count + 1
  }

  /// Must be called before a page is added.
  private func note(_ address: UInt64) {
    if known.isFull { clear() }
    known.insert(address & ~0xFFF)
  }

  // MARK: pages

  private func slot(ofPage address: UInt64) -> UnsafeMutablePointer<PageSlot> {
    pages + Int(address >> 12 & UInt64(Self.pageCount - 1))
  }

  /// The page that ``setPage(_:at:)`` has set for an effective address.
  func page(at address: UInt64) -> Unmanaged<CodePage>? {
    let slot = slot(ofPage: address)
    return slot.pointee.tag == address & ~0xFFF && slot.pointee.epoch == filled.pointee.epoch
      ? slot.pointee.page : nil
  }

  /// The page of a key at an effective address, if it was valid before the last complete invalidation. Most of
  /// these happen because translations may have changed, but have not.
  func formerPage(_ key: CodePage.Key, at address: UInt64) -> CodePage? {
    let slot = slot(ofPage: address)
    guard slot.pointee.tag == address & ~0xFFF, let page = slot.pointee.page?.takeUnretainedValue(),
      page.key == key
    else { return nil }
    return page
  }

  /// - Parameter page: must be kept until the page's entries, or all pages, are invalidated.
  func setPage(_ page: CodePage, at address: UInt64) {
    note(address)
    slot(ofPage: address).pointee = PageSlot(
      tag: address & ~0xFFF, page: .passUnretained(page), epoch: filled.pointee.epoch)
  }

  /// Drops all pages, including former ones.
  func clearPages() { pages.update(repeating: PageSlot(), count: Self.pageCount) }

  // MARK: invalidation

  /// Invalidates everything; pages stay as former ones.
  func clear() {
    let count = filled.pointee.count
    if count <= Self.placeLimit {
      for place in 0..<count { slots[Int(places[place])].tag = Self.empty }
    } else {
      slots.update(repeating: Slot(), count: Self.count)
    }
    known.removeAll()
    filled.pointee = Filled(epoch: filled.pointee.epoch &+ 1, random: filled.pointee.random)
  }

  /// Invalidates the entries of effective pages.
  /// - Returns: whether there were any.
  @discardableResult
  func clear(_ pages: PageRun) -> Bool {
    guard known.mayHave(pages) else { return false }
    var wasKnown = false
    for page in pages where known.contains(page) {
      forget(page: page)
      wasKnown = true
    }
    return wasKnown
  }

  /// Drops an effective page, including a former one.
  func forget(page: UInt64) {
    let slot = slot(ofPage: page)
    if slot.pointee.tag == page { slot.pointee = PageSlot() }
    guard known.contains(page) else { return }
    for index in 0..<Self.count where slots[index].tag & ~0xFFF == page {
      slots[index].tag = Self.empty
    }
  }
}
