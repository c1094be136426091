internal import Glibc
internal import Synchronization

/// Why a command gives up what it waits for: a signal that ends the program in order, or the end of
/// the time it may take.
package enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let receivedAt = Atomic<UInt64>(0)
  /// Within so many nanoseconds a second signal is the same one: `timeout` and terminals send it to
  /// the program and to its group.
  private static let echo: UInt64 = 1_000_000_000
  /// Nanoseconds of the monotonic clock.
  private static let deadline = Atomic<UInt64>(.max)

  /// The signal that has asked the program to end; the first, when there were several.
  package static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Whether a signal has asked the program to end.
  package static var isWanted: Bool { signal != nil }

  /// Whether nothing is waited for any longer.
  package static var isOver: Bool { isWanted || isOverdue }

  /// Whether the time of ``end(after:)`` is over.
  package static var isOverdue: Bool {
    let end = deadline.load(ordering: .relaxed)
    return end != .max && HostTime.monotonic >= end
  }

  /// Notes SIGINT, SIGTERM and SIGHUP instead of ending at once: the terminal is given back, files
  /// are closed.
  package static func install() {
    TerminalMode.prepare()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      // What the parent ignores, as nohup does, stays ignored.
      guard sigaction(number, nil, &action) == 0,
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0
      else { continue }
      // Without SA_RESTART: a system call that waits ends.
      action = sigaction()
      action.__sigaction_handler.sa_handler = { Interruption.receive($0) }
      sigaction(number, &action, nil)
    }
    // The parent may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // A reader that goes away shows as a failed write.
    Glibc.signal(SIGPIPE, SIG_IGN)
  }

  /// Notes a signal; a later one does what it does by default.
  private static func receive(_ number: Int32) {
    let now = HostTime.monotonic
    let isFirst = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      .exchanged
    if isFirst {
      receivedAt.store(now, ordering: .relaxed)
    } else if now &- receivedAt.load(ordering: .relaxed) > echo {
      TerminalMode.end(by: number)
    }
  }

  /// Lets waits end after so many seconds from now.
  package static func end(after seconds: Double) {
    let nanoseconds = UInt64(min(seconds, 1e9) * 1e9)
    deadline.store(HostTime.monotonic &+ nanoseconds, ordering: .relaxed)
  }
}
