internal import Glibc
internal import HostSupport

extension Files {
  /// Makes sure that a file can be written later. It stays as it is.
  package static func checkWritable(
    _ path: String, _ kind: OutputKind = .ordinary
  ) throws(CommandError) {
    if kind == .ordinary, let given = descriptor(named: path) {
      let flags = fcntl(given, F_GETFL)
      guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
        throw CommandError("cannot write \(path): the descriptor is not open for writing")
      }
      return
    }
    guard kind == .ordinary, let type = type(of: path), type != S_IFREG else {
      // What would take its place can be made; it goes away at once.
      _ = try FileReplacement(of: path, kind)
      return
    }
    // A link may lead to a file that is still to be made.
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw CommandError("cannot write \(path): it is a folder")
    }
    guard access(path, W_OK) == 0 else {
      throw CommandError("cannot write \(path): \(HostError.text(errno))")
    }
  }
}
