import ArgumentParser
import BootTest
import MachineOptions

/// The results of earlier runs.
enum Results {
  /// - Throws: the reader's error, as the command's.
  static func read(_ path: String) throws(CommandError) -> SuiteResults {
    do throws(SuiteError) {
      return try ResultsReader.read(path)
    } catch {
      throw CommandError.usage("\(error)")
    }
  }
}

/// The forms of a comparison.
enum ComparisonFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json
}

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare the results of two runs, regressions first.",
    discussion: """
      Exit status: 0 no cell that passed fails now, 1 one does, 2 the results cannot be read.

      Example:
        boot-test compare .cache/results/debian /srv/results/debian
      """)

  @Argument(help: "The folder of the earlier run, or its results.json.") var old: String
  @Argument(help: "That of the later one.") var new: String

  @Option(help: "The form.") var format = ComparisonFormat.text

  func run() throws {
    var results = try Results.read(new)
    results.compare(with: try Results.read(old))
    guard let comparison = results.comparison else { return }
    switch format {
    case .text: for line in comparison.lines { print(line) }
    case .json: print(comparison.json, terminator: "")
    }
    if comparison.hasRegressions { throw ExitCode(1) }
  }
}

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Print a report of earlier results.",
    discussion: """
      Example:
        boot-test report .cache/results/debian --compare-with /srv/results/debian > report.html
      """)

  @Argument(help: "The folder of a run, or its results.json.") var results: String

  @Option(help: "The form of the report.") var format: ReportFormat = .html

  @Option(
    help: ArgumentHelp(
      "The results of an earlier run to compare with.", valueName: "results"))
  var compareWith: String?

  func run() throws {
    var results = try Results.read(self.results)
    if let compareWith { results.compare(with: try Results.read(compareWith)) }
    print(format.report(results), terminator: "")
  }
}
