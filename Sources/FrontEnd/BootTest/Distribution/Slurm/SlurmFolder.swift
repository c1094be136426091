import Glibc
import HostSupport
import SystemPackage

/// The folder by which the tasks of a run get their cells and leave their results. Every node must
/// have it at the same path.
struct SlurmFolder {
  let path: String

  /// What each task runs. Its arguments are the folder, the number of the task's first attempt, and
  /// the number of the array's first cell. No word of a suite becomes part of a script.
  private static let script = """
    #!/bin/bash
    # A cell's command is the words of its file, of which each ends with a zero byte.
    cell=$(($3 + SLURM_ARRAY_TASK_ID))
    attempt=$(($2 + ${SLURM_RESTART_COUNT:-0}))
    mapfile -d '' -t words < "$1/cells/$cell" || exit
    exec "${words[@]}" --attempt "$attempt" --output "$1/results/$cell.$attempt"

    """

  /// Makes the folder in that of the results.
  init(in output: ResultsFolder) throws(SlurmError) {
    let name = "slurm-\(Clock.dateAndTime.replacing(":", with: ""))-\(getpid())"
    guard let current = HostProcess.workingFolder else {
      throw .files("the working folder: \(HostError.text(errno))")
    }
    path = FilePath(current).pushing(FilePath(output.file(name))).string
    for folder in [path, "\(path)/cells", "\(path)/results"] {
      do throws(ResultsError) { _ = try ResultsFolder(folder) } catch { throw .files("\(error)") }
    }
    try write(Self.script, "task")
  }

  /// Writes the words of each cell's command.
  func write(_ commands: [[String]]) throws(SlurmError) {
    for (index, words) in commands.enumerated() {
      try write(words.map { $0 + "\0" }.joined(), "cells/\(index)")
    }
  }

  private func write(_ text: String, _ name: String) throws(SlurmError) {
    do throws(Errno) { try TextFile.write(text, to: "\(path)/\(name)") } catch {
      throw .files("\(path)/\(name): \(HostError.text(error.rawValue))")
    }
  }

  var script: String { "\(path)/task" }

  /// The file of a task's output, for `sbatch`, which replaces words that begin with `%`.
  var outputPattern: String { path.replacing("%", with: "%%") + "/output-%A-%a" }

  /// The last lines that a task printed.
  func lastLines(job: Int, index: Int) -> [String] {
    let text = (try? TextFile.read("\(path)/output-\(job)-\(index)")) ?? ""
    return text.split(separator: "\n").suffix(15).map { $0.trimmingBlanks() }
  }

  /// The results of a cell's last attempt that has some.
  func part(cell: Int, attempts: ClosedRange<Int>) -> ResultsPart? {
    // A folder on another machine is looked at again when it is opened.
    attempts.reversed().lazy.compactMap { try? ResultsPart("\(path)/results/\(cell).\($0)") }
      .first { !$0.finished.isEmpty }
  }

  /// Removes the folder and everything in it.
  func remove() {
    _ = try? HostCommand("/bin/rm", ["-rf", "--", path]).run(seconds: 60)
  }
}
