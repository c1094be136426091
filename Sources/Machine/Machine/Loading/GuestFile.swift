package import HostSupport

/// A file from which a guest is loaded. Its bytes are read on demand, a kernel's straight into
/// guest memory: the file is neither kept as a whole nor mapped, because it may shrink in the
/// meantime.
public final class GuestFile: Sendable {
  /// For messages.
  public let name: String
  /// In bytes.
  public let size: Int
  private let source: Source

  private enum Source {
    case bytes([UInt8])
    case file(InputFile)
    case reader(Reader)
  }

  /// Fills a buffer with the bytes from an offset.
  typealias Reader =
    @Sendable (UnsafeMutableRawBufferPointer, Int) throws(GuestFileError) -> Void

  /// A file of a disk, whose bytes a function reads.
  init(name: String, size: Int, reader: @escaping Reader) {
    (self.name, self.size) = (name, size)
    source = .reader(reader)
  }

  /// A file whose bytes are in memory; messages call it `name`.
  public init(_ bytes: [UInt8], name: String) {
    self.name = name
    size = bytes.count
    source = .bytes(bytes)
  }

  /// An opened file. A file that cannot be read in parts, such as a pipe, is read at once.
  /// - Parameter limit: the most bytes of such a file.
  package init(_ file: InputFile, limit: Int = InputLimit.image) throws(InputError) {
    name = file.name
    if let size = file.size {
      self.size = size
      source = .file(file)
    } else {
      let bytes = try file.contents(limit: limit)
      size = bytes.count
      source = .bytes(bytes)
    }
  }

  /// Fills a buffer with the bytes from an offset.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GuestFileError) {
    guard offset >= 0, offset <= size, buffer.count <= size - offset else {
      throw .ends(offset: size)
    }
    switch source {
    case .reader(let read): try read(buffer, offset)
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + buffer.count]))
      }
    case .file(let file):
      let count: Int
      do throws(InputError) { count = try file.read(into: buffer, at: offset) } catch {
        throw .unreadable(offset: offset, reason: error.explanation)
      }
      // The file has become shorter.
      guard count == buffer.count else { throw .ends(offset: offset + count) }
    }
  }

  /// Bytes at an offset.
  func bytes(_ count: Int, at offset: Int) throws(GuestFileError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw .ends(offset: size)
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: GuestFileError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(GuestFileError) {
        try read(into: buffer, at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// The first bytes, or fewer when the file is shorter.
  func beginning(_ count: Int) throws(GuestFileError) -> [UInt8] {
    try bytes(min(count, size), at: 0)
  }
}

/// The reason for which bytes of a file cannot be read.
public enum GuestFileError: Error, Equatable, CustomStringConvertible {
  /// The file ends at this offset.
  case ends(offset: Int)
  case unreadable(offset: Int, reason: String)

  /// What is wrong, with the offset in hexadecimal.
  public var description: String {
    switch self {
    case .ends(let offset): "the file ends at offset \(offset.hexadecimal())"
    case .unreadable(let offset, let reason):
      "cannot be read at offset \(offset.hexadecimal()): \(reason)"
    }
  }
}
