/// Why Slurm does not run a suite.
public enum SlurmError: Error, Equatable, CustomStringConvertible {
  /// No such program in `PATH`.
  case notInstalled(String)
  /// A command that could not be started or failed, and its message.
  case failed(command: String, message: String)
  /// A command that did not answer.
  case overdue(command: String, seconds: Int)
  /// A command whose output has another form than that of Slurm 22 and later.
  case unexpected(command: String, line: String)
  /// No cell could run for so many seconds, with Slurm's reason.
  case idle(seconds: Double, reason: String)
  /// A file that tasks need cannot be written.
  case files(String)

  /// One line.
  public var description: String {
    switch self {
    case .notInstalled(let program):
      "\(program): not in PATH; 'run --on slurm' needs Slurm's commands"
    case .failed(let command, let message): "\(command): \(message)"
    case .overdue(let command, let seconds): "\(command): no answer after \(seconds) s"
    case .unexpected(let command, let line): "\(command) printed an unexpected line: \(line)"
    case .idle(let seconds, let reason):
      "Slurm has run no cell for \(decimal(seconds)) s (\(reason))"
    case .files(let message): message
    }
  }
}
