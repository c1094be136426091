internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineDescription
internal import MachineReports
internal import PowerCPU

/// Messages to the user, on standard error; what the guest prints is the console's.
enum Report {
  private static let output = HostOutput(STDERR_FILENO)

  /// Opens what it writes to, while files can still be opened.
  static func prepare() { _ = output }

  /// One line on standard error. Guests, files and other programs decide parts of it: control
  /// characters are shown and not obeyed.
  static func line(_ text: String) {
    endGuestLine()
    // The terminal may be in raw mode.
    let (before, after) = isatty(STDERR_FILENO) != 0 ? ("\r", "\r\n") : ("", "\n")
    write("\(before)pseries: \(text.printable)\(after)")
  }

  /// Writes text to standard error, waiting for its reader until ``Interruption/isOver``.
  static func write(_ text: String) {
    output.write(Array(text.utf8)) { Interruption.isOver }
  }

  /// Ends the guest's line where what is written here would continue it.
  static func endGuestLine() {
    guard outputsAreOne, HostConsole.leaveLine() else { return }
    write(isatty(STDERR_FILENO) != 0 ? "\r\n" : "\n")
  }

  /// Whether standard output and standard error are the same terminal, file or pipe.
  private static let outputsAreOne: Bool = {
    var (output, error) = (stat(), stat())
    return fstat(STDOUT_FILENO, &output) == 0 && fstat(STDERR_FILENO, &error) == 0
      && output.st_dev == error.st_dev && output.st_ino == error.st_ino
  }()

  /// Rejections that are said when a guest did not end well; the last ones are what it ended for.
  private static let shownRejections = 3

  /// The instructions rejected in problem state: all, or the last ones of a guest that failed.
  private static func rejections(_ machine: PowerMachine, all: Bool) {
    let rejected = machine.rejectedInstructions.counting
    let shown = all ? rejected[...] : rejected.suffix(shownRejections)
    if shown.count < rejected.count {
      line("\(rejected.count - shown.count) kinds of instructions were rejected before:")
    }
    for rejected in shown { line("\(rejected)") }
  }

  /// How it ended, where that is not what was to be expected, and figures if they are wanted.
  static func end(_ outcome: MachineOutcome, _ machine: PowerMachine, statistics: Bool) {
    endGuestLine()
    var isExpected = outcome == .poweredOff || outcome == .left
    if case .interrupted = outcome { isExpected = true }
    if !isExpected { line("\(outcome)") }
    if !isExpected, outcome.exitStatus > 3 { line(machine.processorSummary) }
    if !isExpected, let hint = machine.hint(outcome) { line(hint) }
    guard statistics else {
      if !isExpected, outcome.exitStatus > 0 || outcome == .rebooted {
        rejections(machine, all: false)
      }
      return
    }
    let seconds = machine.elapsedSeconds
    let busy = machine.busySeconds
    let count = machine.instructionCount
    let rate = busy > 0 ? Double(count) / busy / 1e6 : 0
    line(
      "\(count) instructions, \(decimal(seconds)) s, \(decimal(busy)) s of them executing, "
        + "\(decimal(rate)) million instructions per second")
    rejections(machine, all: true)
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
