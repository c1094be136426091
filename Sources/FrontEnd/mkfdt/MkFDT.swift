internal import ArgumentParser
internal import MachineOptions

@main
struct MkFDT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkfdt",
    abstract: "Make, read and check device trees of PAPR partitions.",
    discussion: """
      Without a subcommand, mkfdt builds a tree: `mkfdt --compat power6 > guest.dtb`. \
      `mkfdt build --help` lists the options for that.

      Exit status: 0 done, 1 not done (for diff: different, for check: findings), 2 wrong usage.
      """,
    subcommands: [
      BuildCommand.self, ShowCommand.self, DiffCommand.self, CheckCommand.self,
      FeaturesCommand.self, NegotiateCommand.self, MigratableCommand.self,
    ],
    defaultSubcommand: BuildCommand.self)

  static func main() { runAndExit(named: "mkfdt", bareArgument: "mkfdt show") }
}
