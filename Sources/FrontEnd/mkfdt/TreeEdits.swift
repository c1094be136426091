internal import ArgumentParser
internal import DeviceTree
internal import Glibc
internal import HostSupport
internal import MachineOptions

/// Changes of a tree, made in the order of these options, whatever their order on the command line.
struct TreeEdits: ParsableArguments {
  @Option(
    name: .customLong("overlay"),
    help: ArgumentHelp("Merge an overlay blob; may be repeated.", valueName: "file"))
  var overlays: [String] = []

  @Option(
    name: .customLong("delete"),
    help: ArgumentHelp(
      "Delete a node with its children, or a property; may be repeated.",
      valueName: "path[:property]"))
  var deletions: [String] = []

  @Option(
    name: .customLong("create"),
    help: ArgumentHelp("Create a node below an existing one; may be repeated.", valueName: "path"))
  var creations: [String] = []

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a property; may be repeated.", valueName: "/path/property=value"),
    transform: PropertyEdit.init(argument:))
  var settings: [PropertyEdit] = []

  /// - Parameter labels: labels of source, which values and overlays may name.
  func apply(to tree: inout DeviceTree, labels: DeviceTree.Labels = [:]) throws {
    for path in overlays { tree = try merged(tree, path, labels) }
    for path in deletions { try delete(path, in: &tree) }
    for path in creations { try create(path, in: &tree) }
    for edit in settings { try edit.apply(to: &tree, labels, option: "--set") }
  }

  private func merged(
    _ tree: DeviceTree, _ path: String, _ labels: DeviceTree.Labels
  ) throws(CommandError) -> DeviceTree {
    let overlay = try Files.readBlob(path)
    do throws(DeviceTreeError) {
      return try tree.applying(overlay: overlay, labels: labels)
    } catch {
      throw CommandError("--overlay \(path): \(error)")
    }
  }

  private func delete(_ path: String, in tree: inout DeviceTree) throws(CommandError) {
    if !path.contains(":"), let position = tree.position(of: path) {
      guard position != .root else { throw CommandError("--delete: the root cannot be deleted") }
      tree.remove(path)
      return
    }
    guard let place = PropertyPlace(path), tree[place.path]?.has(place.property) == true else {
      throw CommandError("--delete: there is no node or property \(path)")
    }
    tree.update(place.path) { $0[place.property] = nil }
  }

  private func create(_ path: String, in tree: inout DeviceTree) throws(CommandError) {
    guard path.first == "/", let end = path.lastIndex(of: "/") else {
      throw .usage("--create: '\(path)' is not /path/node")
    }
    let name = String(path[path.index(after: end)...])
    guard !name.isEmpty, name.utf8.count <= DeviceTree.longestName,
      Node.isName(name.utf8), !name.contains(":")
    else {
      throw .usage(
        "--create: '\(name)' is no node's name, which is \(DeviceTree.longestName) printable "
          + "characters at most, and no colon")
    }
    let above = end == path.startIndex ? "/" : String(path[..<end])
    guard let position = tree.position(of: above), let parent = tree[position] else {
      throw CommandError("--create: there is no node \(above)")
    }
    guard !parent.children.contains(where: { $0.name == name }) else {
      throw CommandError("--create: there is a node \(path) already")
    }
    let parentLength = tree.path(of: position)?.utf8.count ?? 0
    guard position.indices.count < DeviceTree.deepestNesting - 1,
      parentLength + 1 + name.utf8.count <= DeviceTree.longestPath
    else {
      throw CommandError(
        "--create: \(path) is nested more than \(DeviceTree.deepestNesting) deep or has more than "
          + "\(DeviceTree.longestPath) bytes")
    }
    tree.update(position) { $0.children.append(Node(name)) }
  }
}

/// A change that follows those of ``TreeEdits``; mkfdt build has another `--append`.
struct TreeAdditions: ParsableArguments {
  @Option(
    name: .customLong("append"),
    help: ArgumentHelp(
      "Append to a property, or create it; may be repeated.",
      valueName: "/path/property=value"),
    transform: PropertyEdit.init(argument:))
  var additions: [PropertyEdit] = []

  func apply(to tree: inout DeviceTree, labels: DeviceTree.Labels) throws {
    for edit in additions { try edit.apply(to: &tree, labels, option: "--append", appends: true) }
  }
}

/// What a tree is written as, and where.
struct TreeOutput: ParsableArguments {
  @Option(help: "The output format.")
  var format = OutputFormat.dtb

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The output file. Default: standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Write a blob even to a terminal.")
  var force = false

  @Flag(
    help: """
      Add __symbols__ with labels for overlays: those of source or, without any, each node's name \
      with _ for characters that a label cannot have, where it is unique.
      """)
  var symbols = false

  @Option(
    help: ArgumentHelp("Free space at the end of the blob, in bytes.", valueName: "size"))
  var pad: ByteCount?

  @Option(
    help: ArgumentHelp(
      "Make the blob's size, with --pad, a multiple of this power of two.", valueName: "size"))
  var align: ByteCount?

  func validate() throws {
    for (name, value) in [("--pad", pad), ("--align", align)] where value != nil {
      if format != .dtb { throw ValidationError("\(name) is for --format dtb") }
    }
    if let pad, pad.bytes > UInt64(Int32.max) {
      throw ValidationError("--pad: \(pad.bytes) is not in 0 to \(Int32.max) bytes")
    }
    if let align, align.bytes.nonzeroBitCount != 1 || align.bytes > UInt64(Int32.max) {
      throw ValidationError("--align: \(align.bytes) is not a power of two in 1 to 1 GiB")
    }
  }

  /// Writes a tree that was read, with changes.
  func write(_ input: InputTree, _ edits: TreeEdits, _ additions: TreeAdditions) throws {
    var tree = input.tree
    let labels = input.labels ?? [:]
    try edits.apply(to: &tree, labels: labels)
    try additions.apply(to: &tree, labels: labels)
    try write(tree, hasLabels: input.labels != nil)
  }

  /// - Parameter hasLabels: whether `__symbols__` was made of labels already.
  func write(_ tree: DeviceTree, hasLabels: Bool = false) throws {
    var tree = tree
    if symbols, !hasLabels { tree.addSymbols() }
    let bytes: [UInt8]
    switch format {
    case .dts: bytes = Array(tree.sourceText().utf8)
    case .json: bytes = Array(try tree.jsonText(of: "--format json").utf8)
    case .dtb:
      do throws(DeviceTreeError) {
        bytes = try tree.blob(
          padding: Int(pad?.bytes ?? 0), alignment: Int(align?.bytes ?? 1))
      } catch {
        throw CommandError("\(error)")
      }
    }
    if let output, output != "-" {
      try Files.write(bytes, to: output)
    } else if format == .dtb && isatty(STDOUT_FILENO) != 0 && !force {
      throw CommandError.usage(
        "standard output is a terminal: use --output FILE, --format dts, or --force")
    } else {
      try Files.writeToStandardOutput(bytes)
    }
  }
}
