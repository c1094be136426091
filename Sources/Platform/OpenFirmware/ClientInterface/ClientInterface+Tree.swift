internal import DeviceTree
internal import DiskFormats
internal import NetworkBoot

extension ClientInterface {
  /// The most bytes of all properties that a client has set, names and values.
  static let clientPropertyBytesLimit = 1 << 20
  static let clientPropertyLimit = 4096
  /// The most bytes of the name of a client's property; LoPAR has names longer than the 31
  /// characters of IEEE 1275.
  private static let longestPropertyName = 255
  /// The most ranges of memory; a machine has one for each NUMA node.
  private static let memoryRangeLimit = 1024

  /// The node of a handle in the client's view.
  func node(_ package: Phandle) -> Node? {
    packages[package].flatMap { tree[$0.position] }
  }

  /// The node of a handle in the machine's tree.
  func machineNode(_ package: Phandle) -> Node? {
    packages[package].flatMap { machineTree[$0.position] }
  }

  /// Changes a node in the client's view and in the machine's tree.
  func change(_ path: String, _ body: (inout Node) -> Void) {
    machineTree.update(path, body)
    tree.update(path, body)
  }

  func package(at path: String) -> Phandle? {
    tree.position(of: path).flatMap { packages[$0] }
  }

  func kind(of package: Phandle) -> PackageKind {
    guard let place = packages[package], let node = machineTree[place.position] else {
      return .other
    }
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
    case "block": return .disk
    case "network": return .network
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
    let isName =
      (1...Self.longestPropertyName).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    guard let place = packages[package], isName else { return false }
    let property = Property(name, .bytes(bytes))
    let known = clientProperties.firstIndex {
      $0.path == place.path && $0.property.name == name
    }
    let total =
      clientPropertyBytes + Self.cost(of: property)
      - (known.map { Self.cost(of: clientProperties[$0].property) } ?? 0)
    guard total <= Self.clientPropertyBytesLimit,
      known != nil || clientProperties.count < Self.clientPropertyLimit
    else { return false }
    if place.path == "/options", !keepVariable(name, bytes) { return false }
    clientPropertyBytes = total
    tree.update(place.position) { $0[name] = property.value }
    if let known {
      clientProperties[known].property = property
    } else {
      clientProperties.append((place.path, property))
    }
    return true
  }

  /// Keeps a configuration variable that the client sets. Those that say how this firmware is have their
  /// value until the next start only, as have values that are no text.
  /// - Returns: false when there is no room for it.
  private func keepVariable(_ name: String, _ bytes: [UInt8]) -> Bool {
    let text = bytes.last == 0 ? bytes.dropLast() : bytes[...]
    let isKept =
      name != "name" && name.utf8.count < 32 && !name.contains("=") && !text.contains(0)
      && !Self.configurationVariables.contains { $0.name == name }
    return !isKept || platform?.setConfigurationVariable(name, to: Array(text)) ?? true
  }

  /// The cost of a client's property, in bytes.
  static func cost(of property: Property) -> Int {
    property.value.bytes.count + property.name.utf8.count + 64
  }

  // MARK: instances

  /// Opens the package that a device specifier names.
  func open(_ specifier: String) -> Ihandle? {
    guard let package = package(at: specifier), let path = packages[package]?.path else {
      return nil
    }
    let device: InstanceDevice =
      switch kind(of: package) {
      case .terminal: .console
      case .nvram: .nvram
      case .disk: .disk
      case .network: .network
      default: .none
      }
    let arguments = specifier.drop { $0 != ":" }
    var instance = InstanceTable.Instance(
      package: package, path: path + arguments, device: device)
    if device == .disk {
      guard let disk = platform?.disk(at: path),
        let place = try? disk.place(of: DeviceArguments(arguments.dropFirst()))
      else { return nil }
      instance.window = place.range
    }
    if device == .network {
      guard platform?.network(at: path) != nil, NetworkArguments(arguments.dropFirst()) != nil
      else { return nil }
    }
    return instances.open(instance)
  }

  /// Opens the instances of `/chosen`: console, memory, MMU, NVRAM, the client's processor.
  func openChosenInstances() {
    let chosen = machineTree["/chosen"]
    let console =
      chosen?["stdout-path"]?.string ?? chosen?["linux,stdout-path"]?.string
      ?? firstPath { $0.baseName == "vty" }
    let processor = firstPath { node in
      node["device_type"]?.string == "cpu" && node["reg"]?.cell == machineTree.bootProcessor
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
      // IEEE 1275 gives every client the two of the console. Linux panics without `stdout`; a null
      // ihandle means that there is no console.
      return ["stdin", "stdout"].contains(name) ? Property(name, .cell(Ihandle.none.rawValue)) : nil
    }
    change("/chosen") { node in
      for property in chosenInstances { node[property.name] = property.value }
    }
  }

  private func firstPath(where isWanted: (Node) -> Bool) -> String? {
    var found: NodePosition?
    machineTree.forEachNode { position, node in
      if found == nil && isWanted(node) { found = position }
    }
    return found.flatMap { machineTree.path(of: $0) }
  }

  // MARK: tree

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

  /// `disk`, `disk1` …, `cdrom` … for the disks in the order of the tree. GRUB finds disks by their
  /// aliases.
  private func diskAliases() -> [(name: String, value: PropertyValue?)] {
    var counts = [false: 0, true: 0]
    var aliases: [(name: String, value: PropertyValue?)] = []
    machineTree.forEachNode { position, node in
      guard node["device_type"]?.string == "block", let path = machineTree.path(of: position) else {
        return
      }
      let isCDROM = node.baseName == "cdrom"
      let count = counts[isCDROM, default: 0]
      counts[isCDROM] = count + 1
      aliases.append((DiskAlias.name(count, isCDROM: isCDROM), .string(path)))
    }
    return aliases
  }

  /// `net`, `net1` … for the network cards in the order of the tree.
  private func networkAliases() -> [(name: String, value: PropertyValue?)] {
    var aliases: [(name: String, value: PropertyValue?)] = []
    machineTree.forEachNode { position, node in
      guard node["device_type"]?.string == "network", let path = machineTree.path(of: position)
      else { return }
      aliases.append((NetworkAlias.name(aliases.count), .string(path)))
    }
    return aliases
  }

  /// The answer of the server that gave the client its addresses.
  func setBootResponse(_ response: [UInt8]) {
    guard !response.isEmpty else { return }
    change("/chosen") { $0["bootp-response"] = .bytes(response) }
  }

  /// Adds the nodes that every Open Firmware has (IEEE 1275 3.5) to the machine's tree, and
  /// initialises the client's view with it.
  func prepareTree() {
    for name in ["chosen", "aliases", "options", "openprom", "packages"]
    where machineTree.root.child(named: name) == nil {
      machineTree.add(Node(name), to: "/")
    }
    let added: [(path: String, properties: [(name: String, value: PropertyValue?)])] = [
      ("/openprom", [("model", .string("papr,1.0")), ("relative-addressing", .empty)]),
      (
        "/options",
        ((platform?.configurationVariables ?? []) + Self.configurationVariables)
          .map { ($0, .string($1)) }
      ),
      (
        "/aliases",
        [
          ("hvterm", firstPath { $0.baseName == "vty" }.map { .string($0) }),
          ("nvram", firstPath { $0["device_type"]?.string == "nvram" }.map { .string($0) }),
        ] + diskAliases() + networkAliases()
      ),
    ]
    for (path, properties) in added {
      machineTree.update(path) { node in
        for (name, value) in properties where !node.has(name) { node[name] = value }
      }
    }
    tree = machineTree
    packages.read(machineTree)
    readMemory()
  }

  /// Replaces the tree after a negotiation. Handles stay valid, and the client's properties stay.
  func replaceTree(_ newTree: DeviceTree) {
    let processors = machineTree["/cpus"]?.children ?? []
    machineTree = newTree
    machineTree.update("/cpus") { node in
      // A guest that has moved holds handles of processors under their former names.
      for index in node.children.indices {
        let unit = node.children[index].unitAddress
        if let known = processors.first(where: { $0.unitAddress == unit && unit != nil }) {
          node.children[index].name = known.name
        }
      }
    }
    prepareTree()
    change("/chosen") { node in
      for property in chosenInstances { node[property.name] = property.value }
    }
    for (path, property) in clientProperties {
      tree.update(path) { $0[property.name] = property.value }
    }
    updateAvailable()
  }

  /// Reads the memory ranges of the machine's tree; none when there are more than a machine has.
  func readMemory() {
    memoryNodes = []
    var nodes: [(child: Int, ranges: [Range<UInt64>])] = []
    let root = machineTree.root
    let addressCells = Int(root["#address-cells"]?.cell ?? 2)
    let sizeCells = Int(root["#size-cells"]?.cell ?? 1)
    guard (1...2).contains(addressCells), (1...2).contains(sizeCells) else { return }
    let step = addressCells + sizeCells
    // Ascending and disjoint, as in every machine, so that no free range is listed twice.
    var (count, last) = (0, UInt64(0))
    for index in root.children.indices
    where root.children[index]["device_type"]?.string == "memory" {
      let cells = root.children[index]["reg"]?.cells ?? []
      count += cells.count / step
      guard count <= Self.memoryRangeLimit else { return }
      let number = { (at: Int, count: Int) in
        cells[at..<at + count].reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
      }
      var ranges: [Range<UInt64>] = []
      for at in stride(from: 0, to: cells.count - step + 1, by: step) {
        let start = number(at, addressCells)
        let (end, overflow) = start.addingReportingOverflow(number(at + addressCells, sizeCells))
        guard !overflow, start >= last else { continue }
        ranges.append(start..<end)
        last = end
      }
      nodes.append((index, ranges))
    }
    memoryNodes = nodes
  }

  /// Sets "available" of the memory nodes to the unclaimed memory (IEEE 1275 3.7.6).
  func updateAvailable() {
    let isWide = (
      address: machineTree.root["#address-cells"]?.cell ?? 2 == 2,
      size: machineTree.root["#size-cells"]?.cell ?? 1 == 2
    )
    for (child, ranges) in memoryNodes {
      var value = PropertyValue.empty
      for free in ranges.flatMap({ claims.available(in: $0) }) {
        for (isWide, number) in [
          (isWide.address, free.lowerBound), (isWide.size, free.upperBound - free.lowerBound),
        ] {
          if isWide { value.append(UInt32(truncatingIfNeeded: number >> 32)) }
          value.append(UInt32(truncatingIfNeeded: number))
        }
      }
      let position = NodePosition([child])
      machineTree.update(position) { $0["available"] = value }
      tree.update(position) { $0["available"] = value }
    }
  }
}
