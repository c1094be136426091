internal import ArgumentParser
package import MachineDescription

/// `path=SOCKET` or `state=FOLDER`, with `version=1.2` or `version=2.0` behind it. A comma of a path is
/// written twice.
package struct TPMArgument: WordArgument, Hashable {
  /// What executes the commands.
  package enum Emulator: Hashable {
    /// One that listens with its control channel at a local socket.
    case socket(String)
    /// One that is started, with its state in a folder.
    case state(String)
  }

  package let emulator: Emulator
  package let version: TPMVersion

  package init(parsing argument: String) throws(ArgumentMistake) {
    var (emulator, version) = (nil as Emulator?, TPMVersion.v2_0)
    for word in ArgumentWord.words(of: argument) {
      switch word.key {
      case "path" where emulator == nil: emulator = .socket(try word.someValue())
      case "state" where emulator == nil: emulator = .state(try word.someValue())
      case "path", "state": throw word.mistake("there is a socket or folder already")
      case "version": version = try word.choice()
      default: throw word.unknown
      }
    }
    guard let emulator else { throw ArgumentMistake("path=SOCKET or state=FOLDER is missing") }
    (self.emulator, self.version) = (emulator, version)
  }
}
