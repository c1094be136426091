internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two trees by content, whatever their order.",
    discussion: """
      One line for each difference: - only in the first, + only in the second, ~ changed.
      Exit status: 0 the same, 1 different or not readable, 2 wrong usage.

      Examples:
        mkfdt --compat power8 > 8.dtb; mkfdt --compat power9 > 9.dtb
        mkfdt diff 8.dtb 9.dtb
      """)

  @Argument(help: "A blob, source or a folder.") var first: String
  @Argument(help: "Another.") var second: String

  func run() throws {
    let differences = try Files.readTree(first).differences(to: Files.readTree(second))
    let text = differences.map { "\($0)\n" }.joined()
    try Files.writeToStandardOutput(Array(text.utf8))
    if !differences.isEmpty { throw ExitCode(1) }
  }
}
