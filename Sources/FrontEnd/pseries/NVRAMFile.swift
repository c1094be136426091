internal import Glibc
internal import HostSupport
internal import MachineOptions
internal import Synchronization

/// The file of an NVRAM: what the guest stores is written there at once, so that it outlives the process
/// however that ends.
final class NVRAMFile: Sendable {
  private let path: String
  private let descriptor: Int32
  /// The first error of the host.
  private let failure = Mutex<Int32>(0)

  /// - Parameters:
  ///   - path: a regular file or a new one.
  ///   - contents: what the NVRAM has; the file has it from now on.
  init(_ path: String, contents: [UInt8]) throws(CommandError) {
    self.path = path
    var status = stat()
    // The confined process can write it, but not read it.
    let isSame = stat(path, &status) == 0 && Int(status.st_size) == contents.count
    if !isSame { try Files.write(contents, to: path, .private) }
    descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw CommandError("cannot write \(path): \(HostError.text(errno))")
    }
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw CommandError("cannot write \(path): it is no regular file")
    }
    if isSame { store(contents, at: 0) }
    try checkFailure()
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes bytes that the guest has stored.
  func store(_ bytes: [UInt8], at offset: Int) {
    var place = off_t(offset)
    let error = WholeWrite.write(bytes, mayWait: { false }) { rest in
      let count = pwrite(descriptor, rest.baseAddress, rest.count, place)
      place += off_t(max(count, 0))
      return count
    }
    if error != 0 { failure.withLock { if $0 == 0 { $0 = error } } }
  }

  /// Waits until the host has what was written.
  func finish() throws(CommandError) {
    if fdatasync(descriptor) != 0 { failure.withLock { if $0 == 0 { $0 = errno } } }
    try checkFailure()
  }

  private func checkFailure() throws(CommandError) {
    let error = failure.withLock { $0 }
    guard error == 0 else {
      throw CommandError("cannot write \(path): \(HostError.text(error))")
    }
  }
}
