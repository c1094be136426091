internal import DeviceTree
internal import HostSupport

extension TreeRule {
  private static let pci = "PCI Bus Binding to IEEE 1275, 2.1"

  static let buses: [TreeRule] = [
    TreeRule("pci-bridge", "a PCI bridge has 3 and 2 cells, ranges and a range of buses", pci) {
      tree in
      tree.nodes.filter(\.node.isPCI).flatMap { path, node -> [Violation] in
        var found: [Violation] = []
        if !["pci", "pcie"].contains(node.baseName) {
          found.append(Violation(path, "the name is neither pci nor pcie"))
        }
        if !node.has("ranges") { found.append(Violation(path, "ranges is missing")) }
        if node.addressCells != 3 || node.sizeCells != 2 {
          found.append(Violation(path, "#address-cells is not 3 or #size-cells not 2"))
        }
        if node.has("bus-range") && node.buses == nil {
          found.append(Violation(path, "bus-range is not two numbers up to 255 in order"))
        }
        return found
      }
    },
    TreeRule("pci-device", "a PCI device is named by its device and function numbers", pci) {
      tree in
      tree.children.compactMap { path, node, parent in
        guard parent.isPCI, let reg = node["reg"]?.cells, reg.count >= 5 else { return nil }
        // phys.hi: n p t 000 ss, bus, device, function, register.
        guard reg[0] & 0xff00_00ff == 0, reg[1] == 0, reg[2] == 0 else {
          return Violation(path, "reg does not start with an address in configuration space")
        }
        let (device, function) = (reg[0] >> 11 & 31, reg[0] >> 8 & 7)
        let short = device.hexDigits()
        let long = "\(short),\(function)"
        let unit = node.unitAddress ?? ""
        if unit != long && (unit != short || function != 0) {
          return Violation(path, "the unit address is not \(function == 0 ? short : long)")
        }
        let bus = reg[0] >> 16 & 0xff
        guard let buses = parent.buses, !buses.contains(bus) else { return nil }
        return Violation(path, "bus \(bus) is not in the bridge's bus-range")
      }
    },
  ]
}

extension Node {
  fileprivate var isPCI: Bool { self["device_type"]?.string == "pci" }

  /// `bus-range`, nil when it is missing or malformed.
  fileprivate var buses: ClosedRange<UInt32>? {
    guard let cells = self["bus-range"]?.cells, cells.count == 2, cells[0] <= cells[1],
      cells[1] <= 255
    else { return nil }
    return cells[0]...cells[1]
  }
}
