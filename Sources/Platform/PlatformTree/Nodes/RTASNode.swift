internal import MachineDescription
internal import DeviceTree
internal import Hypervisor

extension TreePlan {
  /// Memory that RTAS needs: its entry, an error log, what it saves of each processor.
  var rtasSize: UInt32 {
    UInt32(truncatingIfNeeded: RTASArea.size(processors: description.topology.maximum))
  }
  /// The largest entry of the error log.
  private static let errorLogMaximum: UInt32 = 2048

  /// Where RTAS is when the client does not instantiate it: high in the memory that 32-bit code can
  /// reach.
  var rtasAddress: UInt64 {
    description.rtasAddress ?? min(realModeArea, 2 << 30) - (64 << 10)
  }

  func rtasNode() -> Node {
    var node = Node("rtas")
    for call in served.rtas { node[call.name] = .cell(call.token) }
    node["ibm,hypertas-functions"] = .strings(served.hypercallSets)
    if !served.privateHypercallSets.isEmpty {
      node["qemu,hypertas-functions"] = .strings(served.privateHypercallSets)
    }
    addAssociativity(to: &node)
    node["rtas-size"] = .cell(rtasSize)
    if !isQEMU { node["rtas-version"] = .cell(1) }
    node["rtas-error-log-max"] = .cell(Self.errorLogMaximum)
    if served.hasRTAS("event-scan") { node["rtas-event-scan-rate"] = .cell(1) }
    if served.hasRTAS("ibm,os-term") { node["ibm,extended-os-term"] = .empty }
    if served.hasRTAS("ibm,change-msi") { node["ibm,change-msix-capable"] = .empty }
    node["ibm,lrdr-capacity"] = capacity()
    if !isQEMU, served.hasHypercalls(.term) { addTerminals(to: &node) }
    if description.entry == .flat {
      let address = UInt32(truncatingIfNeeded: rtasAddress)
      node["linux,rtas-base"] = .cell(address)
      node["linux,rtas-entry"] = .cell(address)
    }
    return node
  }

  private func addAssociativity(to node: inout Node) {
    node["ibm,associativity-reference-points"] = .cells(associativity.referencePoints)
    node["ibm,max-associativity-domains"] = .cells(associativity.maximumDomains)
    guard associativity.isForm2 else { return }
    node["ibm,numa-lookup-index-table"] = .cells(associativity.lookupIndexTable)
    let (count, distances) = associativity.distanceTable
    var table = PropertyValue.cell(count)
    table.bytes += distances
    node["ibm,numa-distance-table"] = table
  }

  /// The most memory, the pieces it comes in, and the most processors.
  private func capacity() -> PropertyValue {
    var value = PropertyValue.u64(description.maximumMemory)
    value.append(MachineDescription.memoryBlock)
    value.append(UInt32(description.topology.maximum / description.topology.threads))
    return value
  }

  /// `ibm,termno`: the first terminal number and how many there are, where they are contiguous.
  private func addTerminals(to node: inout Node) {
    let units = description.devices.terminals.sorted()
    guard let first = units.first, let last = units.last, last - first == units.count - 1 else {
      return
    }
    node["ibm,termno"] = .cells([first, UInt32(units.count)])
  }
}
