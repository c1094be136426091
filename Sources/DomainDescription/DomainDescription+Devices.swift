extension DomainDescription {
  /// Devices this machine has, and those that only say how a host reaches them.
  mutating func readDevices(_ devices: XMLCursor) {
    var missing: [(name: String, line: Int)] = []
    // The first console is another name for the first serial device.
    let serial = devices.children("serial").filter(\.isTerminal)
    let consoles = devices.children("console").filter(\.isTerminal)
    terminals = max(serial.count, consoles.isEmpty ? 0 : 1)
    for device in devices.children() {
      switch device.name {
      case "emulator": break
      case "serial" where device.isTerminal: break
      case "console" where device.isTerminal: break
      case "nvram": break
      case "controller" where device["model"] == "pci-root": break
      case "memballoon" where device["model"] == "none": break
      case "controller" where device["model"] == "none": break
      case "audio" where device["type"] == "none": break
      case "disk", "interface", "hostdev", "filesystem":
        hasOtherBoot = true
        missing.append((device.name, device.element.line))
      default: missing.append((device.name, device.element.line))
      }
      if let address = device.child("address"), device.isTerminal, address["reg"] != nil {
        notes.append(address.note("terminals have the addresses of this machine"))
      }
    }
    guard let first = missing.first else { return }
    let list = missing.map { "\($0.name) (line \($0.line))" }.joined(separator: ", ")
    notes.append(
      Note(line: first.line, text: "<\(devices.path)>: left out, not in this machine: \(list)"))
  }
}

extension XMLCursor {
  /// A character device that is a virtual terminal on this machine, and not one of PCI or USB.
  fileprivate var isTerminal: Bool {
    guard name == "serial" || name == "console" else { return false }
    let target = child("target")
    let kind = child("address")?["type"] ?? "spapr-vio"
    return kind == "spapr-vio"
      && ["spapr-vio-serial", "serial"].contains(target?["type"] ?? "serial")
  }
}
