internal import ArgumentParser
internal import MachineOptions
internal import RegisterLists

/// What a comparison is to find out, by its name.
struct PurposeName: ExpressibleByArgument {
  var purpose: RegisterComparison.Purpose

  init(_ purpose: RegisterComparison.Purpose) { self.purpose = purpose }

  init?(argument: String) {
    guard let purpose = RegisterComparison.Purpose(rawValue: argument) else { return nil }
    self.purpose = purpose
  }

  var defaultValueDescription: String { purpose.rawValue }
  static var allValueStrings: [String] { RegisterComparison.Purpose.allCases.map(\.rawValue) }
}

struct CompareRegistersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two register lists.",
    discussion: """
      Lines that begin with ! are reasons for a refusal. With --for move the lists need not be \
      equal: the guest of the first must be able to continue in the processor of the second. Its \
      state may differ; properties of the processor may not.

      Exit status: 0 accepted, 1 refused or not readable, 2 wrong usage.

      Examples:
        pseries registers compare before.json after.json
        pseries registers compare --for move kvm.bin tcg.json --format json
      """)

  @Argument(help: "The list of the guest.") var there: String
  @Argument(help: "The list to compare it with.") var here: String

  @Option(help: "The family of both lists. Default: from the lists.")
  var family: FamilyName?

  @Option(
    help: ArgumentHelp(
      "The mode whose registers are compared. Default: from the lists.", valueName: "mode"))
  var mode: String?

  @Option(name: .customLong("for"), help: "What is asked.")
  var purpose = PurposeName(.same)

  @Option(help: "The form of the report.") var format = TextFormat.text

  @Flag(help: "Print equal registers too.") var all = false

  func run() throws {
    let first = try RegisterDump.read(there, family?.family)
    let second = try RegisterDump.read(here, family?.family)
    let comparison: RegisterComparison
    do {
      comparison = try RegisterComparison(
        first, second, mode: first.family.mode(option: mode), purpose: purpose.purpose)
    } catch let error as RegisterComparisonError {
      throw CommandError("\(error)")
    }
    let report =
      switch format {
      case .text: comparison.text(there: there, here: here, all: all)
      case .json: comparison.json(there: there, here: here)
      }
    try Files.writeToStandardOutput(Array(report.utf8))
    if !comparison.isAccepted { throw ExitCode(1) }
  }
}
