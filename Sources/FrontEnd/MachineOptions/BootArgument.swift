internal import ArgumentParser
internal import MachineDescription

/// A device of `--boot`, or several with commas between: `disk`, `ID[:PARTITION][,PATH]`, a path of
/// the tree, or `test-guest`. A device with a colon stands alone, because its path can have commas.
package struct BootArgument: ExpressibleByArgument, Equatable {
  /// One of the devices.
  enum Device: Equatable {
    /// Every disk, in the order of the options.
    case disks
    /// The disk with an identifier, and what follows it from the colon on.
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
      case "disk": return .disks
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
  ///   - disks: the disks by their identifiers, in their order.
  func specifiers(
    _ disks: [(id: String, device: PCIDevice)]
  ) throws(CommandError) -> [String] {
    if areTestGuest { return [] }
    let layout = PCIBridgeLayout(number: 0)
    var specifiers: [String] = []
    for device in flatMap(\.devices) {
      switch device {
      case .disks:
        guard !disks.isEmpty else { throw .usage("--boot disk: there is no --disk") }
        specifiers += disks.map { $0.device.path(layout) }
      case .disk(let id, let arguments):
        guard let disk = disks.first(where: { $0.id == id }) else {
          let known = disks.map(\.id) + ["disk", "test-guest"]
          throw .usage(
            "--boot: there is no device '\(id)'; there are \(known.joined(separator: ", "))")
        }
        specifiers.append(disk.device.path(layout) + arguments)
      case .specifier(let text): specifiers.append(text)
      case .testGuest: throw .usage("--boot: test-guest stands alone")
      }
    }
    return specifiers
  }
}
