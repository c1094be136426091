internal import CSockets
internal import Glibc
internal import JSON

/// A connection to the control socket.
final class ControlClient {
  /// The most bytes of a line, and of answers that the client has not read.
  private static let longestLine = 1 << 20
  private static let mostWaiting = 2 << 20

  let descriptor: Int32
  private let socket: StreamSocket
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  /// The descriptors that the client has passed.
  var parked = ParkedDescriptors()
  /// Whether the client receives events.
  var wantsEvents = false
  /// The server's count at the client's latest complete line; 0 when there was none.
  var lastRequest: UInt64 = 0
  /// Whether the client has disconnected or must be disconnected.
  private(set) var isGone = false

  /// The server's count at the connection.
  private let connected: UInt64

  /// The client with the greatest value is displaced last.
  var importance: (class: Int, time: UInt64) {
    (wantsEvents ? 2 : lastRequest > 0 ? 1 : 0, max(lastRequest, connected))
  }

  init(_ socket: StreamSocket, connected: UInt64) {
    self.socket = socket
    self.connected = connected
    descriptor = socket.descriptor
  }

  var hasOutput: Bool { !output.isEmpty }

  /// The complete lines that have arrived; does not wait.
  func receive() -> [[UInt8]] {
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      var passed: Int32 = -1
      let count = csockets_receive(descriptor, &chunk, chunk.count, &passed)
      if passed >= 0 { parked.arrive(PassedDescriptor(passed)) }
      if count < 0, errno == EINTR { continue }
      if count == 0 || (count < 0 && errno != EAGAIN) { isGone = true }
      guard count > 0 else { break }
      input += chunk[..<count]
      if input.count > Self.longestLine, !input.contains(0x0A) { isGone = true }
      // The commands up to here must be served before the next descriptor arrives.
      if count < chunk.count || isGone || passed >= 0 { break }
    }
    var lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)
    input = Array(lines.removeLast())
    return lines.map(Array.init)
  }

  func send(_ value: JSONValue) {
    output += Array(value.line.utf8) + [0x0D, 0x0A]
    flush()
    if output.count > Self.mostWaiting { isGone = true }
  }

  /// Sends as much as the socket takes.
  func flush() {
    while !output.isEmpty {
      let count = output.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress, $0.count,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno != EAGAIN { isGone = true }
      guard count > 0 else { return }
      output.removeFirst(count)
    }
  }
}
