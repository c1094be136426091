internal import Glibc

/// Signals of Linux for PowerPC by their names, which have the numbers of most architectures.
package enum SignalName {
  private static let names: [Int32: String] = [
    SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL",
    SIGUSR1: "SIGUSR1", SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE",
    SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGSYS: "SIGSYS", SIGXCPU: "SIGXCPU",
    SIGXFSZ: "SIGXFSZ",
  ]

  /// `SIGILL`, or `signal 40`.
  package static func name(_ number: Int32) -> String { names[number] ?? "signal \(number)" }

  /// `ended by SIGILL`.
  package static func text(_ number: Int32) -> String { "ended by \(name(number))" }
}
