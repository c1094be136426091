internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import DeviceTree
internal import OpenFirmware

extension TreePlan {
  /// `/vdevice` with the devices whose calls are served.
  func virtualDevicesNode() -> Node? {
    let devices = description.devices.vio.sorted { $0.unitAddress < $1.unitAddress }
      .compactMap(virtualDevice)
    guard !devices.isEmpty else { return nil }
    return Node(
      "vdevice",
      properties: [
        Property("device_type", .string("vdevice")),
        Property("compatible", .string("IBM,vdevice")),
        Property("#address-cells", .cell(1)),
        Property("#size-cells", .cell(0)),
        Property("#interrupt-cells", .cell(2)),
        Property("interrupt-controller", .empty),
      ],
      children: devices)
  }

  /// The node of a device; nil when its calls are not served.
  private func virtualDevice(_ device: VIODevice) -> Node? {
    switch device.kind {
    case .terminal: served.hasHypercalls(.term) ? terminal(device) : nil
    case .nvram(let size): served.hasRTAS("nvram-fetch") ? nvram(device, size) : nil
    case .scsi(let units): served.hasHypercalls(.crq) ? virtualSCSI(device, units) : nil
    case .network(let card): served.hasHypercalls(.lLAN) ? logicalLAN(device, card) : nil
    case .tpm(let version): served.hasHypercalls(.crq) ? virtualTPM(device, version) : nil
    }
  }

  static func terminalName(_ unit: UInt32) -> String { "vty@" + unit.hexDigits() }

  private func terminal(_ device: VIODevice) -> Node {
    Node(
      Self.terminalName(device.unitAddress),
      properties: [
        Property("reg", .cell(device.unitAddress)),
        Property("device_type", .string("serial")),
        Property("compatible", .string("hvterm1")),
        Property("interrupts", edge(device.interrupt)),
      ])
  }

  private func nvram(_ device: VIODevice, _ size: UInt32) -> Node {
    var properties = [
      Property("reg", .cell(device.unitAddress)),
      Property("device_type", .string("nvram")),
      Property("compatible", .string("qemu,spapr-nvram")),
      Property("#bytes", .cell(size)),
    ]
    if isQEMU {
      // It never interrupts.
      properties.append(Property("interrupts", edge(device.interrupt)))
    }
    return Node("nvram@" + device.unitAddress.hexDigits(), properties: properties)
  }

  /// A virtual SCSI adapter with its units (LoPAR "VSCSI Client Device Tree").
  private func virtualSCSI(_ device: VIODevice, _ units: [SCSIDevice]) -> Node {
    let unit = device.unitAddress
    return Node(
      VirtualSCSI.nodeName(unit),
      properties: [
        Property("reg", .cell(unit)),
        Property("device_type", .string("vscsi")),
        Property("compatible", .string("IBM,v-scsi")),
        Property("interrupts", edge(device.interrupt)),
      ] + window(device) + [
        Property("#address-cells", .cell(2)),
        Property("#size-cells", .cell(0)),
      ],
      children: units.sorted { $0.target < $1.target }.map {
        scsiUnit($0, number: VirtualSCSI.number(ofTarget: $0.target))
      })
  }

  /// A virtual TPM (LoPAR "Virtual TPM"). The firmware measures nothing, so there is no event log.
  private func virtualTPM(_ device: VIODevice, _ version: TPMVersion) -> Node {
    Node(
      "vtpm@" + device.unitAddress.hexDigits(),
      properties: [
        Property("reg", .cell(device.unitAddress)),
        Property("device_type", .string("IBM,vtpm")),
        Property("compatible", .string(version == .v2_0 ? "IBM,vtpm20" : "IBM,vtpm")),
        Property("interrupts", edge(device.interrupt)),
      ] + window(device))
  }

  /// The window of bus addresses of a device.
  private func window(_ device: VIODevice) -> [Property] {
    [
      Property("ibm,#dma-address-cells", .cell(2)),
      Property("ibm,#dma-size-cells", .cell(2)),
      Property(
        "ibm,my-dma-window",
        .cells([device.unitAddress, 0, 0, 0, 1 << UInt32(VIODevice.windowShift)])),
    ]
  }

  /// A logical LAN adapter (LoPAR "Logical LAN Device Tree Node").
  private func logicalLAN(_ device: VIODevice, _ card: PCIDevice.Network) -> Node {
    var properties = [
      Property("reg", .cell(device.unitAddress)),
      Property("device_type", .string("network")),
      Property("compatible", .string("IBM,l-lan")),
      Property("interrupts", edge(device.interrupt)),
    ]
    properties += window(device)
    properties += networkProperties(card)
    properties += [
      Property("ibm,mac-address-filters", .cell(UInt32(VIODevice.mostMulticastFilters))),
      Property("ibm,vserver", .empty),
    ]
    if served.hasHypercalls(.iLANOptions) {
      properties.append(Property("ibm,illan-options", .empty))
    }
    return Node(device.logicalLANName, properties: properties)
  }

  /// What the nodes of all network cards have (IEEE 1275 3.8.1; LoPAR "Logical LAN Device Tree Node").
  func networkProperties(_ card: PCIDevice.Network) -> [Property] {
    // Linux's driver of logical LAN adapters once took six bytes for eight without their first two when
    // the address was a global one.
    let address = card.address.bytes[0] & 3 == 2 ? card.address.bytes : [0, 0] + card.address.bytes
    return [
      Property("local-mac-address", .bytes(address)),
      Property("mac-address", .bytes(card.address.bytes)),
      Property("address-bits", .cell(48)),
      Property("max-frame-size", .cell(UInt32(card.mtu ?? 1500) + 14)),
      Property("supported-network-types", .string(Self.networkType)),
      Property("chosen-network-type", .string(Self.networkType)),
    ]
  }

  private static let networkType = "ethernet,auto,none,full"

  /// A unit of a SCSI adapter by its logical unit number.
  func scsiUnit(_ unit: SCSIDevice, number: UInt64) -> Node {
    Node(
      unit.nodeName(number),
      properties: [
        Property("device_type", .string("block")),
        Property("reg", .cells([UInt32(number >> 32), UInt32(truncatingIfNeeded: number)])),
      ])
  }

  /// The random number generator behind H_RANDOM.
  func platformFacilitiesNode() -> Node? {
    guard description.devices.random, served.hasHypercalls(.random) else { return nil }
    if let negotiated, !isQEMU, !negotiated.options.contains(.randomNumbers) { return nil }
    return Node(
      "ibm,platform-facilities",
      properties: [
        Property("device_type", .string("ibm,platform-facilities")),
        Property("#address-cells", .cell(1)),
        Property("#size-cells", .cell(0)),
      ],
      children: [
        Node(
          "ibm,random-v1",
          properties: [
            Property("compatible", .string("ibm,random"))
          ])
      ])
  }
}
