import ArgumentParser
import BootTest
import Glibc
import HostSupport
import MachineOptions

struct RunSuiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the cells of a suite.")

  @OptionGroup var selection: Selection

  @Option(
    help: """
      How many guests run at a time (default: one for each core; with Slurm as many as it can run). \
      With Slurm it is a limit of each job array; cells that are submitted again are another array.
      """)
  var jobs: Int?

  @OptionGroup var options: CellOptions
  @OptionGroup var report: RunReportOptions
  @OptionGroup(title: "More than one machine") var machines: SlurmOptions

  @Option(
    help: "The number of this attempt to run the cells; 'boot-test merge' takes the last one's.")
  var attempt = 1

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be 1 to 1024.") }
    guard (1...1_000_000).contains(attempt) else {
      throw ValidationError("--attempt must be 1 to 1000000.")
    }
  }

  func run() throws {
    let (suite, cells) = try selection.read(repetitions: options.repetitions)
    let program = try options.program()
    let folder = try report.folder(suite: suite.name)
    let earlier = try report.earlier(folder)
    let progress = Progress(isatty(STDERR_FILENO) == 1 ? .live : .lines)
    var results: SuiteResults
    switch machines.on {
    case .local:
      let runner = Runner(
        .init(
          pseries: program, jobs: jobs ?? Self.cores, auditsISA: options.auditIsa,
          seed: options.seed, requiresAll: options.requireAll),
        output: folder, progress: progress)
      results = runner.run(cells, suite: suite.name, earlier: earlier)
    case .slurm:
      results = try runInSlurm(cells, suite, folder, progress, earlier)
    }
    results.attempt = attempt
    let status = try report.publish(results, earlier: earlier, in: folder, withLines: false)
      .exitStatus
    let ended = Interruption.exitStatus ?? status
    if ended != 0 { throw ExitCode(ended) }
  }

  private func runInSlurm(
    _ cells: [PlannedCell], _ suite: Suite, _ folder: ResultsFolder, _ progress: Progress,
    _ earlier: SuiteResults?
  ) throws(CommandError) -> SuiteResults {
    do {
      let run = try SlurmRun(machines.options(jobs: jobs), output: folder, progress: progress)
      let file = try selection.file(else: run.suiteFile)
      return try run.run(
        cells, suite: suite.name,
        command: options.words(suite: file, engines: selection.engine), earlier: earlier)
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError("\(error)")
    }
  }

  /// What the `pseries` beside this program has, for `--version`.
  static var engines: [String] {
    let program = Files.besideThisProgram("pseries")
    guard let engines = Runner.engines(of: program) else { return ["\(program): no answer"] }
    return ["engines of \(program): \(engines.joined(separator: ", "))"]
  }

  private static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
