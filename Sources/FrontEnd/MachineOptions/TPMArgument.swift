internal import ArgumentParser
package import MachineDescription

/// `path=SOCKET` or `state=FOLDER`, with `version=1.2` or `version=2.0` behind it. A comma of a path is
/// written twice.
package struct TPMArgument: ExpressibleByArgument, Hashable {
  /// What executes the commands.
  package enum Emulator: Hashable {
    /// One that listens with its control channel at a local socket.
    case socket(String)
    /// One that is started, with its state in a folder.
    case state(String)
  }

  package let emulator: Emulator
  package let version: TPMVersion

  package init?(argument: String) {
    var (emulator, version) = (nil as Emulator?, TPMVersion.v2_0)
    for part in DiskArgument.parts(of: argument) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[1].isEmpty else { return nil }
      let value = String(pair[1])
      switch pair[0] {
      case "path" where emulator == nil: emulator = .socket(value)
      case "state" where emulator == nil: emulator = .state(value)
      case "version":
        guard let found = TPMVersion(rawValue: value) else { return nil }
        version = found
      default: return nil
      }
    }
    guard let emulator else { return nil }
    (self.emulator, self.version) = (emulator, version)
  }
}
