internal import DeviceTree

extension TreeRule {
  private static let binding = "LoPAR appendix B, OF Root Node"

  static let root: [TreeRule] = [
    TreeRule("root-device-type", "the root's device_type is chrp", binding) { tree in
      tree.root["device_type"]?.string == "chrp"
        ? [] : [Violation("/", "device_type is not \"chrp\"")]
    },
    TreeRule("root-property", "the root has model, compatible and its cells", binding) { tree in
      ["model", "compatible", "#address-cells", "#size-cells"].filter { !tree.root.has($0) }
        .map { Violation("/", "\($0) is missing") }
    },
    TreeRule("root-cells", "addresses and sizes take one or two cells", binding) { tree in
      [("#address-cells", tree.addressCells), ("#size-cells", tree.sizeCells)]
        .filter { !(1...2).contains($0.1) }
        .map { Violation("/", "\($0.0) is \($0.1)") }
    },
    TreeRule("required-node", "chosen, cpus, rtas and memory exist", "LoPAR appendix B") {
      tree in
      ["chosen", "cpus", "rtas", "memory"].filter { tree.root.child(named: $0) == nil }
        .map { Violation("/", "there is no \($0) node") }
    },
    TreeRule(
      "stdout", "stdout-path leads to a node", "Devicetree Specification 3.6"
    ) { tree in
      guard let chosen = tree.root.child(named: "chosen") else { return [] }
      return ["stdout-path", "linux,stdout-path"].compactMap { name in
        guard let path = chosen[name]?.string, !tree.hasNode(at: path) else {
          return nil
        }
        return Violation("/chosen", "\(name) leads to \(path), which does not exist")
      }
    },
    TreeRule("chosen", "only the root has a chosen node", "Devicetree Specification 3.6") { tree in
      tree.children.filter { $0.node.name == "chosen" && $0.path != "/chosen" }
        .map { Violation($0.path, "chosen is not a child of the root") }
    },
    TreeRule(
      "alias", "aliases have names of a-z, 0-9 and - and lead to nodes",
      "Devicetree Specification 3.3"
    ) { tree in
      guard let aliases = tree.root.child(named: "aliases") else { return [] }
      return aliases.properties.filter { !notAliases.contains($0.name) }.compactMap { alias in
        guard let path = alias.value.string, tree.hasNode(at: path) else {
          return Violation("/aliases", "\(alias.name) does not lead to a node")
        }
        let isName = alias.name.utf8.allSatisfy {
          (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        return isName ? nil : Violation("/aliases", "\(alias.name) is not a name of an alias")
      }
    },
    TreeRule(
      "label", "labels in __symbols__ lead to nodes", "dtc, Device Tree Dynamic Object Format"
    ) { tree in
      guard let labels = tree.root.child(named: "__symbols__") else { return [] }
      return labels.properties.filter { !notAliases.contains($0.name) }.compactMap { label in
        guard let path = label.value.string, tree.hasNode(at: path) else {
          return Violation("/__symbols__", "\(label.name) does not lead to a node")
        }
        return nil
      }
    },
    TreeRule(
      "initrd", "the initial ram disk lies in memory and its end behind its start",
      "Linux boot protocol for powerpc"
    ) { tree in
      guard let chosen = tree.root.child(named: "chosen") else { return [] }
      switch (chosen["linux,initrd-start"]?.number, chosen["linux,initrd-end"]?.number) {
      case (nil, nil): return []
      case (let start?, let end?):
        if start >= end {
          return [Violation("/chosen", "linux,initrd-end is not behind the start")]
        }
        return tree.memoryRanges.contains { $0.address <= start && end - $0.address <= $0.size }
          ? [] : [Violation("/chosen", "the initial ram disk lies outside the memory nodes")]
      default:
        return [Violation("/chosen", "one of linux,initrd-start and -end is missing or malformed")]
      }
    },
    TreeRule(
      "vector-5", "ibm,architecture-vec-5 has as many bytes as its length field",
      "LoPAR appendix B, ibm,client-architecture-support"
    ) { tree in
      guard let value = tree.root.child(named: "chosen")?["ibm,architecture-vec-5"],
        let length = value.bytes.first, value.bytes.count != Int(length) + 2
      else { return [] }
      return [
        Violation(
          "/chosen",
          "ibm,architecture-vec-5 has \(value.bytes.count) bytes, its length byte \(length)"
            + " calls for \(Int(length) + 2)")
      ]
    },
    TreeRule(
      "platform-support", "ibm,arch-vec-5-platform-support is made of pairs",
      "Linux, prom_init: no section of LoPAR 2.9"
    ) { tree in
      guard let value = tree.root.child(named: "chosen")?["ibm,arch-vec-5-platform-support"],
        !value.bytes.count.isMultiple(of: 2)
      else { return [] }
      return [Violation("/chosen", "ibm,arch-vec-5-platform-support has an odd number of bytes")]
    },
  ]

  /// What any node may have, `/aliases` and `/__symbols__` too.
  private static let notAliases = Set(Node.phandleNames + ["name"])
}
