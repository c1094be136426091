internal import DeviceTree
internal import HostSupport
internal import MachineDescription

/// Address spaces of PCI bus addresses, as the first cell names them (PCI Bus Binding 2.2.1.1).
private enum PCISpace {
  static let io: UInt32 = 0x0100_0000
  static let memory32: UInt32 = 0x0200_0000
  static let memory64: UInt32 = 0x0300_0000
  static let prefetchable: UInt32 = 0x4000_0000
  /// The address is where the region is, not relative to it.
  static let assigned: UInt32 = 0x8000_0000
}

extension UInt64 {
  fileprivate var cells: [UInt32] {
    [UInt32(truncatingIfNeeded: self >> 32), UInt32(truncatingIfNeeded: self)]
  }
}

extension TreePlan {
  /// The PCI host bridges that have devices (LoPAR "PCI Host Bridge Nodes").
  func pciBridgeNodes() -> [Node] {
    guard served.hasRTAS("ibm,read-pci-config") else { return [] }
    return Dictionary(grouping: description.devices.pci, by: \.place.bridge)
      .sorted { $0.key < $1.key }
      .map { bridgeNode(PCIBridgeLayout(number: UInt32($0)), $1) }
  }

  private func bridgeNode(_ layout: PCIBridgeLayout, _ devices: [PCIDevice]) -> Node {
    let messages = InterruptSource.messages.count
    var properties = [
      Property("device_type", .string("pci")),
      Property("compatible", .string("IBM,Logical_PHB")),
      Property("reg", .cells(layout.unit.cells + [0, 0])),
      Property("#address-cells", .cell(3)),
      Property("#size-cells", .cell(2)),
      Property("#interrupt-cells", .cell(1)),
      Property("bus-range", .cells([0, 0xFF])),
      Property("ranges", .cells(Self.ranges(layout))),
      Property("used-by-rtas", .empty),
      Property("ibm,pci-config-space-type", .cell(1)),
      Property("ibm,pe-total-#msi", .cell(UInt32(messages))),
      Property("ibm,#dma-address-cells", .cell(2)),
      Property("ibm,#dma-size-cells", .cell(2)),
      Property(
        "ibm,dma-window",
        .cells([layout.bus, 0, 0] + (1 << PCIBridgeLayout.windowShift as UInt64).cells)),
      Property("interrupt-map-mask", .cells([0xF800, 0, 0, 7])),
      Property("interrupt-map", .cells(interruptMap(layout))),
    ]
    let calls = [
      "ibm,query-pe-dma-window", "ibm,create-pe-dma-window", "ibm,remove-pe-dma-window",
    ].compactMap(served.rtasToken)
    if calls.count == 3 {
      properties.append(Property("ibm,ddw-applicable", .cells(calls)))
      if let reset = served.rtasToken("ibm,reset-pe-dma-windows") {
        properties.append(Property("ibm,ddw-extensions", .cells([1, reset])))
      }
    }
    return Node(
      layout.nodeName, properties: properties,
      children: devices.sorted { $0.place < $1.place }.map(pciDevice))
  }

  /// Bus addresses of each space, where processors find them, and bytes.
  private static func ranges(_ layout: PCIBridgeLayout) -> [UInt32] {
    [
      (PCISpace.io, layout.io), (PCISpace.memory32, layout.memory32),
      (PCISpace.memory64, layout.memory64),
    ].flatMap { space, window in
      [space] + window.bus.cells + window.real.cells + window.size.cells
    }
  }

  /// The source of each interrupt pin of each device.
  private func interruptMap(_ layout: PCIBridgeLayout) -> [UInt32] {
    (0..<32).flatMap { device in
      (0..<4).flatMap { pin in
        [UInt32(device) << 11, 0, 0, UInt32(pin + 1), interruptController]
          + [layout.line(ofDevice: device, pin: pin), 1]
      }
    }
  }

  private func pciDevice(_ device: PCIDevice) -> Node {
    let identity = device.identity
    let place = UInt32(device.number) << 11
    var reg: [UInt32] = [place, 0, 0, 0, 0]
    var assigned: [UInt32] = []
    for region in device.regions {
      let space =
        (region.isWide ? PCISpace.memory64 : PCISpace.memory32)
        | (region.isPrefetchable ? PCISpace.prefetchable : 0) | place | region.register
      reg += [space, 0, 0] + region.size.cells
      assigned +=
        [space | PCISpace.assigned] + device.address(of: region).cells
        + region.size.cells
    }
    var (units, addressing, type): ([Node], [Property], [Property]) = ([], [], [])
    switch device.kind {
    case .block, .nvme: type = [Property("device_type", .string("block"))]
    case .scsi(let host):
      // Linux refuses a virtio device whose node has several children (virtio_device_of_init).
      units = host.units.prefix(host.units.count == 1 ? 1 : 0).map {
        scsiUnit($0, number: PCIDevice.SCSIHost.number(ofTarget: $0.target))
      }
      addressing = [Property("#address-cells", .cell(2)), Property("#size-cells", .cell(0))]
    case .network(let card):
      type = [Property("device_type", .string("network"))] + networkProperties(card)
    default: break
    }
    return Node(
      device.nodeName,
      properties: type + [
        Property("vendor-id", .cell(UInt32(identity.vendor))),
        Property("device-id", .cell(UInt32(identity.device))),
        Property("revision-id", .cell(UInt32(identity.revision))),
        Property("class-code", .cell(identity.classCode)),
        Property("subsystem-vendor-id", .cell(UInt32(identity.subsystemVendor))),
        Property("subsystem-id", .cell(UInt32(identity.subsystem))),
        Property("interrupts", .cell(1)),
        Property("reg", .cells(reg)),
        Property("assigned-addresses", .cells(assigned)),
        Property("ibm,req#msi-x", .cell(UInt32(device.messages))),
      ] + addressing, children: units)
  }
}
