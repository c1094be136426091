internal import HostSupport

extension DeviceTree {
  /// The tree with an overlay merged into it: a blob whose fragments name their targets by phandle,
  /// by path or, when this tree has `__symbols__`, by label.
  ///
  /// The result is that of libfdt's `fdt_overlay_apply` from version 1.7 on: a phandle of this tree
  /// stays, and the overlay's references to the node follow it; the overlay's labels are added to
  /// `__symbols__`, which is created where it is missing. This works on nodes and not with libfdt,
  /// whose function takes the offsets of an overlay's fixups as they come and reads and writes
  /// outside the blob. Time and memory are in proportion to both trees.
  /// - Parameters:
  ///   - blob: the overlay.
  ///   - labels: labels besides those of `__symbols__`; a node that the overlay names by one of them
  ///     gets a phandle when it has none.
  public func applying(
    overlay blob: [UInt8], labels: Labels = [:]
  ) throws(DeviceTreeError) -> DeviceTree {
    var merge = OverlayMerge(
      base: IndexedNode(root: root), overlay: IndexedNode(root: try DeviceTree(blob: blob).root),
      labels: labels)
    try merge.addPhandles(to: self)
    try merge.raisePhandles()
    try merge.resolveLabels()
    try merge.keepPhandlesOfBase()
    try merge.mergeFragments()
    try merge.mergeSymbols()
    var merged = self
    merged.root = merge.base.node
    return merged
  }
}

/// The steps of merging, in the order they must be taken.
private struct OverlayMerge {
  let base: IndexedNode
  let overlay: IndexedNode
  private let labels: DeviceTree.Labels
  private var byPhandle: [UInt32: IndexedNode] = [:]
  /// Where the content of each fragment went, by the fragment's name.
  private var targets: [String: IndexedNode] = [:]

  /// Children of the overlay's root that are not fragments, and the content of those that are.
  private static let (localFixups, fixups, symbols, content) = (
    "__local_fixups__", "__fixups__", DeviceTree.symbolsName, "__overlay__"
  )

  init(base: IndexedNode, overlay: IndexedNode, labels: DeviceTree.Labels) {
    (self.base, self.overlay, self.labels) = (base, overlay, labels)
    base.forEach { note($0) }
  }

  /// Remembers the phandle of a node of the merged tree; the first node that has it counts.
  private mutating func note(_ node: IndexedNode) {
    if let phandle = node.phandle, byPhandle[phandle] == nil { byPhandle[phandle] = node }
  }

  // MARK: phandles

  /// Gives phandles to nodes that the overlay names by labels which `__symbols__` does not have.
  mutating func addPhandles(to tree: DeviceTree) throws(DeviceTreeError) {
    if labels.isEmpty { return }
    var free = FreePhandles(in: tree)
    let known = base.child(exactly: Self.symbols)
    for label in overlay.child(exactly: Self.fixups)?.properties ?? [] {
      guard known?[label.name] == nil, let path = labels[label.name],
        let node = base.node(at: path), node.phandle == nil
      else { continue }
      guard let phandle = free.take() else { throw .overlay("there are not enough phandles") }
      node.set(Property("phandle", .cell(phandle)))
      note(node)
    }
  }

  /// Moves the overlay's phandles above those of the base, and with them the references that
  /// `__local_fixups__` lists.
  func raisePhandles() throws(DeviceTreeError) {
    let largest = byPhandle.keys.lazy.filter { $0 != .max }.max() ?? 0
    try overlay.forEach { node throws(DeviceTreeError) in
      for name in Node.phandleNames {
        guard let value = node[name] else { continue }
        guard let phandle = value.cell, phandle != 0 else {
          throw .overlay("\(name) of \(node.path) is not a phandle")
        }
        let (raised, overflow) = phandle.addingReportingOverflow(largest)
        // 0xffffffff is no phandle.
        guard !overflow, raised != .max else { throw .overlay("there are not enough phandles") }
        node.set(Property(name, .cell(raised)))
      }
    }
    try forEachLocalReference { $0 &+ largest }
  }

  /// Changes every reference from the overlay to itself.
  private func forEachLocalReference(
    _ change: (UInt32) -> UInt32
  ) throws(DeviceTreeError) {
    guard let list = overlay.child(exactly: Self.localFixups) else { return }
    try list.forEach { entry throws(DeviceTreeError) in
      guard !entry.properties.isEmpty else { return }
      let path = String(entry.path.dropFirst(Self.localFixups.utf8.count + 1))
      guard let node = path.isEmpty ? overlay : overlay.node(at: path) else {
        throw .overlay("\(Self.localFixups) names \(path), which does not exist")
      }
      for property in entry.properties {
        guard let offsets = property.value.cells else {
          throw .overlay("\(Self.localFixups)\(path) has a malformed \(property.name)")
        }
        for offset in offsets {
          guard node.patch(property.name, at: Int(offset), change) else {
            throw .overlay("a fixup lies outside \(path)/\(property.name)")
          }
        }
      }
    }
  }

  /// Puts the phandles of the base's labels where `__fixups__` wants them.
  func resolveLabels() throws(DeviceTreeError) {
    let known = base.child(exactly: Self.symbols)
    for label in overlay.child(exactly: Self.fixups)?.properties ?? [] {
      guard let path = known?[label.name]?.string ?? labels[label.name] else {
        throw .overlay("the tree has no label \(label.name)")
      }
      guard let phandle = base.node(at: path)?.phandle else {
        throw .overlay("label \(label.name) leads to \(path), which has no phandle")
      }
      guard let places = label.value.strings else {
        throw .overlay("\(Self.fixups) has a malformed \(label.name)")
      }
      for place in places { try resolve(place, phandle) }
    }
  }

  /// Writes a phandle at `path:property:offset` of the overlay.
  private func resolve(_ place: String, _ phandle: UInt32) throws(DeviceTreeError) {
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].first == "/", let offset = UInt32(parts[2]),
      let node = overlay.node(at: parts[0])
    else { throw .overlay("\(Self.fixups) names \(place), which does not exist") }
    guard node.patch(String(parts[1]), at: Int(offset), { _ in phandle }) else {
      throw .overlay("a fixup lies outside \(parts[0])/\(parts[1])")
    }
  }

  /// Gives nodes of the overlay that the base has, too, the phandles that other nodes of the base
  /// know them by.
  func keepPhandlesOfBase() throws(DeviceTreeError) {
    var replaced: [UInt32: UInt32] = [:]
    func keep(_ node: IndexedNode, _ existing: IndexedNode) {
      if let new = node.phandle, let old = existing.phandle {
        replaced[new] = old
        for name in Node.phandleNames where node[name] != nil {
          node.set(Property(name, .cell(old)))
        }
      }
      for child in node.children {
        if let known = Self.child(of: existing, like: child) { keep(child, known) }
      }
    }
    for fragment in overlay.children {
      // A target that an earlier fragment adds has no phandle of the base.
      if let content = fragment.child(exactly: Self.content), let target = try? target(of: fragment)
      {
        keep(content, target)
      }
    }
    if !replaced.isEmpty { try forEachLocalReference { replaced[$0] ?? $0 } }
  }

  // MARK: content

  mutating func mergeFragments() throws(DeviceTreeError) {
    for fragment in overlay.children {
      guard let content = fragment.child(exactly: Self.content) else { continue }
      let target = try target(of: fragment)
      try merge(content, into: target)
      if targets[fragment.name] == nil { targets[fragment.name] = target }
    }
    if targets.isEmpty { throw .overlay("it has no fragment with an \(Self.content) node") }
  }

  private func target(of fragment: IndexedNode) throws(DeviceTreeError) -> IndexedNode {
    if let value = fragment["target"] {
      guard let phandle = value.cell, phandle != .max else {
        throw .overlay("target of \(fragment.name) is not a phandle")
      }
      if phandle != 0 {
        guard let node = byPhandle[phandle] else {
          throw .overlay(
            "\(fragment.name) is for phandle \(phandle.hexadecimal()), which no node has")
        }
        return node
      }
    }
    guard let path = fragment["target-path"]?.string else {
      throw .overlay("\(fragment.name) has neither target-path nor target")
    }
    guard let node = base.node(at: path) else {
      throw .overlay("\(fragment.name) is for \(path), which does not exist")
    }
    return node
  }

  private mutating func merge(
    _ content: IndexedNode, into node: IndexedNode
  ) throws(DeviceTreeError) {
    // A node that two fragments add may have references by only one phandle.
    if let old = node.phandle, let new = content.phandle, old != new {
      throw .overlay("it gives \(node.path) another phandle")
    }
    for property in content.properties { node.set(property) }
    note(node)
    for child in content.children {
      if let known = Self.child(of: node, like: child) {
        try merge(child, into: known)
      } else if let added = node.add(child.node) {
        added.forEach { note($0) }
      } else {
        throw .overlay(
          "nodes below \(node.path) are nested more than \(DeviceTree.deepestNesting) deep or have"
            + " paths of more than \(DeviceTree.longestPath) bytes")
      }
    }
  }

  /// The child that a node of the overlay means: of the same name or, where that has no unit
  /// address, the first with that name before its unit address.
  private static func child(of node: IndexedNode, like other: IndexedNode) -> IndexedNode? {
    other.name.utf8.contains(UInt8(ascii: "@"))
      ? node.child(exactly: other.name) : node.child(named: other.name[...])
  }

  // MARK: labels

  /// Adds the overlay's labels to those of the base, under the paths their nodes have now.
  func mergeSymbols() throws(DeviceTreeError) {
    guard let labels = overlay.child(exactly: Self.symbols) else { return }
    guard let known = base.child(exactly: Self.symbols) ?? base.add(Node(Self.symbols)) else {
      return
    }
    for label in labels.properties {
      guard let path = label.value.string, path.first == "/" else {
        throw .overlay("label \(label.name) is no path")
      }
      let parts = path.dropFirst().split(separator: "/", maxSplits: 2)
      // A label of anything but content names nothing in the merged tree.
      guard parts.count >= 2, parts[1] == Self.content else { continue }
      guard let target = targets[String(parts[0])] else {
        throw .overlay("label \(label.name) leads to \(path), which does not exist")
      }
      let start = target.path
      let end = parts.count > 2 ? (start == "/" ? "" : "/") + parts[2] : ""
      known.set(Property(label.name, .string(start + end)))
    }
  }
}
