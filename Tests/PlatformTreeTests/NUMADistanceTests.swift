import DeviceTree
import OpenFirmware
import MachineDescription
import PlatformTestSupport
import PlatformTree
import PowerISA
import Testing

/// Distances between NUMA nodes, told by the domains that nodes share and by form 2's table.
@Suite struct NUMADistanceTests {
  /// Five nodes, each further away than the ones before are from each other.
  private static func machine() throws -> MachineDescription {
    let distances: [[Int: Int]] = [
      [:], [0: 20], [0: 40, 1: 40], [0: 80, 1: 80, 2: 80], [0: 160, 1: 160, 2: 160, 3: 160],
    ]
    return try PlatformTestSupport.machine(.power9) {
      $0.topology = try ProcessorTopology(processors: 5)
      $0.memory = 5 * MachineDescription.memoryBlock
      $0.maximumMemory = $0.memory
      $0.numaNodes = distances.enumerated().map { number, distances in
        .init(
          memory: MachineDescription.memoryBlock, processors: [number...number],
          distances: distances)
      }
    }
  }

  /// The same as QEMU 7.2 makes of these distances.
  @Test func domainsAreThoseOfQEMU() throws {
    let tree = try tree(Self.machine())
    let lists = tree.root.children.filter { $0["device_type"]?.string == "memory" }
      .compactMap { $0["ibm,associativity"]?.cells }
    #expect(
      lists == [
        [4, 0, 0, 0, 0], [4, 0, 0, 0, 1], [4, 0, 0, 2, 2], [4, 0, 3, 3, 3], [4, 4, 4, 4, 4],
      ])
    let cores = tree["/cpus"]?.children.compactMap { $0["ibm,associativity"]?.cells } ?? []
    #expect(cores.enumerated().allSatisfy { $1 == [5] + lists[$0].dropFirst() + [UInt32($0)] })
    #expect(tree["/rtas"]?["ibm,associativity-reference-points"]?.cells == [4, 3, 2, 1])
    #expect(tree["/rtas"]?["ibm,max-associativity-domains"]?.cells == [4, 5, 5, 5, 5])
  }

  /// What Linux derives: 10, doubled at each reference point at which two lists differ.
  @Test func whatLinuxDerives() throws {
    let description = try Self.machine()
    let tree = try tree(description)
    let points = try #require(tree["/rtas"]?["ibm,associativity-reference-points"]?.cells)
    let lists = tree.root.children.filter { $0["device_type"]?.string == "memory" }
      .compactMap { $0["ibm,associativity"]?.cells }
    for from in lists.indices {
      for to in lists.indices {
        var distance = 10
        for point in points where lists[from][Int(point)] != lists[to][Int(point)] { distance *= 2 }
        let said = description.numaNodes[max(from, to)].distances[min(from, to)] ?? 10
        #expect(distance == said, "\(from) to \(to)")
      }
    }
  }

  @Test func theTableOfForm2() throws {
    let description = try Self.machine()
    let served = ServedCalls(for: description)
    let tree = try PlatformTree.build(
      description, served: served,
      negotiated: description.platformOffer(served: served).everything(at: nil))
    let table = try #require(tree["/rtas"]?["ibm,numa-distance-table"]?.bytes)
    #expect(table.prefix(4) == [0, 0, 0, 25])
    #expect(table[4..<9] == [10, 20, 40, 80, 160])
    #expect(table[14..<19] == [40, 40, 10, 80, 160])
  }

  /// Form 1 rounds: the domains of three nodes are those of QEMU 7.2 for the same distances.
  @Test(arguments: [
    ([21, 161, 25], [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 2]]),
    ([20, 160, 20], [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 2]]),
    ([60, 120, 121], [[0, 0, 0, 0], [0, 0, 1, 1], [0, 2, 2, 2]]),
  ])
  func anyDistance(_ pairs: [Int], _ domains: [[UInt32]]) throws {
    var description = try Self.machine()
    description.numaNodes = (0..<3).map {
      .init(memory: MachineDescription.memoryBlock, processors: [$0...$0])
    }
    description.numaNodes[0].distances = [1: pairs[0], 2: pairs[1]]
    description.numaNodes[1].distances = [2: pairs[2]]
    #expect(NUMADistances(description.numaNodes).associativityDomains == domains)
    description.topology = try ProcessorTopology(processors: 3)
    description.memory = 3 * MachineDescription.memoryBlock
    description.maximumMemory = description.memory
    try description.validate()
    let served = ServedCalls(for: description)
    let tree = try PlatformTree.build(
      description, served: served,
      negotiated: description.platformOffer(served: served).everything(at: nil))
    let table = try #require(tree["/rtas"]?["ibm,numa-distance-table"]?.bytes)
    #expect(Array(table[5..<7]) == [UInt8(pairs[0]), UInt8(pairs[1])])
  }

  @Test func distancesThatCannotBe() throws {
    func reason(_ distances: [Int: [Int: Int]]) throws -> String? {
      var description = try Self.machine()
      for node in description.numaNodes.indices {
        description.numaNodes[node].distances = distances[node] ?? [:]
      }
      let error = #expect(throws: MachineDescriptionError.self) { try description.validate() }
      #expect(error?.option == .numa)
      return error?.reason
    }
    #expect(try reason([0: [1: 10]])?.contains("and 11 to 255 from others") == true)
    #expect(try reason([0: [1: 256]])?.contains("and 11 to 255 from others") == true)
    #expect(try reason([0: [0: 20]])?.contains("a node is 10 from itself") == true)
    #expect(try reason([0: [5: 20]])?.contains("which does not exist") == true)
    #expect(try reason([0: [1: 20], 1: [0: 40]])?.contains("one distance for both ways") == true)
  }
}
