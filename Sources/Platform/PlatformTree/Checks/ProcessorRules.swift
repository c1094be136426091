internal import DeviceTree

extension TreeRule {
  private static let binding = "LoPAR appendix C, CPU node properties"

  static let processors: [TreeRule] = [
    TreeRule("cpu-property", "a processor has the properties that a guest requires", binding) {
      tree in
      let required = [
        "reg", "status", "64-bit", "cpu-version", "timebase-frequency", "slb-size|ibm,slb-size",
        "d-cache-line-size|d-cache-block-size", "i-cache-line-size|i-cache-block-size",
        "ibm,ppc-interrupt-server#s", "ibm,segment-page-sizes",
      ]
      return tree.processors.flatMap { path, node in
        required.filter { !$0.split(separator: "|").contains { node.has(String($0)) } }
          .map { Violation(path, "\($0.split(separator: "|")[0]) is missing") }
      }
    },
    TreeRule("boot-processor", "the header names an existing processor", binding) { tree in
      tree.processors.isEmpty || tree.tree.bootProcessorNode != nil
        ? [] : [Violation("/cpus", "no processor has the number \(tree.tree.bootProcessor)")]
    },
    TreeRule("cpus-alike", "processors have the same version and features", binding) { tree in
      guard let first = tree.processor else { return [] }
      let expected = ["cpu-version", "ibm,pa-features", "ibm,vmx", "ibm,dfp"].map {
        (name: $0, value: first.node[$0])
      }
      return tree.processors.dropFirst().flatMap { path, node in
        expected.filter { node[$0.name] != $0.value }
          .map { Violation(path, "\($0.name) is not that of \(first.path)") }
      }
    },
    TreeRule(
      "interrupt-server", "interrupt servers differ and lie in the controller's ranges",
      "LoPAR appendix B, ibm,ppc-interrupt-server#s"
    ) { tree in
      var owners: [UInt32: String] = [:]
      let known = tree.servers
      return tree.processors.flatMap { path, node in
        (node["ibm,ppc-interrupt-server#s"]?.cells ?? []).compactMap { server -> Violation? in
          defer { owners[server] = path }
          if let owner = owners[server] {
            return Violation(path, "interrupt server \(server) belongs to \(owner) as well")
          }
          guard !known.isEmpty, !known.contains(server) else { return nil }
          return Violation(path, "interrupt server \(server) is in no ibm,interrupt-server-ranges")
        }
      }
    },
    TreeRule(
      "page-sizes", "ibm,segment-page-sizes can be read to its end", "LoPAR appendix C"
    ) { tree in
      tree.processors.compactMap { path, node in
        guard let value = node["ibm,segment-page-sizes"] else { return nil }
        return pageSizesAreSound(value)
          ? nil : Violation(path, "ibm,segment-page-sizes ends in the middle of an entry")
      }
    },
    TreeRule(
      "associativity", "associativity lists have as many entries as their length field",
      "LoPAR chapter 15, NUMA"
    ) { tree in
      let reach = tree.rtas?["ibm,associativity-reference-points"]?.cells?.max() ?? 0
      return tree.nodes.compactMap { path, node in
        guard let value = node["ibm,associativity"] else { return nil }
        guard let cells = value.cells, let count = cells.first, cells.count == Int(count) + 1 else {
          return Violation(path, "ibm,associativity does not have the entries its first cell says")
        }
        return count < reach
          ? Violation(path, "ibm,associativity ends before reference point \(reach)") : nil
      }
    },
  ]

  private static func pageSizesAreSound(_ value: PropertyValue) -> Bool {
    guard var cells = value.cells?[...], !cells.isEmpty else { return false }
    while !cells.isEmpty {
      guard cells.count >= 3 else { return false }
      let pairs = Int(cells[cells.startIndex + 2])
      cells = cells.dropFirst(3)
      guard pairs > 0, pairs <= cells.count / 2 else { return false }
      cells = cells.dropFirst(2 * pairs)
    }
    return true
  }
}

extension CheckedTree {
  /// `ibm,interrupt-server-ranges` of every controller.
  var servers: NumberRanges {
    NumberRanges(
      nodes.flatMap { _, node -> [Range<UInt64>] in
        let cells = node["ibm,interrupt-server-ranges"]?.cells ?? []
        return stride(from: 0, to: cells.count - 1, by: 2).map {
          UInt64(cells[$0])..<UInt64(cells[$0]) + UInt64(cells[$0 + 1])
        }
      })
  }
}

/// Numbers in ranges, which may overlap.
struct NumberRanges {
  /// In order, none of them touching another.
  private var ranges: [Range<UInt64>] = []

  init(_ ranges: [Range<UInt64>]) {
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, range.lowerBound <= last.upperBound {
        let end = max(last.upperBound, range.upperBound)
        self.ranges[self.ranges.count - 1] = last.lowerBound..<end
      } else {
        self.ranges.append(range)
      }
    }
  }

  var isEmpty: Bool { ranges.isEmpty }

  func contains(_ number: UInt32) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= UInt64(number) { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(UInt64(number))
  }
}
