public import DeviceTree
internal import PowerISA
public import SavedState

extension StateSection {
  /// The client interface of a guest that has one to call. 2: instances of disks.
  public static let firmware = StateSection("fw", version: 2)
}

/// The state of the firmware that a restored one continues with. Guests may call it until they power off.
extension ClientInterface {
  /// Saves or restores it.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    try codeTree(&coder)
    try coder.group("pkgs") { coder throws(StateError) in try packages.code(&coder) }
    if coder.isReading { packages.read(machineTree) }
    try coder.group("insts") { coder throws(StateError) in try instances.code(&coder) }
    try coder.group("claims") { coder throws(StateError) in try claims.code(&coder) }
    try coder.field("quiet", &isQuiescent)
    try codeProperties(&coder)
    try codeArchitecture(&coder)
  }

  private func codeTree(_ coder: inout FieldCoder) throws(StateError) {
    // The client's properties are bounded, so that the tree can be flattened.
    let blob = coder.isReading ? [] : (try? tree.blob()) ?? []
    try coder.field("tree", blob) { blob throws(InvalidValue) in
      do {
        tree = try DeviceTree(blob: blob)
      } catch {
        throw InvalidValue("not a device tree: \(error)")
      }
      try PackageTable.check(tree)
      machineTree = tree
      // The client may have written any ranges; the machine's own are set after the state was read.
      readMemory()
    }
  }

  /// Sets the machine's own values of the properties that the client has set, after the state was
  /// read: the stream has the client's view of the tree.
  /// - Parameter machine: the machine's tree.
  public func restoreMachineTree(from machine: DeviceTree) {
    for (path, property) in clientProperties {
      let value = machine[path]?[property.name]
      machineTree.update(path) { $0[property.name] = value }
    }
    readMemory()
  }

  private func codeProperties(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("setbytes", clientPropertyBytes) {
      count throws(InvalidValue) in
      guard (0...Self.clientPropertyBytesLimit).contains(count) else {
        throw InvalidValue("a client may set \(Self.clientPropertyBytesLimit) at most")
      }
      clientPropertyBytes = count
    }
    var (bytes, count) = (0, 0)
    try coder.list(
      "set", &clientProperties, initial: ("", Property("", .empty))
    ) { entry, coder throws(StateError) in
      try coder.field("path", &entry.path)
      try coder.field("name", &entry.property.name)
      try coder.field("value", entry.property.value.bytes) { value throws(InvalidValue) in
        entry.property.value = .bytes(value)
        bytes += Self.cost(of: entry.property)
        count += 1
        guard count <= Self.clientPropertyLimit, bytes <= Self.clientPropertyBytesLimit else {
          throw InvalidValue("more than a client may set")
        }
      }
    }
    if coder.isReading { clientPropertyBytes = bytes }
    try coder.list("chosen", &chosenInstances, initial: Property("", .empty)) {
      property, coder throws(StateError) in
      try coder.field("name", &property.name)
      try coder.field("value", &property.value.bytes)
    }
  }

  private func codeArchitecture(_ coder: inout FieldCoder) throws(StateError) {
    try coder.list("vectors", &architectureVectors, initial: []) {
      vector, coder throws(StateError) in try coder.field("bytes", &vector)
    }
    architectureVectors = architectureVectors.suffix(Self.architectureVectorLimit)
    try coder.group("arch", &architecture, initial: .unknown) {
      architecture, coder throws(StateError) in try architecture.code(&coder)
    }
  }
}

extension PackageTable {
  fileprivate mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    var entries = assigned.sorted { $0.value.rawValue < $1.value.rawValue }
      .map { (path: $0.key, handle: $0.value.rawValue) }
    try coder.list("ph", &entries, initial: ("", 0)) { entry, coder throws(StateError) in
      try coder.field("path", &entry.path)
      try coder.field("ph", &entry.handle)
    }
    try coder.field("next", &nextFree)
    guard coder.isReading else { return }
    assigned = Dictionary(
      entries.map { ($0.path, Phandle(rawValue: $0.handle)) }, uniquingKeysWith: { $1 })
  }
}

extension InstanceTable {
  /// More than the size of any device.
  private static let lastPosition = 1 << 62

  fileprivate mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    var entries = instances.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { (handle: $0.key.rawValue, instance: $0.value) }
    let none = Instance(package: Phandle(rawValue: 0), path: "", device: .none)
    try coder.list("ih", &entries, initial: (0, none)) { entry, coder throws(StateError) in
      try coder.field("ih", &entry.handle)
      try coder.field("ph", entry.instance.package.rawValue) { package in
        entry.instance.package = Phandle(rawValue: package)
      }
      try coder.field("path", &entry.instance.path)
      try coder.field("dev", &entry.instance.device)
      try coder.field("pos", entry.instance.position) { position throws(InvalidValue) in
        guard (0...Self.lastPosition).contains(position) else {
          throw InvalidValue("no device has a position \(position)")
        }
        entry.instance.position = position
      }
      let window = entry.instance.window
      var start = window.lowerBound
      try coder.field("start", &start, since: 2, default: 0)
      try coder.field("end", window.upperBound, since: 2, default: 0) {
        end throws(InvalidValue) in
        guard start <= end, end <= UInt64(Self.lastPosition) else {
          throw InvalidValue("no part of a disk ends there")
        }
        entry.instance.window = start..<end
      }
    }
    try coder.field("next", &next)
    guard coder.isReading else { return }
    instances = Dictionary(
      entries.prefix(Self.limit).map { (Ihandle(rawValue: $0.handle), $0.instance) },
      uniquingKeysWith: { $1 })
  }
}

extension MemoryClaims {
  fileprivate mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("mem", claimed.flatMap { [$0.lowerBound, $0.upperBound] }) {
      bounds throws(InvalidValue) in
      // Strictly ascending: no empty, adjoining or overlapping claims.
      guard bounds.count.isMultiple(of: 2), bounds.count <= 2 * Self.limit,
        zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }), bounds.last ?? 0 <= size
      else { throw InvalidValue("not a list of claims") }
      claimed = stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]..<bounds[$0 + 1] }
    }
  }
}

extension NegotiatedArchitecture {
  /// The initial value for reading.
  fileprivate static let unknown = NegotiatedArchitecture(
    level: nil, processorVersion: 0, pcr: [], translation: .hash, interrupts: .xics, options: [],
    maximumProcessors: 1, optionVector5: OptionVector(number: 5, bytes: []))

  fileprivate mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("level", level?.name ?? "") { name throws(InvalidValue) in
      level = CompatibilityLevel(name: name)
      if level == nil, !name.isEmpty { throw InvalidValue("there is no level '\(name)'") }
    }
    try coder.field("pvr", &processorVersion)
    try coder.field("pcr", pcr.rawValue) { pcr = PCR(rawValue: $0) }
    try coder.field("mmu", &translation)
    try coder.field("ic", &interrupts)
    let positions = options.map { [UInt16($0.vector), UInt16($0.byte), UInt16($0.bit)] }
      .sorted { $0.lexicographicallyPrecedes($1) }
    try coder.field("opts", positions.flatMap { $0 }) {
      words throws(InvalidValue) in
      options = []
      for start in stride(from: 0, to: words.count - words.count % 3, by: 3) {
        let position = words[start..<start + 3]
        let known = (OptionBit.processorOptions + OptionBit.platformOptions).first {
          position.elementsEqual([UInt16($0.vector), UInt16($0.byte), UInt16($0.bit)])
        }
        guard let known else { throw InvalidValue("option \(Array(position)) is not known") }
        options.insert(known)
      }
    }
    try coder.field("maxcpus", &maximumProcessors)
    try coder.field("vec5", &optionVector5.bytes)
  }
}
