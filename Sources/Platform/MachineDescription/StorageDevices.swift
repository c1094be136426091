internal import HostSupport

/// A logical unit of a SCSI adapter as its driver sees it.
public struct SCSIDevice: Hashable, Sendable {
  /// What the unit is.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// A direct access block device.
    case disk
    /// A CD or DVD drive.
    case cdrom
  }

  /// What the unit is.
  public var kind: Kind
  /// Number of the target, whose only unit it is: 0 to 63.
  public var target: UInt8
  /// The serial number: up to 20 bytes.
  public var serial: String
  /// Whether it cannot be written.
  public var isReadOnly: Bool

  /// A unit with a serial number; a CD-ROM drive cannot be written.
  public init(_ kind: Kind, target: UInt8, serial: String, isReadOnly: Bool = false) {
    (self.kind, self.target, self.serial) = (kind, target, serial)
    self.isReadOnly = isReadOnly || kind == .cdrom
  }

  /// The most targets of an adapter: VSCSI has six bits for them.
  public static let mostTargets = 64
}

/// Numbers of virtual SCSI adapters (VSCSI; LoPAR "Virtual SCSI"): VIO devices with a command/response
/// queue.
public enum VirtualSCSI {
  /// The name of an adapter's node.
  public static func nodeName(_ unitAddress: UInt32) -> String {
    "v-scsi@" + unitAddress.hexDigits()
  }

  /// The logical unit number of a target's unit (SAM-5 4.7.7.4), as the first of four levels has it.
  public static func number(ofTarget target: UInt8) -> UInt64 {
    (0x8000 | UInt64(target & 0x3F) << 8) << 48
  }
}

/// Where a device is that has storage behind it.
public enum StoragePlace: Hashable, Sendable {
  /// A PCI device, or the unit of one of its targets.
  case pci(PCIPlace, target: UInt8 = 0)
  /// The unit of a target of the VSCSI adapter at a unit address.
  case virtual(UInt32, target: UInt8)
}

/// A device that has storage behind it.
public struct StorageDevice: Hashable, Sendable {
  /// How a guest reaches a device.
  public enum Bus: String, CaseIterable, Hashable, Sendable {
    /// virtio-blk.
    case virtio
    /// virtio-scsi.
    case scsi
    /// VSCSI.
    case vscsi
    /// NVMe.
    case nvme
  }

  /// Where it is.
  public var address: StoragePlace
  /// The path of its node in the tree, whose `device_type` is "block".
  public var path: String
  /// How the guest reaches it.
  public var bus: Bus
  /// What it is.
  public var kind: SCSIDevice.Kind
  /// Whether the guest sees that it cannot be written.
  public var isReadOnly: Bool
}

extension StorageDevice {
  /// A PCI function that is a disk.
  init(_ disk: PCIDevice.Disk, _ bus: Bus, _ device: PCIDevice) {
    self.init(
      address: .pci(device.place), path: device.path, bus: bus, kind: .disk,
      isReadOnly: disk.isReadOnly)
  }

  /// A unit of a SCSI adapter.
  init(
    _ unit: SCSIDevice, _ bus: Bus, at address: StoragePlace, _ adapter: String, _ number: UInt64
  ) {
    self.init(
      address: address, path: adapter + "/" + unit.nodeName(number), bus: bus, kind: unit.kind,
      isReadOnly: unit.isReadOnly)
  }
}

extension SCSIDevice {
  /// The name of its node, by its logical unit number.
  public func nodeName(_ number: UInt64) -> String {
    (kind == .cdrom ? "cdrom" : "disk") + "@" + number.hexDigits()
  }
}

extension MachineDescription.Devices {
  /// The devices that have storage behind them, in the order of ``pci``, then those of the VIO bus.
  public var storage: [StorageDevice] { storage(of: pci) }

  private func storage(of pci: [PCIDevice]) -> [StorageDevice] {
    let functions = pci.flatMap { device -> [StorageDevice] in
      switch device.kind {
      case .block(let disk): [StorageDevice(disk, .virtio, device)]
      case .nvme(let disk): [StorageDevice(disk, .nvme, device)]
      case .scsi(let host):
        host.units.map {
          StorageDevice(
            $0, .scsi, at: .pci(device.place, target: $0.target), device.path,
            PCIDevice.SCSIHost.number(ofTarget: $0.target))
        }
      default: []
      }
    }
    let adapters = scsiAdapters.flatMap { device -> [StorageDevice] in
      guard case .scsi(let units) = device.kind else { return [] }
      return units.map {
        StorageDevice(
          $0, .vscsi, at: .virtual(device.unitAddress, target: $0.target),
          "/vdevice/" + VirtualSCSI.nodeName(device.unitAddress),
          VirtualSCSI.number(ofTarget: $0.target))
      }
    }
    return functions + adapters
  }

  /// The same in the order of the tree: VIO devices first.
  public var storageInTree: [StorageDevice] {
    let storage = storage(of: pci.sorted { $0.place < $1.place })
    return storage.filter { $0.bus == .vscsi } + storage.filter { $0.bus != .vscsi }
  }

  /// The first unit address from ``firstUnitAddress`` on that no VIO device has.
  public var freeUnitAddress: UInt32 {
    let sources = Set(vio.map(\.interrupt))
    // Each of 256 has a source of its own.
    return (Self.firstUnitAddress..<Self.firstUnitAddress + 256).first {
      !sources.contains(InterruptSource.virtualDevice(at: $0))
    } ?? Self.firstUnitAddress
  }

  /// The virtual SCSI adapters. They come last in ``vio``, before a TPM.
  public var scsiAdapters: [VIODevice] {
    get { vio.filter(\.isSCSI) }
    set { vio = vio.filter { !$0.isSCSI } + newValue }
  }
}

extension VIODevice {
  fileprivate var isSCSI: Bool { if case .scsi = kind { true } else { false } }
}
