import DeviceTree
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

/// Caches below the first level.
@Suite struct CacheNodeTests {
  private func cpus(
    _ processor: ProcessorModel, threads: Int = 1, cores: Int = 1,
    _ flavor: MachineDescription.Flavor = .lopar
  ) throws -> Node {
    let tree = try tree(
      machine(processor) {
        $0.topology = try ProcessorTopology(
          processors: threads * cores, threads: threads, cores: cores)
        $0.flavor = flavor
      })
    return try #require(tree["/cpus"])
  }

  /// The levels a guest finds when it follows `l2-cache` from a core: size and sets.
  private func levels(_ cpus: Node, core: Int = 0) throws -> [[UInt32?]] {
    var levels: [[UInt32?]] = []
    var next = cpus.children[core]["l2-cache"]?.cell
    while let handle = next {
      let node = try #require(cpus.children.first { $0["phandle"]?.cell == handle })
      #expect(node["device_type"] == .string("cache") && node.has("cache-unified"))
      #expect(node["reg"]?.cell == UInt32(node.unitAddress ?? "", radix: 16))
      for property in ["size", "sets", "line-size", "block-size"] {
        #expect(node["d-cache-" + property] == node["i-cache-" + property])
      }
      levels.append([node["d-cache-size"]?.cell, node["d-cache-sets"]?.cell])
      next = node["l2-cache"]?.cell
    }
    return levels
  }

  /// First-level data and instruction cache in KiB, second and third level in KiB, as the users'
  /// manuals of the processors have them.
  @Test(arguments: [
    (ProcessorModel.ppc970, [32, 64, 512]), (.power5Plus, [32, 64, 1920, 36864]),
    (.power6, [64, 64, 4096, 32768]), (.power7, [32, 32, 256, 4096]),
    (.power7Plus, [32, 32, 256, 10240]), (.power8, [64, 32, 512, 8192]),
    (.power9, [32, 32, 512, 10240]), (.power10, [32, 48, 1024, 4096]),
    (.power11, [32, 48, 1024, 4096]),
  ])
  func sizesAreTheProcessors(processor: ProcessorModel, kib: [UInt32]) throws {
    let cpus = try cpus(processor)
    let core = cpus.children[0]
    #expect(core["d-cache-size"]?.cell == kib[0] << 10)
    #expect(core["i-cache-size"]?.cell == kib[1] << 10)
    let levels = try levels(cpus)
    #expect(levels.map { $0[0] } == kib[2...].map { $0 << 10 })
    // Ways of 128 bytes, or 256 in POWER5's third level, divide the caches.
    for (size, sets) in levels.map({ ($0[0] ?? 0, $0[1]) }) {
      if let sets { #expect(sets > 1 && size.isMultiple(of: sets * 128)) }
    }
    #expect(core["d-cache-sets"] != nil && core["i-cache-sets"] != nil)
  }

  @Test func aPower10CoreOfEightThreadsHasTwoOfEach() throws {
    #expect(try levels(cpus(.power10, threads: 4)).map { $0[0] } == [1 << 20, 4 << 20])
    #expect(
      try levels(cpus(.power10, threads: 8)) == [[2 << 20, 2048], [8 << 20, 4096]])
  }

  @Test func coresHaveTheirOwnOrShareThem() throws {
    func handles(_ processor: ProcessorModel) throws -> [UInt32?] {
      try cpus(processor, threads: 2, cores: 3).children
        .filter { $0["device_type"]?.string == "cpu" }.map { $0["l2-cache"]?.cell }
    }
    #expect(try handles(.power9) == [0x2000, 0x2002, 0x2004])
    #expect(try handles(.power5Plus) == [0x2000, 0x2000, 0x2004])
    // POWER6 has a second level for each core, and two of them share the third.
    let power6 = try cpus(.power6, threads: 2, cores: 3)
    let third = power6.children.filter { $0.name.hasPrefix("l2-") }.map { $0["l2-cache"]?.cell }
    #expect(third == [0x3000, 0x3000, 0x3004])
    #expect(power6.children.filter { $0.name.hasPrefix("l3-") }.count == 2)
  }

  @Test func qemuDescribesNone() throws {
    let cpus = try cpus(.power10, .qemu)
    #expect(cpus.children.count == 1 && !cpus.children[0].has("l2-cache"))
    #expect(cpus.children[0]["i-cache-size"]?.cell == 32 << 10)
  }
}
