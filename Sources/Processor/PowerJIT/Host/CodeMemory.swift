internal import CAsmJit
internal import Glibc

/// Memory for host code, mapped twice: a writable view and an executable view. No page is both.
///
/// It is filled segment by segment, and then again from the first.
final class CodeMemory {
  // Safety: both mappings live as long as this object, and every access stays inside `capacity`.
  private let writable: UnsafeMutableRawPointer
  private let executable: UnsafeMutableRawPointer
  let capacity: Int
  private(set) var used = 0
  /// The first bytes, which are never filled again.
  private var kept = 0
  private(set) var segment = 0
  let segmentCount: Int
  /// Whether every segment has been filled.
  private var isFull = false
  private static let segmentLimit = 8
  /// The least useful size of a segment, in bytes.
  private static let leastSegment = 2 << 20

  /// - Returns: nil when the host does not permit it.
  init?(capacity: Int) {
    self.capacity = capacity
    segmentCount = max(1, min(Self.segmentLimit, capacity / Self.leastSegment))
    let file = casm_memory_file(capacity)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let writable = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard let writable, writable != MAP_FAILED else { return nil }
    let executable = mmap(nil, capacity, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0)
    guard let executable, executable != MAP_FAILED else {
      munmap(writable, capacity)
      return nil
    }
    self.writable = writable
    self.executable = executable
  }

  deinit {
    munmap(writable, capacity)
    munmap(executable, capacity)
  }

  /// Address at which the next piece of code will run.
  var next: UInt { UInt(bitPattern: executable) + UInt(used) }

  /// The address for the next piece of code, and the room there.
  var free: (destination: UnsafeMutableRawPointer, capacity: Int) {
    (writable + used, segmentEnd - used)
  }

  func commit(_ size: Int) { used = min((used + size + 15) & ~15, segmentEnd) }

  /// Keeps the committed code permanently.
  func keep() { kept = used }

  private var segmentSize: Int { ((capacity - kept) / segmentCount) & ~15 }
  private var segmentEnd: Int { kept + (segment + 1) * segmentSize }

  /// Begins the next segment.
  /// - Returns: the addresses of its former code, which must not be entered any more; nil the first
  ///   time.
  func nextSegment() -> Range<UInt>? {
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
