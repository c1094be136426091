internal import MachineDescription

/// Where an option puts its PCI device: `bridge=N` and `slot=N`.
package struct PlaceArgument: Hashable {
  /// Number of the host bridge.
  package var bridge: UInt8 = 0
  /// Device number on its bus; nil for the lowest that no device has.
  package var slot: UInt8?

  /// Whether it is what it is without a word.
  package var isUsual: Bool { self == PlaceArgument() }

  /// The place that the device must have.
  var claimed: PCIPlace? { slot.map { PCIPlace($0, bridge: bridge) } }

  /// Takes a word of a place.
  /// - Returns: false for another word.
  mutating func take(_ word: ArgumentWord) throws(ArgumentMistake) -> Bool {
    switch word.key {
    case "bridge": bridge = try word.number(in: 0...UInt8(PCIBridgeLayout.limit - 1))
    case "slot": slot = try word.number(in: 1...UInt8(PCIDevice.mostOnBus))
    default: return false
    }
    return true
  }
}

/// The places of a machine's PCI devices, which are given out one after the other.
struct PlaceAssignment {
  private var taken: Set<PCIPlace>

  /// - Parameter claimed: the places that options name, also those that come later.
  init(claimed: [PCIPlace]) { taken = Set(claimed) }

  /// The place of a device: the one that it claims, or the lowest free one of its bridge.
  mutating func next(
    _ place: PlaceArgument, _ option: MachineDescriptionError.Option
  ) throws(MachineDescriptionError) -> PCIPlace {
    if let claimed = place.claimed { return claimed }
    for number in 1...UInt8(PCIDevice.mostOnBus) {
      let free = PCIPlace(number, bridge: place.bridge)
      if taken.insert(free).inserted { return free }
    }
    throw MachineDescriptionError(option, "more than \(PCIDevice.mostOnBus) PCI devices")
  }
}

extension MachineDescription.Devices {
  /// Adds a PCI device at its place.
  mutating func add(
    _ kind: PCIDevice.Kind, at place: PlaceArgument = PlaceArgument(),
    _ places: inout PlaceAssignment, _ option: MachineDescriptionError.Option
  ) throws(MachineDescriptionError) {
    let place = try places.next(place, option)
    guard !pci.contains(where: { $0.place == place }) else {
      throw MachineDescriptionError(
        option, "two devices are in slot \(place.device) of bridge \(place.bridge)")
    }
    pci.append(PCIDevice(kind, number: place.device, bridge: place.bridge))
  }
}
