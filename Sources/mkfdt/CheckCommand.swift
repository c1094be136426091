internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import PlatformTree

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Find what LoPAR requires and a tree lacks, and what contradicts itself.",
    discussion: """
      One line for each finding: its name, the place, what is wrong, and where it is specified.
      Exit status: 0 nothing found, 1 findings or not readable, 2 wrong usage.

      Examples:
        mkfdt check guest.dtb
        mkfdt check --list
        mkfdt check --ignore required-rtas-call --ignore drc-without-connector guest.dtb
      """)

  @Argument(help: "The blob; - for standard input.") var file: String?

  @Option(help: ArgumentHelp("A finding to leave out; once for each.", valueName: "name"))
  var ignore: [String] = []

  @Flag(help: "List the findings there are.")
  var list = false

  func run() throws {
    if list {
      let text = TreeRule.all.map { "\($0.name): \($0.summary) [\($0.reference)]\n" }.joined()
      return try Files.writeToStandardOutput(Array(text.utf8))
    }
    guard let file else { throw Failure.usage("check: no FILE to check") }
    for name in ignore where !TreeRule.all.contains(where: { $0.name == name }) {
      throw Failure.usage("--ignore: there is no finding '\(name)'; see mkfdt check --list")
    }
    let findings = try TreeRule.findings(in: Files.readTree(file))
      .filter { !ignore.contains($0.rule) }
    let text = findings.map { "\($0)\n" }.joined()
    try Files.writeToStandardOutput(Array(text.utf8))
    if !findings.isEmpty { throw ExitStatus(code: 1) }
  }
}
