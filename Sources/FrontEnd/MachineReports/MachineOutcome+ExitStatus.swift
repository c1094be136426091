public import Machine

extension MachineOutcome {
  /// The exit status of a program that ran the machine.
  public var exitStatus: Int32 {
    switch self {
    case .poweredOff, .left, .stopped, .paused, .rebooted, .moved: 0
    // A kernel that fails before it can call RTAS ends through `exit`.
    case .osTerminated, .bootFailure, .clientExited: 3
    case .timedOut, .instructionLimit: 4
    case .dead: 5
    // The status that a shell reports.
    case .interrupted(let signal): 128 + signal
    }
  }
}
