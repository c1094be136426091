/// Which pages the guest writes, for a migration that copies memory while the guest runs.
///
/// A watched page has a mark, which the first store takes away. So nothing is added to stores: a page
/// with any mark is one to which engines do not store unseen.
extension GuestMemory {
  /// The mark of a page that has not been written since it is watched.
  public static let watchedMark: UInt8 = 2

  private var pageCount: Int { Int(size >> Self.pageShift) }

  /// Watches all pages from now on. Every engine must forget that it may store to them unseen.
  public func watchPages() {
    for page in 0..<pageCount { pageMarks[page] |= Self.watchedMark }
  }

  /// The pages written since they are watched, in order; they are watched anew. Every engine must
  /// forget that it may store to them unseen.
  public func takeWrittenPages() -> [UInt64] {
    var written: [UInt64] = []
    for page in 0..<pageCount where pageMarks[page] & Self.watchedMark == 0 {
      written.append(UInt64(page))
      pageMarks[page] |= Self.watchedMark
    }
    return written
  }

  /// Ends the watch.
  public func stopWatchingPages() {
    for page in 0..<pageCount { pageMarks[page] &= ~Self.watchedMark }
  }

  /// Reports a store that is about to come.
  @inline(__always)
  public func noteStore(page: UInt64) { pageMarks[Int(page)] &= ~Self.watchedMark }
}
