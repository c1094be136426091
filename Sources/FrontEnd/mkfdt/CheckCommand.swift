internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import JSON
internal import MachineDescription
internal import PlatformTree

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a tree against LoPAR's requirements and for contradictions.",
    discussion: """
      One line for each finding: its name, the path, the error, and the specification.
      Exit status: 0 nothing found, 1 findings or not readable, 2 wrong usage.

      Examples:
        mkfdt check guest.dtb
        mkfdt check --list
        mkfdt check --ignore required-rtas-call guest.dtb
      """)

  @Argument(help: "A blob or source, - for standard input; or a folder such as /proc/device-tree.")
  var file: String?

  @Option(help: ArgumentHelp("Omit a kind of finding; may be repeated.", valueName: "name"))
  var ignore: [String] = []

  @Flag(help: "List the kinds of findings.")
  var list = false

  @OptionGroup var answer: AnswerOptions

  func run() throws {
    if list {
      return try Files.writeToStandardOutput(Array(rules.utf8))
    }
    guard let file else { throw CommandError.usage("check: no FILE to check") }
    for name in ignore where !TreeRule.all.contains(where: { $0.name == name }) {
      throw CommandError.usage("--ignore: there is no finding '\(name)'; see mkfdt check --list")
    }
    let findings = try TreeRule.findings(in: Files.readTree(file))
      .filter { !ignore.contains($0.rule) }
    let text = answer.isJSON ? json(findings) : findings.map { "\($0)\n" }.joined()
    try Files.writeToStandardOutput(Array(text.utf8))
    if !findings.isEmpty { throw ExitCode(1) }
  }

  /// The findings there are.
  private var rules: String {
    guard answer.isJSON else {
      return TreeRule.all.map { "\($0.name): \($0.summary) [\($0.reference)]\n" }.joined()
    }
    let rules: JSONValue = [
      "rules": .array(
        TreeRule.all.map {
          ["name": .string($0.name), "summary": "\($0.summary)", "reference": "\($0.reference)"]
        })
    ]
    return rules.text()
  }

  private func json(_ findings: [Finding]) -> String {
    let document: JSONValue = [
      "findings": .array(
        findings.map {
          [
            "rule": .string($0.rule), "path": .string($0.path), "message": .string($0.message),
            "reference": .string($0.reference),
          ]
        })
    ]
    return document.text()
  }
}
