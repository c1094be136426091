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
      CompareCommand.self, ReportCommand.self, ExecCommand.self, AuditCommand.self,
      MakeGuestCommand.self,
    ])

  static func main() {
    runAndExit(named: "boot-test", programCommands: ["exec", "audit"]) { RunSuiteCommand.engines }
  }
}

/// What `run` and `list` have in common.
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
  }

  /// - Throws: the suite's error, as the command's.
  func read() throws -> (suite: Suite, cells: [Cell]) {
    let suite: Suite
    let draft = self.suite == nil ? try guest.draft() : nil
    do throws(SuiteError) {
      suite = if let draft { try draft.suite() } else { try SuiteReader.read(self.suite ?? "") }
    } catch {
      throw CommandError.usage("\(error)")
    }
    let cells = Cell.under(engine, suite.cells).filter { cell in
      filter.isEmpty || filter.contains { cell.name.contains($0) }
    }
    guard !suite.cells.isEmpty else {
      throw CommandError.usage("\(suite.file): no test names a processor and a level")
    }
    guard !cells.isEmpty else {
      throw CommandError.usage("\(suite.name): no cell matches --filter; see 'boot-test list'")
    }
    return (suite, cells)
  }
}
