/// A node of device tree source while it is read: its properties may still refer to other nodes.
final class SourceNode {
  let name: String
  /// The root has none. It owns all nodes below it.
  private unowned let parent: SourceNode?
  /// The number of nodes above, and the length of the path.
  let depth: Int
  let pathLength: Int
  private(set) var labels: [String] = []
  /// nil where one was deleted.
  private(set) var properties: [SourceProperty?] = []
  private(set) var children: [SourceNode?] = []
  private var propertyIndex: [String: Int] = [:]
  private var childIndex: [String: Int] = [:]
  private var isDeleted = false
  /// The pair of braces of the parent that this node stood in last.
  var braces = 0
  /// A phandle of its own, or one that a reference needed.
  var phandle: UInt32?

  init(_ name: String, parent: SourceNode? = nil) {
    self.name = name
    self.parent = parent
    depth = parent.map { $0.depth + 1 } ?? 0
    pathLength = parent.map { $0.pathLength + 1 + name.utf8.count } ?? 0
  }

  var path: String {
    guard let parent else { return "/" }
    return (parent.parent == nil ? "" : parent.path) + "/" + name
  }

  /// Whether the node is still part of the tree.
  var isAttached: Bool { !isDeleted && parent?.isAttached ?? true }

  /// Adds a label; false when the node has it already.
  func add(label: String) -> Bool {
    if labels.contains(label) { return false }
    labels.append(label)
    return true
  }

  subscript(property: String) -> SourceProperty? {
    propertyIndex[property].flatMap { properties[$0] }
  }

  /// Changes a property, or adds it at the end.
  func set(_ property: SourceProperty) {
    if let index = propertyIndex[property.name] {
      properties[index] = property
    } else {
      propertyIndex[property.name] = properties.count
      properties.append(property)
    }
  }

  /// Deletes a property, if there is one of this name.
  func delete(property: String) {
    guard let index = propertyIndex.removeValue(forKey: property) else { return }
    properties[index] = nil
  }

  func child(_ name: some StringProtocol) -> SourceNode? {
    childIndex[String(name)].flatMap { children[$0] }
  }

  func addChild(_ name: String) -> SourceNode {
    let child = SourceNode(name, parent: self)
    childIndex[name] = children.count
    children.append(child)
    return child
  }

  /// Takes the node out of the tree. The root stays.
  func delete() {
    guard let parent, let index = parent.childIndex.removeValue(forKey: name) else { return }
    isDeleted = true
    parent.deleted.append(self)
    parent.children[index] = nil
  }

  /// Nodes that labels may still lead to.
  private var deleted: [SourceNode] = []

  /// Visits the node and those below, parents before children.
  func forEach<Failure: Error>(_ visit: (SourceNode) throws(Failure) -> Void) throws(Failure) {
    try visit(self)
    for case let child? in children { try child.forEach(visit) }
  }
}

/// A property as it is written, and where.
struct SourceProperty {
  let name: String
  let value: PropertySource
  let offset: Int
  /// The pair of braces it stands in.
  let braces: Int
}
