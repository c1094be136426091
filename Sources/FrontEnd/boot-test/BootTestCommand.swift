import ArgumentParser
import BootTest
import MachineOptions

@main
struct BootTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot-test",
    abstract: "Boot guests on processors at compatibility levels, and run programs in them.",
    discussion: """
      The page Boot suites of the documentation describes suite files; Tests/Suites/debian.yaml is an example.

      Exit status: 0 every cell that ran passed, 1 one failed or none ran, 2 the suite or the \
      arguments are wrong, 130 or 143 ended by a signal.
      """,
    subcommands: [
      RunSuiteCommand.self, ListCommand.self, NewCommand.self, KeysCommand.self,
      CompareCommand.self, ReportCommand.self, PlanCommand.self, MergeCommand.self,
      ExecCommand.self, AuditCommand.self,
      MakeGuestCommand.self,
    ])

  static func main() {
    runAndExit(named: "boot-test", programCommands: ["exec", "audit"]) { RunSuiteCommand.engines }
  }
}

/// What `run`, `plan` and `list` have in common.
struct Selection: ParsableArguments {
  @Argument(
    help: "The suite file; without it, --kernel, --disk or --cpu describe a guest.",
    completion: .file(extensions: ["yaml"]))
  var suite: String?

  @OptionGroup(title: "A guest without a suite file") var guest: SuiteGuestOptions

  @Option(
    help: "Only cells whose name holds this text (TEST/PROCESSOR/LEVEL[/ENGINE]); may be repeated.")
  var filter: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help:
      "Only the cell of exactly this name, with the number of a repetition (+2); may be repeated.")
  var cell: [String] = []

  @Option(
    help: """
      What executes instructions, in place of what the suite says: interpreter or jit; may be \
      repeated. Cells that compare engines stay as they are.
      """)
  var engine: [String] = []

  func validate() throws {
    if suite == nil, !guest.isGiven {
      throw ValidationError("Name a suite file, or a guest by --kernel, --disk or --cpu.")
    }
    if suite != nil, guest.isGiven {
      throw ValidationError("A suite file does not go with --kernel, --disk, --cpu or --compat.")
    }
    if let unknown = engine.first(where: { !Cell.engineNames.contains($0) }) {
      throw ValidationError("--engine: no engine '\(unknown)'")
    }
    if !cell.isEmpty, !filter.isEmpty {
      throw ValidationError("--cell does not go with --filter.")
    }
  }

  /// The suite file; one is written where a guest was described in its place.
  func file(else place: String) throws -> String {
    if let suite { return suite }
    let draft = try guest.draft()
    do throws(SuiteError) { try draft.write(to: place) } catch {
      throw CommandError.usage("\(error)")
    }
    return place
  }

  /// The suite and the chosen cells, each so many times; those that `--cell` names once.
  /// - Throws: the suite's error, as the command's.
  func read(repetitions: Int = 1) throws -> (suite: Suite, cells: [PlannedCell]) {
    let suite: Suite
    let draft = self.suite == nil ? try guest.draft() : nil
    do throws(SuiteError) {
      suite = if let draft { try draft.suite() } else { try SuiteReader.read(self.suite ?? "") }
    } catch {
      throw CommandError.usage("\(error)")
    }
    guard !suite.cells.isEmpty else {
      throw CommandError.usage("\(suite.file): no test names a processor and a level")
    }
    let all = Cell.under(engine, suite.cells)
    guard cell.isEmpty else { return (suite, try named(all, in: suite)) }
    let cells = all.filter { cell in filter.isEmpty || filter.contains { cell.name.contains($0) } }
    guard !cells.isEmpty else {
      throw CommandError.usage("\(suite.name): no cell matches --filter; see 'boot-test list'")
    }
    return (suite, PlannedCell.list(cells, repetitions: repetitions))
  }

  private func named(_ cells: [Cell], in suite: Suite) throws(CommandError) -> [PlannedCell] {
    var chosen: [PlannedCell] = []
    for name in cell {
      guard let planned = PlannedCell.named(name, in: cells) else {
        throw .usage("\(suite.name): no cell has the name '\(name)'; see 'boot-test list'")
      }
      if !chosen.contains(where: { $0.name == name }) { chosen.append(planned) }
    }
    return chosen
  }
}
