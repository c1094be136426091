internal import HostSupport

/// What the controller remembers for its log pages.
struct NVMeLog {
  /// Kelvin: of a controller that neither warms nor cools, and from which on it would be too hot.
  static let temperature: UInt16 = 313
  static let warningTemperature: UInt16 = 343
  static let criticalTemperature: UInt16 = 373

  /// Entries of the error log, and bytes of one.
  static let mostErrors = 16
  static let errorSize = 64

  /// Blocks that were read and written by the driver, and its commands for it.
  var blocksRead: UInt64 = 0
  var blocksWritten: UInt64 = 0
  var reads: UInt64 = 0
  var writes: UInt64 = 0
  /// Commands that failed.
  var errorCount: UInt64 = 0
  /// Entries of the error log, the newest first.
  var errors: [UInt8] = []

  /// Counts what was done for a command.
  mutating func count(_ operation: StorageOperation) {
    switch operation.action {
    case .read(let bytes, _):
      blocksRead &+= bytes.byteCount / NVMeController.blockSize
      reads &+= 1
    case .write(let bytes, _):
      blocksWritten &+= bytes.byteCount / NVMeController.blockSize
      writes &+= 1
    default: break
    }
  }

  /// Notes a command that failed (NVM Express 1.4, 5.14.1.1).
  mutating func add(_ command: NVMeCommand, queue: UInt16, _ status: NVMeStatus) {
    guard !status.isAbort else { return }
    errorCount &+= 1
    var entry = [UInt8](repeating: 0, count: Self.errorSize)
    entry.store(errorCount, at: 0)
    entry.store(queue, at: 8)
    entry.store(command.identifier, at: 10)
    entry.store(status.field << 1, at: 12)
    // No field of the command in particular.
    entry.store(0xFFFF as UInt16, at: 14)
    if queue > 0 { entry.store(command.block, at: 16) }
    entry.store(command.namespace, at: 24)
    errors = entry + errors.prefix((Self.mostErrors - 1) * Self.errorSize)
  }
}

extension [UInt8] {
  /// Stores a number, the least significant byte first. All of it is within the array.
  mutating func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    replaceSubrange(offset..<offset + T.bitWidth / 8, with: value.littleEndianBytes)
  }

  /// Stores ASCII text that is filled up with spaces.
  mutating func store(_ text: String, at offset: Int, count: Int) {
    let bytes = Array(text.utf8.prefix(count))
    let spaces = [UInt8](repeating: 0x20, count: count - bytes.count)
    replaceSubrange(offset..<offset + count, with: bytes + spaces)
  }
}

/// Log pages (NVM Express 1.4, 5.14).
extension NVMeController {
  static let revision = "1.0"

  func getLogPage(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let page = UInt8(truncatingIfNeeded: command.word(10))
    // The controller's pages are not of a namespace.
    guard [0, Self.allNamespaces].contains(command.namespace) || page != 2 else {
      throw .invalidField
    }
    guard let content = logPage(page) else { throw .invalidLogPage }
    let wanted = (UInt64(command.high(10)) | UInt64(command.low(11)) << 16) + 1
    let offset = UInt64(command.word(12)) | UInt64(command.word(13)) << 32
    guard offset & 3 == 0, offset <= UInt64(content.count) else { throw .invalidField }
    let bytes = content.dropFirst(Int(offset)).prefix(Int(clamping: 4 * wanted))
    // Retain asynchronous event.
    if !command.has(15, of: 10) { unmaskEvents(ofLog: page) }
    return .data(Array(bytes))
  }

  private func logPage(_ page: UInt8) -> [UInt8]? {
    switch page {
    case 0x01:
      let log = lasting.log.errors
      return log
        + [UInt8](repeating: 0, count: NVMeLog.mostErrors * NVMeLog.errorSize - log.count)
    case 0x02: return health
    case 0x03:
      // The firmware of slot 1 is active.
      var bytes = [UInt8](repeating: 0, count: 512)
      bytes[0] = 1
      bytes.store(Self.revision, at: 8, count: 8)
      return bytes
    case 0x05: return commandEffects
    default: return nil
    }
  }

  /// SMART and health information.
  private var health: [UInt8] {
    let log = lasting.log
    var bytes = [UInt8](repeating: 0, count: 512)
    bytes[0] = isTemperatureWarning ? 2 : 0
    bytes.store(NVMeLog.temperature, at: 1)
    // All of the spare is there, in percent, and a tenth would be too little.
    (bytes[3], bytes[4]) = (100, 10)
    // In units of 1000 blocks.
    bytes.store((log.blocksRead &+ 999) / 1000, at: 32)
    bytes.store((log.blocksWritten &+ 999) / 1000, at: 48)
    bytes.store(log.reads, at: 64)
    bytes.store(log.writes, at: 80)
    bytes.store(1 as UInt64, at: 112)
    bytes.store(log.errorCount, at: 176)
    return bytes
  }

  /// Which commands are supported, and which change the namespace's content.
  private var commandEffects: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4096)
    for row in NVMeCommandRow.all {
      let base = row.set == .administration ? 0 : 1024
      let effects: UInt32 = row.needs.contains(.writing) ? 3 : 1
      bytes.store(effects, at: base + 4 * Int(row.operation))
    }
    return bytes
  }
}
