import ArgumentParser
import BootTest
import Glibc
import HostSupport
import MachineOptions

@main
struct BootTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot-test",
    abstract: "Boots guests on processors at compatibility levels and judges their consoles.",
    discussion: """
      Tests/Suites/debian.yaml of the source package shows what a suite can say.

      Exit status: 0 when every cell that ran passed, 1 when one failed or none ran, 2 when the \
      suite or the arguments are wrong.
      """,
    subcommands: [RunCommand.self, ListCommand.self])

  static func main() {
    StandardDescriptors.open()
    do {
      if let option = UnknownOption.first(in: CommandLine.arguments.dropFirst()) {
        throw UsageError(description: UnknownOption.message(option))
      }
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if !message.isEmpty { put(message + "\n", code == .success ? STDOUT_FILENO : STDERR_FILENO) }
      // What is neither help nor a verdict is wrong arguments or a wrong suite.
      Glibc.exit(error is ExitCode || code == .success ? code.rawValue : 2)
    }
  }

  private static func put(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = write(descriptor, bytes, bytes.count)
  }
}

/// What `run` and `list` have in common.
struct Selection: ParsableArguments {
  @Argument(help: "The suite file.", completion: .file(extensions: ["yaml"]))
  var suite: String

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
    if let unknown = engine.first(where: { !Cell.engineNames.contains($0) }) {
      throw ValidationError("--engine: no engine '\(unknown)'")
    }
  }

  /// - Throws: the suite's error, as the command's.
  func read() throws -> (suite: Suite, cells: [Cell]) {
    let suite: Suite
    do throws(SuiteError) {
      suite = try SuiteReader.read(self.suite)
    } catch {
      throw UsageError(description: "\(error)")
    }
    let cells = Cell.under(engine, suite.cells).filter { cell in
      filter.isEmpty || filter.contains { cell.name.contains($0) }
    }
    guard !suite.cells.isEmpty else {
      throw UsageError(description: "\(self.suite): no test names a processor and a level")
    }
    guard !cells.isEmpty else {
      throw UsageError(description: "\(self.suite): no cell matches --filter; see 'boot-test list'")
    }
    return (suite, cells)
  }
}

/// Something the user can mend: one line, exit status 2.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}
