internal import Glibc

/// The hashed page table of a partition (Book III 6.7.9), outside the guest's own memory.
///
/// Entries are two doublewords in host byte order; groups (PTEGs) hold eight entries.
public final class HashPageTable: @unchecked Sendable {
  // Safety: entries are plain doublewords; the machine serialises hypercalls and the page-table
  // walks of one partition.

  /// Base-2 logarithm of the size in bytes, 18 to 46.
  public let sizeLog2: Int
  /// Entries as (first, second) doubleword pairs.
  public let entries: UnsafeMutablePointer<UInt64>

  /// - Returns: nil when PAPR does not allow the size, or the host lacks the memory.
  public init?(sizeLog2: Int) {
    guard (18...46).contains(sizeLog2) else { return nil }
    let mapping = mmap(
      nil, 1 << sizeLog2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
      0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    self.sizeLog2 = sizeLog2
    entries = mapping.bindMemory(to: UInt64.self, capacity: 1 << (sizeLog2 - 3))
  }

  deinit { munmap(entries, 1 << sizeLog2) }

  /// Number of 16-byte entries.
  @inlinable public var entryCount: UInt64 { 1 << UInt64(sizeLog2 - 4) }
  /// Mask to apply to a hash to get the number of an eight-entry group.
  @inlinable public var groupMask: UInt64 { (1 << UInt64(sizeLog2 - 7)) - 1 }

  /// Entry `index` modulo the table's size.
  @inlinable
  public subscript(index: UInt64) -> (first: UInt64, second: UInt64) {
    @inline(__always) get {
      let place = Int(truncatingIfNeeded: (index & (entryCount - 1)) << 1)
      return (entries[place], entries[place + 1])
    }
    @inline(__always) set {
      let place = Int(truncatingIfNeeded: (index & (entryCount - 1)) << 1)
      entries[place] = newValue.first
      entries[place + 1] = newValue.second
    }
  }

  /// Makes every entry zero and returns the memory to the host.
  public func clear() {
    // Anonymous private memory reads as zero after MADV_DONTNEED.
    if madvise(entries, 1 << sizeLog2, MADV_DONTNEED) != 0 { memset(entries, 0, 1 << sizeLog2) }
  }
}
