internal import Glibc

/// Writing of all bytes by a call of the host that may take a part of them.
package enum WholeWrite {
  /// Calls `write`, `send` or the like until all bytes are taken. A call that a signal interrupts is
  /// made again.
  /// - Parameters:
  ///   - bytes: what is written.
  ///   - mayWait: called when there is no room (EAGAIN); may wait for it, and returns false to cancel.
  ///   - call: takes the beginning of the bytes it gets; returns how many it took, or -1 with `errno`.
  /// - Returns: 0 when all bytes were taken, ECANCELED when `mayWait` cancelled, or the call's `errno`.
  package static func write(
    _ bytes: [UInt8], mayWait: () -> Bool, by call: (UnsafeRawBufferPointer) -> Int
  ) -> Int32 {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        call(UnsafeRawBufferPointer(rebasing: $0[written...]))
      }
      if count > 0 {
        written += count
        continue
      }
      // A call that takes nothing and reports no error would be made forever.
      let error = count < 0 ? errno : EIO
      if error == EINTR { continue }
      guard error == EAGAIN else { return error }
      guard mayWait() else { return ECANCELED }
    }
    return 0
  }

  /// Writes all bytes to a descriptor, and stops where a call would have to wait for room that the
  /// descriptor's flags do not let it wait for.
  /// - Returns: 0, ECANCELED when it stopped, or the `errno` of the call that failed.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    write(bytes, mayWait: { false }) { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  /// Writes text to standard error; what cannot be written is dropped.
  package static func writeToStandardError(_ text: String) {
    _ = write(Array(text.utf8), to: STDERR_FILENO)
  }
}
