extension DeviceTree {
  /// Reads device tree source, as dtc compiles it: nodes, labels, references, deletions, values, and
  /// memory reservations.
  ///
  /// A node that is referred to by its phandle gets one when it has none, the lowest that is free.
  /// Overlays (`/plugin/`), `/include/`, `/omit-if-no-ref/` and the directives of a C preprocessor are
  /// refused. Time and memory are in proportion to the size of the text and of the files.
  /// - Parameters:
  ///   - text: the source.
  ///   - symbols: whether labels go into a node `__symbols__`, for overlays, as with `dtc -@`.
  ///   - largest: how many bytes all values may have together.
  ///   - read: gives the bytes of a file by its name.
  public init(
    source text: [UInt8], symbols: Bool = false, largest: Int = 64 << 20,
    reading read: (String) throws -> [UInt8]
  ) throws(DeviceTreeSourceError) {
    self = try Self.compiled(text, symbols: symbols, largest: largest, reading: read).tree
  }

  /// Paths of nodes by the labels that source gives them.
  public typealias Labels = [String: String]

  /// The tree of device tree source, as ``init(source:symbols:largest:reading:)`` reads it, and the
  /// labels, which ``value(of:labels:reading:)`` and ``applying(overlay:labels:)`` take.
  public static func compiled(
    _ text: [UInt8], symbols: Bool = false, largest: Int = 64 << 20,
    reading read: (String) throws -> [UInt8]
  ) throws(DeviceTreeSourceError) -> (tree: DeviceTree, labels: Labels) {
    var parser = DeviceTreeSourceParser(text)
    do throws(SourceOffsetError) {
      try parser.parse()
      var resolver = try SourceResolver(
        root: parser.root, labels: parser.labels, largest: largest)
      let root = try resolver.resolved(symbols: symbols, reading: read)
      var tree = DeviceTree(root: root, reservations: parser.reservations)
      tree.bootProcessor = tree.firstProcessor
      return (tree, Self.labels(below: parser.root))
    } catch {
      throw parser.error(error)
    }
  }

  private static func labels(below root: SourceNode) -> Labels {
    var labels: Labels = [:]
    root.forEach { node in
      if node.labels.isEmpty { return }
      // One string for all labels of a node.
      let path = node.path
      for label in node.labels { labels[label] = path }
    }
    return labels
  }

  /// `reg` of the first processor, 0 without one: what dtc takes for the processor that starts.
  package var firstProcessor: UInt32 {
    root.children.first { $0.name == "cpus" }?.children.first?["reg"]?.cell ?? 0
  }
}

/// What is wrong with source, and the byte where that shows.
struct SourceOffsetError: Error {
  let offset: Int
  let reason: DeviceTreeSourceError.Reason
}

/// Gives properties their bytes when the whole text is read.
struct SourceResolver {
  private let root: SourceNode
  private let labels: [String: SourceNode]
  /// How many more bytes values may have.
  private var bytesLeft: Int
  private let largest: Int
  private var free = FreePhandles()
  /// The property whose references are followed.
  private var offset = 0

  init(
    root: SourceNode, labels: [String: SourceNode], largest: Int
  ) throws(SourceOffsetError) {
    (self.root, self.labels, self.largest, bytesLeft) = (root, labels, largest, largest)
    var free = free
    try root.forEach { node throws(SourceOffsetError) in
      phandles: for name in Node.phandleNames.prefix(2) {
        guard let property = node[name] else { continue }
        // A value with references in it is a phandle only once they are resolved.
        var bytes: [UInt8] = []
        for part in property.value.parts {
          guard case .bytes(let more) = part else { continue phandles }
          bytes += more
        }
        guard let phandle = PropertyValue(bytes).cell else {
          throw SourceOffsetError(offset: property.offset, reason: .phandleLength(bytes.count))
        }
        if node.phandle == phandle { continue }
        guard node.phandle == nil, free.reserve(phandle) else {
          throw SourceOffsetError(offset: property.offset, reason: .duplicatePhandle(phandle))
        }
        node.phandle = phandle
      }
    }
    self.free = free
  }

  /// The tree with all values.
  mutating func resolved(
    symbols: Bool, reading read: (String) throws -> [UInt8]
  ) throws(SourceOffsetError) -> Node {
    // References may give phandles to nodes that come before them.
    var values: [[Property]] = []
    try resolve(root, &values, read)
    if symbols { try addSymbols(&values) }
    var rest = values.makeIterator()
    return Self.node(root, &rest)
  }

  private mutating func resolve(
    _ node: SourceNode, _ values: inout [[Property]], _ read: (String) throws -> [UInt8]
  ) throws(SourceOffsetError) {
    var properties: [Property] = []
    for case let property? in node.properties {
      offset = property.offset
      properties.append(Property(property.name, try value(of: property.value, read)))
    }
    values.append(properties)
    for case let child? in node.children { try resolve(child, &values, read) }
  }

  private static func node(
    _ node: SourceNode, _ values: inout IndexingIterator<[[Property]]>
  ) -> Node {
    var result = Node(node.name, properties: values.next() ?? [])
    if let phandle = node.phandle, !result.has("phandle"), node["linux,phandle"] == nil {
      result.properties.append(Property("phandle", .cell(phandle)))
    }
    for case let child? in node.children { result.children.append(Self.node(child, &values)) }
    return result
  }

  private mutating func value(
    of source: PropertySource, _ read: (String) throws -> [UInt8]
  ) throws(SourceOffsetError) -> PropertyValue {
    var value = PropertyValue.empty
    for part in source.parts {
      let start = value.bytes.count
      switch part {
      case .bytes(let bytes): value.bytes += bytes
      case .phandle(let reference): value.append(try phandle(of: node(of: reference)))
      case .path(let reference): value.append(string: try node(of: reference).path)
      case .file(let name, let offset, let size):
        let file: [UInt8]
        do { file = try read(name) } catch { throw fault(.unreadableFile("\(error)")) }
        guard let bytes = PropertySource.bytes(of: file, offset, size) else {
          throw fault(.fileTooShort(name, size: file.count))
        }
        value.bytes += bytes
      }
      bytesLeft -= value.bytes.count - start
      guard bytesLeft >= 0 else { throw fault(.muchData(limit: largest)) }
    }
    return value
  }

  private func fault(_ reason: DeviceTreeSourceError.Reason) -> SourceOffsetError {
    SourceOffsetError(offset: offset, reason: reason)
  }

  private func node(of reference: PropertySource.Reference) throws(SourceOffsetError) -> SourceNode
  {
    guard let node = reference.node(root, labels) else {
      throw fault(.noSuchNode(reference.text))
    }
    return node
  }

  private mutating func phandle(of node: SourceNode) throws(SourceOffsetError) -> UInt32 {
    if let phandle = node.phandle { return phandle }
    guard let phandle = free.take() else { throw fault(.noPhandleLeft) }
    node.phandle = phandle
    return phandle
  }

  /// Gives nodes with labels a phandle, and lists them.
  private mutating func addSymbols(_ values: inout [[Property]]) throws(SourceOffsetError) {
    var symbols: [Property] = []
    var size = 0
    var labelled: [SourceNode] = []
    root.forEach { if !$0.labels.isEmpty { labelled.append($0) } }
    for node in labelled {
      _ = try phandle(of: node)
      for label in node.labels {
        symbols.append(Property(label, .string(node.path)))
        size += node.pathLength + 1
        guard size <= bytesLeft else { throw fault(.muchData(limit: largest)) }
      }
    }
    guard !symbols.isEmpty, root.child(DeviceTree.symbolsName) == nil else { return }
    _ = root.addChild(DeviceTree.symbolsName)
    values.append(symbols)
  }
}

extension PropertySource.Reference {
  /// The node it means: `label`, `/path` or `label/path`, with whole names.
  func node(_ root: SourceNode, _ labels: [String: SourceNode]) -> SourceNode? {
    var node = root
    var path = text[...]
    if path.first != "/" {
      let label = path.prefix { $0 != "/" }
      guard let start = labels[String(label)], start.isAttached else { return nil }
      node = start
      path = path.dropFirst(label.count)
    }
    for name in path.split(separator: "/") {
      guard let child = node.child(name) else { return nil }
      node = child
    }
    return node
  }
}
