internal import Glibc
internal import HostSupport
public import Machine
public import MachineControl

/// Serves debuggers at a socket, one after the other, between two slices of the machine.
///
/// A connection that is lost counts as a detachment: the guest runs without breakpoints. While a debugger
/// is connected, others are turned away.
public final class DebugServer: MachineService {
  private let listener: ListeningSocket
  private let callbacks: DebugSession.HostCallbacks
  private var debugger: MachineDebugger?
  private var connection: (socket: StreamSocket, session: DebugSession)?
  /// Counts the calls between slices, so that a running machine's sockets are looked at now and then only.
  private var calls = 0
  private static let callsForEachLook = 8
  /// Bytes that the debugger has not read.
  private var output: [UInt8] = []

  /// Listens at an address.
  /// - Parameters:
  ///   - address: where debuggers connect.
  ///   - callbacks: what the process does for a session.
  public init(
    at address: SocketAddress, _ callbacks: DebugSession.HostCallbacks
  ) throws(SocketError) {
    listener = try ListeningSocket(at: address)
    self.callbacks = callbacks
  }

  /// Makes the machine stop for debuggers. To be called once, before it runs.
  /// - Parameters:
  ///   - machine: the machine; this server is its service, or one of them.
  ///   - stopsAtEntry: whether the guest waits at its first instruction.
  public func attach(to machine: PowerMachine, stopsAtEntry: Bool) {
    debugger = machine.makeDebugger()
    machine.stopsAtEntry = stopsAtEntry
  }

  /// The listener, and the connection.
  public var wakeDescriptors: [Int32] {
    [listener.descriptor] + (connection.map { [$0.socket.descriptor] } ?? [])
  }

  /// Nothing: a debugger learns of stops only.
  public func notice(_ event: MachineEvent) {}

  /// Serves the debugger.
  public func runBetweenSlices(of machine: PowerMachine) -> MachineOutcome? {
    calls &+= 1
    guard machine.isHalted || calls % Self.callsForEachLook == 0 else { return nil }
    for descriptor in HostPoll.readable(wakeDescriptors, milliseconds: 0) {
      if descriptor == listener.descriptor { admit(machine) } else { receive() }
    }
    connection?.session.reportStop()
    flush()
    guard let session = connection?.session, session.isOver else { return nil }
    connection = nil
    return session.outcome
  }

  private func admit(_ machine: PowerMachine) {
    // Without a free descriptor there is no connection.
    guard let socket = try? listener.accept(milliseconds: 0), let debugger, connection == nil else {
      return
    }
    output = []
    connection = (socket, DebugSession(machine, debugger, callbacks))
  }

  private func receive() {
    guard let (socket, session) = connection else { return }
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    let count = recv(socket.descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
    if count > 0 { return session.receive(chunk[..<count]) }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    session.release()
  }

  /// Sends as much as the socket takes; a debugger that does not read what it asks for is
  /// disconnected.
  private func flush() {
    guard let (socket, session) = connection else { return }
    output += session.takeOutput()
    while !output.isEmpty {
      let count = output.withUnsafeBytes {
        send(socket.descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno != EAGAIN { session.release() }
      guard count > 0 else { break }
      output.removeFirst(count)
    }
    if output.count > DebugSession.mostOutput { session.release() }
  }

  /// Reports to the debugger how the machine has ended, and closes the socket.
  /// - Parameter status: the program's exit status.
  public func end(status: Int32) {
    connection?.session.end(status: status)
    flush()
    connection = nil
  }
}
