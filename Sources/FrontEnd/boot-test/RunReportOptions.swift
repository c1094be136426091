public import ArgumentParser
import BootTest
import HostSupport
import MachineOptions

extension ReportFormat: ExpressibleByArgument {}

/// Where the reports of a run go.
struct RunReportOptions: ParsableArguments {
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

  /// The results folder of a suite.
  func folder(suite: String) throws(CommandError) -> ResultsFolder {
    do throws(ResultsError) {
      return try ResultsFolder(output ?? ".cache/results/\(suite)")
    } catch {
      throw .usage("\(error)")
    }
  }

  /// What the report is compared with.
  func earlier(_ folder: ResultsFolder) throws(CommandError) -> SuiteResults? {
    if let compareWith { return try Results.read(compareWith) }
    return folder.earlierResults
  }

  /// Writes every report, and prints the one that was chosen.
  /// - Returns: the results, compared with the earlier ones.
  func publish(
    _ results: SuiteResults, earlier: SuiteResults?, in folder: ResultsFolder,
    withLines: Bool = true
  ) throws(CommandError) -> SuiteResults {
    var results = results
    if let earlier { results.compare(with: earlier) }
    do throws(ResultsError) { try folder.keep(results) } catch { throw .usage("\(error)") }
    // Where the lines of the results went already, they are not repeated.
    let lines = results.auditTable + (results.comparison?.verdicts ?? []) + [results.summary, ""]
    print(
      format == .text && !withLines ? lines.joined(separator: "\n") : format.report(results),
      terminator: "")
    let place = "reports: \(folder.path)\n"
    // Standard output is the report's.
    if format == .text {
      print(place, terminator: "")
    } else {
      WholeWrite.writeToStandardError(place)
    }
    return results
  }
}
