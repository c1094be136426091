package import DeviceTree
internal import Glibc
internal import HostSupport

/// A tree that was read, and what only source has.
package struct InputTree {
  package var tree: DeviceTree
  /// The labels of source; nil for a blob or a folder.
  package var labels: DeviceTree.Labels?
}

extension Files {
  /// The tree in a file: a blob or device tree source, or a folder such as `/proc/device-tree`.
  package static func readTree(_ path: String) throws(CommandError) -> DeviceTree {
    try readTree(path, symbols: false).tree
  }

  /// The same with the labels of source.
  /// - Parameter symbols: whether these go into `__symbols__`, too.
  package static func readTree(
    _ path: String, symbols: Bool
  ) throws(CommandError) -> InputTree {
    if InputFolder.exists(path) { return InputTree(tree: try TreeFolder.tree(in: path)) }
    return try tree(read(path, limit: InputLimit.tree), of: path, symbols: symbols)
  }

  /// The blob in a file as it is, or that of source or a folder.
  package static func readBlob(_ path: String) throws(CommandError) -> [UInt8] {
    let found: DeviceTree
    if InputFolder.exists(path) {
      found = try TreeFolder.tree(in: path)
    } else {
      let bytes = try read(path, limit: InputLimit.tree)
      if !isSource(bytes) { return bytes }
      found = try compile(bytes, of: path).tree
    }
    do throws(DeviceTreeError) { return try found.blob() } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  /// The tree that a blob or device tree source holds.
  /// - Parameter symbols: whether labels of source go into `__symbols__`.
  package static func tree(
    _ bytes: [UInt8], of path: String, symbols: Bool = false
  ) throws(CommandError) -> InputTree {
    if isSource(bytes) { return try compile(bytes, of: path, symbols: symbols) }
    do throws(DeviceTreeError) {
      return InputTree(tree: try DeviceTree(blob: bytes))
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  /// The tree that device tree source describes.
  package static func compile(
    _ text: [UInt8], of path: String, symbols: Bool = false
  ) throws(CommandError) -> InputTree {
    guard text.count <= InputLimit.text else {
      throw CommandError("\(path): source of more than \(InputLimit.text >> 20) MiB")
    }
    // As for dtc, names of files are relative to the source's folder.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    do throws(DeviceTreeSourceError) {
      let (tree, labels) = try DeviceTree.compiled(
        text, symbols: symbols, largest: InputLimit.tree
      ) { name in
        try InputFile(opening: name.hasPrefix("/") ? name : folder + name)
          .contents(limit: InputLimit.tree)
      }
      return InputTree(tree: tree, labels: labels)
    } catch {
      throw CommandError("\(path):\(error)")
    }
  }

  /// Whether bytes are text with the version that device tree source begins with, after comments.
  private static func isSource(_ bytes: [UInt8]) -> Bool {
    let start = bytes.prefix(64 << 10)
    guard !start.contains(0) else { return false }
    return String(decoding: start, as: UTF8.self).contains("/dts-v1/")
  }
}

extension DeviceTree {
  /// The tree as JSON.
  /// - Parameter name: what the tree is called in an error.
  package func jsonText(of name: String) throws(CommandError) -> String {
    do throws(DeviceTreeError) {
      return try json()
    } catch {
      throw CommandError("\(name): \(error)")
    }
  }
}

/// A tree as folders and files, the form in which Linux shows its own: a folder is a node, a file a
/// property. Links are not followed, and everything together is bounded.
private struct TreeFolder {
  /// How many more bytes may be read, names included.
  private var bytesLeft = InputLimit.tree
  /// What a node or property takes besides its bytes.
  private static let overhead = 64

  static func tree(in path: String) throws(CommandError) -> DeviceTree {
    var reader = TreeFolder()
    do throws(InputError) {
      let root = try reader.node("", InputFolder(opening: path), depth: 0, pathLength: 0)
      if root.properties.isEmpty, root.children.isEmpty { throw InputError(path, .emptyFolder) }
      var tree = DeviceTree(root: root)
      tree.bootProcessor = tree.firstProcessor
      return tree
    } catch {
      throw CommandError(error)
    }
  }

  private mutating func node(
    _ name: String, _ folder: InputFolder, depth: Int, pathLength: Int
  ) throws(InputError) -> Node {
    guard depth < DeviceTree.deepestNesting else {
      throw InputError(folder.name, .tooDeep(DeviceTree.deepestNesting))
    }
    guard pathLength <= DeviceTree.longestPath else {
      throw InputError(folder.name, .host(ENAMETOOLONG))
    }
    var node = Node(name)
    for (entry, kind) in try folder.entries(limit: bytesLeft) {
      guard Node.isName(entry.utf8) else { throw InputError(folder.name, .entryName) }
      try spend(Self.overhead + entry.utf8.count, folder)
      switch kind {
      case .file:
        let bytes = try InputFile(entry, in: folder).contents(limit: bytesLeft)
        try spend(bytes.count, folder)
        node.properties.append(Property(entry, .bytes(bytes)))
      case .folder:
        node.children.append(
          try self.node(
            entry, InputFolder(entry, in: folder), depth: depth + 1,
            pathLength: pathLength + 1 + entry.utf8.count))
      }
    }
    return node
  }

  private mutating func spend(_ count: Int, _ folder: InputFolder) throws(InputError) {
    bytesLeft -= count
    if bytesLeft < 0 { throw InputError(folder.name, .tooLarge(limit: InputLimit.tree)) }
  }
}
