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
  // Safety: concurrent accesses are those that the guest itself makes; the mapping never moves.

  /// Base-2 logarithm of the size of a page that has a tag.
  public static let pageShift: UInt64 = 12

  /// Bytes of memory, a multiple of 4 KiB.
  public let size: UInt64
  /// Host address of guest real address 0.
  public let base: UnsafeMutableRawPointer
  /// One byte of tags for each page. Engines store on the fast path only where it is 0.
  public let pageTags: UnsafeMutablePointer<UInt8>
  /// Number of writes to pages with a code tag so far; ``codeWrites(since:)`` gives the latest.
  public var codeWriteCount: UInt64 { codeWrites.pointee }
  /// Where that number is, for translated code.
  public var codeWriteCounter: UnsafePointer<UInt64> { UnsafePointer(codeWrites) }
  // Safety: allocated and freed with this object.
  private let codeWrites: UnsafeMutablePointer<UInt64>
  @exclusivity(unchecked) private var recentCodeWrites = [UInt64](
    repeating: 0, count: GuestMemory.listedCodeWrites)
  /// The most writes to pages with a code tag that are listed: what a processor that has not run for a while may
  /// have missed.
  private static let listedCodeWrites = 4096
  @exclusivity(unchecked) var tables = WatchedTables()
  /// Whether the memory began as the contents of a file.
  private var hasFile = false

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
    let tags = mmap(
      nil, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let tags, tags != MAP_FAILED else {
      munmap(mapping, length)
      throw .hostAllocation(size: size, errno: errno)
    }
    // Read faults on untouched memory would otherwise map one page each.
    madvise(mapping, length, MADV_HUGEPAGE)
    self.size = bytes
    base = mapping
    pageTags = tags.bindMemory(to: UInt8.self, capacity: pages)
    codeWrites = .allocate(capacity: 1)
    codeWrites.initialize(to: 0)
  }

  deinit {
    munmap(base, Int(size))
    munmap(pageTags, Int(size >> Self.pageShift))
    codeWrites.deallocate()
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

  /// The `count` bytes from a guest real address on.
  public func read(_ count: Int, at address: UInt64) throws(GuestMemoryError) -> [UInt8] {
    try check(address, count)
    return [UInt8](UnsafeRawBufferPointer(start: base + Int(address), count: count))
  }

  /// Stores bytes from a guest real address on.
  public func write(_ bytes: [UInt8], at address: UInt64) throws(GuestMemoryError) {
    try write(bytes[...], at: address)
  }

  /// Stores bytes from a guest real address on.
  public func write(_ bytes: ArraySlice<UInt8>, at address: UInt64) throws(GuestMemoryError) {
    try check(address, bytes.count)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { memcpy(base + Int(address), start, source.count) }
    }
    noteWrite(address, bytes.count)
  }

  /// Calls `body` to write all of the `count` bytes in place.
  public func write(
    _ count: Int, at address: UInt64, by body: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    try check(address, count)
    defer { noteWrite(address, count) }
    try body(UnsafeMutableRawBufferPointer(start: base + Int(address), count: count))
  }

  /// Stores one byte `count` times from a guest real address on.
  public func fill(_ count: Int, at address: UInt64, with byte: UInt8 = 0) throws(GuestMemoryError)
  {
    try check(address, count)
    memset(base + Int(address), Int32(byte), count)
    noteWrite(address, count)
  }

  /// Makes all memory zero and returns it to the host; every page counts as written. No engine may
  /// hold decoded code.
  public func clear() {
    releaseTables()
    if hasFile { memset(base, 0, Int(size)) } else { madvise(base, Int(size), MADV_DONTNEED) }
    madvise(pageTags, Int(size >> Self.pageShift), MADV_DONTNEED)
  }

  /// Returns the pages of a range to the host. They count as written, and are zero at their next access.
  /// Nothing is done for a range that is not all memory.
  public func discard(_ count: Int, at address: UInt64) {
    guard count > 0, contains(address, count: UInt64(count)) else { return }
    noteWrite(address, count)
    // Parts of pages at its ends keep their contents.
    let mask = UInt64(1) << Self.pageShift - 1
    let (first, end) = ((address + mask) & ~mask, (address + UInt64(count)) & ~mask)
    guard first < end else { return }
    // The pages of a file would come back with its contents.
    if hasFile {
      memset(base + Int(first), 0, Int(end - first))
    } else {
      madvise(base + Int(first), Int(end - first), MADV_DONTNEED)
    }
  }

  /// Makes the contents of a file the memory's, page by page as they are used. The file must not change
  /// afterwards, and what the guest writes does not go there.
  /// - Parameter descriptor: a regular file of ``size`` bytes.
  public func replace(byFile descriptor: Int32) throws(GuestMemoryError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .hostAllocation(size: size, errno: errno) }
    guard UInt64(exactly: status.st_size) == size else {
      throw .hostAllocation(size: size, errno: EINVAL)
    }
    let mapping = mmap(
      base, Int(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, descriptor,
      0)
    guard mapping == base else { throw .hostAllocation(size: size, errno: errno) }
    hasFile = true
    noteWrite(0, Int(size))
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
  ///   - limit: the most bytes to read, including the zero.
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

  /// Notes that a device has written bytes through ``base``, all of them memory.
  public func noteWritten(_ count: Int, at address: UInt64) { noteWrite(address, count) }

  // MARK: code

  @usableFromInline
  func noteWrite(_ address: UInt64, _ count: Int, changesTables: Bool = true) {
    guard count > 0 else { return }
    var page = address >> Self.pageShift
    let last = (address + UInt64(count) - 1) >> Self.pageShift
    while page <= last {
      let tags = pageTags[Int(page)]
      if tags & Self.watchedTag != 0 { noteStore(page: page) }
      if tags & Self.codeTag != 0 { noteCodeWrite(page: page) }
      if tags & Self.tableTag != 0, changesTables { releaseTables() }
      page += 1
    }
  }

  /// The tag of a page of which an engine holds decoded or translated code.
  public static let codeTag: UInt8 = 1

  /// Reports a write to a page with a code tag, so that every engine drops its decoded code.
  public func noteCodeWrite(page: UInt64) {
    recentCodeWrites[Int(codeWriteCount % UInt64(Self.listedCodeWrites))] = page
    codeWrites.pointee &+= 1
  }

  /// Removes the code tag. Every engine drops its code of the page when it next reads
  /// ``codeWrites(since:)``.
  public func releaseCode(page: UInt64) {
    pageTags[Int(page)] &= ~Self.codeTag
    noteCodeWrite(page: page)
  }

  /// The pages with a code tag that were written since the count was `cursor`, each once.
  /// - Returns: nil when there were too many writes to list: every page may have changed.
  public func codeWrites(since cursor: UInt64) -> Set<UInt64>? {
    let missed = codeWriteCount &- cursor
    guard missed <= UInt64(Self.listedCodeWrites) else { return nil }
    return Set(
      (0..<missed).lazy.map { [recentCodeWrites] in
        recentCodeWrites[Int((cursor &+ $0) % UInt64(Self.listedCodeWrites))]
      })
  }
}
