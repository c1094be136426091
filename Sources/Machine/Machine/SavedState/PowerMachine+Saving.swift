internal import Devices
internal import GuestMemory
internal import Hypervisor
public import MigrationCompatibility
internal import OpenFirmware
internal import PowerCPU
public import PowerISA
public import SavedState

extension StateSection {
  /// Sizes of the hash page tables.
  static let tableSizes = StateSection("hptsize")
  /// Pages of the hash page table in use; the instance is the mebibyte.
  static let hashPageTable = StateSection("hpt")
  /// Pages of a hash page table that the guest has had prepared.
  static let preparedHashPageTable = StateSection("hptnew")
  /// Pages of memory.
  package static let memory = StateSection("mem")
  /// The time of a deterministic machine.
  static let deterministicClock = StateSection("clock")
  /// The source of random numbers.
  static let randomNumbers = StateSection("rng")
  /// The timebase.
  static let time = StateSection("time")
  /// Input of the console that the first terminal had no room for.
  static let console = StateSection("console")

  /// The firmware of a machine that has started no program from a disk yet.
  static let boot = StateSection("boot")

  /// Every section of a machine, in their order.
  package static let all: [StateSection] =
    head + [
      tableSizes, hashPageTable, preparedHashPageTable, memory, deterministicClock, randomNumbers,
      time, processor, partition, interruptSources, virtualAdapters, platformEvents,
      realTimeClock, nvram, watchdogTimers, virtualProcessor, interruptPresentation, terminal,
      virtualSCSI, logicalLAN, virtualTPM, rtas, pciBridge, translationEntries, pciFunction,
      virtIODevice, blockDevice, balloon, ports, scsiHost, networkCard, nvme, share, console,
      firmware, boot,
    ]
}

/// A machine as a stream.
///
/// First comes what decides whether another machine can continue the guest (``StateHead``,
/// ``MachineVersion``); then the sizes of the hash page tables, and the tables and memory in pieces,
/// all of which may come again, the last being the ones that count; then all else, each part in a
/// section of its own.
extension PowerMachine {
  /// The active compatibility level.
  public var activeLevel: CompatibilityLevel? { slots[0].engine.activeCompatibilityLevel }

  /// The part of the state by which another machine decides whether it can continue the guest.
  public var head: StateHead {
    StateHead(
      description: description, isDeterministic: configuration.isDeterministic,
      level: activeLevel, capabilities: advertisedCapabilities)
  }

  /// Writes the whole state, between two calls of ``run()``.
  /// - Parameters:
  ///   - version: the version of the program that is to read it.
  ///   - withMemory: whether the guest's memory is part of it; without, who restores it brings the
  ///     memory in another way (`GuestMemory.replace(byFile:)`).
  ///   - sink: receives the bytes, piece by piece.
  public func save(
    version: MachineVersion = .newest, withMemory: Bool = true,
    to sink: @escaping StateWriter.Sink
  ) throws(StateError) {
    finishDeviceWork()
    var writer = try StateWriter(for: version, to: sink)
    try saveBeginning(to: &writer, version: version)
    for storage in storage where withMemory || storage.section.key != StateSection.memory.key {
      for piece in 0..<storage.count { try storage.save(piece: piece, to: &writer) }
    }
    try saveRest(to: &writer)
    try writer.finish()
  }

  /// Writes the description that another machine must match, up to the table sizes.
  package func saveBeginning(
    to writer: inout StateWriter, version: MachineVersion = .newest
  ) throws(StateError) {
    guard configuration.storage.values.allSatisfy(\.isLasting) else {
      throw StateError(
        .value("a disk's changes are forgotten at the end, so that no guest can continue with it"),
        in: StateSection.blockDevice.key, at: writer.offset)
    }
    try head.write(to: &writer, version: version)
    try saveTableSizes(to: &writer)
  }

  /// Writes the sizes of the tables whose pieces follow.
  package func saveTableSizes(to writer: inout StateWriter) throws(StateError) {
    try writer.section(.tableSizes) { coder throws(StateError) in
      try codeTableSizes(&coder)
    }
  }

  /// Writes everything but storage, while no processor runs, after ``finishDeviceWork()``.
  package func saveRest(to writer: inout StateWriter) throws(StateError) {
    try codeProcessors(&writer)
    try codePlatform(&writer)
    if let firmware {
      try writer.section(.firmware) { coder throws(StateError) in try firmware.code(&coder) }
    }
    if bootStage != nil {
      try writer.section(.boot) { coder throws(StateError) in try codeBoot(&coder) }
    }
  }

  // MARK: parts

  /// A restored firmware begins again, with what a restart would begin with.
  func codeBoot(_ coder: inout FieldCoder) throws(StateError) {
    var devices = remainingBootDevices ?? []
    try coder.list("devices", &devices, initial: "") { device, coder throws(StateError) in
      try coder.field("dev", &device)
    }
    guard coder.isReading else { return }
    remainingBootDevices = devices.isEmpty ? nil : devices
    bootStage = .starting
  }

  /// Time and the processors. Time continues where it stood: what the host's clock did meanwhile is not
  /// seen.
  func codeProcessors(_ sections: inout some SectionCoder) throws(StateError) {
    if case .deterministic(let clock) = clock {
      try sections.section(.deterministicClock) { coder throws(StateError) in
        try coder.field("ns", clock.now) { nanoseconds throws(InvalidValue) in
          guard nanoseconds <= DeterministicClock.end else {
            throw InvalidValue("no clock runs for so long")
          }
          clock.set(nanoseconds: nanoseconds)
        }
      }
    }
    try sections.section(.randomNumbers) { coder throws(StateError) in
      try coder.field("state", randomNumbers.state) { randomNumbers.state = $0 }
    }
    try sections.section(.time) { coder throws(StateError) in
      try coder.field("tb", slots[0].engine.timebase) { timebase in
        let now = slots[0].engine.timebase &- slots[0].engine.timebaseOffset
        for slot in slots { slot.engine.timebaseOffset = timebase &- now }
      }
    }
    for (number, slot) in slots.enumerated() {
      try sections.section(.processor, instance: UInt32(number)) { coder throws(StateError) in
        try slot.engine.code(&coder)
        try coder.field("run", slot.control.isRunnable) { isRunnable in
          if isRunnable { slot.control.resume() } else { slot.control.suspend() }
        }
      }
    }
  }

  /// The hypervisor and the devices.
  func codePlatform(_ sections: inout some SectionCoder) throws(StateError) {
    try partition.code(&sections)
    try codeDevices(&sections)
    try sections.section(.console) { coder throws(StateError) in
      try coder.field("input", &waitingInput)
    }
  }

  func codeTableSizes(_ coder: inout FieldCoder) throws(StateError) {
    let tables = [partition.hashPageTable, partition.preparedHashPageTable]
    try coder.field("log2", tables.map { UInt8($0?.sizeLog2 ?? 0) }) {
      sizes throws(InvalidValue) in
      guard sizes.count == 2 else { throw InvalidValue("not two tables") }
      try restoreTables(sizes.map { Int($0) })
    }
  }

  private func restoreTables(_ sizes: [Int]) throws(InvalidValue) {
    func table(_ size: Int) throws(InvalidValue) -> HashPageTable? {
      guard size > 0 else { return nil }
      guard size <= partition.largestHashPageTable, let table = HashPageTable(sizeLog2: size) else {
        throw InvalidValue("no hash page table of 2^\(size) bytes can be had")
      }
      return table
    }
    let (current, prepared) = (try table(sizes[0]), try table(sizes[1]))
    if let current { partition.useHashPageTable(current) }
    partition.preparedHashPageTable = prepared
  }

  /// The large parts: memory and the tables outside it.
  package var storage: [StoragePieces] {
    let tables = [partition.hashPageTable, partition.preparedHashPageTable].enumerated()
    return tables.compactMap { index, table in
      table.map {
        StoragePieces(
          index == 0 ? .hashPageTable : .preparedHashPageTable,
          name: index == 0 ? "hash page table" : "prepared hash page table",
          storage: UnsafeMutableRawBufferPointer(start: $0.entries, count: 1 << $0.sizeLog2),
          owner: $0)
      }
    } + [
      StoragePieces(
        .memory, name: "memory",
        storage: UnsafeMutableRawBufferPointer(start: memory.base, count: Int(memory.size)),
        owner: memory)
    ]
  }
}
