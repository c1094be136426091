internal import GuestMemory
internal import Hypervisor
internal import MachineDescription
internal import SavedState

/// The logical units of an adapter, and the commands that wait for their storage.
///
/// All calls come on the machine's thread with the adapter's lock held.
final class SCSITarget: @unchecked Sendable {
  // Safety: the adapter's lock guards what changes.

  /// Gives the answer to a command, with the adapter's lock held.
  typealias Reply = @Sendable (SCSIAnswer) -> Void

  /// Who waits for an operation.
  private struct Initiator: Sendable {
    let unit: UInt8
    let tag: UInt64
    let reply: Reply
  }

  /// By their place among the adapter's targets.
  let units: [UInt8: SCSIUnit]
  /// Memory as the adapter reaches it.
  private let dma: DMASpace
  /// Commands that wait for storage.
  private let tasks: StorageTasks<Initiator>

  /// - Parameters:
  ///   - devices: the units.
  ///   - storage: their storage by place; units without one are left out.
  ///   - dma: memory as the adapter reaches it.
  ///   - work: where storage is waited for.
  init(
    _ devices: [SCSIDevice], _ storage: [UInt8: any BlockStorage], dma: DMASpace,
    work: DeviceWork
  ) {
    var units: [UInt8: SCSIUnit] = [:]
    for device in devices {
      if let storage = storage[device.target] {
        units[device.target] = SCSIUnit(storage, device)
      }
    }
    (self.units, self.dma) = (units, dma)
    tasks = StorageTasks(dma.memory, work)
  }

  /// Commands that have not been answered.
  var waiting: Int { tasks.waiting }

  /// Has a command done.
  /// - Parameters:
  ///   - command: the command.
  ///   - place: that of the unit.
  ///   - tag: what the initiator knows the command by.
  ///   - numbers: what REPORT LUNS lists.
  ///   - lock: runs what follows with the adapter's lock held.
  ///   - reply: gets the answer, once.
  func execute(
    _ command: SCSICommand, on place: UInt8, tag: UInt64, numbers: [UInt64],
    lock: @escaping @Sendable (() -> Void) -> Void, reply: @escaping Reply
  ) {
    guard let unit = units[place] else { return reply(.result(.check(.noUnit))) }
    switch unit.begin(command, dma, numbers: numbers) {
    case .answer(let answer): reply(answer)
    case .waits(let operation):
      let initiator = Initiator(unit: place, tag: tag, reply: reply)
      tasks.begin(operation, unit.storage, for: initiator, lock: lock) { failure in
        reply(.result(unit.end(operation, failure)))
      }
    }
  }

  // MARK: task management

  /// Whether a command of a unit waits.
  func waits(unit: UInt8, tag: UInt64? = nil) -> Bool {
    tasks.owners.contains { $0.unit == unit && (tag == nil || $0.tag == tag) }
  }

  /// Ends commands that wait, all of them or those of a unit or a tag. Returns when nothing is being
  /// done any more for them.
  /// - Parameter answer: what they are answered with; nil when no one waits for an answer.
  func end(unit: UInt8? = nil, tag: UInt64? = nil, _ answer: SCSIAnswer?) {
    let ended = tasks.end {
      (unit == nil || $0.unit == unit) && (tag == nil || $0.tag == tag)
    }
    if let answer { for initiator in ended { initiator.reply(answer) } }
  }

  /// Every unit as after power-on, and nothing waits.
  func reset() {
    end(nil)
    for unit in units.values { unit.reset(.powerOn) }
  }

  // MARK: the machine's side

  func claim() throws(BlockStorageError) { try claimable.claim() }
  func release() throws(BlockStorageError) { try claimable.release() }

  private var claimable: [any Claimable] {
    units.sorted { $0.key < $1.key }.map(\.value.storage)
  }

  /// Saves or restores the units, while no command waits.
  func code(_ coder: inout FieldCoder) throws(StateError) {
    var places = units.keys.sorted()
    try coder.list("units", &places, initial: 0) { place, coder throws(StateError) in
      var unit = units[place]
      try coder.field("target", place) { read throws(InvalidValue) in
        guard let found = units[read] else { throw InvalidValue("there is no unit \(read)") }
        (place, unit) = (read, found)
      }
      try unit?.code(&coder)
    }
  }
}
