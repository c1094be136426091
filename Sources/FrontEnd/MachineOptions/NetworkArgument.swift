internal import ArgumentParser
package import HostSupport
package import MachineDescription

/// `user[,forward=FORWARD]…[,restrict][,tftp=FOLDER][,bootfile=NAME]`, `tap=NAME`,
/// `stream=ADDRESS[,listen]` or `fd=NUMBER`, each with `model=virtio|vlan`, `mac=ADDRESS`, `mtu=BYTES`
/// and `bridge=N` behind it. A comma of a name is written twice.
package struct NetworkArgument: ExpressibleByArgument {
  /// What the card is connected to.
  package enum Connection: Equatable {
    /// A network of its own, by a separate process.
    case user(forwards: [PortForward], isRestricted: Bool, files: BootFiles = BootFiles())
    /// A TAP device of the host.
    case tap(String)
    /// A stream socket at an address, `unix:PATH`, `HOST:PORT` or `PORT`.
    case stream(String, listens: Bool)
    /// A descriptor that the process has been given: a TAP device or a socket.
    case descriptor(Int32)
  }

  /// What a user network offers for booting.
  package struct BootFiles: Equatable {
    /// The folder whose files are served by TFTP.
    package var folder: String?
    /// The name that DHCP and BOOTP give.
    package var name: String?

    package init(folder: String? = nil, name: String? = nil) {
      (self.folder, self.name) = (folder, name)
    }
  }

  package var connection: Connection
  /// What the guest sees. The word is that of libvirt's `<interface>` and QEMU's `-nic`: a card is not on
  /// a bus that a guest would choose, as a disk's adapter is.
  package var model = NetworkDevice.Model.virtio
  package var address: HardwareAddress?
  package var mtu: UInt16?
  /// Number of the PCI host bridge.
  package var bridge: UInt8 = 0

  package init?(argument: String) {
    let parts = DiskArgument.parts(of: argument).map { part -> (name: String, value: String?) in
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(pair[0]), pair.count == 2 ? String(pair[1]) : nil)
    }
    var (forwards, isRestricted, listens) = ([PortForward](), false, false)
    var files = BootFiles()
    for (name, value) in parts.dropFirst() {
      switch name {
      case "forward", "hostfwd":
        guard let forward = value.flatMap(PortForward.init) else { return nil }
        forwards.append(forward)
      case "tftp":
        guard let value, !value.isEmpty else { return nil }
        files.folder = value
      case "bootfile":
        // The field of a message has room for 127 characters.
        guard let value, (1...127).contains(value.utf8.count),
          value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        files.name = value
      case "restrict":
        guard let isOn = DiskArgument.isOn(value) else { return nil }
        isRestricted = isOn
      case "listen":
        guard let isOn = DiskArgument.isOn(value) else { return nil }
        listens = isOn
      case "model":
        // The second name is libvirt's and QEMU's.
        let name = value == "spapr-vlan" ? "vlan" : value
        guard let model = name.flatMap(NetworkDevice.Model.init) else { return nil }
        self.model = model
      case "mac":
        guard let address = value.flatMap(HardwareAddress.init) else { return nil }
        self.address = address
      case "mtu":
        guard let mtu = value.flatMap({ UInt16($0) }), mtu >= 68 else { return nil }
        self.mtu = mtu
      case "bridge":
        guard let number = value.flatMap(PCIPlace.bridge) else { return nil }
        bridge = number
      default: return nil
      }
    }
    switch (parts[0].name, parts[0].value) {
    case ("user", nil):
      connection = .user(forwards: forwards, isRestricted: isRestricted, files: files)
    case ("tap", let name?) where !name.isEmpty: connection = .tap(name)
    case ("stream", let address?) where !address.isEmpty:
      connection = .stream(address, listens: listens)
    case ("fd", let number?):
      guard let descriptor = Int32(number), descriptor > 2 else { return nil }
      connection = .descriptor(descriptor)
    default: return nil
    }
    // Each word belongs to its kind of network.
    if case .user = connection {
    } else if !forwards.isEmpty || isRestricted || files != BootFiles() {
      return nil
    }
    if case .stream = connection {} else if listens { return nil }
    if model == .vlan, bridge != 0 { return nil }
  }
}

extension MachineDescription.Devices {
  /// The address of the first card that has none given.
  private static let firstAddress: UInt64 = 0x5254_0012_3456

  /// Adds network cards with the next device numbers and unit addresses.
  mutating func add(_ networks: [NetworkArgument]) throws(MachineDescriptionError) {
    let given = Set(networks.compactMap(\.address))
    var next = Self.firstAddress
    for network in networks {
      while given.contains(HardwareAddress(rawValue: next)) { next += 1 }
      let address = network.address ?? HardwareAddress(rawValue: next)
      if network.address == nil { next += 1 }
      let card = PCIDevice.Network(address: address, mtu: network.mtu)
      switch network.model {
      case .virtio: try add(.network(card), on: network.bridge, .net)
      case .vlan: vio.append(VIODevice(.network(card), at: freeUnitAddress))
      }
    }
  }
}

extension [NetworkArgument] {
  /// The cards that they have become: those of each model are in the order of the options.
  /// - Returns: nil when they are not as many of each model as the machine has.
  package func cards(in devices: MachineDescription.Devices) -> [NetworkDevice]? {
    var waiting = Dictionary(grouping: devices.networks, by: \.model).mapValues { $0[...] }
    let found = compactMap { waiting[$0.model]?.popFirst() }
    return found.count == count && waiting.values.allSatisfy(\.isEmpty) ? found : nil
  }
}
