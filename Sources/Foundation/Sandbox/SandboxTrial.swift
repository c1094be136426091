internal import Glibc

/// Actions that a process would try if its guest controlled its engine.
public enum SandboxTrial: String, CaseIterable, Sendable {
  case readFile = "read a file"
  case writeFile = "create a file"
  case startProgram = "start a program"
  case newProcess = "start a process"
  case network = "open a network socket"
  case executableMemory = "make memory executable"
  case otherProcesses = "send a signal to another process"

  /// Tries the action.
  /// - Returns: the host's error number, or nil when it succeeded.
  public func attempt() -> Int32? {
    switch self {
    case .readFile: Self.result(closing: open("/etc/passwd", O_RDONLY | O_CLOEXEC))
    case .writeFile: Self.createFile()
    case .startProgram: Self.startProgram()
    case .newProcess: Self.newProcess()
    case .network: Self.result(closing: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    case .executableMemory: Self.executableMemory()
    case .otherProcesses: kill(getppid(), 0) == 0 ? nil : errno
    }
  }

  private static func result(closing descriptor: Int32) -> Int32? {
    guard descriptor >= 0 else { return errno }
    close(descriptor)
    return nil
  }

  private static func createFile() -> Int32? {
    let path = "/var/tmp/sandbox-trial-\(getpid())"
    let result = result(closing: open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
    if result == nil { unlink(path) }
    return result
  }

  /// Executes a program that does not exist, so that the call cannot succeed.
  private static func startProgram() -> Int32? {
    var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
    execve("/nonexistent/program", &arguments, &arguments)
    return errno == ENOENT ? nil : errno
  }

  private static func newProcess() -> Int32? {
    var process: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
    defer { free(arguments[0]) }
    let status = posix_spawn(&process, "/bin/true", nil, nil, &arguments, nil)
    guard status == 0 else { return status }
    var ending: Int32 = 0
    waitpid(process, &ending, 0)
    return nil
  }

  private static func executableMemory() -> Int32? {
    let memory = mmap(
      nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { return errno }
    defer { munmap(memory, 4096) }
    return mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0 ? nil : errno
  }
}
