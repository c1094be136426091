internal import DeviceTree

extension ClientInterface {
  /// How much a client may set in all: bytes and properties.
  static let clientPropertyBytesLimit = 16 << 20
  private static let clientPropertyLimit = 4096

  func node(_ package: Phandle) -> Node? {
    packages[package].flatMap { tree[$0.position] }
  }

  func package(at path: String) -> Phandle? {
    tree.position(of: path).flatMap { packages[$0] }
  }

  func kind(of package: Phandle) -> PackageKind {
    guard let place = packages[package], let node = tree[place.position] else { return .other }
    switch place.path {
    case "/": return .root
    case "/rtas": return .rtas
    default: break
    }
    switch node["device_type"]?.string {
    case "memory": return .memory
    case "cpu": return .processor
    case "serial" where node.baseName == "vty": return .terminal
    case "nvram": return .nvram
    default: return .other
    }
  }

  // MARK: properties

  func property(_ name: String, of package: Phandle) -> [UInt8]? {
    guard let node = node(package) else { return nil }
    if let value = node[name] { return value.bytes }
    return name == "name" ? PropertyValue.string(node.baseName).bytes : nil
  }

  func setProperty(_ name: String, of package: Phandle, to bytes: [UInt8]) -> Bool {
    let cost = bytes.count + name.utf8.count + 64
    let isName = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    guard let place = packages[package], isName,
      clientPropertyBytes + cost <= Self.clientPropertyBytesLimit,
      clientProperties.count < Self.clientPropertyLimit
    else { return false }
    clientPropertyBytes += cost
    let property = Property(name, .bytes(bytes))
    tree.update(place.position) { $0[name] = property.value }
    if let known = clientProperties.firstIndex(where: {
      $0.path == place.path && $0.property.name == name
    }) {
      clientProperties[known].property = property
    } else {
      clientProperties.append((place.path, property))
    }
    return true
  }

  // MARK: instances

  /// Opens the package a device specifier names.
  func open(_ specifier: String) -> Ihandle? {
    guard let package = package(at: specifier), let path = packages[package]?.path else {
      return nil
    }
    let device: InstanceDevice =
      switch kind(of: package) {
      case .terminal: .console
      case .nvram: .nvram
      default: .none
      }
    let arguments = specifier.drop { $0 != ":" }
    return instances.open(
      InstanceTable.Instance(package: package, path: path + arguments, device: device))
  }

  /// Opens what a client finds open in `/chosen`: console, memory, MMU, NVRAM, its processor.
  func openChosenInstances() {
    let chosen = tree["/chosen"]
    let console =
      chosen?["stdout-path"]?.string ?? chosen?["linux,stdout-path"]?.string
      ?? firstPath { $0.baseName == "vty" }
    let processor = firstPath { node in
      node["device_type"]?.string == "cpu" && node["reg"]?.cell == tree.bootProcessor
    }
    let wanted: [(String, String?)] = [
      ("stdin", console),
      ("stdout", console),
      ("memory", firstPath { $0["device_type"]?.string == "memory" }),
      ("mmu", processor),
      ("cpu", processor),
      ("nvram", firstPath { $0["device_type"]?.string == "nvram" }),
    ]
    chosenInstances = wanted.compactMap { name, path in
      if let path, let handle = open(path) { return Property(name, .cell(handle.rawValue)) }
      // IEEE 1275 gives every client the two of the console. Linux panics without `stdout`; of a
      // null ihandle it and others know that nothing is there.
      return ["stdin", "stdout"].contains(name) ? Property(name, .cell(Ihandle.none.rawValue)) : nil
    }
    tree.update("/chosen") { node in
      for property in chosenInstances { node[property.name] = property.value }
    }
  }

  private func firstPath(where isWanted: (Node) -> Bool) -> String? {
    var found: NodePosition?
    tree.forEachNode { position, node in
      if found == nil && isWanted(node) { found = position }
    }
    return found.flatMap { tree.path(of: $0) }
  }

  // MARK: the tree itself

  /// Configuration variables of the PA binding: this firmware runs big-endian, in real mode.
  private static let configurationVariables: [(name: String, value: String)] = [
    ("little-endian?", "false"),
    ("real-mode?", "true"),
    ("real-base", "\(ClientProgramEntry.reserved.lowerBound)"),
    ("real-size", "\(ClientProgramEntry.reserved.upperBound)"),
    ("virt-base", "-1"),
    ("virt-size", "-1"),
    ("load-base", "4194304"),
  ]

  /// Nodes that every Open Firmware has (IEEE 1275 3.5), added to the platform's.
  func prepareTree() {
    for name in ["chosen", "aliases", "options", "openprom", "packages"]
    where tree.root.child(named: name) == nil {
      tree.add(Node(name), to: "/")
    }
    let added: [(path: String, properties: [(name: String, value: PropertyValue?)])] = [
      ("/openprom", [("model", .string("papr,1.0")), ("relative-addressing", .empty)]),
      ("/options", Self.configurationVariables.map { ($0, .string($1)) }),
      (
        "/aliases",
        [
          ("hvterm", firstPath { $0.baseName == "vty" }.map { .string($0) }),
          ("nvram", firstPath { $0["device_type"]?.string == "nvram" }.map { .string($0) }),
        ]
      ),
    ]
    for (path, properties) in added {
      tree.update(path) { node in
        for (name, value) in properties where !node.has(name) { node[name] = value }
      }
    }
    packages.read(tree)
  }

  /// Takes the tree of the negotiated machine. Handles stay valid; what the client has set stays.
  func replaceTree(_ newTree: DeviceTree) {
    let processors = tree["/cpus"]?.children ?? []
    tree = newTree
    tree.update("/cpus") { node in
      // A guest that has moved holds handles of processors by the names they had.
      for index in node.children.indices {
        let unit = node.children[index].unitAddress
        if let known = processors.first(where: { $0.unitAddress == unit && unit != nil }) {
          node.children[index].name = known.name
        }
      }
    }
    prepareTree()
    tree.update("/chosen") { node in
      for property in chosenInstances { node[property.name] = property.value }
    }
    for (path, property) in clientProperties {
      tree.update(path) { $0[property.name] = property.value }
    }
    updateAvailable()
  }

  /// Keeps "available" of the memory nodes at what is not claimed (IEEE 1275 3.7.6).
  func updateAvailable() {
    let addressCells = Int(tree.root["#address-cells"]?.cell ?? 2)
    let sizeCells = Int(tree.root["#size-cells"]?.cell ?? 1)
    guard (1...2).contains(addressCells), (1...2).contains(sizeCells) else { return }
    for index in tree.root.children.indices
    where tree.root.children[index]["device_type"]?.string == "memory" {
      guard let cells = tree.root.children[index]["reg"]?.cells else { continue }
      let number = { (at: Int, count: Int) in
        cells[at..<at + count].reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
      }
      var value = PropertyValue.empty
      let step = addressCells + sizeCells
      for at in stride(from: 0, to: cells.count - step + 1, by: step) {
        let start = number(at, addressCells)
        let (end, overflow) = start.addingReportingOverflow(number(at + addressCells, sizeCells))
        guard !overflow else { continue }
        for free in claims.available(in: start..<end) {
          for (count, number) in [
            (addressCells, free.lowerBound), (sizeCells, free.upperBound - free.lowerBound),
          ] {
            if count == 2 { value.append(UInt32(truncatingIfNeeded: number >> 32)) }
            value.append(UInt32(truncatingIfNeeded: number))
          }
        }
      }
      tree.root.children[index]["available"] = value
    }
  }
}
