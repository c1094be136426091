internal import Glibc
internal import Synchronization

/// The terminal of the host in raw mode, which is restored however the program ends or stops.
///
/// Handlers for signals that end or stop the program by default restore the terminal first. When
/// the program continues in the foreground, the terminal is set to raw mode again.
package enum TerminalMode {
  // Safety: never freed; written before `descriptor` makes them visible.
  nonisolated(unsafe) private static let saved = UnsafeMutablePointer<termios>.allocate(capacity: 1)
  nonisolated(unsafe) private static let raw = UnsafeMutablePointer<termios>.allocate(capacity: 1)
  /// The previous handling of signals, by number.
  nonisolated(unsafe) private static let previous = {
    let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
    actions.initialize(repeating: sigaction(), count: 65)
    return actions
  }()
  /// The terminal that is in raw mode, -1 for none.
  private static let descriptor = Atomic<Int32>(-1)

  /// Initialises the data of signal handlers, which must not be initialised in one.
  static func prepare() { _ = (saved, raw, previous, descriptor.load(ordering: .relaxed)) }

  /// - Returns: whether it is a terminal, which is raw now or as soon as the program is in the
  ///   foreground.
  package static func makeRaw(_ terminal: Int32) -> Bool {
    guard tcgetattr(terminal, saved) == 0 else { return false }
    raw.pointee = saved.pointee
    cfmakeraw(raw)
    descriptor.store(terminal, ordering: .sequentiallyConsistent)
    catchSignals()
    set(raw)
    return true
  }

  package static func restore() {
    set(saved)
    descriptor.store(-1, ordering: .sequentiallyConsistent)
  }

  /// Sets a mode, unless another process group has the terminal; callable from signal handlers.
  private static func set(_ mode: UnsafeMutablePointer<termios>) {
    let terminal = descriptor.load(ordering: .sequentiallyConsistent)
    guard terminal >= 0, tcgetpgrp(terminal) == getpgrp() else { return }
    tcsetattr(terminal, TCSANOW, mode)
  }

  // MARK: signals

  /// Signals that end the program by default, except those that the program handles.
  private static let ending: [Int32] =
    [
      SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ,
      SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR, SIGSYS,
    ] + Array(34...64)
  private static let crashing: [Int32] = [
    SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV,
  ]
  private static let stopping: [Int32] = [SIGTSTP, SIGTTIN, SIGTTOU]

  private static func catchSignals() {
    for number in ending { handle(number) { TerminalMode.end(by: $0) } }
    // The runtime may have handlers that print a backtrace.
    for number in crashing { handle(number, always: true) { TerminalMode.end(by: $0) } }
    for number in stopping { handle(number) { TerminalMode.stop(by: $0) } }
    handle(SIGCONT) { _ in TerminalMode.set(TerminalMode.raw) }
  }

  /// Sets a handler for a signal that has its default handling, or any handling with `always`.
  private static func handle(
    _ number: Int32, always: Bool = false, _ handler: @convention(c) (Int32) -> Void
  ) {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0,
      action.isDefault || (always && !action.isIgnored)
    else { return }
    previous[Int(number)] = action
    action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigaction(number, &action, nil)
  }

  /// Restores the terminal and ends the program as the signal's previous handling does; for signal
  /// handlers.
  static func end(by number: Int32) {
    set(saved)
    sigaction(number, previous + Int(number), nil)
    // The signal is blocked until the handler returns.
    raise(number)
  }

  /// Restores the terminal and stops the program; for signal handlers.
  private static func stop(by number: Int32) {
    set(saved)
    signal(number, SIG_DFL)
    var only = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, number)
    pthread_sigmask(SIG_UNBLOCK, &only, nil)
    raise(number)
    // The program continues here, or was not stopped because it has no parent that could continue
    // it.
    handle(number) { TerminalMode.stop(by: $0) }
    set(raw)
  }
}

extension sigaction {
  fileprivate var isDefault: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self) == 0
  }
  fileprivate var isIgnored: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
