internal import Glibc

/// Byte order of an access.
@frozen
public enum Endianness: Hashable, Sendable {
  case big
  case little
}

/// Guest real memory: one mapping from address 0, zero-filled, committed by the host on demand.
///
/// Everything above the processor goes through the bounded accessors. The engines hold ``base``
/// and check the range when they fill their translation caches.
public final class GuestMemory: @unchecked Sendable {
  // Safety: concurrent accesses are those the guest itself makes; the mapping never moves.

  /// Pages as the marks count them.
  public static let pageShift: UInt64 = 12

  /// Bytes of memory, a multiple of 4 KiB.
  public let size: UInt64
  /// Host address of guest real address 0.
  public let base: UnsafeMutableRawPointer
  /// One byte per page: why stores to it must be seen. Engines store unseen only where it is 0.
  public let pageMarks: UnsafeMutablePointer<UInt8>
  /// Writes to marked pages so far; ``codeWrites(since:)`` gives the latest.
  @exclusivity(unchecked) public private(set) var codeWriteCount: UInt64 = 0
  @exclusivity(unchecked) private var recentCodeWrites = [UInt64](repeating: 0, count: 64)
  @exclusivity(unchecked) var tables = WatchedTables()

  /// - Parameter size: bytes, rounded up to a page.
  public init(size: UInt64) throws(GuestMemoryError) {
    let bytes = (size &+ 4095) & ~4095
    guard bytes >= size, bytes > 0, let length = Int(exactly: bytes) else {
      throw .hostAllocation(size: size, errno: EINVAL)
    }
    let mapping = mmap(
      nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else {
      throw .hostAllocation(size: size, errno: errno)
    }
    let pages = length >> Int(Self.pageShift)
    let marks = mmap(
      nil, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let marks, marks != MAP_FAILED else {
      munmap(mapping, length)
      throw .hostAllocation(size: size, errno: errno)
    }
    // Read faults on untouched memory would otherwise map one page each.
    madvise(mapping, length, MADV_HUGEPAGE)
    self.size = bytes
    base = mapping
    pageMarks = marks.bindMemory(to: UInt8.self, capacity: pages)
  }

  deinit {
    munmap(base, Int(size))
    munmap(pageMarks, Int(size >> Self.pageShift))
  }

  /// Whether `count` bytes at `address` are all memory.
  @inlinable
  public func contains(_ address: UInt64, count: UInt64) -> Bool {
    address <= size && count <= size - address
  }

  @usableFromInline
  func check(_ address: UInt64, _ count: Int) throws(GuestMemoryError) {
    guard count >= 0, contains(address, count: UInt64(count)) else {
      throw .outOfRange(address: address, count: count, size: size)
    }
  }

  // MARK: integers

  /// The integer at `address`, which need not be aligned.
  @inlinable
  public func read<T: FixedWidthInteger>(
    _: T.Type = T.self, at address: UInt64, _ order: Endianness = .big
  ) throws(GuestMemoryError) -> T {
    try check(address, MemoryLayout<T>.size)
    let raw = base.loadUnaligned(fromByteOffset: Int(address), as: T.self)
    return order == .big ? T(bigEndian: raw) : T(littleEndian: raw)
  }

  /// Stores `value` at `address`, which need not be aligned.
  @inlinable
  public func write<T: FixedWidthInteger>(
    _ value: T, at address: UInt64, _ order: Endianness = .big
  ) throws(GuestMemoryError) {
    try check(address, MemoryLayout<T>.size)
    base.storeBytes(
      of: order == .big ? value.bigEndian : value.littleEndian, toByteOffset: Int(address),
      as: T.self)
    noteWrite(address, MemoryLayout<T>.size)
  }

  // MARK: bytes

  public func read(_ count: Int, at address: UInt64) throws(GuestMemoryError) -> [UInt8] {
    try check(address, count)
    return [UInt8](UnsafeRawBufferPointer(start: base + Int(address), count: count))
  }

  public func write(_ bytes: [UInt8], at address: UInt64) throws(GuestMemoryError) {
    try write(bytes[...], at: address)
  }

  public func write(_ bytes: ArraySlice<UInt8>, at address: UInt64) throws(GuestMemoryError) {
    try check(address, bytes.count)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { memcpy(base + Int(address), start, source.count) }
    }
    noteWrite(address, bytes.count)
  }

  /// Has bytes written where they belong, all `count` of them.
  public func write(
    _ count: Int, at address: UInt64, by body: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    try check(address, count)
    defer { noteWrite(address, count) }
    try body(UnsafeMutableRawBufferPointer(start: base + Int(address), count: count))
  }

  public func fill(_ count: Int, at address: UInt64, with byte: UInt8 = 0) throws(GuestMemoryError)
  {
    try check(address, count)
    memset(base + Int(address), Int32(byte), count)
    noteWrite(address, count)
  }

  /// Makes all memory zero and gives it back to the host; all of it counts as written. No engine
  /// may hold decoded code.
  public func clear() {
    releaseTables()
    madvise(base, Int(size), MADV_DONTNEED)
    madvise(pageMarks, Int(size >> Self.pageShift), MADV_DONTNEED)
  }

  /// Copies within guest memory; the ranges may overlap.
  public func copy(_ count: Int, from source: UInt64, to target: UInt64) throws(GuestMemoryError) {
    try check(source, count)
    try check(target, count)
    memmove(base + Int(target), base + Int(source), count)
    noteWrite(target, count)
  }

  /// The bytes before the first zero byte at `address`.
  /// - Parameters:
  ///   - address: guest real address of the first byte.
  ///   - limit: bytes to look at, the zero included.
  public func readString(at address: UInt64, limit: Int = 4096) throws(GuestMemoryError) -> String {
    try check(address, 1)
    let available = Int(min(UInt64(max(limit, 0)), size - address))
    let start = base + Int(address)
    guard let end = memchr(start, 0, available) else {
      throw .unterminatedString(address: address, limit: limit)
    }
    let count = UnsafeRawPointer(end) - UnsafeRawPointer(start)
    return String(
      decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }

  // MARK: code

  @usableFromInline
  func noteWrite(_ address: UInt64, _ count: Int, changesTables: Bool = true) {
    guard count > 0 else { return }
    var page = address >> Self.pageShift
    let last = (address + UInt64(count) - 1) >> Self.pageShift
    while page <= last {
      let marks = pageMarks[Int(page)]
      if marks & Self.watchedMark != 0 { noteStore(page: page) }
      if marks & Self.codeMark != 0 { noteCodeWrite(page: page) }
      if marks & Self.tableMark != 0, changesTables { releaseTables() }
      page += 1
    }
  }

  /// The mark of a page of which an engine holds decoded or translated code.
  public static let codeMark: UInt8 = 1

  /// Reports a write to a page that has a code mark, so that every engine drops what it decoded.
  public func noteCodeWrite(page: UInt64) {
    recentCodeWrites[Int(codeWriteCount % 64)] = page
    codeWriteCount &+= 1
  }

  /// Takes the code mark away. Every engine must forget what it has of the page, and does when it
  /// next looks at ``codeWrites(since:)``.
  public func releaseCode(page: UInt64) {
    pageMarks[Int(page)] &= ~Self.codeMark
    noteCodeWrite(page: page)
  }

  /// The marked pages written since the count was `cursor`.
  /// - Returns: nil when there were too many to remember: every page may have changed.
  public func codeWrites(since cursor: UInt64) -> [UInt64]? {
    let missed = codeWriteCount &- cursor
    guard missed <= 64 else { return nil }
    return (0..<missed).map { recentCodeWrites[Int((cursor &+ $0) % 64)] }
  }
}
