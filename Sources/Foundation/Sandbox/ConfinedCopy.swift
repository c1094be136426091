internal import CSandbox
internal import Glibc
internal import HostSupport

/// A copy of this process that can only compute: it reads untrusted bytes and answers with bytes.
public enum ConfinedCopy {
  /// Computes in a copy. Call it before threads are started.
  /// - Parameters:
  ///   - limit: the most bytes of an answer.
  ///   - isStopped: whether to stop the wait.
  ///   - body: the computation of the copy; nil for no answer.
  /// - Returns: nil when the copy has no answer, ended otherwise, or was stopped.
  public static func answer(
    limit: Int, isStopped: () -> Bool, _ body: () -> [UInt8]?
  ) throws(SandboxError) -> [UInt8]? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw SandboxError("pipe", errno) }
    defer { close(ends[0]) }
    let process = csandbox_fork()
    if process == 0 { compute(into: ends[1], body) }
    close(ends[1])
    guard process > 0 else { throw SandboxError("fork", -process) }
    let answer = receive(from: ends[0], limit: limit, isStopped)
    // A copy that has answered ends by itself.
    if answer == nil { kill(process, SIGKILL) }
    var ending: Int32 = 0
    while waitpid(process, &ending, 0) < 0, errno == EINTR {}
    return ending == 0 ? answer : nil
  }

  private static func compute(into descriptor: Int32, _ body: () -> [UInt8]?) -> Never {
    guard (try? Sandbox(confining: SandboxPolicy(), for: .running)) != nil, let answer = body()
    else { _exit(1) }
    guard WholeWrite.write(answer, to: descriptor) == 0 else { _exit(1) }
    _exit(0)
  }

  /// - Returns: nil when it is stopped, or the answer exceeds the limit.
  private static func receive(
    from descriptor: Int32, limit: Int, _ isStopped: () -> Bool
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while bytes.count <= limit {
      if isStopped() { return nil }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 100) > 0 else { continue }
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? bytes : nil }
      bytes += piece[..<count]
    }
    return nil
  }
}
