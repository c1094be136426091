internal import ArgumentParser
package import HostSupport
package import MachineDescription

/// `user[,forward=FORWARD]…[,restrict][,tftp=FOLDER][,bootfile=NAME]`, `tap=NAME`,
/// `stream=ADDRESS[,listen]`, `fd=NUMBER` or `none`, each with `model=virtio|vlan`, `mac=ADDRESS`,
/// `mtu=BYTES`, `queues=N`, `link=up|down`, `id=NAME`, `bridge=N` and `slot=N` behind it. A comma of a name is
/// written twice.
package struct NetworkArgument: WordArgument {
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
    /// Nothing: the card's link is down.
    case nothing
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

  /// Values of `link`.
  private enum LinkState: String, CaseIterable {
    case up, down
  }

  package var connection: Connection
  /// What the guest sees. The word is that of libvirt's `<interface>` and QEMU's `-nic`: a card is not on
  /// a bus that a guest would choose, as a disk's adapter is.
  package var model = NetworkDevice.Model.virtio
  package var address: HardwareAddress?
  package var mtu: UInt16?
  /// Pairs of queues.
  package var queues = 1
  /// Whether the cable is in at first; nil for what a restored guest had, and in for a new one.
  package var isConnected: Bool?
  package var id: String?
  package var place = PlaceArgument()

  package init(parsing argument: String) throws(ArgumentMistake) {
    let words = ArgumentWord.words(of: argument)
    connection = try Self.connection(words[0])
    for word in words.dropFirst() {
      if try takeOfCard(word) { continue }
      try takeOfConnection(word)
    }
    if model == .vlan, !place.isUsual || queues != 1 {
      throw ArgumentMistake(
        "model=vlan has neither a bridge or slot nor pairs of queues: it is no PCI device")
    }
  }

  private static func connection(_ word: ArgumentWord) throws(ArgumentMistake) -> Connection {
    switch word.key {
    case "user" where word.value == nil: return .user(forwards: [], isRestricted: false)
    case "tap": return .tap(try word.someValue())
    case "stream": return .stream(try word.someValue(), listens: false)
    case "fd":
      guard let number = Int32(try word.someValue()), number > 2 else {
        throw word.mistake("it is no number above 2")
      }
      return .descriptor(number)
    case "none" where word.value == nil: return .nothing
    default: throw word.mistake("it is none of user, tap=NAME, stream=ADDRESS, fd=NUMBER, none")
    }
  }

  /// Takes what any card can have.
  /// - Returns: false for another word.
  private mutating func takeOfCard(_ word: ArgumentWord) throws(ArgumentMistake) -> Bool {
    switch word.key {
    // The second name is libvirt's and QEMU's.
    case "model": model = try word.value == "spapr-vlan" ? .vlan : word.choice()
    case "mac":
      guard let address = HardwareAddress(try word.someValue()) else {
        throw word.mistake("it is no address such as 52:54:00:12:34:56")
      }
      self.address = address
    case "mtu": mtu = try word.number(in: 68...UInt16.max)
    case "queues": queues = try word.number(in: 1...PCIDevice.Network.mostQueues)
    case "link": isConnected = try word.choice(of: LinkState.self) == .up
    case "id": id = try word.someValue()
    default: return try place.take(word)
    }
    return true
  }

  /// Takes what belongs to the kind of network.
  private mutating func takeOfConnection(_ word: ArgumentWord) throws(ArgumentMistake) {
    switch connection {
    case .user(var forwards, var isRestricted, var files):
      switch word.key {
      case "forward", "hostfwd":
        guard let forward = PortForward(try word.someValue()) else {
          throw word.mistake("it is no forward such as 2222:22")
        }
        forwards.append(forward)
      case "restrict": isRestricted = try word.isOn()
      default: try files.take(word)
      }
      connection = .user(forwards: forwards, isRestricted: isRestricted, files: files)
    case .stream(let address, _) where word.key == "listen":
      connection = .stream(address, listens: try word.isOn())
    case .stream, .tap, .descriptor, .nothing: throw word.unknown
    }
  }
}

extension NetworkArgument.BootFiles {
  fileprivate mutating func take(_ word: ArgumentWord) throws(ArgumentMistake) {
    switch word.key {
    case "tftp": folder = try word.someValue()
    case "bootfile":
      let name = try word.someValue()
      // The field of a message has room for 127 characters.
      guard name.utf8.count <= 127, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw word.mistake("it is no name of up to 127 ASCII characters without spaces")
      }
      self.name = name
    default: throw word.unknown
    }
  }
}

extension MachineDescription.Devices {
  /// The address of the first card that has none given.
  private static let firstAddress: UInt64 = 0x5254_0012_3456

  /// Adds network cards with the next device numbers and unit addresses.
  mutating func add(
    _ networks: [NetworkArgument], _ places: inout PlaceAssignment
  ) throws(MachineDescriptionError) {
    var names: Set<String> = []
    for name in networks.names where !names.insert(name).inserted {
      throw MachineDescriptionError(.net, "two have the id '\(name)'")
    }
    let given = Set(networks.compactMap(\.address))
    var next = Self.firstAddress
    for network in networks {
      while given.contains(HardwareAddress(rawValue: next)) { next += 1 }
      let address = network.address ?? HardwareAddress(rawValue: next)
      if network.address == nil { next += 1 }
      let card = PCIDevice.Network(address: address, mtu: network.mtu, queues: network.queues)
      switch network.model {
      case .virtio: try add(.network(card), at: network.place, &places, .net)
      case .vlan: vio.append(VIODevice(.network(card), at: freeUnitAddress))
      }
    }
  }
}

extension [NetworkArgument] {
  /// The name of each: its id, or `net` and its number.
  package var names: [String] { enumerated().map { $1.id ?? "net\($0)" } }

  /// The path of each that the machine has, with its name.
  func named(in devices: MachineDescription.Devices) -> [(name: String, path: String)] {
    zip(names, cards(in: devices) ?? []).map { ($0, $1.path) }
  }

  /// The cards that they have become: those of each model are in the order of the options.
  /// - Returns: nil when they are not as many of each model as the machine has.
  package func cards(in devices: MachineDescription.Devices) -> [NetworkDevice]? {
    var waiting = Dictionary(grouping: devices.networks, by: \.model).mapValues { $0[...] }
    let found = compactMap { waiting[$0.model]?.popFirst() }
    return found.count == count && waiting.values.allSatisfy(\.isEmpty) ? found : nil
  }
}
