internal import HostSupport
internal import MachineDescription
internal import DeviceTree

extension TreePlan {
  /// `/memory@0` with the real-mode area and, unless `/ibm,dynamic-reconfiguration-memory` has the
  /// rest, a node for each further range.
  func memoryNodes() -> [Node] {
    var nodes: [Node] = []
    for (number, range) in memoryByNode().enumerated() where range.size > 0 {
      var start = range.address
      if start == 0 {
        nodes.append(memoryNode(0, realModeArea, number))
        start = realModeArea
      }
      let end = range.address + range.size
      guard dynamicMemory == .none, start < end else { continue }
      nodes.append(memoryNode(start, end - start, number))
    }
    return nodes
  }

  /// Where each NUMA node's memory is: one behind the other.
  func memoryByNode() -> [MachineDescription.MemoryRange] {
    var start: UInt64 = 0
    let sizes =
      description.numaNodes.isEmpty ? [description.memory] : description.numaNodes.map(\.memory)
    return sizes.map { size in
      defer { start += size }
      return .init(address: start, size: size)
    }
  }

  private func memoryNode(_ address: UInt64, _ size: UInt64, _ numaNode: Int) -> Node {
    var reg = PropertyValue.u64(address)
    reg.append(size)
    return Node(
      "memory@" + address.hexDigits(),
      properties: [
        Property("device_type", .string("memory")),
        Property("reg", reg),
        Property("ibm,associativity", .cells(associativity.list(ofMemoryIn: numaNode))),
      ])
  }
}
