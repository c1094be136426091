internal import Glibc
public import SavedState

/// The migration of a running guest to this process.
///
/// The caller reads the stream from ``source``, decides, and answers: ``accept()`` after the
/// beginning, ``start()`` when the machine has the complete state. ``refuse(_:)`` reports any
/// failure before that, and the guest continues at the source.
public final class IncomingMigration {
  /// Waits a limited time for some descriptors, and serves the control socket meanwhile.
  /// - Returns: the descriptors that are readable.
  /// - Throws: to end the wait.
  public typealias Wait = (_ awaited: [Int32]) throws(SocketError) -> [Int32]

  /// The most clients that have not sent the beginning of a stream. One more displaces the oldest,
  /// so that idle clients cannot lock the source out.
  private static let candidateLimit = 8
  /// Milliseconds for which a source may send nothing before it is accepted: it sends all of the
  /// beginning at once.
  private static let patience = 10_000.0

  private let socket: StreamSocket
  private let clock: Stopwatch
  private var isAccepted = false
  /// Bytes received.
  public private(set) var received: UInt64 = 0

  /// Waits for a source that connects and sends the beginning of a saved state.
  public init(
    from listener: ListeningSocket, wait: @escaping Wait
  ) throws(SocketError) {
    var candidates: [StreamSocket] = []
    while true {
      let ready = try wait([listener.descriptor] + candidates.map(\.descriptor))
      for candidate in candidates where ready.contains(candidate.descriptor) {
        let isOpen = candidate.receiveAvailable()
        let start = candidate.available
        if start.count >= StateReader.headerSize, start.starts(with: StateWriter.magic) {
          socket = candidate
          clock = Stopwatch()
          waitForSource(wait)
          return
        }
        // The format is judged by who reads the stream, and answered with the ones there are.
        if isOpen, StateWriter.magic.starts(with: start.prefix(StateWriter.magic.count)) {
          continue
        }
        try? candidate.write(TransferAnswer.refused(TransferAnswer.notASavedState))
        candidates.removeAll { $0 === candidate }
      }
      guard ready.contains(listener.descriptor),
        let new = try listener.accept(milliseconds: 0)
      else { continue }
      if candidates.count == Self.candidateLimit { candidates.removeFirst() }
      candidates.append(new)
    }
  }

  private func waitForSource(_ wait: @escaping Wait) {
    socket.beforeWaiting = { [unowned self] descriptor throws(SocketError) in
      let silence = Stopwatch()
      while !(try wait([descriptor]).contains(descriptor)) {
        guard isAccepted || silence.milliseconds < Self.patience else {
          throw SocketError.peer("the source has sent nothing for \(Int(Self.patience / 1000)) s")
        }
      }
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

  /// Accepts the guest: the source may send its memory.
  public func accept() throws(SocketError) {
    try socket.write(TransferAnswer.accepted.line)
    isAccepted = true
  }

  /// Starts the guest: after the return it runs only here.
  /// - Returns: whether the guest was stopped at the source, and stays stopped.
  public func start() throws(SocketError) -> Bool {
    try socket.write(TransferAnswer.ready.line)
    guard let line = try socket.readLine() else {
      throw SocketError.peer("the source kept the guest")
    }
    guard let start = TransferStart(line: line) else {
      throw SocketError.peer(
        "the source does not say 'start': \(String(decoding: line, as: UTF8.self))")
    }
    try socket.write(TransferAnswer.running.line)
    return start.wasHalted
  }

  /// Sends the source the reason for which the guest stays there.
  public func refuse(_ reason: String) {
    // The reason can contain names from the stream.
    let reason = String(reason.prefix(2000))
    guard (try? socket.write(TransferAnswer.refused(reason))) != nil else { return }
    // A close with unread bytes would reset the connection and discard the answer.
    socket.finishSending(patience: 2)
  }
}
