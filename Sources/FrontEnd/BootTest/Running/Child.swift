import Glibc
import HostSupport

/// A started process with its console in pipes. It leads its own process group, so that killing the
/// group ends all its descendants.
final class Child {
  let process: pid_t
  /// Our ends of the pipes; closed by `close`, -1 afterwards.
  private(set) var output: Int32
  private(set) var errors: Int32
  private(set) var input: Int32

  init(_ program: String, _ arguments: [String]) throws(SpawnError) {
    var pipes: [(read: Int32, write: Int32)] = []
    func closePipes() {
      for pipe in pipes {
        _ = Glibc.close(pipe.read)
        _ = Glibc.close(pipe.write)
      }
    }
    for _ in 0..<3 {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else {
        let error = errno
        closePipes()
        throw SpawnError(program: program, code: error)
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes.append((ends[0], ends[1]))
    }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0].read, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1].write, 1)
    posix_spawn_file_actions_adddup2(&actions, pipes[2].write, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    // Broken pipes are ignored here, but must not be ignored there.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))

    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var identifier: pid_t = 0
    var status = posix_spawn(&identifier, program, &actions, &attributes, words, environ)
    // A program that was just written is busy until its writer's other children have executed.
    for _ in 0..<100 where status == ETXTBSY {
      usleep(10_000)
      status = posix_spawn(&identifier, program, &actions, &attributes, words, environ)
    }
    guard status == 0 else {
      closePipes()
      throw SpawnError(program: program, code: status)
    }
    process = identifier
    (input, output, errors) = (pipes[0].write, pipes[1].read, pipes[2].read)
    _ = Glibc.close(pipes[0].read)
    _ = Glibc.close(pipes[1].write)
    _ = Glibc.close(pipes[2].write)
    for end in [input, output, errors] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    for end in [input, output, errors] where end >= 0 { _ = Glibc.close(end) }
  }

  /// The available bytes of one end; nil when the other side has closed it.
  static func read(from end: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(end, &buffer, buffer.count)
    if count > 0 { return Array(buffer[..<count]) }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
  }

  func closeOutput() { Self.close(&output) }
  func closeErrors() { Self.close(&errors) }
  func closeInput() { Self.close(&input) }

  private static func close(_ end: inout Int32) {
    if end >= 0 { _ = Glibc.close(end) }
    end = -1
  }

  /// - Returns: the number of bytes that the process took; the caller must offer the rest again.
  func write(_ bytes: [UInt8]) -> Int {
    guard input >= 0, !bytes.isEmpty else { return bytes.count }
    let count = Glibc.write(input, bytes, bytes.count)
    if count >= 0 { return count }
    // The reader has closed the pipe; the rest is dropped.
    return errno == EAGAIN || errno == EINTR ? 0 : bytes.count
  }

  func kill(_ signal: Int32) { _ = Glibc.kill(-process, signal) }

  /// How the process ended, if it has.
  func reap() -> Ending? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    // The low seven bits are the signal, the next byte the exit status.
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }
}

struct SpawnError: Error, CustomStringConvertible {
  let program: String
  let code: Int32

  var description: String { "\(program): \(HostError.text(code))" }
}
