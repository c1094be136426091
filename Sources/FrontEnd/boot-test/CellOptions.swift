import ArgumentParser
import BootTest
import Glibc
import MachineOptions

/// How each cell is run, in this process or in others.
struct CellOptions: ParsableArguments {
  @Option(name: .customLong("repeat"), help: "How often each cell is run.")
  var repetitions = 1

  @Option(help: "The pseries to run (default: the one beside boot-test).")
  var pseries: String?

  @Flag(help: "Count the instructions problem state executes, by ISA version; see pseries --help.")
  var auditIsa = false

  @Option(help: "What the points at which guests are saved are drawn from.")
  var seed: UInt64 = 1

  @Flag(help: "A cell that cannot run here has failed.")
  var requireAll = false

  func validate() throws {
    guard (1...1_000_000).contains(repetitions) else {
      throw ValidationError("--repeat must be 1 to 1000000.")
    }
  }

  /// - Throws: when there is no such program.
  func program() throws(CommandError) -> String {
    let program = pseries ?? Files.besideThisProgram("pseries")
    guard access(program, X_OK) == 0 else {
      throw .usage("\(program): no such program (give --pseries)")
    }
    return program
  }

  /// The words of a command that runs a suite in the same way; a cell is to be added.
  func words(suite: String, engines: [String]) -> [String] {
    var words = [Files.besideThisProgram("boot-test"), "run", suite]
    for engine in engines { words += ["--engine", engine] }
    if let pseries { words += ["--pseries", pseries] }
    if auditIsa { words.append("--audit-isa") }
    if seed != 1 { words += ["--seed", String(seed)] }
    if requireAll { words.append("--require-all") }
    return words
  }
}
