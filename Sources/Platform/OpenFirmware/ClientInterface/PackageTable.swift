internal import DeviceTree
internal import SavedState

/// The client's handle of a node (phandle).
struct Phandle: RawRepresentable, Hashable {
  let rawValue: UInt32
}

/// The nodes of the tree by phandle. A path keeps its phandle when the tree changes.
struct PackageTable {
  struct Package {
    let path: String
    let position: NodePosition
    let parent: Phandle?
    var firstChild: Phandle?
    var nextSibling: Phandle?
  }

  private var packages: [Phandle: Package] = [:]
  private var byPosition: [NodePosition: Phandle] = [:]
  /// Every path that ever had a phandle.
  var assigned: [String: Phandle] = [:]
  var nextFree: UInt32 = 1

  /// The most nodes, and bytes of all their paths: many times those of a machine.
  private static let nodeLimit = 1 << 16
  private static let pathBytesLimit = 16 << 20

  /// Checks that an untrusted tree is no larger than those of machines, before any path is built.
  static func check(_ tree: DeviceTree) throws(InvalidValue) {
    var (nodes, bytes) = (0, 0)
    func isSound(_ node: Node, _ parentLength: Int) -> Bool {
      let length = parentLength + 1 + node.name.utf8.count
      nodes += 1
      bytes += length
      return nodes <= nodeLimit && bytes <= pathBytesLimit
        && node.children.allSatisfy { isSound($0, length) }
    }
    guard isSound(tree.root, 0) else {
      throw InvalidValue(
        "more than \(nodeLimit) nodes, or paths of more than \(pathBytesLimit) bytes in all")
    }
  }

  subscript(handle: Phandle) -> Package? { packages[handle] }
  subscript(position: NodePosition) -> Phandle? { byPosition[position] }

  /// Reads the nodes of another tree.
  mutating func read(_ tree: DeviceTree) {
    packages = [:]
    byPosition = [:]
    // Other nodes refer to the phandle property, so its value is the handle, unless an earlier tree
    // assigned another.
    var nodes: [(position: NodePosition, node: Node)] = []
    tree.forEachNode { nodes.append(($0, $1)) }
    let inProperties = Set(nodes.compactMap(\.node.phandle))
    let handedOut = Set(assigned.values)
    var lastChild: [Phandle: Phandle] = [:]
    for (position, node) in nodes {
      let parent = position.parent.flatMap { byPosition[$0] }
      let parentPath = parent.flatMap { packages[$0]?.path } ?? ""
      let path = parent == nil ? "/" : (parentPath == "/" ? "" : parentPath) + "/" + node.name
      let handle = choose(path, node.phandle, inProperties, handedOut)
      packages[handle] = Package(path: path, position: position, parent: parent)
      byPosition[position] = handle
      guard let parent else { continue }
      if let previous = lastChild[parent] {
        packages[previous]?.nextSibling = handle
      } else {
        packages[parent]?.firstChild = handle
      }
      lastChild[parent] = handle
    }
  }

  private mutating func choose(
    _ path: String, _ property: UInt32?, _ inProperties: Set<UInt32>, _ handedOut: Set<Phandle>
  ) -> Phandle {
    if let known = assigned[path], packages[known] == nil { return known }
    let wanted = property.flatMap { $0 == 0 || $0 == .max ? nil : Phandle(rawValue: $0) }
    if let wanted, packages[wanted] == nil, !handedOut.contains(wanted) {
      if assigned[path] == nil { assigned[path] = wanted }
      return wanted
    }
    while nextFree == 0 || nextFree == .max || inProperties.contains(nextFree)
      || packages[Phandle(rawValue: nextFree)] != nil
      || handedOut.contains(Phandle(rawValue: nextFree))
    { nextFree &+= 1 }
    let handle = Phandle(rawValue: nextFree)
    nextFree &+= 1
    if assigned[path] == nil { assigned[path] = handle }
    return handle
  }
}
