/// A device tree: a root node, the memory it reserves, and the processor that starts.
///
/// The tree is a value. It is read from and written to the flattened format (Devicetree
/// Specification 5), edited in place, compared, merged with overlays and printed.
public struct DeviceTree: Hashable, Sendable {
  /// The root node, whose name is empty.
  public var root: Node
  /// The memory reservation block (Devicetree Specification 5.3), in the order it is written.
  public var reservations: [Reservation]
  /// `reg` of the processor that enters the client.
  public var bootProcessor: UInt32

  /// Memory that the client must not use, from the header's reservation block.
  public struct Reservation: Hashable, Sendable {
    /// The first byte, a real address.
    public var address: UInt64
    /// Bytes.
    public var size: UInt64

    /// A reservation of `size` bytes at `address`.
    public init(address: UInt64, size: UInt64) {
      self.address = address
      self.size = size
    }
  }

  /// A tree; without arguments an empty one that a client enters on processor 0.
  public init(
    root: Node = Node(""), reservations: [Reservation] = [], bootProcessor: UInt32 = 0
  ) {
    self.root = root
    self.reservations = reservations
    self.bootProcessor = bootProcessor
  }

  /// The number of nodes, the root included.
  public var nodeCount: Int { root.count }
}

// MARK: Positions

/// Where a node is: the index among its siblings at every depth, from the root down.
///
/// A position stays valid as long as no node is added before it or taken away.
public struct NodePosition: Hashable, Sendable {
  /// Indices among siblings, from a child of the root down; empty for the root.
  public var indices: [Int]

  /// The position that these indices lead to.
  public init(_ indices: [Int] = []) { self.indices = indices }

  /// The root's position.
  public static let root = NodePosition()

  /// The position of the node that holds this one, or nil for the root.
  public var parent: NodePosition? { indices.isEmpty ? nil : NodePosition(indices.dropLast()) }
  /// The position of the child with this index, whether or not there is one.
  public func child(_ index: Int) -> NodePosition { NodePosition(indices + [index]) }
}

extension DeviceTree {
  /// The node at a position, or nil when there is none.
  public subscript(position: NodePosition) -> Node? {
    var node = root
    for index in position.indices {
      guard node.children.indices.contains(index) else { return nil }
      node = node.children[index]
    }
    return node
  }

  /// Changes the node at a position; nil, and nothing done, when there is none.
  @discardableResult
  public mutating func update<Result, Failure: Error>(
    _ position: NodePosition, _ change: (inout Node) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    try Self.update(&root, position.indices[...], change)
  }

  private static func update<Result, Failure: Error>(
    _ node: inout Node, _ indices: ArraySlice<Int>,
    _ change: (inout Node) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let first = indices.first else { return try change(&node) }
    guard node.children.indices.contains(first) else { return nil }
    return try update(&node.children[first], indices.dropFirst(), change)
  }

  /// Visits every node with its position, parents before children.
  public func forEachNode(_ visit: (NodePosition, Node) throws -> Void) rethrows {
    func walk(_ node: Node, _ position: NodePosition) throws {
      try visit(position, node)
      for (index, child) in node.children.enumerated() { try walk(child, position.child(index)) }
    }
    try walk(root, .root)
  }
}

// MARK: Paths

extension DeviceTree {
  /// Where a path leads.
  ///
  /// A component may leave out its unit address or its name; a path that does not start with `/`
  /// starts with an alias; arguments after a `:` are not looked at.
  public func position(of path: some StringProtocol) -> NodePosition? {
    let components = Self.components(of: Substring(path)) {
      root.child(named: "aliases")?[$0]?.string
    }
    guard let components else { return nil }
    var node = root
    var position = NodePosition.root
    for name in components {
      guard let index = node.childIndex(named: name) else { return nil }
      node = node.children[index]
      position.indices.append(index)
    }
    return position
  }

  /// The components of a path from the root on, aliases replaced; nil when it begins with no alias.
  static func components(of path: Substring, alias: (String) -> String?) -> [Substring]? {
    var path = path
    // An alias may start with another alias, but not without an end.
    for _ in 0..<8 where path.first != "/" {
      let name = path.prefix { $0 != "/" && $0 != ":" }
      guard !name.isEmpty, let target = alias(String(name)) else { return nil }
      path = target.prefix { $0 != ":" } + path.dropFirst(name.count)
    }
    guard path.first == "/" else { return nil }
    var components: [Substring] = []
    for part in path.split(separator: "/") {
      let name = part.prefix { $0 != ":" }
      components.append(name)
      if name.count < part.count { break }
    }
    return components
  }

  /// The path of a node, each component with its unit address.
  public func path(of position: NodePosition) -> String? {
    var node = root
    var path = ""
    for index in position.indices {
      guard node.children.indices.contains(index) else { return nil }
      node = node.children[index]
      path += "/" + node.name
    }
    return path.isEmpty ? "/" : path
  }

  /// The node a path leads to, as in ``position(of:)``.
  public subscript(path: String) -> Node? { position(of: path).flatMap { self[$0] } }

  /// Changes the node a path leads to; nil, and nothing done, when there is none.
  @discardableResult
  public mutating func update<Result, Failure: Error>(
    _ path: String, _ change: (inout Node) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let position = position(of: path) else { return nil }
    return try update(position, change)
  }

  /// Adds a node below the one at a path, and returns its position.
  @discardableResult
  public mutating func add(_ node: Node, to path: String) -> NodePosition? {
    guard let position = position(of: path) else { return nil }
    return update(position) { parent in
      parent.children.append(node)
      return position.child(parent.children.count - 1)
    }
  }

  /// Takes the node a path leads to away. The root stays.
  @discardableResult
  public mutating func remove(_ path: String) -> Node? {
    guard let position = position(of: path), let last = position.indices.last,
      let parent = position.parent
    else { return nil }
    return update(parent) { $0.children.remove(at: last) }
  }
}

// MARK: Phandles

extension DeviceTree {
  /// The largest phandle in use; 0 when there is none.
  public var largestPhandle: UInt32 {
    var largest: UInt32 = 0
    // 0 and 0xffffffff are no phandles.
    forEachNode { _, node in
      if let phandle = node.phandle, phandle != .max { largest = max(largest, phandle) }
    }
    return largest
  }

  /// Where the node with a phandle is.
  public func position(ofPhandle phandle: UInt32) -> NodePosition? {
    var found: NodePosition?
    forEachNode { position, node in
      if found == nil && node.phandle == phandle { found = position }
    }
    return found
  }

  /// Gives every node that has none a phandle above those in use, in the order of the tree. Where
  /// numbers run out, gaps are filled.
  public mutating func allocatePhandles(from first: UInt32 = 1) {
    var free = FreePhandles(in: self)
    free.start(at: max(first, largestPhandle &+ 1))
    func number(_ node: inout Node) {
      if node.phandle == nil, let phandle = free.take() { node["phandle"] = .cell(phandle) }
      for index in node.children.indices { number(&node.children[index]) }
    }
    number(&root)
  }
}
