internal import Glibc
internal import Synchronization

/// Storage whose changes are in a temporary file without a name, and gone at the end; what it is made
/// of is only read.
public final class SnapshotStorage: BlockStorage {
  /// Bytes that are copied together when the first of them changes.
  static let cluster: UInt64 = 64 << 10

  private let base: any BlockStorage
  private let changes: RawFile
  /// A bit for each cluster that ``changes`` has. Held while a cluster is copied and written.
  private let changed: Mutex<[UInt64]>

  /// - Parameter base: the storage to begin with.
  public init(of base: any BlockStorage) throws(BlockStorageError) {
    self.base = base
    var name = Array("\(Self.folder)/snapshot-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else {
      throw .host(action: "cannot make a temporary file in \(Self.folder)", number: errno)
    }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    guard ftruncate(descriptor, off_t(base.size)) == 0 else {
      let number = errno
      close(descriptor)
      throw .host(action: "cannot extend a temporary file", number: number)
    }
    changes = try RawFile(taking: descriptor, isReadOnly: false)
    try changes.claim()
    let clusters = (base.size + Self.cluster - 1) / Self.cluster
    changed = Mutex([UInt64](repeating: 0, count: Int((clusters + 63) / 64)))
  }

  private static var folder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp" }

  /// The bytes of what it is made of.
  public var size: UInt64 { base.size }
  /// Changes are always possible.
  public var isReadOnly: Bool { false }
  /// Changes are gone at the end.
  public var isLasting: Bool { false }

  /// Claims what is read.
  public func claim() throws(BlockStorageError) { try base.claim() }
  /// Releases what is read.
  public func release() throws(BlockStorageError) { try base.release() }

  /// The parts of a range by cluster.
  private func clusters(
    _ count: UInt64, at offset: UInt64
  ) throws(BlockStorageError) -> [(number: Int, offset: UInt64, count: UInt64)] {
    try checkRange(count, at: offset)
    var (parts, place, left) = ([(number: Int, offset: UInt64, count: UInt64)](), offset, count)
    while left > 0 {
      let step = min(left, Self.cluster - place % Self.cluster)
      parts.append((Int(place / Self.cluster), place, step))
      (place, left) = (place + step, left - step)
    }
    return parts
  }

  /// Reads each cluster from where it is.
  public func read(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    let clusters = try clusters(parts.byteCount, at: offset)
    let isChanged = changed.withLock { bits in clusters.map { Self.has($0.number, bits) } }
    // Neighbours that are in the same file are one transfer.
    var first = 0
    while first < clusters.count {
      let end =
        (first..<clusters.count).first { isChanged[$0] != isChanged[first] } ?? clusters.count
      let run = clusters[first..<end]
      let place = clusters[first].offset
      let bytes = parts.part(from: place - offset, count: run.reduce(0) { $0 + $1.count })
      if isChanged[first] {
        try changes.read(bytes, at: place)
      } else {
        try base.read(bytes, at: place)
      }
      first = end
    }
  }

  /// Writes to the temporary file.
  public func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    try change(parts.byteCount, at: offset) { changes, place, count throws(BlockStorageError) in
      try changes.write(parts.part(from: place - offset, count: count), at: place)
    }
  }

  /// Makes bytes zero in the temporary file.
  public func zero(
    _ count: UInt64, at offset: UInt64, canRelease: Bool
  ) throws(BlockStorageError) {
    try change(count, at: offset) { changes, place, count throws(BlockStorageError) in
      try changes.zero(count, at: place, canRelease: canRelease)
    }
  }

  /// Changes each cluster of a range after it has been copied.
  private func change(
    _ count: UInt64, at offset: UInt64,
    _ body: (RawFile, _ place: UInt64, _ count: UInt64) throws(BlockStorageError) -> Void
  ) throws(BlockStorageError) {
    for part in try clusters(count, at: offset) {
      try changed.withLock { bits throws(BlockStorageError) in
        if !Self.has(part.number, bits) {
          let start = UInt64(part.number) * Self.cluster
          let whole = min(Self.cluster, size - start)
          if part.count < whole { try copy(whole, at: start) }
        }
        try body(changes, part.offset, part.count)
        bits[part.number / 64] |= 1 << UInt64(part.number % 64)
      }
    }
  }

  private func copy(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: Int(count), alignment: 1)
    defer { buffer.deallocate() }
    let bytes = [HostBytes(start: buffer, count: Int(count))]
    try base.read(bytes, at: offset)
    try changes.write(bytes, at: offset)
  }

  private static func has(_ cluster: Int, _ bits: [UInt64]) -> Bool {
    bits[cluster / 64] >> UInt64(cluster % 64) & 1 != 0
  }

  /// Nothing is to last.
  public func flush() {}

  /// Discarding is advice; the bytes stay.
  public func discard(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    try checkRange(count, at: offset)
  }
}
