import Synchronization

/// What a machine writes to a terminal.
final class TerminalText: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  func add(_ new: [UInt8]) { bytes.withLock { $0 += new } }
  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
