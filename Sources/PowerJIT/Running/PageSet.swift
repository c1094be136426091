/// The effective pages that an entry cache has something of. Copies are the same set.
struct PageSet {
  private static let capacity = 1024
  /// Beyond this it holds every page.
  private static let limit = 768
  private static let empty: UInt64 = ~0

  // Safety: allocated by `init` and freed by `deallocate`; indices are masked, and there is always an
  // empty place.
  private let pages: UnsafeMutablePointer<UInt64>
  private let count: UnsafeMutablePointer<Int>

  init() {
    pages = .allocate(capacity: Self.capacity)
    pages.initialize(repeating: Self.empty, count: Self.capacity)
    count = .allocate(capacity: 1)
    count.initialize(to: 0)
  }

  func deallocate() {
    pages.deallocate()
    count.deallocate()
  }

  /// Where a page is, or the empty place where it would be.
  private func place(_ page: UInt64) -> UnsafeMutablePointer<UInt64> {
    var index = Int(truncatingIfNeeded: page >> 12 ^ page >> 22)
    while true {
      let place = pages + (index & (Self.capacity - 1))
      if place.pointee == page || place.pointee == Self.empty { return place }
      index += 1
    }
  }

  /// - Parameter page: the address of its first byte.
  func insert(_ page: UInt64) {
    guard count.pointee <= Self.limit else { return }
    let place = place(page)
    guard place.pointee != page else { return }
    place.pointee = page
    count.pointee += 1
  }

  func contains(_ page: UInt64) -> Bool {
    count.pointee > Self.limit || place(page).pointee == page
  }

  func removeAll() {
    guard count.pointee > 0 else { return }
    pages.update(repeating: Self.empty, count: Self.capacity)
    count.pointee = 0
  }
}
