internal import DeviceTree

extension TreeRule {
  private static let nodeNames = "Devicetree Specification 2.2.1"
  private static let propertyNames = "Devicetree Specification 2.2.4.1"

  static let names: [TreeRule] = [
    TreeRule("node-name", "nodes are named by letters, digits and , . _ + - with one @", nodeNames)
    {
      tree in
      tree.children.compactMap { path, node, _ in
        if node.baseName.isEmpty { return Violation(path, "no name before the unit address") }
        if let unit = node.unitAddress, unit.utf8.contains(UInt8(ascii: "@")) {
          return Violation(path, "more than one @")
        }
        return node.name.utf8.first { !isNodeCharacter($0) }
          .map { Violation(path, "the name has the character '\(Character(UnicodeScalar($0)))'") }
      }
    },
    TreeRule(
      "node-name-length", "names before unit addresses have 31 characters at most", nodeNames
    ) { tree in
      tree.children.filter {
        // LoPAR's own name has 34.
        $0.node.baseName.utf8.count > 31 && $0.node.baseName != "ibm,dynamic-reconfiguration-memory"
      }.map { Violation($0.path, "the name has \($0.node.baseName.utf8.count) characters") }
    },
    TreeRule(
      "property-name", "properties are named by letters, digits and , . _ + * # ? -", propertyNames
    ) { tree in
      tree.nodes.flatMap { path, node in
        node.properties.compactMap { property in
          property.name.utf8.first { !isPropertyCharacter($0) }.map {
            Violation(
              path,
              "the name of \(property.name) has the character '\(Character(UnicodeScalar($0)))'")
          }
        }
      }
    },
    TreeRule(
      "name-property", "a property name is the node's name without the unit address",
      "Devicetree Specification 2.3.11"
    ) { tree in
      tree.children.compactMap { path, node, _ in
        guard let name = node["name"], name.string != String(node.baseName) else { return nil }
        return Violation(path, "name is \(name.bytes.isEmpty ? "empty" : name.sourceText)")
      }
    },
    TreeRule(
      "name-clash", "a node has another name than the properties beside it",
      "Linux, /proc/device-tree: both are files of one folder"
    ) { tree in
      tree.nodes.flatMap { path, node in
        let names = Set(node.properties.map(\.name))
        return node.children.filter { names.contains($0.name) }
          .map { Violation(path, "a property and a node are called \($0.name)") }
      }
    },
    TreeRule(
      "unit-address-form", "unit addresses have neither 0x nor needless zeros in front", nodeNames
    ) { tree in
      tree.children.compactMap { path, node, parent in
        // Addresses on PCI have a form of their own.
        guard let unit = node.unitAddress, parent["device_type"]?.string != "pci" else {
          return nil
        }
        if unit.hasPrefix("0x") || unit.hasPrefix("0X") {
          return Violation(path, "the unit address begins with \(unit.prefix(2))")
        }
        return unit.hasPrefix("0") && unit.dropFirst().first?.isHexDigit ?? false
          ? Violation(path, "the unit address begins with 0") : nil
      }
    },
    TreeRule("duplicate-unit-address", "siblings have different unit addresses", nodeNames) {
      tree in
      tree.nodes.flatMap { path, node -> [Violation] in
        // Without cells for addresses there is no address space that they share.
        guard node.has("#address-cells"), node.has("#size-cells") else { return [] }
        var owners: [Substring: String] = [:]
        return node.children.compactMap { child in
          guard let unit = child.unitAddress, !unit.isEmpty else { return nil }
          guard let owner = owners[unit] else {
            owners[unit] = child.name
            return nil
          }
          // Another rule finds equal names.
          return owner == child.name
            ? nil : Violation(path, "\(owner) and \(child.name) have the same unit address")
        }
      }
    },
  ]

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func isNodeCharacter(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || ",._+-@".utf8.contains(byte)
  }

  private static func isPropertyCharacter(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || ",._+*#?-".utf8.contains(byte)
  }
}
