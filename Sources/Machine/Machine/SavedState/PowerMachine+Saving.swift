internal import GuestMemory
internal import Hypervisor
public import MigrationCompatibility
internal import OpenFirmware
internal import PowerCPU
public import PowerISA
public import SavedState

/// A machine as a stream.
///
/// The sections, in this order: `machine`, `compatibility` when a level is active, and
/// `capabilities`, by which another machine decides whether it can continue the guest (``StateHead``,
/// ``MachineVersion``); `hash page tables` with their sizes, and `memory`, `hash page table` and
/// `prepared hash page table` in pieces, all of which may come again, the last being the ones that
/// count; `clock`, `processor` for each, `partition`, and `firmware` if the guest has one to call.
extension PowerMachine {
  /// The active compatibility level.
  public var activeLevel: CompatibilityLevel? { slots[0].engine.activeCompatibilityLevel }

  /// The part of the state by which another machine decides whether it can continue the guest.
  public var head: StateHead {
    StateHead(
      description: description, isDeterministic: configuration.isDeterministic,
      level: activeLevel, capabilities: shownCapabilities)
  }

  /// Writes the whole state, between two calls of ``run()``.
  /// - Parameters:
  ///   - version: the version of the program that is to read it.
  ///   - sink: receives the bytes, piece by piece.
  public func save(
    version: MachineVersion = .newest, to sink: @escaping StateWriter.Sink
  ) throws(StateError) {
    var writer = try StateWriter(to: sink)
    try saveBeginning(to: &writer, version: version)
    for storage in storage {
      for piece in 0..<storage.count { try storage.save(piece: piece, to: &writer) }
    }
    try saveRest(to: &writer)
    try writer.finish()
  }

  /// Writes the description that another machine must match, up to the table sizes.
  package func saveBeginning(
    to writer: inout StateWriter, version: MachineVersion = .newest
  ) throws(StateError) {
    try head.write(to: &writer, version: version)
    try saveTableSizes(to: &writer)
  }

  /// Writes the sizes of the tables whose pieces follow.
  package func saveTableSizes(to writer: inout StateWriter) throws(StateError) {
    try writer.section("hash page tables") { coder throws(StateError) in
      try codeTableSizes(&coder)
    }
  }

  /// Writes everything but storage, while no processor runs.
  package func saveRest(to writer: inout StateWriter) throws(StateError) {
    try writer.section("clock") { coder throws(StateError) in try codeClock(&coder) }
    for (number, slot) in slots.enumerated() {
      try writer.section(
        "processor", instance: UInt32(number), version: slot.engine.stateVersion
      ) { coder throws(StateError) in
        try code(slot, &coder)
      }
    }
    try writer.section("partition", version: partition.stateVersion) { coder throws(StateError) in
      try codePartition(&coder)
    }
    if let firmware {
      try writer.section("firmware") { coder throws(StateError) in try firmware.code(&coder) }
    }
  }

  // MARK: parts

  /// Time continues from its saved value; the time of the host in between is not observed.
  func codeClock(_ coder: inout FieldCoder) throws(StateError) {
    if case .deterministic(let clock) = clock {
      try coder.field("nanoseconds", clock.now) { nanoseconds throws(InvalidValue) in
        guard nanoseconds <= DeterministicClock.end else {
          throw InvalidValue("no clock runs for so long")
        }
        clock.set(nanoseconds: nanoseconds)
      }
    }
    try coder.field("random numbers", randomNumbers.state) { randomNumbers.state = $0 }
    try coder.field("timebase", slots[0].engine.timebase) { timebase in
      let now = slots[0].engine.timebase &- slots[0].engine.timebaseOffset
      for slot in slots { slot.engine.timebaseOffset = timebase &- now }
    }
  }

  func code(_ slot: ProcessorSlot, _ coder: inout FieldCoder) throws(StateError) {
    try slot.engine.code(&coder)
    try coder.field("runnable", slot.control.isRunnable) { isRunnable in
      if isRunnable { slot.control.resume() } else { slot.control.suspend() }
    }
  }

  func codePartition(_ coder: inout FieldCoder) throws(StateError) {
    try partition.code(&coder)
    try coder.field("console input", &waitingInput)
    try coder.group("turn") { coder throws(StateError) in
      try coder.field("processor", turn.processor) { processor throws(InvalidValue) in
        guard (0...slots.count).contains(processor) else {
          throw InvalidValue("there is no processor \(processor)")
        }
        turn.processor = processor
      }
      try coder.field("instructions left", turn.left) { left throws(InvalidValue) in
        // The last instructions of a slice may exceed it.
        guard (-Turn.slice...Turn.slice).contains(left) else {
          throw InvalidValue("a turn has \(Turn.slice) instructions")
        }
        turn.left = left
      }
      try coder.field("somebody ran", &turn.anyRan)
    }
  }

  func codeTableSizes(_ coder: inout FieldCoder) throws(StateError) {
    let tables = [partition.hashPageTable, partition.preparedHashPageTable]
    try coder.field("current and prepared, log2 of bytes", tables.map { UInt8($0?.sizeLog2 ?? 0) })
    { sizes throws(InvalidValue) in
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
          name: index == 0 ? "hash page table" : "prepared hash page table",
          storage: UnsafeMutableRawBufferPointer(start: $0.entries, count: 1 << $0.sizeLog2),
          owner: $0)
      }
    } + [
      StoragePieces(
        name: "memory",
        storage: UnsafeMutableRawBufferPointer(start: memory.base, count: Int(memory.size)),
        owner: memory)
    ]
  }
}
