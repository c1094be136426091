internal import HostSupport

/// The bytes of a disk or of another medium, as formats on it are read. Everything in them is
/// untrusted.
public protocol DiskBytes {
  /// Bytes of the medium.
  var size: UInt64 { get }
  /// Fills a buffer from an offset in bytes. The range is within ``size``.
  func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError)
}

extension DiskBytes {
  /// Bytes at an offset.
  public func bytes(_ count: Int, at offset: UInt64) throws(DiskFormatError) -> [UInt8] {
    guard count >= 0, offset <= size, UInt64(count) <= size - offset else {
      throw .ends(offset: offset, count: count, size: size)
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: DiskFormatError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(DiskFormatError) { try fill(buffer, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// Why a medium, a table or a file system on it cannot be read.
public enum DiskFormatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The host cannot read there.
  case unreadable(offset: UInt64, reason: String)
  /// The medium ends before the bytes.
  case ends(offset: UInt64, count: Int, size: UInt64)
  /// There is neither an MBR nor a GPT.
  case noPartitionTable
  /// The signature of a structure is another.
  case signature(structure: String, offset: UInt64)
  /// The checksum of a structure does not fit its bytes.
  case checksum(structure: String, offset: UInt64)
  /// A field has a value that cannot be.
  case field(structure: String, name: String, value: UInt64, offset: UInt64)
  /// The chain of logical partitions has a loop or too many members.
  case chain(offset: UInt64)
  /// There is no such partition.
  case noPartition(Int)
  /// A partition is not within the medium.
  case partitionOutside(Int)
  /// There is no ISO 9660 file system.
  case noFileSystem
  /// A path leads nowhere.
  case noFile(path: String)
  /// A file is larger than its user takes.
  case tooLarge(path: String, size: UInt64, limit: UInt64)
  /// An argument of a device is no `[PARTITION][,PATH]`.
  case argument(String)
  /// A medium has nothing that could be started.
  case notBootable

  /// What is wrong, with its offset in bytes.
  public var description: String {
    switch self {
    case .unreadable(let offset, let reason):
      "cannot be read at offset \(offset.hexadecimal()): \(reason)"
    case .ends(let offset, let count, let size):
      "\(count) bytes at offset \(offset.hexadecimal()) are not all of \(size)"
    case .noPartitionTable: "no partition table"
    case .signature(let structure, let offset):
      "no signature of \(structure) at offset \(offset.hexadecimal())"
    case .checksum(let structure, let offset):
      "the checksum of \(structure) at offset \(offset.hexadecimal()) is wrong"
    case .field(let structure, let name, let value, let offset):
      "\(name) of \(structure) at offset \(offset.hexadecimal()) is \(value)"
    case .chain(let offset):
      "the chain of logical partitions is not sound at offset \(offset.hexadecimal())"
    case .noPartition(let number): "there is no partition \(number)"
    case .partitionOutside(let number): "partition \(number) is not within the disk"
    case .noFileSystem: "no ISO 9660 file system"
    case .noFile(let path): "there is no file \(path.printable)"
    case .tooLarge(let path, let size, let limit):
      "\(path.printable) has \(size) bytes; up to \(limit) are loaded"
    case .argument(let text): "'\(text.printable)' is not [PARTITION][,PATH]"
    case .notBootable: "no PReP boot partition and no \\ppc\\bootinfo.txt"
    }
  }
}
