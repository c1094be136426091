/// How a machine's life ended.
public enum MachineOutcome: Equatable, Sendable, CustomStringConvertible {
  /// The guest switched it off.
  case poweredOff
  /// The guest asked for a restart, and restarts are not allowed.
  case rebooted
  /// The guest's operating system gave up (`ibm,os-term`).
  case osTerminated(message: String)
  /// The client program ended through the `exit` service.
  case clientExited
  /// Firmware refused to go on: no level could be agreed on.
  case bootFailure(reason: String)
  /// The user left.
  case left
  /// A signal asked the program to end.
  case interrupted(signal: Int32)
  /// The time allowed is over.
  case timedOut(seconds: Double)
  /// The instructions allowed have run.
  case instructionLimit(UInt64)
  /// Stopped where the user asked.
  case stopped(at: String)
  /// The instructions after which the user wanted a pause have run; the machine can go on.
  case paused(at: UInt64)
  /// The guest runs on another machine now.
  case moved(to: String)
  /// No processor can ever run again.
  case dead(reason: String)

  /// The exit status of a program that ran the machine.
  public var exitStatus: Int32 {
    switch self {
    case .poweredOff, .left, .stopped, .paused, .rebooted, .moved: 0
    // A kernel that cannot go on before it can call RTAS ends through `exit`.
    case .osTerminated, .bootFailure, .clientExited: 3
    case .timedOut, .instructionLimit: 4
    case .dead: 5
    // As a shell has it.
    case .interrupted(let signal): 128 + signal
    }
  }

  public var description: String {
    switch self {
    case .poweredOff: "the guest powered off"
    case .rebooted: "the guest asked for a restart"
    case .osTerminated(let message): "the guest's operating system terminated: \(message)"
    case .clientExited: "the boot program called exit"
    case .bootFailure(let reason): "boot failure: \(reason)"
    case .left: "left"
    case .interrupted(let signal): "ended by signal \(signal)"
    case .timedOut(let seconds):
      "stopped by --timeout: the guest was still running after \(seconds.inSeconds)"
    case .instructionLimit(let count):
      "stopped by --max-instructions: the guest was still running after \(count) instructions"
    case .stopped(let place): "stopped at \(place)"
    case .paused(let count): "paused after \(count) instructions"
    case .moved(let place): "the guest went on at \(place)"
    case .dead(let reason): "no processor can run: \(reason)"
    }
  }
}

extension Double {
  /// Seconds, without a fraction where there is none: `5 s`.
  fileprivate var inSeconds: String {
    self == rounded() && magnitude < 1e15 ? "\(Int(self)) s" : "\(self) s"
  }
}

extension PowerMachine {
  /// What a guest's end may come from, where the user can mend it.
  public func hint(_ outcome: MachineOutcome) -> String? {
    guard case .osTerminated(let message) = outcome, configuration.initrd == nil else { return nil }
    let signs = ["Unable to mount root", "No working init", "Requested init"]
    guard signs.contains(where: message.contains) else { return nil }
    return "no --initrd was given, and there are no disks: the kernel found no root file system"
  }
}
