/// Phandles that no node has, in ascending order.
struct FreePhandles {
  // 0 and 0xffffffff are no phandles.
  private var used: Set<UInt32> = [0, .max]
  private var next: UInt32 = 1

  init() {}

  /// Those of a tree.
  init(in tree: DeviceTree) {
    tree.forEachNode { _, node in
      if let phandle = node.phandle { used.insert(phandle) }
    }
  }

  /// Takes a phandle that a node has; false when it is another's, or none.
  mutating func reserve(_ phandle: UInt32) -> Bool { used.insert(phandle).inserted }

  /// Continues at a number; after the largest the search begins again with the smallest.
  mutating func start(at first: UInt32) { next = first }

  /// The next free one; nil when there is none.
  mutating func take() -> UInt32? {
    for _ in 0...used.count {
      let phandle = next
      next &+= 1
      if used.insert(phandle).inserted { return phandle }
    }
    return nil
  }
}
