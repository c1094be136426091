internal import Glibc

/// A descriptor that a client of the control socket has passed; closed when it is no longer used.
final class PassedDescriptor {
  let number: Int32
  private var isOwned = true

  /// Takes over a descriptor.
  init(_ number: Int32) { self.number = number }

  deinit { if isOwned { close(number) } }

  /// Gives the descriptor to a new owner.
  func release() -> Int32 {
    isOwned = false
    return number
  }

  /// Whether bytes can be written to it.
  var isWritable: Bool {
    let flags = fcntl(number, F_GETFL)
    return flags >= 0 && [O_WRONLY, O_RDWR].contains(flags & O_ACCMODE)
  }
}
