/// A node of a tree in which properties and children are found by name in constant time, however
/// many there are: for merging, and for looking up many paths.
package final class IndexedNode {
  let name: String
  /// The root has none. It owns all nodes below it.
  private unowned let parent: IndexedNode?
  private(set) var properties: [Property]
  private(set) var children: [IndexedNode] = []
  /// The number of nodes above, and the length of the path.
  private let depth: Int
  private let pathLength: Int

  /// Where the first property and the first child of each name are; nil until it is needed.
  private var propertyIndex: [String: Int]?
  private var childIndex: [String: Int]?
  /// Children by everything else that may stand for their names in a path; nil until it is needed.
  private var shortNames: [String: Int]?

  private init(_ node: Node, parent: IndexedNode?) {
    name = node.name
    properties = node.properties
    self.parent = parent
    depth = parent.map { $0.depth + 1 } ?? 0
    pathLength = parent.map { $0.pathLength + 1 + node.name.utf8.count } ?? 0
    children = node.children.map { IndexedNode($0, parent: self) }
  }

  package convenience init(root: Node) { self.init(root, parent: nil) }

  /// The node and those below it as a value.
  var node: Node {
    Node(name, properties: properties, children: children.map(\.node))
  }

  var path: String {
    guard let parent else { return "/" }
    return (parent.parent == nil ? "" : parent.path) + "/" + name
  }

  // MARK: properties

  private func indexOfProperty(_ name: String) -> Int? {
    if propertyIndex == nil { propertyIndex = Self.firsts(properties.map(\.name)) }
    return propertyIndex?[name]
  }

  /// The first index of each name.
  private static func firsts(_ names: [String]) -> [String: Int] {
    Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  subscript(property: String) -> PropertyValue? {
    indexOfProperty(property).map { properties[$0].value }
  }

  /// Changes a property, or adds it at the end.
  func set(_ property: Property) {
    if let index = indexOfProperty(property.name) {
      properties[index].value = property.value
    } else {
      propertyIndex?[property.name] = properties.count
      properties.append(property)
    }
  }

  /// Changes the cell at an offset of a property; false, and nothing done, when that is not there.
  func patch(_ property: String, at offset: Int, _ change: (UInt32) -> UInt32) -> Bool {
    guard let index = indexOfProperty(property) else { return false }
    return properties[index].value.patch(at: offset, change)
  }

  var phandle: UInt32? { Node.phandle { self[$0] } }

  // MARK: children

  /// The child of a name, or nil when the name with its unit address is no child's.
  func child(exactly name: String) -> IndexedNode? {
    if childIndex == nil { childIndex = Self.firsts(children.map(\.name)) }
    return childIndex?[name].map { children[$0] }
  }

  /// The child that a component of a path means.
  func child(named name: Substring) -> IndexedNode? {
    if let exact = child(exactly: String(name)) { return exact }
    if shortNames == nil {
      shortNames = [:]
      for index in children.indices { addShortNames(of: index) }
    }
    return NodeName(name).key.flatMap { shortNames?[$0] }.map { children[$0] }
  }

  private func addShortNames(of index: Int) {
    for key in NodeName(children[index].name[...]).shortNames where shortNames?[key] == nil {
      shortNames?[key] = index
    }
  }

  /// Adds a child with what is below it; nil when the tree would be too deep or a path too long.
  func add(_ node: Node) -> IndexedNode? {
    let child = IndexedNode(node, parent: self)
    guard child.isReadable else { return nil }
    // Without an index yet there is nothing to add to.
    if childIndex?[child.name] == nil { childIndex?[child.name] = children.count }
    children.append(child)
    if shortNames != nil { addShortNames(of: children.count - 1) }
    return child
  }

  /// Whether ``DeviceTree/init(blob:)`` would read the node at this depth, and those below.
  private var isReadable: Bool {
    depth < DeviceTree.deepestNesting && pathLength <= DeviceTree.longestPath
      && children.allSatisfy(\.isReadable)
  }

  /// Visits the node and those below, parents before children.
  func forEach<Failure: Error>(_ visit: (IndexedNode) throws(Failure) -> Void) throws(Failure) {
    try visit(self)
    for child in children { try child.forEach(visit) }
  }

  /// The node a path leads to from this root, found as in ``DeviceTree/position(of:)``.
  package func node(at path: some StringProtocol) -> IndexedNode? {
    let aliases = child(exactly: "aliases")
    let components = DeviceTree.components(of: Substring(path)) { aliases?[$0]?.string }
    guard let components else { return nil }
    var node = self
    for component in components {
      guard let child = node.child(named: component) else { return nil }
      node = child
    }
    return node
  }
}
