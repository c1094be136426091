public import ArgumentParser
public import BootTest
import Glibc
import HostSupport
import MachineOptions

extension ReportFormat: ExpressibleByArgument {}

struct RunSuiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the cells of a suite.")

  @OptionGroup var selection: Selection

  @Option(help: "How many guests run at a time (default: one for each core).")
  var jobs: Int?

  @Option(name: .customLong("repeat"), help: "How often each cell is run.")
  var repetitions = 1

  @Option(help: "The folder for logs and reports (default: .cache/results/SUITE).")
  var output: String?

  @Option(
    help: """
      The form of the report on standard output: github has annotations for GitHub Actions, lava the \
      signals of LAVA. The results folder has all others as files.
      """)
  var format: ReportFormat = .text

  @Option(
    help: ArgumentHelp(
      """
      The earlier results that the report is compared with, a folder or its results.json (default: \
      those that the run replaces).
      """,
      valueName: "results"))
  var compareWith: String?

  @Option(help: "The pseries to run (default: the one beside boot-test).")
  var pseries: String?

  @Flag(help: "Count the instructions problem state executes, by ISA version; see pseries --help.")
  var auditIsa = false

  @Option(help: "What the points at which guests are saved are drawn from.")
  var seed: UInt64 = 1

  @Flag(help: "A cell that cannot run here has failed.")
  var requireAll = false

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be 1 to 1024.") }
    guard (1...1_000_000).contains(repetitions) else {
      throw ValidationError("--repeat must be 1 to 1000000.")
    }
  }

  func run() throws {
    let (suite, cells) = try selection.read()
    let program = pseries ?? Files.besideThisProgram("pseries")
    guard access(program, X_OK) == 0 else {
      throw CommandError.usage("\(program): no such program (give --pseries)")
    }
    let folder: ResultsFolder
    do throws(ResultsError) {
      folder = try ResultsFolder(output ?? ".cache/results/\(suite.name)")
    } catch {
      throw CommandError.usage("\(error)")
    }
    let earlier = try compareWith.map(Results.read) ?? folder.earlierResults
    let onTerminal = isatty(STDERR_FILENO) == 1
    let runner = Runner(
      .init(
        pseries: program, jobs: jobs ?? Self.cores, repetitions: repetitions,
        auditsISA: auditIsa, seed: seed, requiresAll: requireAll),
      output: folder, progress: Progress(onTerminal ? .live : .lines))
    var results = runner.run(cells, suite: suite.name, earlier: earlier)
    if let earlier { results.compare(with: earlier) }
    do throws(ResultsError) {
      try folder.keep(results)
    } catch {
      throw CommandError.usage("\(error)")
    }
    // Each result has been said already where the lines went.
    let lines = results.auditTable + (results.comparison?.verdicts ?? []) + [results.summary, ""]
    print(
      format == .text ? lines.joined(separator: "\n") : format.report(results), terminator: "")
    let place = "reports: \(folder.path)\n"
    // Standard output is the report's.
    if format == .text {
      print(place, terminator: "")
    } else {
      WholeWrite.writeToStandardError(place)
    }
    let status = Interruption.exitStatus ?? results.exitStatus
    if status != 0 { throw ExitCode(status) }
  }

  /// What the `pseries` beside this program has, for `--version`.
  static var engines: [String] {
    let program = Files.besideThisProgram("pseries")
    guard let engines = Runner.engines(of: program) else { return ["\(program): no answer"] }
    return ["engines of \(program): \(engines.joined(separator: ", "))"]
  }

  private static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
