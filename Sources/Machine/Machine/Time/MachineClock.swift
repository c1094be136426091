internal import PowerCPU

/// The two kinds of clock.
public enum MachineClock: Sendable {
  case host(HostClock)
  case deterministic(DeterministicClock)

  var processorClock: any ProcessorClock {
    switch self {
    case .host(let clock): clock
    case .deterministic(let clock): clock
    }
  }

  /// Accounts for instructions that a processor has completed.
  func advance(instructions: UInt64) {
    if case .deterministic(let clock) = self { clock.advance(nanoseconds: instructions) }
  }

  /// Nanoseconds since the machine was switched on.
  public var nanoseconds: UInt64 {
    switch self {
    case .host(let clock): clock.nanoseconds
    case .deterministic(let clock): clock.now
    }
  }
}
