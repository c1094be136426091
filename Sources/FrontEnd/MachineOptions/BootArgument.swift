internal import ArgumentParser
internal import MachineDescription

/// A device of `--boot`, or several with commas between: `disk`, `cdrom`, `network`, `ID[:ARGUMENTS]`, a path of
/// the tree, or `test-guest`. A device with a colon stands alone, because its path can have commas.
package struct BootArgument: ExpressibleByArgument, Equatable {
  /// One of the devices.
  enum Device: Equatable {
    /// Every disk or CD-ROM, in the order of the options.
    case all(SCSIDevice.Kind)
    /// Every network card, in the order of the options.
    case networks
    /// The disk or network card with an identifier, and what follows it from the colon on.
    case disk(id: String, arguments: String)
    /// A device specifier, which begins with `/`.
    case specifier(String)
    /// The built-in guest.
    case testGuest
  }

  let devices: [Device]

  package init?(argument: String) {
    let parts =
      argument.contains(":") || argument.hasPrefix("/")
      ? [argument[...]] : argument.split(separator: ",", omittingEmptySubsequences: false)
    guard !parts.contains(where: \.isEmpty), !argument.contains(where: \.isWhitespace) else {
      return nil
    }
    devices = parts.map { part in
      switch part {
      case "disk": return .all(.disk)
      case "cdrom": return .all(.cdrom)
      case "network": return .networks
      case "test-guest": return .testGuest
      default: break
      }
      if part.hasPrefix("/") { return .specifier(String(part)) }
      let id = part.prefix { $0 != ":" }
      return .disk(id: String(id), arguments: String(part.dropFirst(id.count)))
    }
  }
}

extension [BootArgument] {
  /// Whether the built-in guest is booted although there are disks.
  package var areTestGuest: Bool { flatMap(\.devices) == [.testGuest] }

  /// The device specifiers that they stand for.
  /// - Parameters:
  ///   - disks: the disks and CD-ROMs by their names, in their order.
  ///   - networks: the network cards by their names, in the order of the options.
  func specifiers(
    _ disks: [(name: String, device: StorageDevice)], _ networks: [(name: String, path: String)]
  ) throws(CommandError) -> [String] {
    if areTestGuest { return [] }
    var specifiers: [String] = []
    for device in flatMap(\.devices) {
      switch device {
      case .all(let kind):
        let all = disks.filter { $0.device.kind == kind }
        guard !all.isEmpty else { throw .usage("--boot \(kind): there is no --\(kind)") }
        specifiers += all.map(\.device.path)
      case .networks:
        guard !networks.isEmpty else { throw .usage("--boot network: there is no --net") }
        specifiers += networks.map(\.path)
      case .disk(let name, let arguments):
        let all = disks.map { (name: $0.name, path: $0.device.path) } + networks
        let named = all.filter { $0.name == name }
        guard let device = named.first else {
          let known = all.map(\.name) + ["disk", "cdrom", "network", "test-guest"]
          throw .usage(
            "--boot: there is no device '\(name)'; there are \(known.joined(separator: ", "))")
        }
        guard named.count == 1 else { throw .usage("--boot: two devices have the name '\(name)'") }
        specifiers.append(device.path + arguments)
      case .specifier(let text): specifiers.append(text)
      case .testGuest: throw .usage("--boot: test-guest stands alone")
      }
    }
    return specifiers
  }
}
