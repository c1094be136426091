internal import DeviceTree

extension TreeRule {
  private static let cells = "Devicetree Specification 2.3.5"
  private static let types = "Devicetree Specification 2.2.4"

  static let values: [TreeRule] = [
    TreeRule(
      "phandle-form", "a phandle is one cell, the same in all its properties",
      "Devicetree Specification 2.3.3"
    ) { tree in
      tree.nodes.compactMap { path, node in
        let values = Node.phandleNames.compactMap { name in node[name].map { (name, $0) } }
        if let (name, value) = values.first(where: { $0.1.cell == nil }) {
          return Violation(path, "\(name) has \(value.bytes.count) bytes instead of 4")
        }
        guard let first = values.first, let other = values.first(where: { $0.1 != first.1 }) else {
          return nil
        }
        return Violation(path, "\(first.0) and \(other.0) differ")
      }
    },
    TreeRule("cell-count", "#address-cells, #size-cells and the like are one cell", cells) { tree in
      tree.nodes.flatMap { path, node in
        ["#address-cells", "#size-cells", "#interrupt-cells"]
          .filter { node[$0] != nil && node[$0]?.cell == nil }
          .map { Violation(path, "\($0) is not one cell") }
      }
    },
    TreeRule(
      "default-cells", "a node whose children have addresses has #address-cells", cells
    ) { tree in
      tree.nodes.flatMap { path, node -> [Violation] in
        let missing = ["#address-cells", "#size-cells"].filter { !node.has($0) }
        guard !missing.isEmpty, node.children.contains(where: { $0.has("reg") || $0.has("ranges") })
        else { return [] }
        return missing.map { Violation(path, "\($0) is missing") }
      }
    },
    TreeRule("string-property", "device_type, model, status and the like are one string", types) {
      tree in
      tree.nodes.flatMap { path, node in
        [
          "device_type", "model", "status", "label", "bootargs", "stdout-path",
          "linux,stdout-path",
        ].filter { node[$0] != nil && node[$0]?.string == nil }
          .map { Violation(path, "\($0) is not a string") }
      }
    },
    TreeRule("string-list", "compatible and properties called …-names are strings", types) { tree in
      tree.nodes.flatMap { path, node in
        node.properties.filter {
          // A rule about connectors looks at the last one.
          ($0.name == "compatible" || $0.name.hasSuffix("-names")) && $0.name != "ibm,drc-names"
            && $0.value.strings == nil
        }.map { Violation(path, "\($0.name) is not made of strings") }
      }
    },
    TreeRule("reg-form", "reg has whole entries of its parent's cells", cells) { tree in
      let root = tree.root.has("reg") ? [Violation("/", "reg of the root")] : []
      return root
        + tree.children.compactMap { path, node, parent in
          // Another rule looks at memory.
          guard let value = node["reg"], node["device_type"]?.string != "memory" else { return nil }
          return wrongSize(value, of: "reg", parent.addressCells + parent.sizeCells)
            .map { Violation(path, $0) }
        }
    },
    TreeRule(
      "ranges-form", "ranges and dma-ranges have whole entries", "Devicetree Specification 2.3.8"
    ) { tree in
      tree.children.flatMap { path, node, parent in
        ["ranges", "dma-ranges"].compactMap { name -> Violation? in
          guard let value = node[name] else { return nil }
          if value.bytes.isEmpty {
            return node.addressCells == parent.addressCells && node.sizeCells == parent.sizeCells
              ? nil : Violation(path, "\(name) is empty, and the cells are not those of the parent")
          }
          return wrongSize(
            value, of: name, parent.addressCells + node.addressCells + node.sizeCells
          ).map { Violation(path, $0) }
        }
      }
    },
  ]

  /// What is wrong with the size of a list of entries of so many cells.
  private static func wrongSize(_ value: PropertyValue, of name: String, _ cells: Int) -> String? {
    let (bytes, size) = (value.bytes.count, 4 * cells)
    let isWhole = size > 0 ? bytes.isMultiple(of: size) : false
    return bytes > 0 && isWhole ? nil : "\(name) has \(bytes) bytes, not a multiple of \(size)"
  }
}

extension Node {
  /// `#address-cells` and `#size-cells`, as far as the node says them (Devicetree Specification 2.3.5).
  var addressCells: Int { Int(self["#address-cells"]?.cell ?? 2) }
  var sizeCells: Int { Int(self["#size-cells"]?.cell ?? 1) }
}
