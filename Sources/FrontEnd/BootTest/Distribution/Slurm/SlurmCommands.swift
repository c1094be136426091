import HostSupport

/// Slurm's commands. None of them is run by a shell.
struct SlurmCommands {
  /// Seconds for a command: a controller that starts again answers within some.
  private static let limit = 60

  private let programs: [String: String]

  /// Finds the commands that are always needed.
  init() throws(SlurmError) {
    var programs: [String: String] = [:]
    for name in ["sbatch", "squeue", "scancel"] {
      guard let program = HostProcess.program(name) else { throw .notInstalled(name) }
      programs[name] = program
    }
    programs["sacct"] = HostProcess.program("sacct")
    self.programs = programs
  }

  /// Submits an array.
  /// - Returns: its number.
  func submit(_ arguments: [String]) throws(SlurmError) -> Int {
    let output = try run("sbatch", arguments)
    // NUMBER, or NUMBER;CLUSTER.
    guard
      let job = output.split(whereSeparator: { $0 == ";" || $0 == "\n" }).first.flatMap({ Int($0) })
    else { throw .unexpected(command: "sbatch", line: output.trimmingBlanks()) }
    return job
  }

  /// The tasks of arrays that Slurm has in its memory.
  func tasks(of jobs: [Int]) throws(SlurmError) -> [SlurmTask] {
    do {
      return try SlurmTask.list(
        run(
          "squeue",
          [
            "--noheader", "--array", "--states=all", "--jobs=\(Self.list(jobs))",
            "--Format=\(SlurmTask.format)",
          ]))
    } catch .failed(_, let message) where message.contains("Invalid job id") {
      // They ended so long ago that they are forgotten.
      return []
    }
  }

  /// The tasks of arrays that Slurm has accounted for; nil without accounting.
  func accounted(_ jobs: [Int]) -> [SlurmTask]? {
    let arguments = [
      "--noheader", "--parsable2", "--allocations", "--format=JobID,State",
      "--jobs=\(Self.list(jobs))",
    ]
    guard programs["sacct"] != nil, let output = try? run("sacct", arguments) else { return nil }
    return try? SlurmTask.accounted(output)
  }

  /// Cancels arrays, or tasks of them: `12`, `12_3`.
  func cancel(_ tasks: [String]) throws(SlurmError) {
    _ = try run("scancel", ["--quiet"] + tasks)
  }

  private static func list(_ jobs: [Int]) -> String {
    jobs.map(String.init).joined(separator: ",")
  }

  private func run(_ name: String, _ arguments: [String]) throws(SlurmError) -> String {
    guard let program = programs[name] else { throw .notInstalled(name) }
    let outcome: HostCommand.Outcome
    do throws(SpawnError) {
      outcome = try HostCommand(program, arguments).run(seconds: Double(Self.limit))
    } catch {
      throw .failed(command: name, message: "\(error)")
    }
    switch outcome.ending {
    case nil: throw .overdue(command: name, seconds: Self.limit)
    case .exited(0): return String(decoding: outcome.output, as: UTF8.self)
    case let ending?:
      // `sbatch: error: Batch job submission failed: …`
      let lines = String(decoding: outcome.errors, as: UTF8.self).split(separator: "\n")
        .map { $0.trimmingBlanks().withoutPrefix("\(name): ").withoutPrefix("error: ") }
        .filter { !$0.isEmpty }
      throw .failed(
        command: name,
        message: lines.isEmpty
          ? "it ended with no message (\(ending))" : lines.suffix(3).joined(separator: "; "))
    }
  }
}

extension String {
  fileprivate func withoutPrefix(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}
