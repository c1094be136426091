extension MachineDescription {
  /// Each device has a number of its own, and memory ends before the addresses of the bridge.
  func validatePCI() throws(MachineDescriptionError) {
    func fail(_ text: String) -> MachineDescriptionError { MachineDescriptionError(.disk, text) }
    guard !devices.pci.isEmpty else { return }
    guard maximumMemory <= PCIBridgeLayout.firstAddress else {
      throw fail("with PCI devices there can be \(PCIBridgeLayout.firstAddress >> 40)T of memory")
    }
    var places: Set<PCIPlace> = []
    var tags: Set<String> = []
    for device in devices.pci {
      guard (1...UInt8(PCIDevice.mostOnBus)).contains(device.number),
        places.insert(device.place).inserted
      else { throw fail("device number \(device.number) is not from 1 to 31, or used twice") }
      guard device.place.bridge < PCIBridgeLayout.limit else {
        throw fail("there are PCI host bridges from 0 to \(PCIBridgeLayout.limit - 1)")
      }
      switch device.kind {
      case .block(let disk), .nvme(let disk):
        try validate(serial: disk.serial)
        try validate(queues: disk.queues)
      case .scsi(let host):
        try validate(host.units)
        try validate(queues: host.queues)
      case .random, .balloon: break
      case .network(let card): try validate(card)
      case .share(let share):
        guard (1...PCIDevice.Share.longestTag).contains(share.tag.utf8.count),
          share.tag.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
          throw MachineDescriptionError(
            .share,
            "a tag has 1 to \(PCIDevice.Share.longestTag) ASCII characters without spaces")
        }
        guard tags.insert(share.tag).inserted else {
          throw MachineDescriptionError(.share, "two have the tag '\(share.tag)'")
        }
      case .console(let console): try validate(console)
      }
    }
  }

  private func validate(_ console: PCIDevice.Console) throws(MachineDescriptionError) {
    let most = PCIDevice.Console.mostPorts
    guard console.terminals >= 0, console.terminals <= most, console.mostNumbers <= most else {
      throw MachineDescriptionError(.channel, "a console has up to \(most) ports")
    }
    var names: Set<String> = []
    for name in console.channels {
      guard (1...PCIDevice.Console.longestName).contains(name.utf8.count),
        name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), names.insert(name).inserted
      else {
        throw MachineDescriptionError(
          .channel,
          "'\(name)' is no name of 1 to \(PCIDevice.Console.longestName) ASCII characters, or used twice"
        )
      }
    }
  }

  /// A network card.
  func validate(_ card: PCIDevice.Network) throws(MachineDescriptionError) {
    guard card.address.rawValue != 0, !card.address.isGroup else {
      throw MachineDescriptionError(.net, "\(card.address) is not a card's address")
    }
    guard card.mtu.map({ $0 >= 68 }) ?? true else {
      throw MachineDescriptionError(.net, "an MTU is 68 to 65535")
    }
    guard (1...PCIDevice.Network.mostQueues).contains(card.queues) else {
      throw MachineDescriptionError(
        .net, "a card has 1 to \(PCIDevice.Network.mostQueues) pairs of queues")
    }
  }

  /// The units of a SCSI adapter.
  func validate(_ units: [SCSIDevice]) throws(MachineDescriptionError) {
    var targets: Set<UInt8> = []
    for unit in units {
      guard unit.target < SCSIDevice.mostTargets, targets.insert(unit.target).inserted else {
        throw MachineDescriptionError(
          .disk,
          "target \(unit.target) is not from 0 to \(SCSIDevice.mostTargets - 1), or used twice")
      }
      guard unit.isReadOnly || unit.kind != .cdrom else {
        throw MachineDescriptionError(.disk, "a CD-ROM drive cannot write")
      }
      try validate(serial: unit.serial)
    }
  }

  private func validate(serial: String) throws(MachineDescriptionError) {
    guard serial.utf8.count <= PCIDevice.Disk.longestSerial,
      serial.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else {
      throw MachineDescriptionError(
        .disk, "a serial number has up to \(PCIDevice.Disk.longestSerial) ASCII characters")
    }
  }

  private func validate(queues: Int) throws(MachineDescriptionError) {
    guard (1...PCIDevice.Disk.mostQueues).contains(queues) else {
      throw MachineDescriptionError(.disk, "a disk has 1 to \(PCIDevice.Disk.mostQueues) queues")
    }
  }
}
