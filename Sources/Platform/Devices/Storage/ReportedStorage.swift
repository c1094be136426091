internal import Synchronization

/// Storage whose failures someone hears of besides the guest.
public final class ReportedStorage: BlockStorage {
  private let storage: any BlockStorage
  private let report: @Sendable (BlockStorageError) -> Void
  private let reported = Mutex<Set<BlockStorageError>>([])

  /// Failures that are reported, at most: a server has any number of words.
  private static let mostReported = 16

  /// - Parameters:
  ///   - storage: what has the bytes.
  ///   - report: gets each failure of the host or of a server once, on the thread that met it.
  public init(of storage: any BlockStorage, report: @escaping @Sendable (BlockStorageError) -> Void)
  {
    (self.storage, self.report) = (storage, report)
  }

  /// Bytes: whole sectors of 512.
  public var size: UInt64 { storage.size }
  /// Whether it cannot be written.
  public var isReadOnly: Bool { storage.isReadOnly }
  /// Whether a machine that continues elsewhere finds the same bytes.
  public var isLasting: Bool { storage.isLasting }

  private func reporting(
    _ body: () throws(BlockStorageError) -> Void
  ) throws(BlockStorageError) {
    do throws(BlockStorageError) { try body() } catch {
      switch error {
      case .host, .server:
        let isNew = reported.withLock { $0.count < Self.mostReported && $0.insert(error).inserted }
        if isNew { report(error) }
      default: break
      }
      throw error
    }
  }

  /// Excludes other writers.
  public func claim() throws(BlockStorageError) { try storage.claim() }

  /// Puts everything on stable storage and lets another process claim it.
  public func release() throws(BlockStorageError) { try storage.release() }

  /// Reads bytes to addresses of this process, one after the other.
  public func read(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    try reporting { () throws(BlockStorageError) in try storage.read(parts, at: offset) }
  }

  /// Writes bytes from addresses of this process, one after the other.
  public func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    try reporting { () throws(BlockStorageError) in try storage.write(parts, at: offset) }
  }

  /// Returns when everything written before is on stable storage.
  public func flush() throws(BlockStorageError) {
    try reporting { () throws(BlockStorageError) in try storage.flush() }
  }

  /// Makes bytes zero.
  public func zero(
    _ count: UInt64, at offset: UInt64, canRelease: Bool
  ) throws(BlockStorageError) {
    try reporting { () throws(BlockStorageError) in
      try storage.zero(count, at: offset, canRelease: canRelease)
    }
  }

  /// Gives bytes up.
  public func discard(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    try reporting { () throws(BlockStorageError) in try storage.discard(count, at: offset) }
  }
}
