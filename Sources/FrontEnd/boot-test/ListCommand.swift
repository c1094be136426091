import ArgumentParser
import BootTest

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the cells of a suite, and why some cannot run here.")

  @OptionGroup var selection: Selection

  func run() throws {
    for cell in try selection.read().cells {
      let obstacle = Runner.obstacle(cell.cell).map { "  cannot run: \($0)" } ?? ""
      print(cell.name + obstacle)
    }
  }
}
