internal import Glibc
internal import HostSupport
internal import Machine
internal import PlatformTree
internal import PowerCPU

/// What the user is told beside the guest's own words.
enum Report {
  private static let output = HostOutput(STDERR_FILENO)

  /// One line on standard error. Guests, files and other programs decide parts of it: control
  /// characters are shown and not obeyed.
  static func line(_ text: String) {
    // The terminal may be in raw mode, and the guest in the middle of a line.
    let (before, after) = isatty(STDERR_FILENO) != 0 ? ("\r", "\r\n") : ("", "\n")
    write("\(before)pseries: \(text.printable)\(after)")
  }

  /// Writes text to standard error, for as long as somebody wants to wait for its reader.
  static func write(_ text: String) {
    output.write(Array(text.utf8)) { Interruption.isOver }
  }

  /// How it ended, where that is not what was to be expected, and figures if they are wanted.
  static func end(_ outcome: MachineOutcome, _ machine: PowerMachine, statistics: Bool) {
    var isExpected = outcome == .poweredOff || outcome == .left
    if case .interrupted = outcome { isExpected = true }
    if !isExpected { line("\(outcome)") }
    if !isExpected, outcome.exitStatus > 3 { line(machine.processorSummary) }
    guard statistics else { return }
    let seconds = machine.elapsedSeconds
    let busy = machine.busySeconds
    let count = machine.instructionCount
    let rate = busy > 0 ? Double(count) / busy / 1e6 : 0
    line(
      "\(count) instructions, \(decimal(seconds)) s, \(decimal(busy)) s of them executing, "
        + "\(decimal(rate)) million instructions per second")
    for refused in machine.refused.entries { line("\(refused)") }
  }

  /// Two decimals.
  private static func decimal(_ value: Double) -> String {
    let hundredths = (value * 100).rounded()
    guard hundredths < 1e15 else { return "\(value)" }
    let whole = Int(hundredths) / 100
    let rest = Int(hundredths) % 100
    return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}
