internal import Glibc
internal import HostSupport

/// Reading and writing of whole files.
package enum Files {
  /// The bytes of a file; `-` is standard input.
  /// - Parameter limit: how many there may be; see ``InputLimit``.
  package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    do throws(InputError) { return try InputFile(opening: path).contents(limit: limit) } catch {
      throw Failure(error)
    }
  }

  /// Whether there is a file of this name.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Writes to standard output.
  package static func writeToStandardOutput(_ bytes: [UInt8]) throws(Failure) {
    try write(bytes, to: STDOUT_FILENO, name: "standard output")
  }

  /// Writes all bytes to a descriptor. A non-blocking one, of a pipe, is written to until
  /// ``Interruption/isOver``.
  static func write(
    _ bytes: [UInt8], to descriptor: Int32, name: String
  ) throws(Failure) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN, !Interruption.isOver {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, 100)
        continue
      }
      guard count > 0 else { throw Failure("cannot write \(name): \(lastError)") }
      written += count
    }
  }

  static var lastError: String { String(cString: strerror(errno)) }
}
