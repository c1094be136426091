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
