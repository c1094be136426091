/// The claimed guest real memory: of the firmware, of loaded files, and of the client.
struct MemoryClaims {
  /// The most separate claims of a client; adjoining ones are merged.
  static let limit = 4096
  /// The upper limit for `claim` with an alignment, which searches from the top, so that programs
  /// linked low find their addresses free. 1 GiB, within the signed 31 bits that some clients use.
  static let allocationTop: UInt64 = 1 << 30

  /// Bytes of real memory a client can reach without translation.
  let size: UInt64
  /// Sorted, not adjoining.
  var claimed: [Range<UInt64>] = []

  init(size: UInt64) { self.size = size }

  /// Whether no byte of `range` is claimed.
  private func isFree(_ range: Range<UInt64>) -> Bool {
    let next = claimed[firstIndex(endingAfter: range.lowerBound)...].first
    return next.map { $0.lowerBound >= range.upperBound } ?? true
  }

  private func firstIndex(endingAfter address: UInt64) -> Int {
    var (low, high) = (0, claimed.count)
    while low < high {
      let middle = (low + high) / 2
      if claimed[middle].upperBound > address { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Claims exactly this memory.
  /// - Returns: false when some of it is claimed already, or is not memory.
  mutating func claim(at address: UInt64, _ count: UInt64) -> Bool {
    guard count > 0, address <= size, count <= size - address else { return false }
    let range = address..<address + count
    guard isFree(range) else { return false }
    var index = firstIndex(endingAfter: address)
    var merged = range
    if index < claimed.count, claimed[index].lowerBound == range.upperBound {
      merged = merged.lowerBound..<claimed.remove(at: index).upperBound
    }
    if index > 0, claimed[index - 1].upperBound == range.lowerBound {
      index -= 1
      merged = claimed.remove(at: index).lowerBound..<merged.upperBound
    }
    guard claimed.count < Self.limit else { return false }
    claimed.insert(merged, at: index)
    return true
  }

  /// Claims the free parts of this memory, for the firmware's own files.
  mutating func cover(_ range: Range<UInt64>) {
    release(at: range.lowerBound, range.upperBound - range.lowerBound)
    _ = claim(at: range.lowerBound, min(range.upperBound, size) - min(range.lowerBound, size))
  }

  /// Claims free memory at a multiple of `alignment`, the highest below ``allocationTop``.
  mutating func claim(_ count: UInt64, alignment: UInt64) -> UInt64? {
    guard count > 0, alignment > 0, alignment <= size, count <= size else { return nil }
    // "Rounded up to the next power of two" (IEEE 1275, claim).
    let step =
      alignment.nonzeroBitCount == 1 ? alignment : 1 << (64 - alignment.leadingZeroBitCount)
    var top = min(size, Self.allocationTop)
    for taken in claimed.reversed() + [0..<0] {
      if taken.upperBound < top, count <= top - taken.upperBound {
        let address = (top - count) & ~(step - 1)
        if address >= taken.upperBound, claim(at: address, count) { return address }
      }
      top = min(top, taken.lowerBound)
    }
    return nil
  }

  /// Releases the claimed parts of this memory.
  mutating func release(at address: UInt64, _ count: UInt64) {
    guard count > 0, address < size else { return }
    let range = address..<address + min(count, size - address)
    let first = firstIndex(endingAfter: range.lowerBound)
    var last = first
    var rests: [Range<UInt64>] = []
    while last < claimed.count, claimed[last].lowerBound < range.upperBound {
      let taken = claimed[last]
      if taken.lowerBound < range.lowerBound { rests.append(taken.lowerBound..<range.lowerBound) }
      if taken.upperBound > range.upperBound { rests.append(range.upperBound..<taken.upperBound) }
      last += 1
    }
    // A hole makes two claims of one.
    guard claimed.count - (last - first) + rests.count <= Self.limit else { return }
    claimed.replaceSubrange(first..<last, with: rests)
  }

  /// The free parts of `range`.
  func available(in range: Range<UInt64>) -> [Range<UInt64>] {
    var free: [Range<UInt64>] = []
    var start = range.lowerBound
    for taken in claimed where taken.upperBound > start && taken.lowerBound < range.upperBound {
      if taken.lowerBound > start { free.append(start..<taken.lowerBound) }
      start = max(start, taken.upperBound)
    }
    if start < range.upperBound { free.append(start..<range.upperBound) }
    return free
  }
}
