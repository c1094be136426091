internal import Glibc
internal import HostSupport

/// Reading and writing of whole files.
package enum Files {
  /// The bytes of a file; `-` is standard input.
  /// - Parameter limit: how many there may be; see ``InputLimit``.
  package static func read(_ path: String, limit: Int) throws(CommandError) -> [UInt8] {
    do throws(InputError) { return try InputFile(opening: path).contents(limit: limit) } catch {
      throw CommandError(error)
    }
  }

  /// Whether there is a file of this name.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The path of a program in the folder of this one.
  package static func besideThisProgram(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return name }
    let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard let slash = path.lastIndex(of: "/") else { return name }
    return path[...slash] + name
  }

  /// Writes to standard output.
  package static func writeToStandardOutput(_ bytes: [UInt8]) throws(CommandError) {
    try write(bytes, to: STDOUT_FILENO, name: "standard output")
  }

  /// Writes all bytes to a descriptor, and waits for its reader until ``Interruption/isOver``.
  static func write(
    _ bytes: [UInt8], to descriptor: Int32, name: String
  ) throws(CommandError) {
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    // A pipe that is writable takes so much at once.
    let piece = isFile ? Int.max : 4096
    let error = WholeWrite.write(bytes, mayWait: { !Interruption.isOver }) { rest in
      var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard isFile || poll(&wait, 1, 100) > 0 else {
        errno = EAGAIN
        return -1
      }
      return Glibc.write(descriptor, rest.baseAddress, min(rest.count, piece))
    }
    guard error != ECANCELED else { throw CommandError("cannot write \(name): no one reads it") }
    guard error == 0 else {
      throw CommandError("cannot write \(name): \(HostError.text(error))")
    }
  }

  /// The descriptor that a path such as `/dev/stdout` or `/dev/fd/3` names.
  ///
  /// What it stands for cannot always be opened a second time: a pipe by a confined process, or a
  /// file at its end.
  package static func descriptor(named path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default: break
    }
    guard let folder = ["/dev/fd/", "/proc/self/fd/"].first(where: path.hasPrefix) else {
      return nil
    }
    return Int32(path.dropFirst(folder.count))
  }

  /// Whether what is written to a path is, or will be, a regular file of its own.
  package static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return descriptor(named: path) == nil
      && (stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG)
  }

  static var lastError: String { HostError.text(errno) }
}
