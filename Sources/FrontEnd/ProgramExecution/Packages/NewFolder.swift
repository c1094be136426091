internal import Glibc
internal import HostSupport

/// A folder that is filled and then put in its place at once, so that what is there is whole.
package final class NewFolder {
  /// Where it is filled.
  package let path: String
  private let target: String
  private var isCommitted = false

  /// Makes an empty folder next to the place where it will be.
  package init(for target: String) throws(ExecutionError) {
    self.target = target
    path = "\(target).\(UInt64.random(in: .min ... .max).hexDigits(16))"
    try Self.make(path)
  }

  deinit { if !isCommitted { Self.remove(path) } }

  /// Puts it in its place; what was there is removed.
  package func commit() throws(ExecutionError) {
    var status = stat()
    if lstat(target, &status) == 0 {
      let old = path + ".old"
      if rename(target, old) == 0 { Self.remove(old) }
    }
    guard rename(path, target) == 0 else {
      throw ExecutionError("cannot make \(target): \(HostError.text(errno))")
    }
    isCommitted = true
  }

  /// Makes a folder and those that lead to it.
  package static func make(_ path: String) throws(ExecutionError) {
    var place = path.hasPrefix("/") ? "" : "."
    for name in path.split(separator: "/") {
      place += "/" + name
      guard mkdir(place, 0o700) == 0 || errno == EEXIST else {
        throw ExecutionError("cannot make \(place): \(HostError.text(errno))")
      }
    }
  }

  package static func write(_ text: String, to path: String) throws(ExecutionError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw ExecutionError("cannot write \(path): \(HostError.text(errno))") }
    defer { close(file) }
    let error = WholeWrite.write(Array(text.utf8), to: file)
    guard error == 0 else { throw ExecutionError("cannot write \(path): \(HostError.text(error))") }
  }

  /// Removes a folder with all that is in it. Links are removed, not followed.
  package static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    chmod(path, 0o700)
    for name in FolderEntries.names(in: path) { remove(path + "/" + name) }
    rmdir(path)
  }
}
