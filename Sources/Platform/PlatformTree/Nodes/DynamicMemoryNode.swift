internal import MachineDescription
internal import DeviceTree

/// Logical memory blocks with the same properties in the tree.
private struct BlockRun {
  var address: UInt64
  var count: UInt64
  var associativityIndex: UInt32
  var flags: UInt32
}

/// Flags of a block (LoPAR "ibm,dynamic-memory").
private enum BlockFlag {
  static let assigned: UInt32 = 0x08
  /// There is no connector: blocks are not added or taken while the partition runs.
  static let connectorInvalid: UInt32 = 0x20
  static let associativityInvalid: UInt32 = 0x40
  static let reserved: UInt32 = 0x80
}

extension TreePlan {
  /// `/ibm,dynamic-reconfiguration-memory`, nil when `memory` nodes describe all memory.
  func dynamicMemoryNode() -> Node? {
    guard dynamicMemory != .none, description.maximumMemory > realModeArea else { return nil }
    var node = Node("ibm,dynamic-reconfiguration-memory")
    node["ibm,lmb-size"] = .u64(MachineDescription.memoryBlock)
    node["ibm,memory-flags-mask"] = .cell(0xff)
    node["ibm,memory-preservation-time"] = .cell(0)
    let runs = blockRuns()
    if dynamicMemory == .v2 {
      node["ibm,dynamic-memory-v2"] = value(runs)
    } else {
      node["ibm,dynamic-memory"] = valueForEachBlock(runs)
    }
    let lists = (0..<max(1, description.numaNodes.count))
      .map { Array(associativity.list(ofMemoryIn: $0).dropFirst()) }
    node["ibm,associativity-lookup-arrays"] = .cells(
      [UInt32(lists.count), UInt32(lists[0].count)] + lists.flatMap { $0 })
    return node
  }

  private func blockRuns() -> [BlockRun] {
    let size = MachineDescription.memoryBlock
    let invalid = BlockFlag.connectorInvalid | BlockFlag.associativityInvalid
    // The real-mode area has its own node; its blocks are listed so that numbers start at 0.
    var runs = [
      BlockRun(
        address: 0, count: realModeArea / size, associativityIndex: .max,
        flags: BlockFlag.reserved | invalid)
    ]
    for (number, range) in memoryByNode().enumerated() {
      let start = max(range.address, realModeArea)
      let end = range.address + range.size
      guard start < end else { continue }
      runs.append(
        BlockRun(
          address: start, count: (end - start) / size, associativityIndex: UInt32(number),
          flags: BlockFlag.assigned | BlockFlag.connectorInvalid))
    }
    if description.maximumMemory > description.memory {
      runs.append(
        BlockRun(
          address: description.memory,
          count: (description.maximumMemory - description.memory) / size,
          associativityIndex: .max, flags: invalid))
    }
    return runs
  }

  private func value(_ runs: [BlockRun]) -> PropertyValue {
    var value = PropertyValue.cell(UInt32(runs.count))
    for run in runs {
      value.append(UInt32(truncatingIfNeeded: run.count))
      value.append(run.address)
      value.append(0 as UInt32)
      value.append(run.associativityIndex)
      value.append(run.flags)
    }
    return value
  }

  private func valueForEachBlock(_ runs: [BlockRun]) -> PropertyValue {
    let count = runs.reduce(0) { $0 + $1.count }
    var value = PropertyValue.cell(UInt32(truncatingIfNeeded: count))
    value.bytes.reserveCapacity(4 + 24 * Int(count))
    for run in runs {
      for index in 0..<run.count {
        value.append(run.address + index * MachineDescription.memoryBlock)
        value.append(0 as UInt32)
        value.append(0 as UInt32)
        value.append(run.associativityIndex)
        value.append(run.flags)
      }
    }
    return value
  }
}
