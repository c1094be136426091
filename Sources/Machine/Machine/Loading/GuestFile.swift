package import HostSupport

/// A file that a guest is loaded from. Its bytes are read where they are needed, which for a kernel
/// is guest memory: it is neither kept as a whole nor mapped, as it may shrink meanwhile.
public final class GuestFile: Sendable {
  /// For messages.
  public let name: String
  /// In bytes.
  public let size: Int
  private let source: Source

  private enum Source {
    case bytes([UInt8])
    case file(InputFile)
  }

  public init(_ bytes: [UInt8], name: String) {
    self.name = name
    size = bytes.count
    source = .bytes(bytes)
  }

  /// A file that has been opened. What cannot be read in parts, such as a pipe, is read now.
  /// - Parameter limit: bytes of such a file.
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

  /// Fills a buffer with the bytes from an offset on.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GuestFileError) {
    guard offset >= 0, offset <= size, buffer.count <= size - offset else {
      throw .ends(offset: size)
    }
    switch source {
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + buffer.count]))
      }
    case .file(let file):
      let count: Int
      do throws(InputError) { count = try file.read(into: buffer, at: offset) } catch {
        throw .unreadable(offset: offset, reason: error.explanation)
      }
      // It was longer once.
      guard count == buffer.count else { throw .ends(offset: offset + count) }
    }
  }

  /// Some bytes.
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

  /// The first bytes, fewer when there are no more.
  func beginning(_ count: Int) throws(GuestFileError) -> [UInt8] {
    try bytes(min(count, size), at: 0)
  }
}

/// Why bytes of a file cannot be had.
public enum GuestFileError: Error, Equatable, CustomStringConvertible {
  /// It has no more than so many bytes, at least not any longer.
  case ends(offset: Int)
  case unreadable(offset: Int, reason: String)

  public var description: String {
    switch self {
    case .ends(let offset): "the file ends at offset 0x\(String(offset, radix: 16))"
    case .unreadable(let offset, let reason):
      "cannot be read at offset 0x\(String(offset, radix: 16)): \(reason)"
    }
  }
}
