internal import JSON

/// The messages of a destination, one JSON object a line, in the direction against the stream:
/// `{"status": "accepted"}` after it has read the head of the state, `ready` when it has the
/// complete state, `running` when the guest runs there; or `refused` with a `reason`.
enum TransferAnswer: String {
  case accepted
  case ready
  case running

  var line: [UInt8] { Self.line(["status": .string(rawValue)]) }

  /// The answer to a stream that does not begin as a saved state does; programs before machine version
  /// 2.0 give it to every format but 1.
  static let notASavedState = "not a saved state"

  static func refused(_ reason: String) -> [UInt8] {
    line(["status": "refused", "reason": .string(reason)])
  }

  fileprivate static func line(_ value: JSONValue) -> [UInt8] { Array(value.line.utf8) + [0x0A] }

  /// Waits for this answer.
  func expect(from socket: StreamSocket) throws(OutgoingMigrationError) {
    var bytes: [UInt8]?
    do throws(SocketError) { bytes = try socket.readLine() } catch {
      throw OutgoingMigrationError(reason: "\(error)")
    }
    guard let bytes else { throw OutgoingMigrationError(reason: "the destination went away") }
    let answer = try? JSONValue(parsing: bytes)
    if answer?["status"]?.string == rawValue { return }
    throw Self.refusal(answer)
      ?? OutgoingMigrationError(
        reason: "the destination does not answer as one: \(String(decoding: bytes, as: UTF8.self))")
  }

  /// The reason that a destination sent before it disconnected, if any.
  static func refusal(from socket: StreamSocket) -> OutgoingMigrationError? {
    guard let bytes = (try? socket.readLine()) ?? nil else { return nil }
    return refusal(try? JSONValue(parsing: bytes))
  }

  private static func refusal(_ answer: JSONValue?) -> OutgoingMigrationError? {
    guard answer?["status"]?.string == "refused" else { return nil }
    return OutgoingMigrationError(reason: answer?["reason"]?.string ?? "refused without a reason")
  }
}

/// The message that follows the stream once the destination is ready. It transfers the guest.
struct TransferStart {
  /// Whether the guest was stopped before it moved.
  var wasHalted: Bool

  var line: [UInt8] { TransferAnswer.line(["execute": "start", "halted": .bool(wasHalted)]) }

  init(wasHalted: Bool) { self.wasHalted = wasHalted }

  /// - Returns: nil when the line is another message.
  init?(line: [UInt8]) {
    guard let value = try? JSONValue(parsing: line), value["execute"]?.string == "start",
      let halted = value["halted"]?.bool
    else { return nil }
    wasHalted = halted
  }
}
