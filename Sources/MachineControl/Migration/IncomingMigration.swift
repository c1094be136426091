internal import Glibc
public import SavedState

/// The move of a running guest to this process.
///
/// The caller reads the stream from ``source``, makes up its mind, and answers: ``accept()`` after
/// the beginning, ``start()`` when the machine has all of the state. Whatever goes wrong before that
/// is said by ``refuse(_:)``, and the guest goes on where it is.
public final class IncomingMigration {
  private let socket: StreamSocket
  private let clock: Stopwatch
  /// Bytes received.
  public private(set) var received: UInt64 = 0

  /// Waits for a source that connects.
  /// - Parameter attend: called whenever there is nothing to read, with the descriptor of what is
  ///   awaited; returns when that is readable, and throws to give up.
  public init(
    from listener: ListeningSocket, attend: @escaping (Int32) throws(SocketError) -> Void
  ) throws(SocketError) {
    while true {
      try attend(listener.descriptor)
      guard let socket = try listener.accept(milliseconds: 0) else { continue }
      self.socket = socket
      clock = Stopwatch()
      socket.beforeWaiting = attend
      return
    }
  }

  /// Milliseconds since the source connected.
  public var milliseconds: Double { clock.milliseconds }

  /// The stream.
  public var source: StateReader.Source {
    { [self] count throws(StateError) in
      do throws(SocketError) {
        let bytes = try socket.read(count)
        received += UInt64(bytes.count)
        return bytes
      } catch {
        throw StateError(.input("\(error)"), at: received)
      }
    }
  }

  /// The guest is welcome: its memory may come.
  public func accept() throws(SocketError) { try socket.write(TransferAnswer.accepted.line) }

  /// Takes over: once this returns, the guest runs here and nowhere else.
  /// - Returns: whether the guest had been stopped before it moved, and stays so.
  public func start() throws(SocketError) -> Bool {
    try socket.write(TransferAnswer.ready.line)
    guard let line = try socket.readLine() else {
      throw SocketError("the source kept the guest")
    }
    guard let start = TransferStart(line: line) else {
      throw SocketError("the source does not say 'start': \(String(decoding: line, as: UTF8.self))")
    }
    try socket.write(TransferAnswer.running.line)
    return start.staysHalted
  }

  /// Tells the source why the guest stays there.
  public func refuse(_ reason: String) {
    guard (try? socket.write(TransferAnswer.refused(reason))) != nil else { return }
    // Unread bytes would make the host take back what was just sent.
    socket.finishSending(patience: 2)
  }
}
