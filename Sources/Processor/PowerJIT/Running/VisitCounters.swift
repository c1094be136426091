/// Approximate counts of visits to addresses that have no code yet.
struct VisitCounters {
  private static let count = 1 << 15

  /// The largest count.
  static let limit: UInt32 = 255

  /// Four bytes, so that more counters fit a cache line: most are read rarely.
  private struct Counter {
    /// 24 bits of the effective address, and the count.
    private var bits: UInt32 = 0

    init() {}
    init(tag: UInt32, count: UInt32) { bits = tag << 8 | count }

    var tag: UInt32 { bits >> 8 }
    var count: UInt32 { bits & VisitCounters.limit }
  }

  // Safety: allocated by `init` and freed by `deallocate`; indices are masked.
  private let counters: UnsafeMutablePointer<Counter>

  init() {
    counters = .allocate(capacity: Self.count)
    counters.initialize(repeating: Counter(), count: Self.count)
  }

  func deallocate() { counters.deallocate() }

  /// The two counters of an address.
  private func counters(
    _ address: UInt64
  ) -> (first: UnsafeMutablePointer<Counter>, second: UnsafeMutablePointer<Counter>, tag: UInt32) {
    let word = UInt32(truncatingIfNeeded: address >> 2)
    let index = Int(truncatingIfNeeded: (word ^ word >> 13) & UInt32(Self.count - 1))
    return (counters + index, counters + (index ^ 1), (word ^ word >> 24) & 0xFF_FFFF)
  }

  /// Counts a visit of an effective address. On a conflict the lower counter is evicted and the
  /// other decays, so that stale entries, and addresses that have code and count no more, cannot
  /// starve new ones.
  /// - Returns: the number of visits; 1 when code may have been made since the visit before.
  func count(_ address: UInt64) -> UInt32 {
    let (first, second, tag) = counters(address)
    let counter = first.pointee.tag == tag ? first : second
    if counter.pointee.tag == tag {
      let count = min(counter.pointee.count + 1, Self.limit)
      counter.pointee = Counter(tag: tag, count: count)
      return count
    }
    let isFirst = first.pointee.count <= second.pointee.count
    let (lesser, greater) = isFirst ? (first, second) : (second, first)
    lesser.pointee = Counter(tag: tag, count: 1)
    let rest = greater.pointee.count
    greater.pointee = Counter(tag: greater.pointee.tag, count: rest - min(rest, 1 + rest / 8))
    return 1
  }

  /// Makes the next visit of an effective address one of many.
  func warm(_ address: UInt64) {
    let (first, second, tag) = counters(address)
    let counter =
      first.pointee.tag == tag || first.pointee.count <= second.pointee.count ? first : second
    counter.pointee = Counter(tag: tag, count: Self.limit - 1)
  }

  /// Resets the count of an effective address, which has code now.
  func reset(_ address: UInt64) {
    let (first, second, tag) = counters(address)
    if first.pointee.tag == tag { first.pointee = Counter(tag: tag, count: 0) }
    if second.pointee.tag == tag { second.pointee = Counter(tag: tag, count: 0) }
  }
}
