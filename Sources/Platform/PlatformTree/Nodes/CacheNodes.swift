internal import HostSupport
internal import MachineDescription
internal import DeviceTree
internal import PowerISA

/// Caches below the first level: nodes under `/cpus`, to which the level above points (LoPAR PA
/// processor binding, "Ancillary (L2,L3...) cache node properties"). QEMU describes none.
extension TreePlan {
  /// A level of caches of this machine.
  private struct CacheLevel {
    let name: String
    /// Unit addresses and phandles of its nodes follow this, above the numbers of processors.
    let base: UInt32
    let cache: ProcessorModel.Cache
  }

  private var cacheLevels: [CacheLevel] {
    if isQEMU { return [] }
    let second = CacheLevel(name: "l2-cache", base: 0x2000, cache: processor.caches.second)
    let third = processor.caches.third.map {
      CacheLevel(name: "l3-cache", base: 0x3000, cache: $0)
    }
    return [second] + (third.map { [$0] } ?? [])
  }

  /// The first processor of those that share a cache with a processor.
  private func firstSharing(_ cache: ProcessorModel.Cache, with processor: Int) -> Int {
    let group = cache.cores * description.topology.threads
    return processor / group * group
  }

  /// `l2-cache` of a core.
  func cacheProperties(ofCore first: Int) -> [Property] {
    cacheLevels.first.map { [Property("l2-cache", .cell(handle($0, first)))] } ?? []
  }

  private func handle(_ level: CacheLevel, _ processor: Int) -> UInt32 {
    level.base + UInt32(firstSharing(level.cache, with: processor))
  }

  /// The nodes of so many processors.
  func cacheNodes(processors: Int) -> [Node] {
    let levels = cacheLevels
    return levels.enumerated().flatMap { number, level in
      let step = level.cache.cores * description.topology.threads
      return stride(from: 0, to: processors, by: step).map { first in
        node(level, first, below: levels.dropFirst(number + 1).first)
      }
    }
  }

  private func node(_ level: CacheLevel, _ first: Int, below next: CacheLevel?) -> Node {
    let handle = PropertyValue.cell(handle(level, first))
    var node = Node(level.name + "@" + (level.base + UInt32(first)).hexDigits())
    node["reg"] = handle
    node["device_type"] = .string("cache")
    node["status"] = .string("okay")
    node["cache-unified"] = .empty
    // A core with more threads than one of these caches serves has two of them.
    var cache = level.cache
    if description.topology.threads > cache.threads { cache.size *= 2 }
    for side in ["d", "i"] { addCache(cache, side, to: &node) }
    if let next { node["l2-cache"] = .cell(self.handle(next, first)) }
    node["phandle"] = handle
    node["linux,phandle"] = handle
    return node
  }

  /// The properties of one side, `d` or `i`, of a cache.
  func addCache(_ cache: ProcessorModel.Cache, _ side: String, to node: inout Node) {
    let line = cache.line ?? processor.caches.line
    node[side + "-cache-size"] = .cell(UInt32(cache.size))
    node[side + "-cache-line-size"] = .cell(UInt32(line))
    node[side + "-cache-block-size"] = .cell(UInt32(line))
    if let ways = cache.ways {
      node[side + "-cache-sets"] = .cell(UInt32(cache.size / (ways * line)))
    }
  }
}
