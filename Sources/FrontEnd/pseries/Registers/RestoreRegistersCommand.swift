internal import ArgumentParser
internal import MachineOptions
internal import PowerISA
internal import RegisterLists
internal import RegisterRestore

/// The form of a register list.
enum ListFormat: String, CaseIterable, ExpressibleByArgument {
  case json, binary
}

struct RestoreRegistersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Check whether a processor of this package can take the state of a register list.",
    discussion: """
      Prints the processor's state as a list after the restore, or every register that it cannot \
      represent. Registers of --served are left out, because a machine would serve them.

      Exit status: 0 restored, 1 refused or not readable, 2 wrong usage.

      Examples:
        pseries registers restore guest.bin --cpu power8
        pseries registers restore guest.json --cpu power9 --served VPA_ADDR,VPA_SLB
      """)

  @Argument(help: "The list.") var list: String

  @Option(help: "The processor.") var cpu: ProcessorName

  @Option(
    help: ArgumentHelp(
      "Registers that a machine would serve, separated by commas.", valueName: "names"))
  var served: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The file for the new list.", valueName: "file"))
  var output = "-"

  @Option(help: "The form of the new list.") var format = ListFormat.json

  func run() throws {
    let dump = try RegisterDump.read(list)
    let names = (served ?? "").split(separator: ",").map(String.init)
    if let name = names.first(where: { dump.family[$0] == nil }) {
      throw CommandError.usage("--served: no register '\(name)' in \(dump.family.name)")
    }
    let taken: RegisterDump
    do throws(RestoreError) {
      taken = try Book3SState.trial(dump, on: cpu.processor, servedByCaller: Set(names))
    } catch {
      switch error {
      case .withoutEngine: throw CommandError("\(list): \(error)")
      case .refused(let reasons):
        for reason in reasons { Report.line("\(list): \(reason)") }
        throw ExitCode(1)
      }
    }
    try taken.write(format, to: output)
  }
}
