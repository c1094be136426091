internal import Glibc
internal import HostSupport

/// Writes to a descriptor that a client has passed, with a limit for the time that a reader blocks
/// it.
final class DescriptorOutput {
  private let descriptor: PassedDescriptor
  private let kind: mode_t
  /// The original flags of the descriptor, which the client shares.
  private let flags: Int32
  private let patience: Double
  private let isStopped: () -> Bool

  /// - Parameters:
  ///   - patience: milliseconds after which a reader that takes nothing is an error.
  ///   - isStopped: whether to stop writing.
  init(
    _ descriptor: PassedDescriptor, patience: Double = 10_000, isStopped: @escaping () -> Bool
  ) throws(ControlError) {
    self.descriptor = descriptor
    self.patience = patience
    self.isStopped = isStopped
    var status = stat()
    let isKnown = fstat(descriptor.number, &status) == 0
    kind = status.st_mode & S_IFMT
    flags = fcntl(descriptor.number, F_GETFL)
    guard isKnown, descriptor.isWritable, [S_IFREG, S_IFIFO, S_IFSOCK].contains(kind) else {
      throw ControlError("the descriptor is no file, pipe or socket that can be written to")
    }
    if kind == S_IFIFO { _ = fcntl(descriptor.number, F_SETFL, flags | O_NONBLOCK) }
  }

  deinit { if kind == S_IFIFO { _ = fcntl(descriptor.number, F_SETFL, flags) } }

  func write(_ bytes: [UInt8]) throws(ControlError) {
    var silence = Stopwatch()
    var isEnded = false
    let error = WholeWrite.write(bytes) {
      isEnded = isStopped()
      guard !isEnded, silence.milliseconds < patience else { return false }
      var wait = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
      poll(&wait, 1, 100)
      return true
    } by: { rest in
      let count =
        kind == S_IFSOCK
        ? send(
          descriptor.number, rest.baseAddress, rest.count,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        : Glibc.write(descriptor.number, rest.baseAddress, rest.count)
      if count > 0 { silence = Stopwatch() }
      return count
    }
    switch error {
    case 0: break
    case ECANCELED where isEnded: throw ControlError("a signal ended the writing")
    case ECANCELED:
      throw ControlError(
        "the descriptor's reader has taken nothing for \(Int(patience / 1000)) s")
    default:
      throw ControlError("cannot write to the descriptor: \(HostError.text(error))")
    }
  }
}
