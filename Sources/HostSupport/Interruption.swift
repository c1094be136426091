internal import Glibc
internal import Synchronization

/// Why a command gives up what it waits for: a signal that ends the program in order, or the end of
/// the time it may take.
package enum Interruption {
  private static let wanted = Atomic<Bool>(false)
  /// Nanoseconds of the monotonic clock.
  private static let deadline = Atomic<UInt64>(.max)

  /// Whether a signal has asked the program to end.
  package static var isWanted: Bool { wanted.load(ordering: .relaxed) }

  /// Whether the time of ``end(after:)`` is over.
  package static var isOverdue: Bool {
    let end = deadline.load(ordering: .relaxed)
    return end != .max && now >= end
  }

  /// Notes SIGINT, SIGTERM and SIGHUP instead of ending at once: the terminal is given back, files
  /// are closed.
  package static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // A second signal does what it always does.
      signal(number) { number in
        Interruption.wanted.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    // Whoever started the program may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // A reader that goes away shows as a failed write.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Lets waits end after so many seconds from now.
  package static func end(after seconds: Double) {
    let nanoseconds = UInt64(min(seconds, 1e9) * 1e9)
    deadline.store(now &+ nanoseconds, ordering: .relaxed)
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
