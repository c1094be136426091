internal import DeviceTree
internal import Hypervisor
public import MigrationCompatibility
internal import OpenFirmware
internal import MachineDescription
internal import PlatformTree
internal import PowerCPU
public import SavedState

/// A saved state of which only the head has been read.
public struct SavedMachine {
  /// The machine and the level that the state was saved with.
  public let head: StateHead
  var reader: StateReader
  /// The section after those that were read; nil after the last.
  var next: StateReader.Section?

  /// Reads the head of a stream.
  public init(from source: @escaping StateReader.Source) throws(StateError) {
    reader = try StateReader(from: source)
    head = try StateHead(from: &reader, next: &next)
  }
}

extension SavedMachine {
  /// The next section, of any kind.
  fileprivate mutating func take(
    expecting name: String, instance: UInt32 = 0
  ) throws(StateError) -> StateReader.Section {
    guard let section = next else {
      throw StateError(.section(expected: name, found: "end"), at: reader.offset)
    }
    next = try reader.next()
    return section
  }

  /// The next section, which must be of the given kind.
  fileprivate mutating func take(
    _ name: String, instance: UInt32 = 0
  ) throws(StateError) -> StateReader.Section {
    guard next?.name == name, next?.instance == instance else {
      throw (next?.error(.section(expected: name, found: next?.title ?? "")))
        ?? StateError(.section(expected: name, found: "end"), at: reader.offset)
    }
    return try take(expecting: name)
  }
}

extension PowerMachine {
  /// Sets the state of a machine that has not run from that of another, which has the same
  /// description apart from the processor.
  public func restore(_ saved: SavedMachine) throws(StateError) {
    var saved = saved
    while saved.next?.name != "clock" { try restoreStorage(saved.take(expecting: "clock")) }
    try saved.take("clock").fields { coder throws(StateError) in try codeClock(&coder) }
    for (number, slot) in slots.enumerated() {
      try saved.take("processor", instance: UInt32(number)).fields(
        known: VirtualProcessor.newestStateVersion
      ) { coder throws(StateError) in
        try code(slot, &coder)
      }
    }
    // The registers arrived with the PCR of the other processor; this one may implement other bits.
    setLevel(saved.head.level)
    try saved.take("partition").fields(known: Partition.newestStateVersion) {
      coder throws(StateError) in try codePartition(&coder)
    }
    for slot in slots { slot.control.setProcessTable(partition.processTable) }
    shownCapabilities = saved.head.capabilities
    guard saved.next != nil else { return }
    let firmware = makeFirmware(DeviceTree(), loaded: [])
    try saved.take("firmware").fields { coder throws(StateError) in try firmware.code(&coder) }
    if let rest = saved.next {
      throw rest.error(.section(expected: "end", found: rest.title))
    }
    let tree = try? PlatformTree.build(
      description, served: served, negotiated: firmware.architecture)
    if let tree { firmware.restoreMachineTree(from: tree) }
    self.firmware = firmware
    tellTree(firmware.tree, isNegotiated: false)
    // Streams of older versions lack the capabilities; the guest's tree has them.
    if shownCapabilities == nil { shownCapabilities = MachineCapabilities(shownBy: firmware.tree) }
    setHomeNodes(firmware.machineTree)
  }

  private func restoreStorage(_ section: StateReader.Section) throws(StateError) {
    if section.name == "hash page tables" {
      return try section.fields { coder throws(StateError) in try codeTableSizes(&coder) }
    }
    guard let storage = storage.first(where: { $0.name == section.name }) else {
      throw section.error(.section(expected: "memory", found: section.title))
    }
    try storage.restore(section)
  }
}
