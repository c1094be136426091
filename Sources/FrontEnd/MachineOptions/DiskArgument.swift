internal import ArgumentParser
internal import MachineDescription

/// `FILE[,read-only][,snapshot][,serial=TEXT]`, in any order behind the file, which can also be
/// `file=FILE`. A comma of a file's name is written twice. As with QEMU, `readonly=on` and
/// `snapshot=on` are the same as the words alone.
package struct DiskArgument: ExpressibleByArgument {
  package var file = ""
  package var isReadOnly = false
  /// Whether changes are forgotten at the end.
  package var isSnapshot = false
  package var serial: String?

  package init?(argument: String) {
    for (place, part) in Self.parts(of: argument).enumerated() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count == 2 ? String(pair[1]) : nil
      switch pair.first {
      case "file": file = value ?? ""
      case "read-only", "readonly":
        guard let isOn = Self.isOn(value) else { return nil }
        isReadOnly = isOn
      case "snapshot":
        guard let isOn = Self.isOn(value) else { return nil }
        isSnapshot = isOn
      case "serial" where value != nil: serial = value
      case "bus" where value == "virtio": break
      default:
        guard place == 0, pair.count == 1 else { return nil }
        file = part
      }
    }
    if file.isEmpty { return nil }
  }

  private static func isOn(_ value: String?) -> Bool? {
    switch value {
    case nil, "on": true
    case "off": false
    default: nil
    }
  }

  /// The parts between commas; two commas are one of a part.
  private static func parts(of argument: String) -> [String] {
    var parts = [""]
    var isAfterComma = false
    for character in argument {
      if character == ",", !isAfterComma {
        isAfterComma = true
        continue
      }
      if isAfterComma, character != "," { parts.append("") }
      parts[parts.count - 1].append(character)
      isAfterComma = false
    }
    return isAfterComma ? parts + [""] : parts
  }
}

extension MachineDescription.Devices {
  /// Adds disks with the next device numbers.
  mutating func add(_ disks: [DiskArgument]) throws(MachineDescriptionError) {
    for (index, disk) in disks.enumerated() {
      try add(
        .block(
          PCIDevice.Disk(serial: disk.serial ?? "disk\(index)", isReadOnly: disk.isReadOnly)),
        .disk)
    }
  }

  /// Adds a PCI device with the next device number.
  mutating func add(
    _ kind: PCIDevice.Kind, _ option: MachineDescriptionError.Option
  ) throws(MachineDescriptionError) {
    guard pci.count < PCIDevice.mostOnBus else {
      throw MachineDescriptionError(option, "more than \(PCIDevice.mostOnBus) PCI devices")
    }
    pci.append(PCIDevice(kind, number: UInt8(pci.count + 1)))
  }
}
