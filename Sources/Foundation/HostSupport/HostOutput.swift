internal import Glibc

/// A descriptor of the host that is written without waiting for its reader: bytes for which there
/// is no room are kept here.
///
/// The descriptor's own flags do not change, because other programs may share it.
package final class HostOutput: @unchecked Sendable {
  // Safety: only the thread that runs the machine uses it.

  private enum Kind {
    /// A new description of the terminal, which does not block.
    case nonBlocking
    case pipe
    case socket
    /// Written at once: files, devices without readers.
    case other
  }

  private let descriptor: Int32
  private let kind: Kind
  private let isOwned: Bool
  private var waiting: [UInt8] = []
  private var position = 0

  /// The number of bytes that a writable pipe takes at once (POSIX guarantees 512, Linux this).
  private static let pipePiece = 4096

  /// - Parameter descriptor: negative for none: all bytes are dropped.
  package init(_ descriptor: Int32) {
    var status = stat()
    let isKnown = descriptor >= 0 && fstat(descriptor, &status) == 0
    var (used, kind, isOwned) = (descriptor, Kind.other, false)
    switch isKnown ? status.st_mode & S_IFMT : 0 {
    case S_IFIFO: kind = .pipe
    case S_IFSOCK: kind = .socket
    case S_IFCHR where isatty(descriptor) == 1:
      // A writable terminal may still have less room than the bytes need.
      let own = open(
        "/proc/self/fd/\(descriptor)", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
      if own >= 0 { (used, kind, isOwned) = (own, .nonBlocking, true) }
    default: break
    }
    self.descriptor = used
    self.kind = kind
    self.isOwned = isOwned
  }

  deinit { if isOwned { close(descriptor) } }

  /// Whether bytes wait for the reader.
  package var isCongested: Bool { position < waiting.count }

  /// Writes as much as there is room for, and keeps the rest.
  package func write(_ bytes: [UInt8]) {
    guard descriptor >= 0 else { return }
    if isCongested {
      waiting += bytes
    } else {
      (waiting, position) = (bytes, 0)
    }
    flush()
  }

  /// Writes all bytes. After `isStopped` returns true, bytes that the reader does not take are
  /// dropped.
  package func write(_ bytes: [UInt8], isStopped: () -> Bool) {
    write(bytes)
    while isCongested {
      guard !isStopped() else { return drop() }
      wait(milliseconds: 100)
    }
  }

  /// Drops the bytes that wait.
  package func drop() { (waiting, position) = ([], 0) }

  /// Waits until some of the kept bytes can be written, which it then does, or other descriptors
  /// are readable.
  package func wait(milliseconds: Int32, or others: [Int32] = []) {
    var waits = others.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    waits.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
    poll(&waits, nfds_t(waits.count), milliseconds)
    flush()
  }

  private var isWritable: Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&wait, 1, 0) > 0
  }

  private func flush() {
    while isCongested {
      let count = waiting[position...].withUnsafeBytes { rest in
        switch kind {
        case .pipe:
          isWritable
            ? Glibc.write(descriptor, rest.baseAddress, min(rest.count, Self.pipePiece)) : 0
        case .socket:
          send(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        case .nonBlocking, .other:
          Glibc.write(descriptor, rest.baseAddress, rest.count)
        }
      }
      // After a signal the caller decides whether to continue the wait.
      if count == 0 || (count < 0 && (errno == EINTR || errno == EAGAIN)) { return }
      // The reader has closed the pipe, or the disk is full.
      guard count > 0 else { return drop() }
      position += count
    }
    drop()
  }
}
