internal import Glibc
internal import HostSupport

/// Reading of whole files, and writing that leaves either the whole file or none.
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

  /// Writes a file by way of a temporary one beside it.
  package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    // A pipe or device is written to as it is.
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw Failure("cannot write \(path): \(lastError)") }
      defer { close(descriptor) }
      return try write(bytes, to: descriptor, name: path)
    }
    let replacement = try FileReplacement(of: path)
    try replacement.write(bytes)
    try replacement.commit()
  }

  fileprivate static func write(
    _ bytes: [UInt8], to descriptor: Int32, name: String
  ) throws(Failure) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Failure("cannot write \(name): \(lastError)") }
      written += count
    }
  }

  fileprivate static var lastError: String { String(cString: strerror(errno)) }
}

/// A file on its way to take the place of another, which stays whole until ``commit()``.
package final class FileReplacement {
  private let path: String
  private let temporaryPath: [CChar]
  private let descriptor: Int32
  private var isCommitted = false

  /// Creates an empty file beside `path`.
  package init(of path: String) throws(Failure) {
    self.path = path
    var template = Array("\(path).XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    temporaryPath = template
    guard descriptor >= 0 else { throw Failure("cannot write \(path): \(Files.lastError)") }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes.
  package func write(_ bytes: [UInt8]) throws(Failure) {
    try Files.write(bytes, to: descriptor, name: path)
  }

  /// Makes the file the one at the path.
  /// - Parameter synced: whether to return only when it would survive a loss of power.
  package func commit(synced: Bool = false) throws(Failure) {
    let mask = umask(0)
    umask(mask)
    guard fchmod(descriptor, 0o666 & ~mask) == 0, !synced || fsync(descriptor) == 0,
      rename(temporaryPath, path) == 0
    else { throw Failure("cannot write \(path): \(Files.lastError)") }
    isCommitted = true
    guard synced else { return }
    // The new name is in the folder, which is synced apart.
    let folder = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) + "/" : "."
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    fsync(handle)
    close(handle)
  }
}
