internal import Glibc
internal import Machine
internal import PowerCPU

/// What the user is told beside the guest's own words.
enum Report {
  /// One line on standard error.
  static func line(_ text: String) {
    // The terminal may be in raw mode, and the guest in the middle of a line.
    let (before, after) = isatty(STDERR_FILENO) != 0 ? ("\r", "\r\n") : ("", "\n")
    write("\(before)pseries: \(text)\(after)", to: STDERR_FILENO)
  }

  static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      guard count > 0 || errno == EINTR else { return }
      written += max(count, 0)
    }
  }

  /// How it ended, where that is not what was to be expected, and figures if they are wanted.
  static func end(_ outcome: MachineOutcome, _ machine: PowerMachine, statistics: Bool) {
    if outcome != .poweredOff && outcome != .left { line("\(outcome)") }
    if outcome.exitStatus > 3 { line(machine.processorSummary) }
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
