/// How often places have been visited that have no code yet, as far as remembered.
struct VisitCounters {
  private static let count = 1 << 15

  private struct Counter {
    /// Effective address, without what all addresses have in common.
    var tag: UInt32 = 0
    var count: UInt32 = 0
  }

  // Safety: allocated by `init` and freed by `deallocate`; indices are masked.
  private let counters: UnsafeMutablePointer<Counter>

  init() {
    counters = .allocate(capacity: Self.count)
    counters.initialize(repeating: Counter(), count: Self.count)
  }

  func deallocate() { counters.deallocate() }

  private func counter(_ address: UInt64) -> (UnsafeMutablePointer<Counter>, tag: UInt32) {
    let tag = UInt32(truncatingIfNeeded: address >> 2)
    let index = Int(truncatingIfNeeded: (tag ^ tag >> 13) & UInt32(Self.count - 1))
    return (counters + index, tag)
  }

  /// Counts a visit of an effective address.
  /// - Returns: how many there have been; 1 when code may have been made since the one before.
  func count(_ address: UInt64) -> UInt32 {
    let (counter, tag) = counter(address)
    if counter.pointee.tag == tag {
      counter.pointee.count = min(counter.pointee.count + 1, 1 << 30)
    } else {
      counter.pointee = Counter(tag: tag, count: 1)
    }
    return counter.pointee.count
  }

  /// Begins anew for an effective address, of which there is code now.
  func reset(_ address: UInt64) {
    let (counter, tag) = counter(address)
    if counter.pointee.tag == tag { counter.pointee.count = 0 }
  }
}
