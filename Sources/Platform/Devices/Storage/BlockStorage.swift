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
  /// A server refused, in its own words.
  case server(action: String, reason: String)
  /// A program that is not installed, and its Debian package.
  case program(String, package: String)
  /// A library without which this program was built, and its Debian package.
  case library(String, package: String)
  /// A file system, or a server, that has no direct access.
  case notDirect
  /// A machine that moves cannot hand it over.
  case handOver
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
    case .server(let action, let reason): "\(action): \(reason)"
    case .program(let name, let package):
      "needs \(name), which is not installed (Debian: \(package))"
    case .library(let name, let package):
      "needs \(name), without which this program was built (Debian: \(package))"
    case .notDirect: "the host's cache cannot be bypassed there"
    case .handOver:
      "is not raw, and cannot be handed over by a guest that moves; an NBD server's URI can"
    case .kind: "is neither a regular file nor a block device"
    }
  }
}

/// What this machine can claim on the host, and hand over to another one.
public protocol Claimable {
  /// Excludes other writers, before the first access and after ``release()``.
  func claim() throws(BlockStorageError)
  /// Puts everything on stable storage and lets another process claim it. Until it is claimed again
  /// every access fails.
  func release() throws(BlockStorageError)
}

extension [any Claimable] {
  /// Claims all of them, or none.
  package func claim() throws(BlockStorageError) {
    for (index, item) in enumerated() {
      do throws(BlockStorageError) { try item.claim() } catch {
        for claimed in self[..<index] { try? claimed.release() }
        throw error
      }
    }
  }

  /// Releases all of them.
  package func release() throws(BlockStorageError) { for item in self { try item.release() } }
}

/// Bytes that a block device has behind it. Calls may block; any thread may call.
public protocol BlockStorage: Claimable, Sendable {
  /// Bytes: whole sectors of 512.
  var size: UInt64 { get }
  var isReadOnly: Bool { get }
  /// Whether a machine that continues elsewhere finds the same bytes.
  var isLasting: Bool { get }

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

  /// Writes bytes that are zero, for storage that has no other way.
  func writeZeroes(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
    var zeroes = [UInt8](repeating: 0, count: Int(min(count, 1 << 20)))
    var (place, left) = (offset, count)
    while left > 0 {
      let step = Int(min(left, UInt64(zeroes.count)))
      let result = zeroes.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { start in
          Result { () throws(BlockStorageError) in
            try write([HostBytes(start: start, count: step)], at: place)
          }
        }
      }
      try result?.get()
      (place, left) = (place + UInt64(step), left - UInt64(step))
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
