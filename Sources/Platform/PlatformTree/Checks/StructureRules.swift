internal import DeviceTree
internal import HostSupport

extension TreeRule {
  private static let format = "Devicetree Specification 2.2"

  static let structure: [TreeRule] = [
    TreeRule("duplicate-node", "siblings have different names", format) { tree in
      tree.nodes.flatMap { path, node in
        repeated(node.children.map(\.name)).map { Violation(path, "two children \($0)") }
      }
    },
    TreeRule("duplicate-property", "properties of a node have different names", format) { tree in
      tree.nodes.flatMap { path, node in
        repeated(node.properties.map(\.name)).map { Violation(path, "two properties \($0)") }
      }
    },
    TreeRule("unit-address", "a unit address agrees with reg, and requires reg", format) {
      tree in
      tree.nodes.flatMap { path, node in
        let cells = Int(node["#address-cells"]?.cell ?? 2)
        return node.children.compactMap { unitAddress(path, $0, cells) }
      }
    },
    TreeRule(
      "duplicate-phandle", "a phandle belongs to one node", "Devicetree Specification 2.3.3"
    ) { tree in
      var owners: [UInt32: String] = [:]
      return tree.nodes.compactMap { path, node in
        guard let phandle = node.phandle else { return nil }
        if phandle == 0 || phandle == .max {
          return Violation(path, "phandle \(phandle.hexadecimal()) is reserved")
        }
        defer { owners[phandle] = path }
        return owners[phandle].map {
          Violation(path, "phandle \(phandle.hexadecimal()) belongs to \($0) as well")
        }
      }
    },
    TreeRule(
      "reservation", "reserved memory does not wrap around", "Devicetree Specification 5.3"
    ) { tree in
      tree.tree.reservations.compactMap { range in
        range.address.addingReportingOverflow(range.size).overflow
          ? Violation("/", "reservation at \(range.address.hexadecimal()) is too long") : nil
      }
    },
  ]

  private static func repeated(_ names: [String]) -> [String] {
    var seen: [String: Int] = [:]
    for name in names { seen[name, default: 0] += 1 }
    return seen.filter { $0.value > 1 }.keys.sorted()
  }

  private static func unitAddress(_ parent: String, _ node: Node, _ cells: Int) -> Violation? {
    let path = (parent == "/" ? "" : parent) + "/" + node.name
    switch (node.unitAddress, node["reg"]?.cells) {
    case (nil, nil): return nil
    case (nil, _?): return Violation(path, "reg without a unit address")
    // A bus may take its addresses from ranges alone.
    case (_?, nil): return node.has("ranges") ? nil : Violation(path, "unit address without reg")
    case (let text?, let reg?):
      // Buses with more than two address cells write them in their own way.
      var rest = reg[...]
      guard (1...2).contains(cells), let first = CheckedTree.take(cells, from: &rest),
        let address = UInt64(text, radix: 16), address != first
      else { return nil }
      return Violation(path, "unit address \(text), but reg starts with \(first.hexadecimal())")
    }
  }
}
