internal import MachineDescription

/// How a machine ended.
public enum MachineOutcome: Equatable, Sendable, CustomStringConvertible {
  /// The guest powered off.
  case poweredOff
  /// The guest requested a restart, which is not allowed.
  case rebooted
  /// The guest's operating system reported a fatal error (`ibm,os-term`).
  case osTerminated(message: String)
  /// The client program ended through the `exit` service.
  case clientExited
  /// The firmware did not start the guest: they could not agree on a level.
  case bootFailure(reason: String)
  /// The user left with Ctrl-a x.
  case left
  /// A signal asked the program to end.
  case interrupted(signal: Int32)
  /// The time limit was reached.
  case timedOut(seconds: Double)
  /// The instruction limit was reached.
  case instructionLimit(UInt64)
  /// Stopped at the requested point.
  case stopped(at: String)
  /// Paused after the requested number of instructions; the machine can continue.
  case paused(at: UInt64)
  /// The guest now runs on another machine.
  case moved(to: String)
  /// No processor can ever run again.
  case dead(reason: String)

  /// The outcome as the rest of a sentence, for a message.
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
    case .moved(let place): "the guest continues at \(place)"
    case .dead(let reason): "no processor can run: \(reason)"
    }
  }
}

extension Double {
  /// Seconds, without a fraction for whole numbers: `5 s`.
  fileprivate var inSeconds: String {
    self == rounded() && magnitude < 1e15 ? "\(Int(self)) s" : "\(self) s"
  }
}

extension PowerMachine {
  /// A possible cause of the guest's end that the user can remove.
  public func hint(_ outcome: MachineOutcome) -> String? {
    guard case .osTerminated(let message) = outcome, configuration.initrd == nil,
      description.bootProgram == nil
    else { return nil }
    let signs = ["Unable to mount root", "No working init", "Requested init"]
    guard signs.contains(where: message.contains) else { return nil }
    let lack = description.devices.storage.isEmpty ? ", and there are no disks" : ""
    return "no --initrd was given\(lack): the kernel found no root file system"
  }
}
