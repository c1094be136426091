internal import Glibc
internal import HostSupport
internal import MachineOptions

/// A file that a terminal of the guest writes to.
final class TerminalFile: Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String, appends: Bool) throws(CommandError) {
    self.path = path
    // A FIFO without a reader must not be waited for.
    descriptor = open(
      path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (appends ? O_APPEND : O_TRUNC), 0o600)
    guard descriptor >= 0 else {
      throw CommandError("cannot write \(path): \(HostError.text(errno))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT)
    else { throw CommandError("cannot write \(path): it is no file") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes what the guest did; a full disk loses it, and the guest continues.
  func write(_ bytes: [UInt8]) {
    _ = WholeWrite.write(bytes, to: descriptor)
  }
}
