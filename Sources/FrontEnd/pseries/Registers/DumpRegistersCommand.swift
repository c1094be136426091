internal import ArgumentParser
internal import Machine
internal import MachineOptions
internal import MigrationCompatibility
internal import RegisterLists
internal import RegisterRestore
internal import SavedState

struct DumpRegistersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Print the registers of a processor of a saved guest as a list.",
    discussion: """
      `pseries --restore FILE --registers LIST` takes such lists, also from other emulators.

      Examples:
        pseries registers dump guest.state
        pseries registers dump guest.state --processor 1 --output 1.json
      """)

  @Argument(help: "The file that pseries --save wrote.") var state: String

  @Option(help: "The processor's number.") var processor = 0

  @Option(name: .shortAndLong, help: ArgumentHelp("The file for the list.", valueName: "file"))
  var output = "-"

  @Option(help: "The form of the list.") var format = ListFormat.json

  func run() throws {
    let saved = try StateOptions.saved(in: state)
    var configuration = MachineConfiguration(description: saved.head.description)
    configuration.isDeterministic = saved.head.isDeterministic
    let machine: PowerMachine
    do {
      machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
      try machine.restore(saved)
    } catch {
      throw CommandError("\(state): \(error)")
    }
    guard machine.processors.indices.contains(processor) else {
      throw CommandError.usage("--processor: the guest has \(machine.processors.count) processors")
    }
    try Book3SState.list(
      of: machine.processors[processor], source: "\(state), processor \(processor)"
    ).write(format, to: output)
  }
}
