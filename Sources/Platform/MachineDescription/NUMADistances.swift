/// How far NUMA nodes are from each other, on Linux's scale, and the associativity domains that say
/// so (LoPAR "Associativity", form 1).
package struct NUMADistances {
  /// A node to itself.
  package static let local = 10
  /// A distance that is not given.
  package static let usual = 20
  /// Distances of two nodes.
  package static let remote = 11...255
  /// The largest distances of nodes that share domains at three levels, at two and at one. Linux
  /// takes them for 20, 40 and 80, and nodes that share none for 160 apart.
  private static let bounds = [30, 60, 120]
  /// Levels of an associativity list, the node itself the last.
  package static let levels = 4

  package let count: Int
  private let nodes: [MachineDescription.NUMANode]

  package init(_ nodes: [MachineDescription.NUMANode]) {
    self.nodes = nodes
    count = max(1, nodes.count)
  }

  package subscript(from: Int, to: Int) -> Int {
    if from == to { return Self.local }
    guard nodes.indices.contains(from), nodes.indices.contains(to) else { return Self.usual }
    // A distance that is given for one way holds for both.
    return nodes[from].distances[to] ?? nodes[to].distances[from] ?? Self.usual
  }

  /// The domains of each node, the widest first: nodes share a domain at every level that their
  /// distance leaves them. Domains of node 0 are 0; each of the others is named after its first node.
  package var associativityDomains: [[UInt32]] {
    var domains = (0..<count).map { [UInt32](repeating: UInt32($0), count: Self.levels) }
    for from in 0..<count {
      for to in (from + 1)..<max(count, from + 1) {
        let shared = Self.bounds.filter { $0 >= self[from, to] }.count
        domains[to][..<shared] = domains[from][..<shared]
      }
    }
    return domains
  }
}
