/// Tracking of the pages that the guest writes, for a migration that copies memory while the guest
/// runs.
///
/// A watched page is tagged, and the first store removes the tag. Stores to tagged pages take the
/// slow path, so the fast path needs no check.
extension GuestMemory {
  /// The tag of a page that has not been written since its watch began.
  public static let watchedTag: UInt8 = 2

  private var pageCount: Int { Int(size >> Self.pageShift) }

  /// Starts to watch all pages. Every engine must drop its permissions to store on the fast path.
  public func watchPages() {
    for page in 0..<pageCount { pageTags[page] |= Self.watchedTag }
  }

  /// The pages written since their watch began, in order; the watch of each begins again. Every
  /// engine must drop its permissions to store on the fast path.
  public func takeWrittenPages() -> [UInt64] {
    var written: [UInt64] = []
    for page in 0..<pageCount where pageTags[page] & Self.watchedTag == 0 {
      written.append(UInt64(page))
      pageTags[page] |= Self.watchedTag
    }
    return written
  }

  /// Ends the watch.
  public func stopWatchingPages() {
    for page in 0..<pageCount { pageTags[page] &= ~Self.watchedTag }
  }

  /// Reports a store before it is made.
  @inline(__always)
  public func noteStore(page: UInt64) { pageTags[Int(page)] &= ~Self.watchedTag }
}
