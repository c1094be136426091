internal import Glibc
internal import HostSupport
internal import JSON

/// The control socket: one JSON object a line, in the form of QEMU's machine protocol (QMP).
///
///     <- {"QMP": {"version": {…}, "capabilities": []}}
///     -> {"execute": "query-status", "id": 1}
///     <- {"return": {"status": "running", "running": true}, "id": 1}
///     <- {"error": {"class": "GenericError", "desc": "…"}, "id": 2}
///     <- {"event": "STOP", "timestamp": {"seconds": …, "microseconds": …}}
///
/// Clients receive events after `qmp_capabilities`; commands are accepted before it. The events are
/// QMP's, in QEMU's order: STOP, RESUME, RESET and POWERDOWN before the answer to the command that
/// caused them; GUEST_PANICKED before the SHUTDOWN that follows it; MIGRATION and MIGRATION_PASS
/// only with the migration capability `events`; RTC_CHANGE at most once a second. After SHUTDOWN only
/// the failure of a migration in progress follows, and answers, until the connection ends.
final class ControlServer {
  /// A limit protects the process's descriptors. A new client displaces the one that has been idle
  /// longest: first among those that have never sent a request, last among those that receive
  /// events.
  private static let mostClients = 32

  private let listener: ListeningSocket
  private var clients: [Int32: ControlClient] = [:]
  /// The number of requests and connections so far.
  private var clock: UInt64 = 0
  /// Time since a connection could not be accepted because the host has no free descriptor.
  private var pause: Stopwatch?

  init(at address: SocketAddress) throws(SocketError) {
    listener = try ListeningSocket(at: address)
  }

  /// The descriptors to wait for.
  var descriptors: [Int32] {
    if let pause, pause.milliseconds < 1000 { return Array(clients.keys) }
    return [listener.descriptor] + clients.keys
  }

  var hasClients: Bool { !clients.isEmpty }

  /// Serves a readable descriptor.
  /// - Parameter answer: called with a request and its sender.
  /// - Returns: whether the descriptor is one of this server's.
  func serve(_ ready: Int32, _ answer: (JSONValue, ControlClient) -> JSONValue) -> Bool {
    if ready == listener.descriptor {
      admit()
      return true
    }
    guard let client = clients[ready] else { return false }
    for line in client.receive() where !line.allSatisfy({ $0 == 0x0D || $0 == 0x20 }) {
      clock += 1
      client.lastRequest = clock
      client.send(Self.answer(line, client, answer))
    }
    tidy(client)
    return true
  }

  private static func answer(
    _ line: [UInt8], _ client: ControlClient, _ answer: (JSONValue, ControlClient) -> JSONValue
  ) -> JSONValue {
    do throws(JSONError) {
      return answer(try JSONValue(parsing: line), client)
    } catch {
      return ControlError("JSON parse error, \(error)").answer(id: nil)
    }
  }

  private func admit() {
    let accepted: StreamSocket?
    do throws(SocketError) { accepted = try listener.accept(milliseconds: 0) } catch {
      pause = Stopwatch()
      return displaceIdle()
    }
    guard let socket = accepted else { return }
    if clients.count >= Self.mostClients { displaceIdle() }
    clock += 1
    let client = ControlClient(socket, connected: clock)
    clients[client.descriptor] = client
    client.send(["QMP": ["version": ControlCommand.version, "capabilities": []]])
    tidy(client)
  }

  private func displaceIdle() {
    let idle = clients.values.min { first, second in
      let (left, right) = (first.importance, second.importance)
      return (left.class, left.time) < (right.class, right.time)
    }
    if let idle { clients[idle.descriptor] = nil }
  }

  private func tidy(_ client: ControlClient) {
    client.flush()
    if client.isGone { clients[client.descriptor] = nil }
  }

  /// Sends the output that clients could not take before.
  func flush() {
    for client in clients.values where client.hasOutput { tidy(client) }
  }

  /// Sends an event to every client that receives events.
  func broadcast(_ event: ControlEvent) {
    let now = HostTime.sinceEpoch.quotientAndRemainder(dividingBy: 1_000_000_000)
    let message: JSONValue = [
      "event": .string(event.name), "data": event.data,
      "timestamp": [
        "seconds": .integer(Int(now.quotient)), "microseconds": .integer(Int(now.remainder / 1000)),
      ],
    ]
    for client in clients.values where client.wantsEvents {
      client.send(message)
      tidy(client)
    }
  }
}
