import ArgumentParser
import BootTest

/// What runs the cells.
enum RunPlace: String, CaseIterable, ExpressibleByArgument {
  case local
  case slurm
}

/// Runs on more than one machine.
struct SlurmOptions: ParsableArguments {
  @Option(
    help: """
      Where cells run: local, or slurm, as the tasks of a job array. Every node must have boot-test, \
      the guests and the results folder at the same paths.
      """)
  var on: RunPlace = .local

  @Option(
    parsing: .unconditional,
    help: "Further arguments of sbatch, with blanks between: '--partition=long --time=30'.")
  var slurmOptions: String?

  @Option(help: "How often a cell is run again when its node has failed (default: 3).")
  var retries: Int?

  @Option(
    help: ArgumentHelp(
      "End the run when Slurm has run no cell for so many seconds (default: no limit).",
      valueName: "seconds"))
  var slurmWait: Double?

  func validate() throws {
    if let retries, !(0...1000).contains(retries) {
      throw ValidationError("--retries must be 0 to 1000.")
    }
    if let slurmWait, !(slurmWait > 0 && slurmWait < 1e9) {
      throw ValidationError("--slurm-wait must be a number of seconds.")
    }
    if on != .slurm, slurmOptions != nil || retries != nil || slurmWait != nil {
      throw ValidationError("--slurm-options, --retries and --slurm-wait require --on slurm.")
    }
  }

  /// How tasks are run, so many at a time.
  func options(jobs: Int?) -> SlurmRun.Options {
    .init(
      arguments: slurmOptions?.split(separator: " ").map(String.init) ?? [],
      retries: retries ?? 3, jobs: jobs, idleLimit: slurmWait)
  }
}
