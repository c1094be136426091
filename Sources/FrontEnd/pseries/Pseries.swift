internal import ArgumentParser
internal import Machine
internal import MachineOptions

@main
struct Pseries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pseries",
    abstract:
      "Boot guests on an emulated pSeries machine, and answer questions about such machines.",
    discussion: """
      Without a subcommand, pseries boots a guest: `pseries --cpu power9 --kernel vmlinux`. \
      `pseries run --help` lists the options for that.

      Exit status: 0 done, 1 not done, 2 wrong usage; `pseries run --help` lists those of a guest.
      """,
    subcommands: [
      RunCommand.self, CPUCompareCommand.self, CPUBaselineCommand.self, CPUModelsCommand.self,
      QEMUArgumentsCommand.self, RegistersCommand.self, TimelineCommand.self,
      ControlCommandLine.self,
      SandboxCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() {
    runAndExit(named: "pseries", bareArgument: "--kernel") {
      ["engines: \(MachineEngine.available.map(\.rawValue).joined(separator: ", "))"]
    }
  }
}
