import ArgumentParser
import BootTest
import MachineOptions

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Print the cells of a run as commands, for other machines.",
    discussion: """
      Each line is a command for a shell, which runs one cell. They can run in any order, at the same \
      time and on other machines, if these have the same files at the same paths. 'boot-test merge' \
      makes the report of one run of what they leave.

      Example:
        boot-test plan suite.yaml | parallel
        boot-test plan suite.yaml --json > plan.json
        boot-test merge .cache/results/suite/cells --plan plan.json
      """)

  @OptionGroup var selection: Selection
  @OptionGroup var options: CellOptions

  @Option(
    help: """
      The folder in which a results folder is made for each cell (default: \
      .cache/results/SUITE/cells).
      """)
  var output: String?

  @Flag(help: "Print the plan as JSON, which merge reads.")
  var json = false

  func run() throws {
    let (suite, cells) = try selection.read(repetitions: options.repetitions)
    guard let file = selection.suite else {
      throw CommandError.usage("plan needs a suite file; 'boot-test new' writes one")
    }
    let plan = RunPlan(
      suite: suite.name, cells: cells,
      command: options.words(suite: file, engines: selection.engine),
      folder: output ?? ".cache/results/\(suite.name)/cells")
    print(json ? plan.json : plan.commands, terminator: "")
  }
}
