internal import PowerCPU

/// The effective pages with entries in an entry cache. Copies share the set.
struct PageSet {
  private static let capacity = 1024
  private static let limit = 768
  private static let empty: UInt64 = ~0

  // Safety: allocated by `init` and freed by `deallocate`; indices are masked, and there is always an
  // empty place.
  private let pages: UnsafeMutablePointer<UInt64>
  private let extent: UnsafeMutablePointer<Extent>

  private struct Extent {
    var count = 0
    var lowest: UInt64 = .max
    var highest: UInt64 = 0
  }

  init() {
    pages = .allocate(capacity: Self.capacity)
    pages.initialize(repeating: Self.empty, count: Self.capacity)
    extent = .allocate(capacity: 1)
    extent.initialize(to: Extent())
  }

  func deallocate() {
    pages.deallocate()
    extent.deallocate()
  }

  /// The place of a page, or the empty place to insert it.
  private func place(_ page: UInt64) -> UnsafeMutablePointer<UInt64> {
    var index = Int(truncatingIfNeeded: page >> 12 ^ page >> 22)
    while true {
      let place = pages + (index & (Self.capacity - 1))
      if place.pointee == page || place.pointee == Self.empty { return place }
      index += 1
    }
  }

  var isFull: Bool { extent.pointee.count >= Self.limit }

  /// - Parameter page: the address of its first byte.
  func insert(_ page: UInt64) {
    let place = place(page)
    guard place.pointee != page, !isFull else { return }
    place.pointee = page
    extent.pointee.count += 1
    extent.pointee.lowest = min(extent.pointee.lowest, page)
    extent.pointee.highest = max(extent.pointee.highest, page)
  }

  func contains(_ page: UInt64) -> Bool { place(page).pointee == page }

  /// Whether one of some pages may be in the set.
  func mayHave(_ pages: PageRun) -> Bool {
    pages.first <= extent.pointee.highest && pages.last >= extent.pointee.lowest
  }

  func removeAll() {
    guard extent.pointee.count > 0 else { return }
    pages.update(repeating: Self.empty, count: Self.capacity)
    extent.pointee = Extent()
  }
}
