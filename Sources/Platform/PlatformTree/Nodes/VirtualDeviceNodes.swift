internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import DeviceTree
internal import OpenFirmware

extension TreePlan {
  /// `/vdevice` with the devices whose calls are served.
  func virtualDevicesNode() -> Node? {
    var devices: [(unit: UInt32, node: Node)] = []
    if served.hasHypercalls(.term) {
      devices += description.devices.terminals.map { ($0, terminal($0)) }
    }
    if let nvram = description.devices.nvram, served.hasRTAS("nvram-fetch") {
      devices.append((nvram.unitAddress, self.nvram(nvram)))
    }
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
      children: devices.sorted { $0.unit < $1.unit }.map(\.node))
  }

  static func terminalName(_ unit: UInt32) -> String { "vty@" + unit.hexDigits() }

  private func terminal(_ unit: UInt32) -> Node {
    Node(
      Self.terminalName(unit),
      properties: [
        Property("reg", .cell(unit)),
        Property("device_type", .string("serial")),
        Property("compatible", .string("hvterm1")),
        Property("interrupts", edge(InterruptSource.virtualDevice(at: unit))),
      ])
  }

  private func nvram(_ nvram: MachineDescription.Devices.NVRAM) -> Node {
    var properties = [
      Property("reg", .cell(nvram.unitAddress)),
      Property("device_type", .string("nvram")),
      Property("compatible", .string("qemu,spapr-nvram")),
      Property("#bytes", .cell(nvram.size)),
    ]
    if isQEMU {
      // It never interrupts.
      let source = InterruptSource.virtualDevice(at: nvram.unitAddress)
      properties.append(Property("interrupts", edge(source)))
    }
    return Node("nvram@" + nvram.unitAddress.hexDigits(), properties: properties)
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
