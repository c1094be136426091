internal import Glibc

/// A descriptor that a client of the control socket has passed; deinitialisation closes it.
final class PassedDescriptor {
  let number: Int32
  private var isOwned = true

  /// Takes ownership of a descriptor.
  init(_ number: Int32) { self.number = number }

  deinit { if isOwned { close(number) } }

  /// Passes the ownership of the descriptor to the caller.
  func release() -> Int32 {
    isOwned = false
    return number
  }

  /// Whether the descriptor is open for writing.
  var isWritable: Bool {
    let flags = fcntl(number, F_GETFL)
    return flags >= 0 && [O_WRONLY, O_RDWR].contains(flags & O_ACCMODE)
  }
}
