internal import HostSupport

/// The identity of a PCI function (PCI Local Bus Specification 6.2).
public struct PCIIdentity: Hashable, Sendable {
  /// Vendor identifier.
  public var vendor: UInt16
  /// Device identifier.
  public var device: UInt16
  /// Revision identifier.
  public var revision: UInt8
  /// Base class, subclass and programming interface: 24 bits.
  public var classCode: UInt32
  /// Subsystem vendor identifier.
  public var subsystemVendor: UInt16
  /// Subsystem identifier.
  public var subsystem: UInt16

  /// An identity from its numbers.
  public init(
    vendor: UInt16, device: UInt16, revision: UInt8, classCode: UInt32, subsystemVendor: UInt16,
    subsystem: UInt16
  ) {
    (self.vendor, self.device, self.revision) = (vendor, device, revision)
    (self.classCode, self.subsystemVendor) = (classCode, subsystemVendor)
    self.subsystem = subsystem
  }
}

/// A region of registers that a base address register (BAR) places.
public struct PCIRegion: Hashable, Sendable {
  /// Number of the BAR, 0 to 5.
  public let number: Int
  /// Bytes: a power of two, 16 or more.
  public let size: UInt64
  /// Whether the region can be beyond 4 GiB; it then takes the next BAR too.
  public let isWide: Bool
  /// Whether reads have no side effects.
  public let isPrefetchable: Bool

  /// A region from its BAR and size.
  public init(number: Int, size: UInt64, isWide: Bool, isPrefetchable: Bool) {
    (self.number, self.size, self.isWide) = (number, size, isWide)
    self.isPrefetchable = isPrefetchable
  }

  /// The register of the BAR in configuration space.
  public var register: UInt32 { 0x10 + 4 * UInt32(number) }
}

/// Where a PCI device is.
public struct PCIPlace: Hashable, Comparable, Sendable {
  /// Number of the host bridge, from 0 on.
  public var bridge: UInt8
  /// Device number on the bridge's bus, 1 to 31.
  public var device: UInt8

  /// A device's place by its number, on the first bridge unless another is given.
  public init(_ device: UInt8, bridge: UInt8 = 0) { (self.bridge, self.device) = (bridge, device) }

  /// By bridge, then by number.
  public static func < (one: Self, other: Self) -> Bool {
    (one.bridge, one.device) < (other.bridge, other.device)
  }

  /// The bridge's addresses and numbers.
  public var layout: PCIBridgeLayout { PCIBridgeLayout(number: UInt32(bridge)) }
}

extension PCIPlace: ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// A device of the first bridge.
  public init(integerLiteral number: UInt8) { self.init(number) }

  /// The numbers as `pciBRIDGE:DEVICE`.
  public var description: String { "pci\(bridge):\(device)" }
}

/// A PCI device of the machine: one function on the bus of a host bridge.
public struct PCIDevice: Hashable, Sendable {
  /// What the device is.
  public enum Kind: Hashable, Sendable {
    /// A virtio block device.
    case block(Disk)
    /// A virtio entropy device.
    case random
    /// A virtio memory balloon.
    case balloon
    /// A virtio SCSI host.
    case scsi(SCSIHost)
    /// A virtio network card.
    case network(Network)
    /// An NVMe controller with one namespace.
    case nvme(Disk)
    /// A shared folder.
    case share(Share)
    /// A virtio console with its ports.
    case console(Console)
  }

  /// The ports of a console as their driver sees them: terminals first, then channels.
  public struct Console: Hashable, Sendable {
    /// The number of terminals.
    public var terminals: Int
    /// The names of the channels: 1 to 63 bytes each.
    public var channels: [String]

    /// A console with so many terminals, and channels of these names.
    public init(terminals: Int, channels: [String] = []) {
      (self.terminals, self.channels) = (terminals, channels)
    }

    /// The most ports.
    public static let mostPorts = 16
    /// The most bytes of a channel's name.
    public static let longestName = 63

    /// The ports with their numbers; the name is nil for a terminal. Number 0 is for a terminal.
    public var numbered: [(number: Int, name: String?)] {
      (0..<terminals).map { ($0, nil) }
        + channels.enumerated().map { (max(terminals, 1) + $0, $1) }
    }

    /// One more than the highest number.
    public var mostNumbers: Int { max(terminals, 1) + channels.count }
  }

  /// A shared folder as its driver sees it.
  public struct Share: Hashable, Sendable {
    /// The protocol of its requests.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// 9P2000.L.
      case plan9 = "9p"
      /// FUSE.
      case virtioFS = "virtiofs"
    }

    /// The name by which a guest mounts it: 1 to 36 bytes.
    public var tag: String
    /// The protocol of its requests.
    public var kind: Kind

    /// A folder with a tag.
    public init(tag: String, kind: Kind = .plan9) { (self.tag, self.kind) = (tag, kind) }

    /// The most bytes of a tag (virtio 1.2, 5.11.4).
    public static let longestTag = 36
  }

  /// A network card as its driver sees it.
  public struct Network: Hashable, Sendable {
    /// The card's address.
    public var address: HardwareAddress
    /// The most bytes of a packet, 68 to 65,535; nil leaves it to the driver.
    public var mtu: UInt16?
    /// Pairs of queues: 1 to 16.
    public var queues: Int

    /// A card with an address.
    public init(address: HardwareAddress, mtu: UInt16? = nil, queues: Int = 1) {
      (self.address, self.mtu, self.queues) = (address, mtu, queues)
    }

    /// The most pairs of queues.
    public static let mostQueues = 16
  }

  /// A disk as its driver sees it.
  public struct Disk: Hashable, Sendable {
    /// The serial number: up to 20 bytes.
    public var serial: String
    /// Queues for requests: 1 to 16.
    public var queues: Int
    /// Whether it cannot be written.
    public var isReadOnly: Bool

    /// A disk with a serial number.
    public init(serial: String, queues: Int = 1, isReadOnly: Bool = false) {
      (self.serial, self.queues, self.isReadOnly) = (serial, queues, isReadOnly)
    }

    /// The most bytes of a serial number (virtio 1.2, 5.2.6).
    public static let longestSerial = 20
    /// The most queues.
    public static let mostQueues = 16
  }

  /// A SCSI host as its driver sees it.
  public struct SCSIHost: Hashable, Sendable {
    /// What is behind it.
    public var units: [SCSIDevice]
    /// Queues for requests: 1 to 16.
    public var queues: Int

    /// A host with units.
    public init(units: [SCSIDevice], queues: Int = 1) {
      (self.units, self.queues) = (units, queues)
    }

    /// The logical unit number of a target's unit (virtio 1.2, 5.6.6.1), as paths of SLOF have it.
    public static func number(ofTarget target: UInt8) -> UInt64 {
      (0x0100 | UInt64(target)) << 48
    }
  }

  /// What the device is.
  public var kind: Kind
  /// Where it is.
  public var place: PCIPlace
  /// Device number on the bus, 1 to 31.
  public var number: UInt8 {
    get { place.device }
    set { place.device = newValue }
  }

  /// A device from its kind and number, on the first bridge unless another is given.
  public init(_ kind: Kind, number: UInt8, bridge: UInt8 = 0) {
    (self.kind, place) = (kind, PCIPlace(number, bridge: bridge))
  }

  /// The most devices on a bus.
  public static let mostOnBus = 31

  /// The identity of its function.
  public var identity: PCIIdentity {
    switch kind {
    case .block: Self.virtIO(2, classCode: 0x01_00_00)
    case .scsi: Self.virtIO(8, classCode: 0x01_00_00)
    case .random: Self.virtIO(4, classCode: 0x00_FF_00)
    case .balloon: Self.virtIO(5, classCode: 0x00_FF_00)
    case .network: Self.virtIO(1, classCode: 0x02_00_00)
    case .nvme: Self.nvmeIdentity
    case .share(let share):
      switch share.kind {
      case .plan9: Self.virtIO(9, classCode: 0x00_02_00)
      case .virtioFS: Self.virtIO(26, classCode: 0x01_80_00)
      }
    case .console: Self.virtIO(3, classCode: 0x07_80_00)
    }
  }

  /// The identity of an NVMe controller: QEMU's, which drivers have no other model of.
  package static let nvmeIdentity = PCIIdentity(
    vendor: 0x1B36, device: 0x0010, revision: 2, classCode: 0x01_08_02, subsystemVendor: 0x1AF4,
    subsystem: 0x1100)

  /// The identity of a virtio device: 0x1040 and the number of its kind.
  private static func virtIO(_ kind: UInt16, classCode: UInt32) -> PCIIdentity {
    PCIIdentity(
      vendor: 0x1AF4, device: 0x1040 + kind, revision: 1, classCode: classCode,
      subsystemVendor: 0x1AF4, subsystem: 0x1100)
  }

  /// The unit name of its node: the generic name of its class (PCI Bus Binding 2.5), and its number.
  public var nodeName: String {
    let name =
      switch identity.classCode >> 8 {
      case 0x0100: "scsi"
      case 0x0108: "nvme"
      case 0x0200: "ethernet"
      case 0x0780: "communication-controller"
      default: "pci" + identity.vendor.hexDigits() + "," + identity.device.hexDigits()
      }
    return name + "@" + number.hexDigits()
  }

  /// The path of its node in the tree.
  public var path: String { "/\(place.layout.nodeName)/\(nodeName)" }

  /// Message interrupts: one for the configuration of a virtio device, and one for each queue.
  public var messages: Int {
    switch kind {
    case .block(let disk): disk.queues + 1
    case .random: 2
    case .balloon: 4
    // The control and the event queue come besides.
    case .scsi(let host): host.queues + 3
    // Received frames and sent frames of each pair, control.
    case .network(let card): 2 * card.queues + 2
    // The queue for administration comes besides.
    case .nvme(let disk): disk.queues + 1
    // Requests of FUSE have a queue that is served first.
    case .share(let share): share.kind == .plan9 ? 2 : 3
    // Two for the control messages, and two for each port.
    case .console(let console): 2 * (console.mostNumbers + 1) + 1
    }
  }

  /// The region of the MSI-X table.
  public var messageRegion: PCIRegion {
    PCIRegion(number: isNVMe ? 4 : 1, size: 0x1000, isWide: false, isPrefetchable: false)
  }
  /// The region of a virtio device's registers.
  public static let virtIORegion = PCIRegion(
    number: 4, size: 0x4000, isWide: true, isPrefetchable: true)

  /// The region of an NVMe controller's registers.
  public static let nvmeRegion = PCIRegion(
    number: 0, size: 0x4000, isWide: true, isPrefetchable: false)

  /// The regions in the order of their BARs.
  public var regions: [PCIRegion] {
    isNVMe ? [Self.nvmeRegion, messageRegion] : [messageRegion, Self.virtIORegion]
  }

  private var isNVMe: Bool { if case .nvme = kind { true } else { false } }

  /// The bus address of a region, the same in the tree and after a reset: each device has 64 KiB below
  /// 4 GiB, and 16 MiB beyond.
  public func address(of region: PCIRegion) -> UInt64 {
    let offset = UInt64(region.number) * region.size
    return region.isWide
      ? place.layout.memory64.bus + UInt64(number) << 24 + offset
      : place.layout.memory32.bus + UInt64(number) << 16 + offset
  }
}
