extension DeviceTree {
  /// The tree with an overlay merged into it: a blob whose fragments name their targets by path, by
  /// phandle or, when this tree has `__symbols__`, by label.
  ///
  /// This works on nodes and not with libfdt, whose `fdt_overlay_apply` (1.6.1, as Debian 12 has it)
  /// takes the offsets of an overlay's fixups as they come and reads and writes outside the blob.
  public func applying(overlay blob: [UInt8]) throws(DeviceTreeError) -> DeviceTree {
    var merge = OverlayMerge(base: self, overlay: try DeviceTree(blob: blob))
    try merge.raisePhandles()
    try merge.resolveLabels()
    try merge.mergeFragments()
    merge.mergeSymbols()
    return merge.base
  }
}

/// The steps of merging, in the order they must be taken.
private struct OverlayMerge {
  var base: DeviceTree
  var overlay: DeviceTree
  /// Where the content of each fragment went, by the path it had in the overlay.
  private var targets: [(source: String, target: String)] = []

  /// Children of the overlay's root that are not content.
  private static let (localFixups, fixups, symbols) = (
    "__local_fixups__", "__fixups__", "__symbols__"
  )

  init(base: DeviceTree, overlay: DeviceTree) {
    self.base = base
    self.overlay = overlay
  }

  /// Moves the overlay's phandles above those of the base, and with them the references that
  /// `__local_fixups__` lists.
  mutating func raisePhandles() throws(DeviceTreeError) {
    let delta = base.largestPhandle
    guard !overlay.largestPhandle.addingReportingOverflow(delta).overflow else {
      throw .overlay("there are not enough phandles")
    }
    func raise(_ node: inout Node) {
      for name in ["phandle", "linux,phandle"] {
        if let phandle = node[name]?.cell { node[name] = .cell(phandle &+ delta) }
      }
      for index in node.children.indices { raise(&node.children[index]) }
    }
    raise(&overlay.root)

    func fix(_ node: inout Node, _ references: Node, _ path: String) throws(DeviceTreeError) {
      for property in references.properties {
        guard let offsets = property.value.cells, !offsets.isEmpty else {
          throw .overlay("\(Self.localFixups)\(path) has a malformed \(property.name)")
        }
        for offset in offsets {
          try Self.patch(&node, property.name, offset, path) { $0 &+ delta }
        }
      }
      for child in references.children {
        guard let index = node.children.firstIndex(where: { $0.name == child.name }) else {
          throw .overlay("\(Self.localFixups) names \(path)/\(child.name), which is not there")
        }
        try fix(&node.children[index], child, path + "/" + child.name)
      }
    }
    if let references = overlay.root.child(named: Self.localFixups) {
      try fix(&overlay.root, references, "")
    }
  }

  /// Puts the phandles of the base's labels where `__fixups__` wants them.
  mutating func resolveLabels() throws(DeviceTreeError) {
    guard let wanted = overlay.root.child(named: Self.fixups) else { return }
    let known = base.root.child(named: Self.symbols)
    for label in wanted.properties {
      guard let path = known?[label.name]?.string else {
        throw .overlay("the tree has no label \(label.name)")
      }
      guard let phandle = base[path]?.phandle else {
        throw .overlay("label \(label.name) leads to \(path), which has no phandle")
      }
      for place in label.value.strings ?? [] {
        try resolve(place, phandle)
      }
    }
  }

  /// Writes a phandle at `path:property:offset` of the overlay.
  private mutating func resolve(_ place: String, _ phandle: UInt32) throws(DeviceTreeError) {
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let offset = UInt32(parts[2]),
      let position = overlay.position(of: parts[0])
    else { throw .overlay("\(Self.fixups) names \(place), which is not there") }
    try overlay.update(position) { node throws(DeviceTreeError) in
      try Self.patch(&node, String(parts[1]), offset, String(parts[0])) { _ in phandle }
    }
  }

  /// Changes the cell at an offset of a property.
  private static func patch(
    _ node: inout Node, _ property: String, _ offset: UInt32, _ path: String,
    _ change: (UInt32) -> UInt32
  ) throws(DeviceTreeError) {
    let start = Int(offset)
    guard var bytes = node[property]?.bytes, start <= bytes.count, bytes.count - start >= 4,
      let old = PropertyValue(Array(bytes[start..<start + 4])).cell
    else { throw .overlay("a fixup lies outside \(path)/\(property)") }
    bytes.replaceSubrange(start..<start + 4, with: PropertyValue.cell(change(old)).bytes)
    node[property] = .bytes(bytes)
  }

  mutating func mergeFragments() throws(DeviceTreeError) {
    for fragment in overlay.root.children {
      guard let content = fragment.child(named: "__overlay__") else { continue }
      let position = try target(of: fragment)
      let path = base.path(of: position) ?? "/"
      try base.update(position) { node throws(DeviceTreeError) in
        try Self.merge(content, into: &node, path)
      }
      targets.append(("/\(fragment.name)/__overlay__", path == "/" ? "" : path))
    }
    if targets.isEmpty { throw .overlay("it has no fragment with an __overlay__ node") }
  }

  private func target(of fragment: Node) throws(DeviceTreeError) -> NodePosition {
    if let path = fragment["target-path"]?.string {
      guard let position = base.position(of: path) else {
        throw .overlay("\(fragment.name) is for \(path), which is not there")
      }
      return position
    }
    guard let phandle = fragment["target"]?.cell else {
      throw .overlay("\(fragment.name) has neither target-path nor target")
    }
    guard let position = base.position(ofPhandle: phandle) else {
      throw .overlay(
        "\(fragment.name) is for phandle 0x\(String(phandle, radix: 16)), which no node has")
    }
    return position
  }

  private static func merge(
    _ content: Node, into node: inout Node, _ path: String
  ) throws(DeviceTreeError) {
    // Nodes of the base refer to each other by the phandles they have.
    if let old = node.phandle, let new = content.phandle, old != new {
      throw .overlay("it gives \(path) another phandle")
    }
    for property in content.properties { node[property.name] = property.value }
    for child in content.children {
      if let index = node.children.firstIndex(where: { $0.name == child.name }) {
        try merge(child, into: &node.children[index], "\(path)/\(child.name)")
      } else {
        node.children.append(child)
      }
    }
  }

  /// Makes the overlay's labels known under the paths their nodes have now.
  mutating func mergeSymbols() {
    guard let labels = overlay.root.child(named: Self.symbols),
      let index = base.root.children.firstIndex(where: { $0.name == Self.symbols })
    else { return }
    for label in labels.properties {
      guard let path = label.value.string,
        let moved = targets.first(where: { path == $0.source || path.hasPrefix($0.source + "/") })
      else { continue }
      let now = moved.target + path.dropFirst(moved.source.count)
      base.root.children[index][label.name] = .string(now.isEmpty ? "/" : now)
    }
  }
}
