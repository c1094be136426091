internal import ArgumentParser
internal import HostSupport
internal import MachineOptions
internal import RegisterLists

struct RegistersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registers",
    abstract: "Register lists of this and other emulators: compare, explain, restore.",
    discussion: """
      A list is JSON, or the binary list of KVM's one-register identifiers and values:
        {"family": "ppc-book3s", "registers": {"PC": "0x100", "0x1030000000000009": "0x0"}}
      """,
    subcommands: [
      CompareRegistersCommand.self, DumpRegistersCommand.self, ListRegistersCommand.self,
      RestoreRegistersCommand.self,
    ])
}

/// A family by its name.
struct FamilyName: ExpressibleByArgument {
  var family: RegisterFamily

  init?(argument: String) {
    guard let family = RegisterFamily(name: argument) else { return nil }
    self.family = family
  }

  static var allValueStrings: [String] { RegisterFamily.all.map(\.name) }
}

extension RegisterDump {
  /// Writes the list to a file, or to standard output for `-`.
  func write(_ format: ListFormat, to path: String) throws(CommandError) {
    let bytes =
      switch format {
      case .json: Array(json().utf8)
      case .binary: binary()
      }
    if path == "-" {
      try Files.writeToStandardOutput(bytes)
    } else {
      try Files.write(bytes, to: path)
    }
  }

  /// The list in a file, of the family asked for if one is.
  static func read(_ path: String, _ family: RegisterFamily? = nil) throws -> RegisterDump {
    let bytes = try Files.read(path, limit: InputLimit.text)
    do throws(DumpError) {
      return try RegisterDump(reading: bytes, file: path, family: family)
    } catch {
      throw CommandError("\(error)")
    }
  }
}

extension RegisterFamily {
  /// The mode called `name`; nil for none asked for.
  func mode(option name: String?) throws(CommandError) -> ExecutionMode? {
    guard let name else { return nil }
    guard let mode = mode(named: name) else {
      throw CommandError.usage(
        "--mode: \(self.name) has no '\(name)', but "
          + modes.map(\.rawValue).joined(separator: " and "))
    }
    return mode
  }
}
