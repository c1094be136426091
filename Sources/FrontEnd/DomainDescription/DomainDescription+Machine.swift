internal import HostSupport
public import MachineDescription
public import PowerISA

extension DomainDescription {
  /// The machine it describes.
  ///
  /// - Parameter host: the processor that is there; nil when any of this package may be.
  public func machine(
    host: ProcessorModel?
  ) throws(DomainError) -> (description: MachineDescription, notes: [Note]) {
    let defaults = MachineDefaults(of: machine)
    // Without KVM a version of the machine has a processor of its own, where none is named.
    let isNamed = accelerator == .kvm || cpu?.mode != nil
    let host = host ?? (isNamed ? nil : defaults.processor)
    let (processor, level) =
      try cpu?.choice(host: host) ?? (host ?? .newest(supporting: nil), nil)
    var notes = notes
    let total = try block(memory, "memory", &notes)
    var description = MachineDescription(
      processor: processor, maximumLevel: level, topology: try topology(), memory: total)
    if let maximumMemory {
      description.maximumMemory = max(try block(maximumMemory, "maxMemory", &notes), total)
    }
    try addCells(to: &description, &notes)
    description.bootArguments = commandLine ?? ""
    description.identity.name = name
    if let uuid { description.identity.uuid = uuid }
    description.allowsHashTableResize =
      features.allowsHashTableResize ?? defaults.allowsHashTableResize
    description.largestHashPageShift =
      features.largestHashPageShift ?? defaults.largestHashPageShift
    description.hasPerformanceMonitor = features.hasPerformanceMonitor
    description.devices.clockSource = clock.source
    try addVirtualDevices(to: &description)
    if terminals.isEmpty {
      notes.append(note("there is no <console>: the guest's output is dropped"))
    }
    return (description, notes)
  }

  private func note(_ text: String) -> Note { Note(line: line, text: "<domain>: \(text)") }

  private func error(_ element: String, _ reason: String) -> DomainError {
    DomainError(kind: .unsupported, file: file, line: line, element: element, reason: reason)
  }

  /// Devices at their addresses; the others where libvirt puts them, each at the next address that
  /// no device has.
  private func addVirtualDevices(
    to description: inout MachineDescription
  ) throws(DomainError) {
    guard terminals.count <= 16 else { throw error("domain/devices", "more than 16 terminals") }
    var taken: Set<UInt32> = []
    for device in terminals + (nvram.map { [$0] } ?? []) {
      guard let unit = device.unitAddress, !taken.insert(unit).inserted else { continue }
      throw DomainError(
        kind: .unsupported, file: file, line: device.line, element: "domain/devices",
        reason: "two devices at spapr-vio address \(unit.hexadecimal())")
    }
    func place(_ device: VirtualDevice, from first: UInt32) -> UInt32 {
      if let unit = device.unitAddress { return unit }
      var unit = first
      while !taken.insert(unit).inserted { unit += 0x1000 }
      return unit
    }
    description.devices.terminals = terminals.map { place($0, from: 0x3000_0000) }
    // QEMU makes NVRAM without being asked.
    description.devices.nvram?.unitAddress =
      nvram.map { place($0, from: 0x3000) } ?? MachineDescription.Devices.firstUnitAddress
  }

  /// libvirt's own topology, where a domain has none: every processor is a socket.
  private func topology() throws(DomainError) -> ProcessorTopology {
    let shape =
      cpu?.topology ?? .init(sockets: maximumProcessors, cores: 1, threads: 1)
    do throws(MachineDescriptionError) {
      return try ProcessorTopology(
        processors: processors, threads: shape.threads, cores: shape.cores,
        sockets: shape.sockets, maximum: maximumProcessors)
    } catch {
      throw self.error("domain/vcpu", error.reason)
    }
  }

  private func addCells(
    to description: inout MachineDescription, _ notes: inout [Note]
  ) throws(DomainError) {
    guard let cells = cpu?.cells, !cells.isEmpty else { return }
    var nodes: [MachineDescription.NUMANode] = []
    var total: UInt64 = 0
    for (number, cell) in cells.enumerated() {
      let memory = try block(cell.memory, "memory of cell \(number)", &notes)
      nodes.append(
        .init(memory: memory, processors: cell.processors, distances: cell.distances))
      total += memory
    }
    description.numaNodes = nodes
    do throws(MachineDescriptionError) {
      try description.validateDistances()
    } catch {
      throw DomainError(
        kind: .unsupported, file: file, line: cells[0].line, element: "domain/cpu/numa/cell",
        reason: error.reason)
    }
    description.memory = total
    description.maximumMemory = max(description.maximumMemory, total)
  }

  /// A size in whole memory blocks: what is not one is rounded up, as libvirt does for pSeries.
  private func block(
    _ bytes: UInt64, _ what: String, _ notes: inout [Note]
  ) throws(DomainError) -> UInt64 {
    let block = MachineDescription.memoryBlock
    // With room for the sum of all cells.
    guard bytes <= MachineDescription.memoryLimit else {
      throw error(
        "domain", "\(what) is more than \(MachineDescription.memoryLimit >> 40) TiB")
    }
    let rounded = (bytes + block - 1) / block * block
    if rounded != bytes {
      notes.append(note("\(what) is rounded up to \(rounded >> 20) MiB"))
    }
    return rounded
  }
}
