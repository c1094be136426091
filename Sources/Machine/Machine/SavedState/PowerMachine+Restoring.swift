internal import DeviceTree
internal import Devices
internal import Hypervisor
public import MigrationCompatibility
internal import OpenFirmware
internal import MachineDescription
internal import PlatformTree
internal import PowerCPU
public import SavedState

/// A saved state of which only the head has been read.
public struct SavedMachine {
  /// What the machine must be.
  public let head: StateHead
  var reader: StateReader

  /// Reads the head of a stream.
  public init(from source: @escaping StateReader.Source) throws(StateError) {
    reader = try StateReader(ofMachine: source, known: StateSection.all)
    head = try StateHead(from: &reader)
  }
}

extension PowerMachine {
  /// Gives a machine that has not run the state of another, whose description it has but for the
  /// processor. The processors' turns begin with the first one's. Its disks are claimed at the end.
  public func restore(_ saved: SavedMachine) throws(StateError) {
    var reader = saved.reader
    try restoreStorage(from: &reader)
    try codeProcessors(&reader)
    // The registers came with the PCR of the other processor; ours has its own bits.
    setLevel(saved.head.level)
    try codePlatform(&reader)
    for slot in slots { slot.control.setProcessTable(partition.processTable) }
    advertisedCapabilities = saved.head.capabilities
    if try reader.has(.firmware, true) { try restoreFirmware(from: &reader) }
    if try reader.has(.boot, true) {
      try reader.section(.boot) { coder throws(StateError) in try codeBoot(&coder) }
    }
    try reader.finish()
    connectNetworks()
    do throws(BlockStorageError) { try claimStorage() } catch {
      throw StateError(.value("a disk cannot be had: \(error)"), at: reader.offset)
    }
    for title in reader.leftOut { log("section '\(title)' of the saved state is not known here") }
  }

  private func restoreFirmware(from reader: inout StateReader) throws(StateError) {
    let firmware = makeFirmware(DeviceTree(), loaded: [])
    try reader.section(.firmware) { coder throws(StateError) in try firmware.code(&coder) }
    let tree = try? PlatformTree.build(
      description, served: served, negotiated: firmware.architecture)
    if let tree { firmware.restoreMachineTree(from: tree) }
    self.firmware = firmware
    reportTree(firmware.tree, isNegotiated: false)
    // Streams of older versions lack the capabilities; the guest's tree has them.
    if advertisedCapabilities == nil {
      advertisedCapabilities = MachineCapabilities(advertisedBy: firmware.tree)
    }
    setHomeNodes(firmware.machineTree)
  }

  /// Tables and memory, which come before everything else.
  private func restoreStorage(from reader: inout StateReader) throws(StateError) {
    while let section = try reader.peek() {
      if section.key == StateSection.tableSizes.key {
        try reader.section(.tableSizes) { coder throws(StateError) in try codeTableSizes(&coder) }
        continue
      }
      guard let storage = storage.first(where: { $0.section.key == section.key }) else { return }
      try storage.restore(section)
      _ = try reader.next()
    }
  }
}
