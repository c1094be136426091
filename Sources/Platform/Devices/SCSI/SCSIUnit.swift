internal import GuestMemory
internal import Hypervisor
internal import MachineDescription
internal import SavedState

/// A command with what its handler needs.
struct SCSIRequest {
  let command: SCSICommand
  let dma: DMASpace
  /// Logical unit numbers of the target port, as REPORT LUNS lists them.
  let numbers: [UInt64]

  /// The first bytes of data-out.
  func parameters(_ count: UInt64) throws(SCSIFailure) -> [UInt8] {
    guard count <= command.dataOut.count else { throw .overrun(count) }
    do throws(DMAError) {
      return try dma.read(
        command.dataOut.buffers, from: command.dataOut.offset, count: Int(count))
    } catch { throw .fault }
  }

  /// Where data are in memory.
  func pieces(
    _ data: SCSIData, _ count: UInt64, _ access: DMAAccess
  ) throws(SCSIFailure) -> [DMASpace.Piece] {
    guard count <= data.count else { throw .overrun(count) }
    do throws(DMAError) {
      return try dma.pieces(data.buffers, from: data.offset, count: count, access)
    } catch { throw .fault }
  }

  /// The same as addresses of this process.
  func bytes(_ pieces: [DMASpace.Piece]) -> [HostBytes] { pieces.map { $0.bytes(in: dma.memory) } }
}

/// A logical unit: a disk or a CD-ROM drive with storage as its medium, whatever brings its commands.
///
/// All calls come on the machine's thread with the adapter's lock held.
final class SCSIUnit: @unchecked Sendable {
  // Safety: the adapter's lock guards what changes.

  /// The medium.
  let storage: any BlockStorage
  let device: SCSIDevice
  /// Whether the medium cannot be written.
  let isReadOnly: Bool
  /// Whether writes wait in the host's cache until the initiator flushes.
  var isCaching = true
  /// Conditions of which the initiator is to be informed, the first one first.
  var attentions: [SCSISense] = [.powerOn]
  /// Whether the drive's tray is out.
  var isEjected = false
  /// Whether the initiator has prevented the removal of the medium.
  var isLocked = false
  /// What GET EVENT STATUS NOTIFICATION reports next.
  var event = MediaEvent.none

  /// Media events (MMC-6 6.7).
  enum MediaEvent: UInt8, Sendable {
    case none = 0
    case newMedium = 2
    case removal = 3
  }

  init(_ storage: any BlockStorage, _ device: SCSIDevice) {
    (self.storage, self.device) = (storage, device)
    isReadOnly = device.isReadOnly || device.kind == .cdrom || storage.isReadOnly
  }

  /// Bytes of a block.
  var blockSize: UInt64 { device.kind == .cdrom ? 2048 : 512 }
  /// Blocks of the medium.
  var blocks: UInt64 { storage.size / blockSize }

  private var kind: SCSICommandRow.Kinds { device.kind == .cdrom ? .optical : .disk }

  /// The state after power-on or a reset.
  func reset(_ attention: SCSISense) {
    attentions = [attention]
    (isCaching, isLocked) = (true, false)
  }

  /// What a command's check came to.
  enum Step {
    case answer(SCSIAnswer)
    case waits(StorageOperation)
  }

  /// Checks a command, and does all of it that does not wait for storage.
  func begin(_ command: SCSICommand, _ dma: DMASpace, numbers: [UInt64]) -> Step {
    do throws(SCSIFailure) {
      let request = SCSIRequest(command: command, dma: dma, numbers: numbers)
      let row = try SCSICommandRow.row(command, kind)
      if !row.needs.contains(.nothing), !attentions.isEmpty {
        throw .check(attentions.removeFirst())
      }
      // Automatic contingent allegiance is not offered.
      guard !command.has(4, at: SCSICommand.length(of: command.operation) - 1) else {
        throw .check(.invalidField)
      }
      if row.needs.contains(.medium), isEjected { throw .check(.noMedium) }
      if row.needs.isSuperset(of: .writing), isReadOnly { throw .check(.writeProtected) }
      switch try row.handler(self)(request) {
      case .done: return .answer(.result(SCSIResult()))
      case .data(let bytes, let allocation):
        return .answer(.result(try answer(bytes.prefix(Int(clamping: allocation)), request)))
      case .storage(let operation): return .waits(operation)
      }
    } catch {
      switch error {
      case .check(let sense): return .answer(.result(.check(sense)))
      case .overrun(let count): return .answer(.overrun(count))
      case .fault: return .answer(.fault)
      }
    }
  }

  private func answer(
    _ bytes: ArraySlice<UInt8>, _ request: SCSIRequest
  ) throws(SCSIFailure) -> SCSIResult {
    let data = request.command.dataIn
    guard bytes.count <= data.count else { throw .overrun(UInt64(bytes.count)) }
    do throws(DMAError) {
      try request.dma.write(Array(bytes), to: data.buffers, from: data.offset)
    } catch { throw .fault }
    return SCSIResult(dataIn: UInt64(bytes.count))
  }

  /// How a command that waited for storage ended.
  func end(_ operation: StorageOperation, _ failure: StorageFailure?) -> SCSIResult {
    if let failure { return .check(SCSISense(failure)) }
    return SCSIResult(dataIn: operation.dataIn, dataOut: operation.dataOut)
  }

  /// Saves or restores the unit while no command waits.
  func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("size", storage.size) { size throws(InvalidValue) in
      guard size == storage.size else {
        throw InvalidValue("the disk has \(storage.size) bytes here, but the guest's has \(size)")
      }
    }
    try coder.field("cache", &isCaching)
    try coder.field("ua", attentions.map(\.saved)) { saved throws(InvalidValue) in
      guard saved.count <= Self.mostAttentions else {
        throw InvalidValue("\(saved.count) conditions, but no unit has so many")
      }
      attentions = saved.map { SCSISense(attention: $0) }
    }
    try coder.field("out", &isEjected)
    try coder.field("lock", &isLocked)
    try coder.field("event", &event)
  }

  /// Adds a condition that the initiator is to be informed of; the same one once.
  func attend(_ attention: SCSISense) {
    if !attentions.contains(attention), attentions.count < Self.mostAttentions {
      attentions.append(attention)
    }
  }

  private static let mostAttentions = 8
}
