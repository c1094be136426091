internal import Glibc
internal import HostSupport

/// A program of this host that is run to its end.
package struct HostProgram {
  package var name: String
  package var arguments: [String]
  /// Variables besides those of this process.
  var environment: [String: String] = [:]
  /// Its working folder; nil for this process's.
  var folder: String?

  package init(
    name: String, arguments: [String], environment: [String: String] = [:], folder: String? = nil
  ) {
    (self.name, self.arguments) = (name, arguments)
    (self.environment, self.folder) = (environment, folder)
  }

  /// The most bytes of output that are kept.
  private static let mostOutput = 16 << 20

  /// Runs it, with its errors in its output.
  /// - Returns: its exit status, or 128 and the number of a signal, and its output.
  package func run() throws(ExecutionError) -> (status: Int32, output: String) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ExecutionError("\(name): \(HostError.text(errno))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    var words = [name] + arguments
    if let folder { words = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + words }
    let program = words[0]
    var process: pid_t = 0
    let status = Self.withWords(words) { words in
      Self.withWords(variables) { variables in
        posix_spawnp(&process, program, &actions, nil, words, variables)
      }
    }
    close(ends[1])
    guard status == 0 else { throw ExecutionError("\(name): \(HostError.text(status))") }
    let output = Self.readAll(ends[0])
    var ended: Int32 = 0
    while waitpid(process, &ended, 0) < 0, errno == EINTR {}
    let signal = ended & 0x7F
    return (signal == 0 ? (ended >> 8) & 0xFF : 128 + signal, output)
  }

  /// Runs it.
  /// - Returns: its output.
  /// - Throws: its last lines, when its status is not 0.
  @discardableResult
  func succeed() throws(ExecutionError) -> String {
    let (status, output) = try run()
    guard status == 0 else {
      let lines = output.split(separator: "\n").suffix(3).joined(separator: " | ")
      throw ExecutionError("\(name) \(arguments.first ?? "") failed: \(lines)")
    }
    return output
  }

  private var variables: [String] {
    HostProcess.environment.filter { environment[String($0.prefix { $0 != "=" })] == nil }
      + environment.map { "\($0.key)=\($0.value)" }
  }

  private static func withWords<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    var words = texts.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    return body(words)
  }

  private static func readAll(_ pipe: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(pipe, &buffer, buffer.count)
      if count < 0, errno == EINTR, !Interruption.isOver { continue }
      guard count > 0 else { break }
      if bytes.count < mostOutput { bytes += buffer[..<count] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
