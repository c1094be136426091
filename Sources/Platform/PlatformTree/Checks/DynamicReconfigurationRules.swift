internal import DeviceTree
internal import HostSupport

extension TreeRule {
  private static let connectors = "LoPAR chapter 13, Dynamic Reconfiguration"
  private static let arrays = [
    "ibm,drc-indexes", "ibm,drc-names", "ibm,drc-power-domains", "ibm,drc-types",
  ]

  static let dynamicReconfiguration: [TreeRule] = [
    TreeRule("drc-incomplete", "the four connector arrays come together", connectors) { tree in
      tree.nodes.compactMap { path, node in
        let present = arrays.filter(node.has)
        guard !present.isEmpty, present.count < arrays.count else { return nil }
        let missing = arrays.filter { !node.has($0) }.joined(separator: ", ")
        return Violation(path, "\(missing) missing beside \(present[0])")
      }
    },
    TreeRule("drc-length", "connector arrays have equal length", connectors) { tree in
      tree.nodes.flatMap { path, node -> [Violation] in
        let counts = arrays.compactMap { name in
          node[name].map { (name, connectorCount(name, $0)) }
        }
        let malformed = counts.filter { $0.1 == nil }.map {
          Violation(path, "\($0.0) does not have the entries its count says")
        }
        let lengths = Set(counts.compactMap(\.1))
        guard lengths.count > 1 else { return malformed }
        let text = counts.compactMap { name, count in count.map { "\(name) \($0)" } }
        return malformed + [Violation(path, "different lengths: " + text.joined(separator: ", "))]
      }
    },
    TreeRule("drc-duplicate", "a connector index is listed once", connectors) { tree in
      tree.nodes.flatMap { path, node -> [Violation] in
        let indexes = node["ibm,drc-indexes"]?.cells?.dropFirst() ?? []
        return Set(indexes).count == indexes.count
          ? [] : [Violation(path, "an index is in ibm,drc-indexes twice")]
      }
    },
    TreeRule("drc-my-index", "a node's connector is one its parent lists", connectors) { tree in
      tree.nodes.flatMap { path, node -> [Violation] in
        guard let indexes = node["ibm,drc-indexes"]?.cells?.dropFirst() else { return [] }
        let known = Set(indexes)
        let prefix = path == "/" ? "" : path
        return node.children.compactMap { child in
          guard let index = child["ibm,my-drc-index"]?.cell, !known.contains(index) else {
            return nil
          }
          return Violation(
            "\(prefix)/\(child.name)", "connector \(index.hexadecimal()) is not listed")
        }
      }
    },
    TreeRule(
      "drc-without-connector", "connectors exist where RTAS can configure them", connectors
    ) { tree in
      guard tree.rtas != nil, !tree.rtasNames.contains("ibm,configure-connector") else {
        return []
      }
      return tree.nodes.filter { arrays.contains(where: $0.node.has) }
        .map { Violation($0.path, "connectors, but /rtas has no ibm,configure-connector") }
    },
  ]

  /// The count an array starts with, or nil when that many entries are not there.
  private static func connectorCount(_ name: String, _ value: PropertyValue) -> Int? {
    guard let count = PropertyValue(Array(value.bytes.prefix(4))).cell else { return nil }
    let entries = value.bytes.dropFirst(4)
    let isNumbers = name == "ibm,drc-indexes" || name == "ibm,drc-power-domains"
    let found = isNumbers ? entries.count / 4 : entries.count { $0 == 0 }
    let isWhole = isNumbers ? entries.count.isMultiple(of: 4) : (entries.last ?? 0) == 0
    return isWhole && found == Int(count) ? found : nil
  }
}
