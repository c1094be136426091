internal import Glibc
internal import Synchronization

/// The reasons for which a command ends its waits: a signal, or a time limit.
package enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let receivedAt = Atomic<UInt64>(0)
  /// A second signal within this many nanoseconds is the same one: `timeout` and terminals send it
  /// to the program and to its group.
  private static let echo: UInt64 = 1_000_000_000
  /// Whether a further signal does what it does by default.
  private static let repetitionEnds = Atomic<Bool>(true)
  /// Nanoseconds of the monotonic clock.
  private static let deadline = Atomic<UInt64>(.max)

  /// The signal that has asked the program to end; the first, when there were several.
  package static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// The exit status of a program that a signal ended: 128 and its number; nil without one.
  package static var exitStatus: Int32? { signal.map { 128 + $0 } }

  /// Whether a signal has asked the program to end.
  package static var isWanted: Bool { signal != nil }

  /// Whether waits must end.
  package static var isOver: Bool { isWanted || isOverdue }

  /// Whether the time limit of ``end(after:)`` is reached.
  package static var isOverdue: Bool {
    let end = deadline.load(ordering: .relaxed)
    return end != .max && HostTime.monotonic >= end
  }

  /// Records SIGINT, SIGTERM and SIGHUP instead of ending at once, so that the terminal is restored
  /// and files are closed.
  /// - Parameter repetitionEnds: whether a second signal ends the program at once.
  package static func install(repetitionEnds: Bool = true) {
    TerminalMode.prepare()
    self.repetitionEnds.store(repetitionEnds, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      // A signal that the parent ignores, as nohup does, stays ignored.
      guard sigaction(number, nil, &action) == 0,
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0
      else { continue }
      // Without SA_RESTART, so that a system call that waits returns.
      action = sigaction()
      action.__sigaction_handler.sa_handler = { Interruption.receive($0) }
      sigaction(number, &action, nil)
    }
    // The parent may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // A closed reader is reported by the failing write.
    Glibc.signal(SIGPIPE, SIG_IGN)
  }

  /// Records a signal. A later one has its default effect if ``repetitionEnds`` is set.
  private static func receive(_ number: Int32) {
    let now = HostTime.monotonic
    let isFirst = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      .exchanged
    if isFirst {
      receivedAt.store(now, ordering: .relaxed)
    } else if repetitionEnds.load(ordering: .relaxed),
      now &- receivedAt.load(ordering: .relaxed) > echo
    {
      TerminalMode.end(by: number)
    }
  }

  /// Ends waits after this many seconds.
  package static func end(after seconds: Double) {
    let nanoseconds = UInt64(min(seconds, 1e9) * 1e9)
    deadline.store(HostTime.monotonic &+ nanoseconds, ordering: .relaxed)
  }
}
