package import Glibc
internal import HostSupport

/// A process that has what a device needs of the host, as sockets or files, and no guest: this one has a
/// guest, and nothing else.
package struct DeviceProcess {
  /// Milliseconds until the process must serve.
  private static let patience: Int32 = 10_000

  /// The program; for ``start(_:)`` in this program's folder.
  package var program: String
  /// The option that needs it.
  package var option: String
  /// What to do when it is not there.
  package var hint: String?

  package init(program: String, option: String, hint: String? = nil) {
    (self.program, self.option, self.hint) = (program, option, hint)
  }

  /// Starts the process, and waits until it serves.
  /// - Returns: a stream socket to it; the process ends when it is closed.
  package func start(_ arguments: [String]) throws(CommandError) -> Int32 {
    let (process, socket) = try connect(
      Files.besideThisProgram(program), ["--descriptor", "3"] + arguments)
    let answer = Self.answer(from: socket)
    if answer == "!" { return socket }
    close(socket)
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    throw CommandError(
      "\(option): " + (answer.isEmpty ? "its process, \(program), did not start" : answer))
  }

  /// Starts a program with a stream socket as its descriptor 3.
  /// - Parameter path: the program, as ``spawn(_:_:passing:)`` takes it.
  /// - Returns: the process, and the other end of the socket.
  package func connect(
    _ path: String, _ arguments: [String]
  ) throws(CommandError) -> (process: pid_t, socket: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw CommandError("\(option): \(HostError.text(errno))")
    }
    let (process, status) = Self.spawn(path, arguments, passing: ends[1])
    close(ends[1])
    guard status == 0 else {
      close(ends[0])
      throw CommandError(
        "\(option): \(path): \(HostError.text(status))" + (hint.map { "; \($0)" } ?? ""))
    }
    return (process, ends[0])
  }

  /// What the process says: an exclamation mark when it serves, or why it cannot.
  private static func answer(from socket: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 1024)
    // A process that has ended has closed its end, which ends the wait too.
    var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    while poll(&wait, 1, patience) < 0, errno == EINTR, !Interruption.isOver {}
    guard wait.revents & Int16(POLLIN) != 0 else { return "" }
    let count = read(socket, &bytes, 1)
    guard count == 1, bytes[0] != UInt8(ascii: "!") else { return count == 1 ? "!" : "" }
    // The text has been written at once.
    let rest = bytes.withUnsafeMutableBytes {
      read(socket, $0.baseAddress.map { $0 + 1 }, $0.count - 1)
    }
    return String(decoding: bytes[..<(1 + max(rest, 0))], as: UTF8.self)
  }

  /// Starts a program, of which a name without a slash is looked for where programs are, in a process
  /// group of its own, with a descriptor as its number 3.
  /// - Returns: the process, and an error number of the host that is 0 when it has started.
  package static func spawn(
    _ program: String, _ arguments: [String], passing descriptor: Int32
  ) -> (process: pid_t, status: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, descriptor, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var words = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let status = posix_spawnp(&process, program, &actions, &attributes, words, environ)
    return (process, status)
  }
}
