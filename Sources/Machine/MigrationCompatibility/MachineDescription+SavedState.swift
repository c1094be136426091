public import MachineDescription
internal import PowerISA
public import SavedState

extension MachineDescription {
  /// What restoring begins with.
  public static func placeholder() throws(MachineDescriptionError) -> MachineDescription {
    MachineDescription(topology: try ProcessorTopology(processors: 1))
  }

  /// Saves or restores the description.
  public mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try codeProcessors(&coder)
    try codeMemory(&coder)
    try codeDevices(&coder)
    try codeGuest(&coder)
    try coder.field("flavor", &flavor)
    try codeIdentity(&coder)
  }

  private mutating func codeProcessors(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("processor", processor.name) { name throws(InvalidValue) in
      guard let model = ProcessorModel.named(name) else {
        throw InvalidValue("there is no processor '\(name)'")
      }
      processor = model
    }
    try coder.field("processor version", processor.versions) { versions throws(InvalidValue) in
      guard let first = versions.first, processor.matches(version: first) else {
        throw InvalidValue("not a version of \(processor.name)")
      }
      processor.versions = versions
    }
    try coder.field("maximum level", maximumLevel?.name ?? "") { name throws(InvalidValue) in
      maximumLevel = CompatibilityLevel(name: name)
      if maximumLevel == nil, !name.isEmpty {
        throw InvalidValue("there is no level '\(name)'")
      }
    }
    let shape = [
      topology.processors, topology.threads, topology.cores, topology.sockets, topology.maximum,
    ]
    try coder.field("processors, threads, cores, sockets, maximum", shape) {
      shape throws(InvalidValue) in
      guard shape.count == 5 else { throw InvalidValue("\(shape.count) numbers for five") }
      do {
        topology = try ProcessorTopology(
          processors: shape[0], threads: shape[1], cores: shape[2], sockets: shape[3],
          maximum: shape[4])
      } catch {
        throw InvalidValue("\(error)")
      }
    }
  }

  private mutating func codeMemory(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("memory", &memory)
    try coder.field("maximum memory", &maximumMemory)
    try coder.list("numa nodes", &numaNodes, initial: NUMANode(memory: 0)) {
      node, coder throws(StateError) in
      try coder.field("memory", &node.memory)
      try coder.field("processors", node.processors.flatMap { [$0.lowerBound, $0.upperBound] }) {
        bounds throws(InvalidValue) in
        guard bounds.count.isMultiple(of: 2) else { throw InvalidValue("a range without an end") }
        node.processors = []
        for at in stride(from: 0, to: bounds.count, by: 2) {
          guard bounds[at] <= bounds[at + 1] else { throw InvalidValue("a range that is empty") }
          node.processors.append(bounds[at]...bounds[at + 1])
        }
      }
      var distances = node.distances.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      try coder.field("distances: node, distance", &distances, usually: [])
      guard coder.isReading else { return }
      node.distances = Dictionary(
        stride(from: 0, to: distances.count - 1, by: 2).map { (distances[$0], distances[$0 + 1]) },
        uniquingKeysWith: { $1 })
    }
    try coder.field("radix allowed", &allowsRadix)
    try coder.field("resizing the hash page table allowed", &allowsHashTableResize)
    try coder.field("largest page of hash translation, log2", &largestHashPageShift)
    try coder.field("dynamic memory", &dynamicMemory)
  }

  private mutating func codeDevices(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("terminals", &devices.terminals)
    try coder.group(
      "nvram", &devices.nvram, initial: Devices.NVRAM(unitAddress: 0, size: 0)
    ) { nvram, coder throws(StateError) in
      try coder.field("unit", &nvram.unitAddress)
      try coder.field("size", &nvram.size)
    }
    try coder.field("random numbers", &devices.random)
    try coder.field("clock source", &devices.clockSource, usually: .host)
    try coder.field("performance monitor counts", &hasPerformanceMonitor, usually: true)
    try coder.field("hypercalls of KVM", &hasKVMParavirtual)
  }

  private mutating func codeGuest(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("boot arguments", &bootArguments)
    for (name, path) in [
      ("initrd", \Self.initrd), ("kernel", \Self.kernel),
    ] {
      try coder.group(name, &self[keyPath: path], initial: MemoryRange(address: 0, size: 0)) {
        range, coder throws(StateError) in
        try coder.field("address", &range.address)
        try coder.field("size", &range.size)
      }
    }
    try coder.field("kernel is little-endian", &kernelIsLittleEndian)
    try coder.field("entry", &entry)
    try coder.field("rtas address", &rtasAddress, initial: 0)
    try coder.field("random seed", &randomSeed)
  }

  private mutating func codeIdentity(_ coder: inout FieldCoder) throws(StateError) {
    try coder.group("identity") { coder throws(StateError) in
      try coder.field("uuid", &identity.uuid)
      try coder.field("number", &identity.number)
      for (name, path) in [
        ("system id", \Self.identity.systemID), ("name", \Self.identity.name),
        ("model", \Self.identity.model), ("host model", \Self.identity.hostModel),
        ("host serial", \Self.identity.hostSerial),
      ] {
        try coder.field(name, &self[keyPath: path], initial: "")
      }
    }
  }
}
