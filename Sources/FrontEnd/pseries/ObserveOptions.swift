internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineOptions
internal import MachineReports
internal import MachineDescription
internal import Synchronization

/// What is written down while a machine runs.
struct ObserveOptions: ParsableArguments {
  @OptionGroup var tracing: TraceOptions

  @Option(
    help: ArgumentHelp(
      """
      Write the tree at the guest's start or arrival; the tree after each negotiation goes to \
      FILE.cas, if FILE is a regular file.
      """,
      valueName: "file"))
  var dumpDtb: String?

  @Option(
    help: ArgumentHelp(
      "Write the architecture vector of the guest's latest negotiation.", valueName: "file"))
  var dumpVector: String?

  @Option(
    help: ArgumentHelp(
      "Count the instructions of problem state by ISA version, with their first occurrence.",
      valueName: "file"))
  var auditIsa: String?

  @Option(
    help: ArgumentHelp(
      """
      Write the outcome, negotiations, calls, and the instructions that were rejected in problem \
      state, as JSON.
      """,
      valueName: "file"))
  var report: String?

  @Flag(help: "Print the calls and registers that the guest used and this machine lacks.")
  var notes = false

  @Flag(help: ArgumentHelp("No notes, as without --notes.", visibility: .hidden))
  var quiet = false

  /// The observers of a machine, and what they write to.
  struct Observers {
    var machine = MachineObservers()
    /// The trace, where there is one.
    var trace: TraceSink?
    /// For the report, where one is requested.
    var record: MachineRecord?
    /// What could not be written while the guest ran.
    let failures = Failures()
  }

  /// Failures to write, of which the first counts.
  final class Failures: Sendable {
    private let first = Mutex<CommandError?>(nil)

    func note(_ failure: CommandError) { first.withLock { $0 = $0 ?? failure } }

    func rethrow() throws(CommandError) {
      if let failure = first.withLock({ $0 }) { throw failure }
    }
  }

  /// Where the trees after negotiations go; nowhere when the first goes to a pipe or a device.
  private var negotiatedTree: String? {
    dumpDtb.flatMap { Files.isRegular($0) ? $0 + ".cas" : nil }
  }

  /// Makes sure, before the guest starts, that what it is to leave behind can be written.
  private func checkOutputs(_ others: [String?]) throws(CommandError) {
    let trees = [dumpDtb, negotiatedTree].compactMap(\.self)
    for path in trees + [dumpVector, auditIsa, report].compactMap(\.self) {
      try Files.checkWritable(path)
    }
    for path in others.compactMap(\.self) { try Files.checkWritable(path, .private) }
  }

  /// - Parameter others: files with a guest's memory, written while it runs or at its end.
  func observers(_ others: [String?]) throws(CommandError) -> Observers {
    try checkOutputs(others)
    var observers = Observers()
    let failures = observers.failures
    observers.machine.log = { Report.line($0) }
    if notes, !quiet { observers.machine.note = { Report.line($0) } }
    observers.trace = try tracing.sink(for: &observers.machine) { failures.note($0) }
    if let dumpDtb {
      observers.machine.tree = { blob, isNegotiated in
        guard let file = isNegotiated ? negotiatedTree : dumpDtb else { return }
        Self.dump(blob, to: file, failures)
      }
    }
    if let dumpVector {
      observers.machine.architectureVector = { Self.dump($0, to: dumpVector, failures) }
    }
    if report != nil {
      let record = MachineRecord()
      record.observe(&observers.machine)
      observers.record = record
    }
    return observers
  }

  /// Writes what is known at the end.
  func end(
    _ outcome: MachineOutcome, _ machine: PowerMachine, _ record: MachineRecord?
  ) throws(CommandError) {
    if let report { try Files.write(Array(machine.report(outcome, record).utf8), to: report) }
    guard let auditIsa, let audit = machine.auditReport else { return }
    try Files.write(Array(audit.json.utf8), to: auditIsa)
    for line in audit.summary { Report.line(line) }
  }

  private static func dump(_ bytes: [UInt8], to path: String, _ failures: Failures) {
    do throws(CommandError) {
      try Files.write(bytes, to: path)
    } catch {
      Report.line(error.message)
      failures.note(error)
    }
  }
}
