internal import GuestMemory
internal import Hypervisor
internal import Migration
internal import OpenFirmware
internal import PowerCPU
public import PowerISA
public import SavedState

/// A machine as a stream.
///
/// The sections, in this order: `machine`, and `compatibility` when a level is in force, by which
/// another machine knows whether it can go on with the guest; `hash page tables` with their sizes,
/// and `memory`, `hash page table` and `prepared hash page table` in pieces, all of which may come
/// again, the last being the ones that count; `clock`, `processor` for each, `partition`, and
/// `firmware` if the guest has one to call.
extension PowerMachine {
  /// The level the guest runs at now.
  public var levelInForce: CompatibilityLevel? { slots[0].engine.compatibilityInForce }

  /// Writes the whole state, between two calls of ``run()``.
  public func save(to sink: @escaping StateWriter.Sink) throws(StateError) {
    var writer = try StateWriter(to: sink)
    try saveBeginning(to: &writer)
    for storage in storage {
      for piece in 0..<storage.count { try storage.save(piece: piece, to: &writer) }
    }
    try saveRest(to: &writer)
    try writer.finish()
  }

  /// Writes what another machine must be for the guest, up to the table sizes.
  package func saveBeginning(to writer: inout StateWriter) throws(StateError) {
    var description = description
    var isDeterministic = configuration.isDeterministic
    try writer.section("machine") { coder throws(StateError) in
      try coder.field("deterministic", &isDeterministic)
      try description.code(&coder)
    }
    if let level = levelInForce {
      var name = level.name
      var version = level.logicalPVR
      try writer.section("compatibility") { coder throws(StateError) in
        try coder.field("level", &name)
        try coder.field("logical PVR", &version)
      }
    }
    try saveTableSizes(to: &writer)
  }

  /// Writes the sizes of the tables that the pieces after this are of.
  package func saveTableSizes(to writer: inout StateWriter) throws(StateError) {
    try writer.section("hash page tables") { coder throws(StateError) in
      try codeTableSizes(&coder)
    }
  }

  /// Writes everything but storage, while no processor runs.
  package func saveRest(to writer: inout StateWriter) throws(StateError) {
    try writer.section("clock") { coder throws(StateError) in try codeClock(&coder) }
    for (number, slot) in slots.enumerated() {
      try writer.section("processor", instance: UInt32(number)) { coder throws(StateError) in
        try code(slot, &coder)
      }
    }
    try writer.section("partition") { coder throws(StateError) in try codePartition(&coder) }
    if let firmware {
      try writer.section("firmware") { coder throws(StateError) in try firmware.code(&coder) }
    }
  }

  // MARK: parts

  /// Time goes on where it stood: what the host's clock did meanwhile is not seen.
  func codeClock(_ coder: inout FieldCoder) throws(StateError) {
    if case .deterministic(let clock) = clock {
      try coder.field("nanoseconds", clock.now) { clock.set(nanoseconds: $0) }
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
      try coder.field("instructions left", &turn.left)
      try coder.field("somebody ran", &turn.somebodyRan)
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

  /// What is large: memory and the tables outside it.
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
