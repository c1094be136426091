internal import CStorage
internal import Glibc
internal import Synchronization

/// A regular file or a block device of the host whose bytes are the storage's.
///
/// The file is locked while it is claimed: one writer, or any number of readers.
public final class RawFile: BlockStorage {
  /// Bytes: whole sectors. What the last one has beyond the end of the file is zero, as with QEMU, and
  /// a write of it extends the file.
  public let size: UInt64
  /// Whether the file was opened for reading only.
  public let isReadOnly: Bool
  /// Bytes of the file when it was opened.
  private let fileSize: UInt64
  private let descriptor: Int32
  /// The same file through the host's cache, for transfers that cannot bypass it; -1 for a file that
  /// is not accessed directly.
  private let cached: Int32
  private let isClaimed = Atomic(false)

  /// Bytes of the sectors that block devices have.
  public static let sector: UInt64 = 512

  /// Opens a file and claims it.
  /// - Parameters:
  ///   - path: path on the host.
  ///   - isReadOnly: whether nothing is written.
  ///   - isDirect: whether the host's cache is bypassed.
  ///   - isClaimed: false to leave ``claim()`` to the caller.
  public convenience init(
    opening path: String, isReadOnly: Bool = false, isDirect: Bool = false, isClaimed: Bool = true
  ) throws(BlockStorageError) {
    let flags = (isReadOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
    let descriptor = open(path, flags | (isDirect ? storage_direct_flag : 0))
    guard descriptor >= 0 else {
      // The error of a file system without O_DIRECT.
      guard !isDirect || errno != EINVAL else { throw .notDirect }
      throw .host(action: "cannot open", number: errno)
    }
    // The name may mean another file by now; the descriptor does not.
    let cached = isDirect ? open("/proc/self/fd/\(descriptor)", flags) : -1
    guard !isDirect || cached >= 0 else {
      defer { close(descriptor) }
      throw .host(action: "cannot open", number: errno)
    }
    try self.init(taking: descriptor, cached: cached, isReadOnly: isReadOnly)
    if isClaimed { try claim() }
  }

  /// Takes a descriptor, which is closed at the end, or when the file cannot be used. The caller
  /// claims the file.
  public convenience init(
    taking descriptor: Int32, isReadOnly: Bool
  ) throws(BlockStorageError) {
    try self.init(taking: descriptor, cached: -1, isReadOnly: isReadOnly)
  }

  private init(
    taking descriptor: Int32, cached: Int32, isReadOnly: Bool
  ) throws(BlockStorageError) {
    do throws(BlockStorageError) { fileSize = try Self.size(of: descriptor) } catch {
      close(descriptor)
      if cached >= 0 { close(cached) }
      throw error
    }
    self.cached = cached
    size = (fileSize + Self.sector - 1) / Self.sector * Self.sector
    (self.descriptor, self.isReadOnly) = (descriptor, isReadOnly)
  }

  deinit {
    close(descriptor)
    if cached >= 0 { close(cached) }
  }

  private static func size(of descriptor: Int32) throws(BlockStorageError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .host(action: "cannot look at", number: errno)
    }
    guard [S_IFREG, S_IFBLK].contains(status.st_mode & S_IFMT) else { throw .kind }
    // A block device's size is where its end is.
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw .host(action: "cannot find the end of", number: errno) }
    return UInt64(end)
  }

  /// UIO_MAXIOV of Linux: the most parts of a transfer.
  private static let mostParts = 1024

  /// A file stays.
  public var isLasting: Bool { true }

  /// Takes a lock that another opening of the file does not share.
  public func claim() throws(BlockStorageError) {
    guard storage_lock(descriptor, !isReadOnly) == 0 else {
      guard errno != EAGAIN, errno != EACCES else { throw .inUse }
      throw .host(action: "cannot lock", number: errno)
    }
    isClaimed.store(true, ordering: .releasing)
  }

  /// Syncs the file and gives the lock up.
  public func release() throws(BlockStorageError) {
    guard isClaimed.load(ordering: .acquiring) else { return }
    if !isReadOnly { try flush() }
    isClaimed.store(false, ordering: .releasing)
    guard storage_unlock(descriptor) == 0 else {
      throw .host(action: "cannot unlock", number: errno)
    }
  }

  private func check(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    guard isClaimed.load(ordering: .acquiring) else { throw .inUse }
    try checkRange(count, at: offset)
  }

  // MARK: storage

  /// Reads bytes of the file to addresses of this process.
  public func read(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    try transfer(parts, at: offset, padsEnd: true) { preadv($0, $1, $2, $3) }
  }

  /// Writes bytes from addresses of this process to the file.
  public func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    guard !isReadOnly else { throw .readOnly }
    try transfer(parts, at: offset, padsEnd: false) { pwritev($0, $1, $2, $3) }
  }

  private func transfer(
    _ parts: [HostBytes], at offset: UInt64, padsEnd: Bool,
    _ call: (Int32, UnsafePointer<iovec>, Int32, off_t) -> Int
  ) throws(BlockStorageError) {
    let total = parts.byteCount
    try check(total, at: offset)
    var (rest, moved) = (parts, 0 as UInt64)
    var file = descriptor
    while moved < total {
      let place = off_t(offset + moved)
      let vectors = rest.prefix(Self.mostParts).map { iovec(iov_base: $0.start, iov_len: $0.count) }
      let done = vectors.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map { call(file, $0, Int32(buffer.count), place) } ?? 0
      }
      if done < 0, errno == EINTR { continue }
      if done < 0, errno == EINVAL, cached >= 0, file != cached {
        // Bytes whose addresses the host's device cannot take.
        file = cached
        continue
      }
      if done == 0, padsEnd, place >= off_t(fileSize) {
        for part in rest { memset(part.start, 0, part.count) }
        return
      }
      guard done > 0 else {
        // The file has become shorter.
        throw .host(action: "cannot transfer", number: done == 0 ? EIO : errno)
      }
      moved += UInt64(done)
      if moved < total { rest = rest.part(from: UInt64(done), count: total - moved) }
    }
  }

  /// Returns when everything written before is on stable storage.
  public func flush() throws(BlockStorageError) {
    guard isClaimed.load(ordering: .acquiring) else { throw .inUse }
    while fdatasync(descriptor) != 0 {
      guard errno == EINTR else { throw .host(action: "cannot flush", number: errno) }
    }
  }

  /// Makes bytes zero, as a hole of the file when `canRelease` allows it.
  public func zero(
    _ count: UInt64, at offset: UInt64, canRelease: Bool
  ) throws(BlockStorageError) {
    guard !isReadOnly else { throw .readOnly }
    try check(count, at: offset)
    guard count > 0 else { return }
    let call = canRelease ? storage_punch_hole : storage_zero_range
    if call(descriptor, off_t(offset), off_t(count)) == 0 { return }
    // File systems without either are written to.
    try writeZeroes(count, at: offset)
  }

  /// Makes a hole in the file where its file system can.
  public func discard(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    guard !isReadOnly else { throw .readOnly }
    try check(count, at: offset)
    guard count > 0 else { return }
    // Where the host cannot, the bytes stay: discarding is advice.
    _ = storage_punch_hole(descriptor, off_t(offset), off_t(count))
  }
}
