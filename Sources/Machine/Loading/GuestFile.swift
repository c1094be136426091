internal import Glibc

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
    case descriptor(Int32)
  }

  public init(_ bytes: [UInt8], name: String) {
    self.name = name
    size = bytes.count
    source = .bytes(bytes)
  }

  /// Opens a regular file.
  /// - Returns: nil when there is none that can be read, or it is of another kind.
  public init?(opening path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let size = Int(exactly: status.st_size)
    else {
      close(descriptor)
      return nil
    }
    name = path
    self.size = size
    source = .descriptor(descriptor)
  }

  deinit { if case .descriptor(let descriptor) = source { close(descriptor) } }

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
    case .descriptor(let descriptor):
      var done = 0
      while done < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .unreadable(offset: offset + done, errno: errno) }
        // It was longer once.
        guard count > 0 else { throw .ends(offset: offset + done) }
        done += count
      }
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
}

/// Why bytes of a file cannot be had.
public enum GuestFileError: Error, Equatable, CustomStringConvertible {
  /// It has no more than so many bytes, at least not any longer.
  case ends(offset: Int)
  case unreadable(offset: Int, errno: Int32)

  public var description: String {
    switch self {
    case .ends(let offset): "the file ends at offset 0x\(String(offset, radix: 16))"
    case .unreadable(let offset, let errno):
      "cannot be read at offset 0x\(String(offset, radix: 16)): \(String(cString: strerror(errno)))"
    }
  }
}
