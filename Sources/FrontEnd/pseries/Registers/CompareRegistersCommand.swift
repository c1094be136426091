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
    abstract: "Hold one register list against another.",
    discussion: """
      Lines that begin with ! stand in the way. With --for move the question is not whether both \
      say the same, but whether the guest of the first can go on in the processor of the second: \
      what moves with it may differ, what the processor is may not.

      Exit status: 0 accepted, 1 refused or not readable, 2 wrong usage.

      Examples:
        pseries registers compare before.json after.json
        pseries registers compare --for move kvm.bin tcg.json --format json
      """)

  @Argument(help: "The list that comes from elsewhere.") var there: String
  @Argument(help: "The list it is held against.") var here: String

  @Option(help: "The family both must be of. Default: what they show.")
  var family: FamilyName?

  @Option(
    help: ArgumentHelp("The mode whose registers count. Default: the lists'.", valueName: "mode"))
  var mode: String?

  @Option(name: .customLong("for"), help: "What is asked.")
  var purpose = PurposeName(.same)

  @Option(help: "The form of the report.") var format = TextFormat.text

  @Flag(help: "Lines for equal registers too.") var all = false

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
