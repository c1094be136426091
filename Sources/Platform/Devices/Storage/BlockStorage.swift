internal import HostSupport

/// Why storage did not do what it was asked for.
public enum BlockStorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A call of the host failed, with its `errno`.
  case host(action: String, number: Int32)
  /// The bytes are not all of the storage.
  case outOfRange(offset: UInt64, count: UInt64, size: UInt64)
  /// It cannot be written.
  case readOnly
  /// Another process uses the file.
  case inUse
  /// The file is neither a regular file nor a block device.
  case kind

  /// The reason in words.
  public var description: String {
    switch self {
    case .host(let action, let number): "\(action): \(HostError.text(number))"
    case .outOfRange(let offset, let count, let size):
      "\(count) bytes at \(offset) are not all of \(size)"
    case .readOnly: "cannot be written"
    case .inUse: "another process uses it"
    case .kind: "is neither a regular file nor a block device"
    }
  }
}

/// Bytes that a block device has behind it. Calls may block; any thread may call.
public protocol BlockStorage: Sendable {
  /// Bytes: whole sectors of 512.
  var size: UInt64 { get }
  var isReadOnly: Bool { get }
  /// Whether a machine that continues elsewhere finds the same bytes.
  var isLasting: Bool { get }

  /// Excludes other writers, before the first access and after ``release()``.
  func claim() throws(BlockStorageError)
  /// Puts everything on stable storage and lets another process claim it. Until it is claimed again
  /// every access fails.
  func release() throws(BlockStorageError)

  /// Reads bytes to addresses of this process, one after the other.
  func read(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError)
  /// Writes bytes from addresses of this process, one after the other.
  func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError)
  /// Returns when everything written before is on stable storage.
  func flush() throws(BlockStorageError)
  /// Makes bytes zero.
  /// - Parameters:
  ///   - count: bytes.
  ///   - offset: of the first byte.
  ///   - canRelease: whether the host may take the space back.
  func zero(_ count: UInt64, at offset: UInt64, canRelease: Bool) throws(BlockStorageError)
  /// Gives bytes up: what is read there afterwards is not defined.
  func discard(_ count: UInt64, at offset: UInt64) throws(BlockStorageError)
}

/// Bytes of guest memory as this process has them. The maker keeps the memory alive.
public struct HostBytes: @unchecked Sendable {
  // Safety: a pair of numbers; the memory is the guest's, whose bytes any thread may change.
  /// Address of the first byte in this process.
  public let start: UnsafeMutableRawPointer
  /// Bytes.
  public let count: Int

  /// Bytes from an address of this process on.
  public init(start: UnsafeMutableRawPointer, count: Int) {
    (self.start, self.count) = (start, count)
  }
}

extension BlockStorage {
  /// Whether a range is within the storage.
  func checkRange(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    guard offset <= size, count <= size - offset else {
      throw .outOfRange(offset: offset, count: count, size: size)
    }
  }
}

extension [HostBytes] {
  /// Bytes of all parts.
  var byteCount: UInt64 { reduce(0) { $0 + UInt64($1.count) } }

  /// Some of the bytes of all parts.
  func part(from offset: UInt64, count: UInt64) -> [HostBytes] {
    var (skip, left, found) = (offset, count, [HostBytes]())
    for part in self where left > 0 {
      guard skip < UInt64(part.count) else {
        skip -= UInt64(part.count)
        continue
      }
      let length = Swift.min(UInt64(part.count) - skip, left)
      found.append(HostBytes(start: part.start + Int(skip), count: Int(length)))
      (skip, left) = (0, left - length)
    }
    return found
  }
}
