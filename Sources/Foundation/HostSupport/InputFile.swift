internal import Glibc

/// A file that a command reads: opened without waiting, never read beyond a limit, and read so that
/// a signal or the end of the time limit ends every wait.
package final class InputFile: Sendable {
  /// For messages.
  package let name: String
  package let descriptor: Int32
  /// Size of a regular file in bytes; nil for files without a size, such as a pipe.
  package let size: Int?

  /// Opens a regular file, a pipe or a socket; `-` is standard input, which may be anything.
  package init(opening path: String) throws(InputError) {
    name = path
    if path == "-" {
      descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
    } else {
      // A FIFO without a writer would hold up a blocking open.
      descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard descriptor >= 0 else {
      size = nil
      throw InputError(path, .host(errno))
    }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    let kind = status.st_mode & S_IFMT
    size = isKnown && kind == S_IFREG ? Int(exactly: status.st_size) : nil
    guard isKnown else { throw InputError(path, .host(errno)) }
    if kind == S_IFDIR { throw InputError(path, .host(EISDIR)) }
    if path != "-", kind == S_IFCHR || kind == S_IFBLK { throw InputError(path, .device) }
  }

  /// Takes ownership of a descriptor, which must be a regular file's.
  /// - Parameter error: the `errno` of a negative descriptor.
  init(regular descriptor: Int32, name: String, error: Int32) throws(InputError) {
    (self.descriptor, self.name) = (descriptor, name)
    var status = stat()
    let isRegular =
      descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    size = isRegular ? Int(exactly: status.st_size) : nil
    if descriptor < 0 { throw InputError(name, .host(error)) }
    if !isRegular { throw InputError(name, .neitherFileNorFolder) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The whole file.
  /// - Parameter limit: the most bytes.
  package func contents(limit: Int) throws(InputError) -> [UInt8] {
    if let size, size > limit { throw InputError(name, .tooLarge(limit: limit)) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size ?? 0)
    while true {
      // A byte beyond the limit shows that the file is longer.
      let piece = try next(min(Self.piece, limit - bytes.count + 1))
      if piece.isEmpty { return bytes }
      bytes += piece
      if bytes.count > limit { throw InputError(name, .tooLarge(limit: limit)) }
    }
  }

  /// The next bytes; fewer than requested only at the end.
  package func read(_ count: Int) throws(InputError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = try next(min(Self.piece, count - bytes.count))
      if piece.isEmpty { break }
      if bytes.isEmpty, piece.count == count { return piece }
      bytes += piece
    }
    return bytes
  }

  /// Fills a buffer with the bytes of a regular file from an offset.
  /// - Returns: the number of bytes read.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(InputError) -> Int {
    var done = 0
    while done < buffer.count {
      try Interruption.check(name)
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, min(rest.count, 16 << 20), offset + done)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw InputError(name, .host(errno)) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The size of a read: pipes return no more, and a signal takes effect between two.
  private static let piece = 1 << 20

  /// Some bytes as soon as there are any; none at the end.
  private func next(_ count: Int) throws(InputError) -> [UInt8] {
    while true {
      try wait()
      var (got, error) = (0, Int32(0))
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        got = Glibc.read(descriptor, buffer.baseAddress, count)
        if got < 0 { error = errno }
        initialized = max(got, 0)
      }
      if got >= 0 { return bytes }
      guard error == EINTR || error == EAGAIN else { throw InputError(name, .host(error)) }
    }
  }

  /// Waits until there are bytes to read, or the other end is closed.
  private func wait() throws(InputError) {
    while true {
      try Interruption.check(name)
      if size != nil { return }
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // A signal that arrives just before the wait is noticed after it.
      let ready = poll(&request, 1, 100)
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw InputError(name, .host(errno)) }
    }
  }
}

/// The reason for which a file cannot be read.
package struct InputError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// An `errno` of the host.
    case host(Int32)
    case device
    /// An entry that a folder of properties and nodes cannot have: a link, a pipe, a device.
    case neitherFileNorFolder
    /// A folder with a name that is not printable ASCII.
    case entryName
    /// A folder without properties and nodes.
    case emptyFolder
    /// Folders nested deeper than this.
    case tooDeep(Int)
    /// In bytes.
    case tooLarge(limit: Int)
    /// By a signal.
    case interrupted
    /// The time limit was reached.
    case overdue
  }

  package let name: String
  package let reason: Reason

  package init(_ name: String, _ reason: Reason) { (self.name, self.reason) = (name, reason) }

  package var description: String { "cannot read \(name): \(explanation)" }

  /// The reason without the file's name.
  package var explanation: String {
    switch reason {
    case .host(let number): HostError.text(number)
    case .device: "it is a device; a file or a pipe is needed"
    case .neitherFileNorFolder: "it is neither a regular file nor a folder; links are not followed"
    case .entryName: "a name in it is not printable ASCII"
    case .emptyFolder: "the folder is empty"
    case .tooDeep(let limit): "folders are nested more than \(limit) deep"
    case .tooLarge(let limit):
      "it has more than \(limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit) bytes")"
    case .interrupted: "a signal ended the wait"
    case .overdue: "the time allowed is over"
    }
  }
}

extension Interruption {
  /// Throws after a signal, or when the time limit is reached.
  static func check(_ name: String) throws(InputError) {
    if isWanted { throw InputError(name, .interrupted) }
    if isOverdue { throw InputError(name, .overdue) }
  }
}

/// The most bytes of a kind of file.
package enum InputLimit {
  /// Domains, suites, lists: files that people write.
  package static let text = 16 << 20
  /// Flattened trees and overlays; those of the largest machines have 10 MiB.
  package static let tree = 64 << 20
  /// Kernels and RAM disks from a pipe, and the expanded contents of a compressed kernel.
  package static let image = 1 << 30
}
