/// A task of a job array, as `squeue` or `sacct` reports it.
struct SlurmTask: Equatable {
  /// What a task's state means here.
  enum Phase {
    case waiting
    case running
    /// It ended because of its node or of other jobs: it can be tried again.
    case lost
    /// Its command ended; a task without results was killed, or its node lacks something.
    case ended
    /// Slurm or its users ended it: it would happen again.
    case stopped
  }

  /// The number of the array.
  var job: Int
  /// The number in the array.
  var index: Int
  /// Slurm's word: `RUNNING`.
  var state: String
  /// How often Slurm has begun it again.
  var restarts = 0
  /// The node on which it is; empty for none.
  var node = ""
  /// Why it waits: `Resources`.
  var reason = ""

  /// States that are not listed occur in between: the task is still there.
  var phase: Phase {
    switch state {
    case "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT",
      "RESV_DEL_HOLD":
      .waiting
    case "NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL": .lost
    case "COMPLETED", "FAILED": .ended
    case "CANCELLED", "TIMEOUT", "DEADLINE", "OUT_OF_MEMORY": .stopped
    default: .running
    }
  }

  /// The columns of ``list(_:)``.
  static let format =
    "ArrayJobID:|,ArrayTaskID:|,State:|,RestartCnt:|,NodeList:|,Reason:|"

  /// The tasks in the output of `squeue --noheader --array --Format` with ``format``.
  static func list(_ output: String) throws(SlurmError) -> [SlurmTask] {
    var tasks: [SlurmTask] = []
    for line in output.split(separator: "\n") where !line.allSatisfy({ $0 == " " }) {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingBlanks() }
      guard fields.count >= 6, let job = Int(fields[0]), let index = Int(fields[1]),
        !fields[2].isEmpty, let restarts = Int(fields[3])
      else { throw .unexpected(command: "squeue", line: String(line)) }
      tasks.append(
        SlurmTask(
          job: job, index: index, state: fields[2], restarts: restarts, node: fields[4],
          reason: fields[5]))
    }
    return tasks
  }

  /// The tasks in the output of `sacct --noheader --parsable2 --allocations --format JobID,State`.
  /// Tasks that wait together are one line without a number, which is left out.
  static func accounted(_ output: String) throws(SlurmError) -> [SlurmTask] {
    var tasks: [SlurmTask] = []
    for line in output.split(separator: "\n") {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false)
      // `CANCELLED by 1000`
      guard fields.count == 2, let state = fields[1].split(separator: " ").first else {
        throw .unexpected(command: "sacct", line: String(line))
      }
      let numbers = fields[0].split(separator: "_", maxSplits: 1)
      guard numbers.count == 2, let job = Int(numbers[0]) else {
        throw .unexpected(command: "sacct", line: String(line))
      }
      guard let index = Int(numbers[1]) else { continue }
      tasks.append(SlurmTask(job: job, index: index, state: String(state)))
    }
    return tasks
  }
}
