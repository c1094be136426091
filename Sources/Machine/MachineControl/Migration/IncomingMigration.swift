internal import Glibc
public import SavedState

/// The move of a running guest to this process.
///
/// The caller reads the stream from ``source``, decides, and answers: ``accept()`` after
/// the beginning, ``start()`` when the machine has all of the state. Whatever goes wrong before that
/// is reported by ``refuse(_:)``, and the guest continues where it is.
public final class IncomingMigration {
  /// Waits a little for some descriptors, and does what else there is to do.
  /// - Returns: those that can be read from.
  /// - Throws: to give up.
  public typealias Attendance = (_ awaited: [Int32]) throws(SocketError) -> [Int32]

  /// Clients that are kept while they have not sent what a stream begins with; one more displaces the
  /// oldest, so that idle ones do not keep the source out.
  private static let candidateLimit = 8
  /// Milliseconds that a source may be silent before it is accepted: it sends all of the beginning at
  /// once.
  private static let patience = 10_000.0

  private let socket: StreamSocket
  private let clock: Stopwatch
  private var isAccepted = false
  /// Bytes received.
  public private(set) var received: UInt64 = 0

  /// Waits for a source that connects and sends the beginning of a saved state.
  public init(
    from listener: ListeningSocket, attend: @escaping Attendance
  ) throws(SocketError) {
    var candidates: [StreamSocket] = []
    while true {
      let ready = try attend([listener.descriptor] + candidates.map(\.descriptor))
      for candidate in candidates where ready.contains(candidate.descriptor) {
        let isOpen = candidate.receiveAvailable()
        let start = candidate.available
        if start.count >= StateReader.beginning.count, start.starts(with: StateReader.beginning) {
          socket = candidate
          clock = Stopwatch()
          waitPatiently(attend)
          return
        }
        if isOpen, StateReader.beginning.starts(with: start) { continue }
        try? candidate.write(TransferAnswer.refused("not a saved state"))
        candidates.removeAll { $0 === candidate }
      }
      guard ready.contains(listener.descriptor),
        let new = try listener.accept(milliseconds: 0)
      else { continue }
      if candidates.count == Self.candidateLimit { candidates.removeFirst() }
      candidates.append(new)
    }
  }

  private func waitPatiently(_ attend: @escaping Attendance) {
    socket.beforeWaiting = { [unowned self] descriptor throws(SocketError) in
      let silence = Stopwatch()
      while !(try attend([descriptor]).contains(descriptor)) {
        guard isAccepted || silence.milliseconds < Self.patience else {
          throw SocketError("the source has sent nothing for \(Int(Self.patience / 1000)) s")
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

  /// The guest is accepted: its memory may come.
  public func accept() throws(SocketError) {
    try socket.write(TransferAnswer.accepted.line)
    isAccepted = true
  }

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

  /// Sends the source the reason why the guest stays there.
  public func refuse(_ reason: String) {
    // Names of the stream may be in it.
    let reason = String(reason.prefix(2000))
    guard (try? socket.write(TransferAnswer.refused(reason))) != nil else { return }
    // Unread bytes would make the host take back what was just sent.
    socket.finishSending(patience: 2)
  }
}
