internal import DeviceTree
internal import HostSupport

extension TreeRule {
  private static let binding = "LoPAR appendix B, Memory Node"
  private static let dynamic = "LoPAR appendix B, ibm,dynamic-reconfiguration-memory"

  static let memory: [TreeRule] = [
    TreeRule("memory-reg", "reg of memory is made of addresses and sizes", binding) { tree in
      tree.memoryNodes.compactMap { path, node in
        guard let cells = node["reg"]?.cells else { return Violation(path, "no reg in cells") }
        let entry = tree.addressCells + tree.sizeCells
        return cells.isEmpty || entry < 1 || !cells.count.isMultiple(of: entry)
          ? Violation(path, "reg has \(cells.count) cells, not a multiple of \(entry)") : nil
      }
    },
    TreeRule("memory-at-0", "the first memory starts at 0", binding) { tree in
      tree.memoryNodes.isEmpty || tree.memoryRanges.contains { $0.address == 0 && $0.size > 0 }
        ? [] : [Violation("/", "no memory at 0")]
    },
    TreeRule("memory-overlap", "pieces of memory do not overlap", binding) { tree in
      let sorted = tree.memoryRanges.sorted { $0.address < $1.address }
      return zip(sorted, sorted.dropFirst()).compactMap { first, second in
        second.address - first.address < first.size
          ? Violation(second.path, "overlaps the memory at \(first.address.hexadecimal())") : nil
      }
    },
    TreeRule(
      "drmem-form", "lists of memory blocks have as many entries as their length field", dynamic
    ) {
      tree in
      guard let node = tree.dynamicMemory else { return [] }
      var found: [Violation] = []
      if node["ibm,lmb-size"]?.number ?? 0 == 0 {
        found.append(Violation(CheckedTree.dynamicMemoryPath, "no ibm,lmb-size"))
      }
      for name in ["ibm,dynamic-memory", "ibm,dynamic-memory-v2"] {
        guard let value = node[name] else { continue }
        // Both kinds of entries are six cells.
        guard let cells = value.cells, let count = cells.first, cells.count == 6 * Int(count) + 1
        else {
          found.append(
            Violation(
              CheckedTree.dynamicMemoryPath, "\(name) does not have the entries its count says"))
          continue
        }
      }
      if !node.has("ibm,dynamic-memory") && !node.has("ibm,dynamic-memory-v2") {
        found.append(Violation(CheckedTree.dynamicMemoryPath, "no list of memory blocks"))
      }
      if node.has("ibm,dynamic-memory") && node.has("ibm,dynamic-memory-v2") {
        found.append(Violation(CheckedTree.dynamicMemoryPath, "two lists of memory blocks"))
      }
      return found
    },
    TreeRule("drmem-associativity", "memory blocks refer to existing lists", dynamic) {
      tree in
      guard let node = tree.dynamicMemory else { return [] }
      let path = CheckedTree.dynamicMemoryPath
      // The number of lists and the length of each, whose product may have 64 bits.
      guard let lists = node["ibm,associativity-lookup-arrays"]?.cells, lists.count >= 2,
        UInt64(lists.count - 2) == UInt64(lists[0]) * UInt64(lists[1])
      else {
        return [Violation(path, "ibm,associativity-lookup-arrays is missing or incomplete")]
      }
      let isBeyond = tree.assignedBlocks.contains { $0.associativity >= lists[0] }
      return isBeyond ? [Violation(path, "an associativity list index of \(lists[0]) or more")] : []
    },
  ]
}

extension CheckedTree {
  static let dynamicMemoryPath = "/ibm,dynamic-reconfiguration-memory"

  var memoryNodes: [(path: String, node: Node)] {
    root.children.filter { $0["device_type"]?.string == "memory" }.map { ("/" + $0.name, $0) }
  }

  var dynamicMemory: Node? { root.child(named: "ibm,dynamic-reconfiguration-memory") }

  /// Memory by node and, behind that, assigned blocks.
  var memoryRanges: [(path: String, address: UInt64, size: UInt64)] {
    var ranges: [(path: String, address: UInt64, size: UInt64)] = []
    for (path, node) in memoryNodes {
      var cells = (node["reg"]?.cells ?? [])[...]
      guard (1...2).contains(addressCells), (1...2).contains(sizeCells) else { continue }
      while let address = Self.take(addressCells, from: &cells),
        let size = Self.take(sizeCells, from: &cells)
      {
        ranges.append((path, address, size))
      }
    }
    return ranges + assignedBlocks.map { (Self.dynamicMemoryPath, $0.address, $0.size) }
  }

  /// Runs of blocks that the partition has and that `memory` nodes do not contain.
  var assignedBlocks: [(address: UInt64, size: UInt64, associativity: UInt32)] {
    guard let node = dynamicMemory, let block = node["ibm,lmb-size"]?.number else { return [] }
    let isVersion2 = node.has("ibm,dynamic-memory-v2")
    let value = node[isVersion2 ? "ibm,dynamic-memory-v2" : "ibm,dynamic-memory"]
    let cells = (value?.cells ?? []).dropFirst()
    var runs: [(address: UInt64, size: UInt64, associativity: UInt32)] = []
    for start in stride(from: cells.startIndex, to: cells.endIndex - 5, by: 6) {
      let flags = cells[start + 5]
      // Assigned, and not reserved.
      guard flags & 0x88 == 0x08 else { continue }
      let count = isVersion2 ? UInt64(cells[start]) : 1
      let first = isVersion2 ? start + 1 : start
      let address = UInt64(cells[first]) << 32 | UInt64(cells[first + 1])
      let size = count.multipliedReportingOverflow(by: block)
      guard !size.overflow else { continue }
      runs.append((address, size.partialValue, cells[start + 4]))
    }
    return runs
  }
}
