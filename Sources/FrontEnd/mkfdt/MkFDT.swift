internal import ArgumentParser
internal import MachineOptions

@main
struct MkFDT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkfdt",
    abstract: "Make, read, change and check device trees, above all of PAPR partitions.",
    discussion: """
      Without a subcommand, mkfdt builds a tree: `mkfdt --compat power6 > guest.dtb`. \
      `mkfdt build --help` lists the options for that.

      A FILE that holds a tree is a blob, device tree source, or a folder such as /proc/device-tree.

      Exit status: 0 done, 1 not done (for diff: different, for check: findings), 2 wrong usage.
      """,
    subcommands: [
      BuildCommand.self, ShowCommand.self, GetCommand.self, EditCommand.self,
      CompileCommand.self, DiffCommand.self, CheckCommand.self,
      FeaturesCommand.self, NegotiateCommand.self, MigratableCommand.self,
    ],
    defaultSubcommand: BuildCommand.self)

  static func main() { runAndExit(named: "mkfdt", bareArgument: "mkfdt show") }
}
