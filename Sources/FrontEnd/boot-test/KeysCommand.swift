import ArgumentParser
import BootTest

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "List every key of a suite file, as Markdown.")

  func run() {
    print(SuiteMapping.all.map(\.reference).joined(separator: "\n"), terminator: "")
  }
}
