internal import HostSupport

/// Where a network card is.
public enum NetworkPlace: Hashable, Sendable {
  /// A PCI device.
  case pci(PCIPlace)
  /// The logical LAN adapter at a unit address.
  case virtual(UInt32)
}

/// A network card of the machine.
public struct NetworkDevice: Hashable, Sendable {
  /// How a guest reaches a card.
  public enum Model: String, CaseIterable, Hashable, Sendable {
    /// virtio-net.
    case virtio
    /// A logical LAN adapter of PAPR, which libvirt and QEMU call `spapr-vlan`.
    case vlan
  }

  /// Where it is.
  public var address: NetworkPlace
  /// The path of its node in the tree, whose `device_type` is "network".
  public var path: String
  /// How the guest reaches it.
  public var model: Model
  /// The card as its driver sees it.
  public var card: PCIDevice.Network
}

extension MachineDescription.Devices {
  /// The network cards in the order of ``pci``, then those of the VIO bus.
  public var networks: [NetworkDevice] { networks(of: pci) }

  private func networks(of pci: [PCIDevice]) -> [NetworkDevice] {
    let functions = pci.compactMap { device -> NetworkDevice? in
      guard case .network(let card) = device.kind else { return nil }
      return NetworkDevice(
        address: .pci(device.place), path: device.path, model: .virtio, card: card)
    }
    let adapters = logicalLANs.compactMap { device -> NetworkDevice? in
      guard case .network(let card) = device.kind else { return nil }
      return NetworkDevice(
        address: .virtual(device.unitAddress), path: "/vdevice/" + device.logicalLANName,
        model: .vlan, card: card)
    }
    return functions + adapters
  }

  /// The same in the order of the tree: VIO devices first.
  public var networksInTree: [NetworkDevice] {
    let networks = networks(of: pci.sorted { $0.place < $1.place })
    return networks.filter { $0.model == .vlan } + networks.filter { $0.model != .vlan }
  }

  /// The logical LAN adapters. They come last in ``vio``.
  public var logicalLANs: [VIODevice] {
    get { vio.filter(\.isNetwork) }
    set { vio = vio.filter { !$0.isNetwork } + newValue }
  }
}

extension VIODevice {
  fileprivate var isNetwork: Bool { if case .network = kind { true } else { false } }

  /// The name of a logical LAN adapter's node.
  public var logicalLANName: String { "l-lan@" + unitAddress.hexDigits() }
}
