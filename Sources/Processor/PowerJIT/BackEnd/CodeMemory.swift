internal import CCodeMemory
internal import Glibc

/// Memory for host code, mapped twice: a writable view and an executable view. No page is both.
///
/// It is filled segment by segment, and then again from the first.
package final class CodeMemory {
  // Safety: both mappings live as long as this object, and every access stays inside `capacity`.
  private let writable: UnsafeMutableRawPointer
  private let executable: UnsafeMutableRawPointer
  package let capacity: Int
  private(set) var used = 0
  /// The first bytes, which are never filled again.
  private var kept = 0
  package private(set) var segment = 0
  package let segmentCount: Int
  /// Whether every segment has been filled.
  private var isFull = false
  private static let segmentLimit = 8
  /// Bytes of a huge page of the host.
  private static let hugePage = 2 << 20
  /// The least useful size of a segment, in bytes.
  private static let leastSegment = 2 << 20

  /// - Returns: nil when the host does not permit it.
  package init?(capacity: Int) {
    self.capacity = capacity
    segmentCount = max(1, min(Self.segmentLimit, capacity / Self.leastSegment))
    let file = ccode_memory_file(capacity)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard let writable = Self.map(file, capacity, PROT_READ | PROT_WRITE) else { return nil }
    guard let executable = Self.map(file, capacity, PROT_READ | PROT_EXEC) else {
      munmap(writable, capacity)
      return nil
    }
    self.writable = writable
    self.executable = executable
  }

  /// A view of the file, at an address at which the host's huge pages can begin.
  private static func map(_ file: Int32, _ capacity: Int, _ protection: Int32)
    -> UnsafeMutableRawPointer?
  {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let reserved = mmap(nil, capacity + hugePage, PROT_NONE, flags, -1, 0)
    guard let reserved, reserved != MAP_FAILED else { return nil }
    let end = reserved + capacity + hugePage
    let start = reserved.alignedUp(toMultipleOf: hugePage)
    let mapped = mmap(start, capacity, protection, MAP_SHARED | MAP_FIXED, file, 0)
    guard mapped == start else {
      munmap(reserved, capacity + hugePage)
      return nil
    }
    if start > reserved { munmap(reserved, start - reserved) }
    if end > start + capacity { munmap(start + capacity, end - (start + capacity)) }
    return start
  }

  deinit {
    munmap(writable, capacity)
    munmap(executable, capacity)
  }

  /// Address at which the next piece of code will run.
  package var next: UInt { UInt(bitPattern: executable) + UInt(used) }

  /// The address for the next piece of code, and the room there.
  package var free: (destination: UnsafeMutableRawPointer, capacity: Int) {
    (writable + used, segmentEnd - used)
  }

  package func commit(_ size: Int) {
    let before = used
    used = min((used + size + 15) & ~15, segmentEnd)
    let page = Self.hugePage(reachedBy: used)
    if page > Self.hugePage(reachedBy: before) { makeHuge(page * Self.hugePage) }
  }

  /// Bytes of code with which a huge page is worth while.
  private static let hugePageShare = 128 << 10

  /// The number of the last of the huge pages that are worth while.
  private static func hugePage(reachedBy used: Int) -> Int {
    (used - hugePageShare) >> hugePage.trailingZeroBitCount
  }

  /// MADV_COLLAPSE of Linux 6.1, which Glibc's module does not have.
  private static let collapse: Int32 = 25

  /// Makes a part of the executable view one huge page of the host, if the host can: code of a kernel and its
  /// programs has far more pages than the host's processor has translations. There is little code in it yet, so
  /// that little must be copied.
  private func makeHuge(_ offset: Int) {
    guard offset + Self.hugePage <= capacity else { return }
    _ = madvise(executable + offset, Self.hugePage, Self.collapse)
  }

  /// Keeps the committed code permanently.
  package func keep() { kept = used }

  private var segmentSize: Int { ((capacity - kept) / segmentCount) & ~15 }
  private var segmentEnd: Int { kept + (segment + 1) * segmentSize }

  /// Begins the next segment.
  /// - Returns: the addresses of its former code, which must not be entered any more; nil the first
  ///   time.
  package func nextSegment() -> Range<UInt>? {
    // A page counts as resident once for each view through which it was accessed.
    let page = 4096
    let start = (segmentEnd - segmentSize + page - 1) & ~(page - 1)
    if start < segmentEnd { madvise(writable + start, segmentEnd - start, MADV_DONTNEED) }
    segment += 1
    if segment == segmentCount { (segment, isFull) = (0, true) }
    used = segmentEnd - segmentSize
    return isFull ? address(used)..<address(segmentEnd) : nil
  }

  /// The executable address of an offset in bytes.
  private func address(_ offset: Int) -> UInt { UInt(bitPattern: executable) + UInt(offset) }
}
