internal import ArgumentParser
internal import MachineOptions
internal import RegisterLists

struct ListRegistersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Print the registers of a family.")

  @Option(help: "The family.") var family: FamilyName

  @Option(help: ArgumentHelp("Only those of a mode.", valueName: "mode")) var mode: String?

  @Option(help: "The form.") var format = TextFormat.text

  func run() throws {
    let family = family.family
    let mode = try family.mode(option: mode)
    let text =
      switch format {
      case .text: family.listing(mode: mode)
      case .json: family.json(mode: mode)
      }
    try Files.writeToStandardOutput(Array(text.utf8))
  }
}
