internal import Machine

/// The reason for which a machine ends, with the names of QMP's event SHUTDOWN.
enum ShutdownReason: String {
  case hostError = "host-error"
  case quit = "host-qmp-quit"
  case clientReset = "host-qmp-system-reset"
  case signal = "host-signal"
  case user = "host-ui"
  case guestShutdown = "guest-shutdown"
  case guestReset = "guest-reset"
  case guestPanic = "guest-panic"

  /// Whether the guest ended the machine.
  var isGuests: Bool {
    switch self {
    case .guestShutdown, .guestReset, .guestPanic: true
    case .hostError, .quit, .clientReset, .signal, .user: false
    }
  }

  init(_ cause: RestartCause) {
    self =
      switch cause {
      case .guest, .watchdog: .guestReset
      case .client: .clientReset
      case .user: .user
      }
  }

  init(_ outcome: MachineOutcome) {
    self =
      switch outcome {
      case .poweredOff, .clientExited, .bootFailure: .guestShutdown
      case .rebooted: .guestReset
      case .osTerminated: .guestPanic
      case .left, .paused, .interrupted: .signal
      case .stopped: .user
      case .moved: .quit
      case .timedOut, .instructionLimit, .dead: .hostError
      }
  }
}
