public import MachineDescription

/// How near processors and memory are to each other (LoPAR "Associativity").
///
/// A list names the domains of a resource, from the widest to the narrowest. In form 1 the levels at
/// which two lists agree determine the distance, in form 2 a table.
struct Associativity {
  let nodes: Int
  let isForm2: Bool
  /// QEMU leaves the lists of processors out when there is one node.
  let listsProcessors: Bool
  fileprivate let nodeOfProcessor: [Int]
  private let distances: NUMADistances
  /// Domains of form 1 by node, the widest first.
  private let domains: [[UInt32]]

  init(_ description: MachineDescription, _ form: AssociativityForm) {
    nodes = max(1, description.numaNodes.count)
    isForm2 = form == .form2
    distances = NUMADistances(description.numaNodes)
    domains = distances.associativityDomains
    listsProcessors = nodes > 1 || description.flavor == .lopar
    var owners = [Int](repeating: 0, count: description.topology.maximum)
    let named = description.numaNodes.contains { !$0.processors.isEmpty }
    for (number, node) in description.numaNodes.enumerated() {
      for range in node.processors {
        for processor in range where owners.indices.contains(processor) {
          owners[processor] = number
        }
      }
    }
    if nodes > 1 && !named {
      // Cores in equal shares, the first ones to node 0.
      let threads = description.topology.threads
      let cores = max(1, owners.count / threads)
      for processor in owners.indices { owners[processor] = processor / threads * nodes / cores }
    }
    nodeOfProcessor = owners
  }

  func list(ofMemoryIn node: Int) -> [UInt32] {
    isForm2 ? [1, UInt32(node)] : [UInt32(NUMADistances.levels)] + domains[node]
  }

  func list(ofProcessor processor: Int) -> [UInt32] {
    let memory = list(ofMemoryIn: nodeOfProcessor[processor])
    return [memory[0] + 1] + memory[1...] + [UInt32(processor)]
  }

  /// The levels of a list that matter, the most important first; positions count from 1.
  var referencePoints: [UInt32] {
    if isForm2 { return [1] }
    return nodes > 1 ? [4, 3, 2, 1] : [4, 4, 2]
  }

  var maximumDomains: [UInt32] {
    let count = UInt32(nodes)
    if isForm2 { return [1, count] }
    return nodes > 1 ? [4, count, count, count, count] : [4, 0, 0, 0, 1]
  }

  /// `ibm,numa-lookup-index-table` of form 2: the domains in the order of the distance table.
  var lookupIndexTable: [UInt32] { [UInt32(nodes)] + (0..<nodes).map { UInt32($0) } }

  /// `ibm,numa-distance-table` of form 2: a count and a byte for each pair.
  var distanceTable: (count: UInt32, distances: [UInt8]) {
    let table = (0..<nodes).flatMap { from in
      (0..<nodes).map { UInt8(clamping: distances[from, $0]) }
    }
    return (UInt32(table.count), table)
  }
}

extension MachineDescription {
  /// The NUMA node of every processor that there may be, by number.
  public var nodeOfProcessor: [Int] { Associativity(self, .form1).nodeOfProcessor }
}
