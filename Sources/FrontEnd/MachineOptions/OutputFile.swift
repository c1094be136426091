internal import Glibc

/// What an output may be written to, and who may read it.
package enum OutputKind {
  /// What a user named on the command line: pipes and character devices are written to as they are.
  case ordinary
  /// What holds a guest's memory, or has a name that a client chose: a regular file or a new one, for
  /// its owner only, whatever the umask.
  case `private`
}

extension Files {
  /// Writes a file by way of a temporary one beside it. Only a regular file, or a new one, is replaced;
  /// an ordinary output may also go to a pipe or character device, or through a link, as it is.
  package static func write(
    _ bytes: [UInt8], to path: String, _ kind: OutputKind = .ordinary
  ) throws(CommandError) {
    if kind == .ordinary, descriptor(named: path) != nil || type(of: path) ?? S_IFREG != S_IFREG {
      return try OutputStream(path).write(bytes)
    }
    let replacement = try FileReplacement(of: path, kind)
    try replacement.write(bytes)
    try replacement.commit()
  }

  /// The type of the file of this name, which may be a link; nil when there is none.
  static func type(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}

/// A file that is written piece by piece: a regular one, a pipe that has a reader or a character
/// device.
package final class OutputStream {
  private let path: String
  private let descriptor: Int32

  /// Empties the file, or makes a new one.
  package init(_ path: String) throws(CommandError) {
    self.path = path
    if let given = Files.descriptor(named: path) {
      descriptor = fcntl(given, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else { throw CommandError("cannot write \(path): \(Files.lastError)") }
      return
    }
    descriptor = open(
      path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw CommandError(
        "cannot write \(path): \(errno == ENXIO ? "no one reads it" : Files.lastError)")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0,
      [S_IFREG, S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT)
    else {
      throw CommandError("cannot write \(path): neither a file, a pipe nor a character device")
    }
    if status.st_mode & S_IFMT == S_IFREG, ftruncate(descriptor, 0) != 0 {
      throw CommandError("cannot write \(path): \(Files.lastError)")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends bytes.
  package func write(_ bytes: [UInt8]) throws(CommandError) {
    try Files.write(bytes, to: descriptor, name: path)
  }
}

/// A file on its way to take the place of another, which stays whole until ``commit(synced:)``.
package final class FileReplacement {
  private let path: String
  private let temporaryPath: String
  /// Of the new file.
  package let descriptor: Int32
  private var isCommitted = false

  /// Creates an empty file beside `path`.
  package init(of path: String, _ kind: OutputKind) throws(CommandError) {
    self.path = path
    var (temporary, file) = (path, Int32(-1))
    var status = stat()
    let exists = lstat(path, &status) == 0
    if !exists || status.st_mode & S_IFMT == S_IFREG {
      repeat {
        temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36))"
        file = open(
          temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kind == .private ? 0o600 : 0o666)
      } while file < 0 && errno == EEXIST
    }
    (temporaryPath, descriptor) = (temporary, file)
    try mustBeReplaceable()
    guard descriptor >= 0 else { throw CommandError("cannot write \(path): \(Files.lastError)") }
    // The umask may have taken bits of the owner's; the file that was there has its own.
    if kind == .private {
      fchmod(descriptor, 0o600)
    } else if exists {
      fchmod(descriptor, status.st_mode & 0o777)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isCommitted { unlink(temporaryPath) }
  }

  /// A device, a link or the like is not what a file takes the place of.
  private func mustBeReplaceable() throws(CommandError) {
    let error = errno
    defer { errno = error }
    guard let type = Files.type(of: path), type != S_IFREG else { return }
    throw CommandError("cannot write \(path): only a regular file, or a new one, is replaced")
  }

  /// Appends bytes.
  package func write(_ bytes: [UInt8]) throws(CommandError) {
    try Files.write(bytes, to: descriptor, name: path)
  }

  /// Makes the file the one at the path.
  /// - Parameter synced: whether to return only when it would survive a loss of power.
  package func commit(synced: Bool = false) throws(CommandError) {
    try mustBeReplaceable()
    guard !synced || fsync(descriptor) == 0, rename(temporaryPath, path) == 0
    else { throw CommandError("cannot write \(path): \(Files.lastError)") }
    isCommitted = true
    guard synced else { return }
    // The new name is in the folder, which is synced apart.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    fsync(handle)
    close(handle)
  }
}
