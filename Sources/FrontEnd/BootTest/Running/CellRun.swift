import Glibc

/// One running cell: its process, its console, its deadlines.
final class CellRun {
  let cell: Cell
  let name: String
  private let options: Runner.Options
  private let output: ResultsFolder
  private(set) var child: Child?
  private var monitor: Monitor
  /// For scripts with commands of the control socket.
  private var control: ControlCommands?
  private var bytes: [UInt8] = []
  private var remarks: [UInt8] = []
  private var unsent: [UInt8] = []
  private let started = Clock.now
  private var attemptStarted = Clock.now
  /// Set when the process has been asked to end.
  private var pendingEnd: (at: Double, as: Ending)?
  /// The bytes of the first run, when several runs must be equal.
  private var first: [UInt8]?
  private var attempt = 1
  /// The arguments of this attempt.
  private var attemptArguments: [String] = []
  /// What the run left that was not interrupted by a save.
  private var wholeEvidence: CellEvidence?
  /// The points at which the guest is saved, after it has run as a whole.
  private var passage: SaveRestoreSequence?

  /// Seconds for the trace that follows a panic, and for a process that was asked to end.
  private static let grace = 2.0
  /// More than any test prints; the output of a guest in a loop must not fill the disk.
  static let mostBytes = 8 << 20

  init(_ cell: Cell, name: String, options: Runner.Options, output: ResultsFolder) {
    self.cell = cell
    self.name = name
    self.options = options
    self.output = output
    monitor = Monitor(cell)
  }

  /// The name of this attempt's files.
  private var label: String { cell.runs > 1 ? "\(name)#\(attempt)" : name }
  private var reportFile: String { output.file(of: label, ".report.json") }
  private var auditFile: String { output.file(of: label, ".isa-audit.json") }
  private var stateFile: String {
    output.file(of: label, "@\(passage?.point?.instructions ?? 0).state")
  }

  static func arguments(_ cell: Cell) -> [String] {
    var words = ["--cpu", cell.processor, "--compat", cell.compatibility]
    if let kernel = cell.guest.kernel { words += ["--kernel", kernel] }
    if let initrd = cell.guest.initrd { words += ["--initrd", initrd] }
    if let disk = cell.guest.disk { words += ["--disk", disk.argument] }
    if let line = cell.guest.commandLine { words += ["--append", line] }
    if let engine = cell.engine { words += ["--engine", engine] }
    if cell.saves > 0 { words += ["--clock", "deterministic"] }
    return words + cell.options
  }

  /// - Returns: the ending, when the process could not be started.
  func start() -> Ending? {
    monitor = Monitor(cell)
    (bytes, remarks, unsent, pendingEnd) = ([], [], [], nil)
    attemptStarted = Clock.now
    var arguments = Self.arguments(cell)
    if !cell.identicalEngines.isEmpty {
      arguments += ["--engine", cell.identicalEngines[attempt - 1]]
    }
    if let part = passage?.arguments(arguments, stateFile) {
      arguments = part
    } else {
      // Files of an earlier run must not count for this one.
      unlink(reportFile)
      unlink(auditFile)
      arguments += ["--report", reportFile]
      if options.auditsISA { arguments += ["--audit-isa", auditFile] }
    }
    attemptArguments = arguments
    do {
      if cell.script.contains(where: { $0.control != nil }) {
        let control = try ControlCommands(options.pseries)
        arguments += ["--control", control.address]
        self.control = control
      }
      let child = try Child(options.pseries, arguments)
      if cell.script.isEmpty { child.closeInput() }
      self.child = child
      // A script may begin with text to send.
      unsent = monitor.receive([], at: Clock.now)
      return nil
    } catch {
      return .notStarted("\(error)")
    }
  }

  var elapsed: Double { Clock.now - attemptStarted }

  /// The last complete line of the console.
  var lastLine: String { monitor.console.lines.last { !$0.isEmpty } ?? "" }

  // MARK: events

  /// The descriptors to poll.
  var interests: [pollfd] {
    guard let child else { return [] }
    var interests: [pollfd] = []
    for end in [child.output, child.errors] where end >= 0 {
      interests.append(pollfd(fd: end, events: Int16(POLLIN), revents: 0))
    }
    if !unsent.isEmpty, child.input >= 0 {
      interests.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0))
    }
    return interests
  }

  /// Transfers bytes in both directions, and checks the deadlines.
  /// - Returns: the ending, after the run has ended.
  func turn() -> Ending? {
    guard let child else { return nil }
    if child.output >= 0 {
      if let new = Child.read(from: child.output) {
        bytes += new
        unsent += monitor.receive(new, at: Clock.now)
      } else {
        child.closeOutput()
      }
    }
    if child.errors >= 0 {
      if let new = Child.read(from: child.errors) { remarks += new } else { child.closeErrors() }
    }
    if !unsent.isEmpty { unsent.removeFirst(child.write(unsent)) }
    if let control {
      monitor.note(monitor.takeCommands().compactMap { control.send($0) } + control.turn())
    }
    checkDeadlines(child)

    guard child.output < 0, child.errors < 0, control?.isEmpty != false, let ending = child.reap()
    else { return nil }
    self.child = nil
    control = nil
    return pendingEnd?.as ?? ending
  }

  private func checkDeadlines(_ child: Child) {
    if let pendingEnd {
      // After the request to end it may still print; then it is killed, with its descendants.
      if Clock.now > pendingEnd.at + Self.grace {
        child.kill(SIGKILL)
        if Clock.now > pendingEnd.at + 2 * Self.grace {
          child.closeOutput()
          child.closeErrors()
        }
      } else if Clock.now > pendingEnd.at + Self.grace / 2 {
        child.kill(SIGTERM)
      }
    } else if monitor.hasFailed {
      pendingEnd = (Clock.now, .failed)
    } else if monitor.isDone {
      terminate(child, .done)
    } else if elapsed > cell.deadline {
      terminate(child, .deadline)
    } else if bytes.count > Self.mostBytes {
      terminate(child, .flooded)
    }
  }

  private func terminate(_ child: Child, _ ending: Ending) {
    pendingEnd = (Clock.now, ending)
    child.kill(SIGTERM)
  }

  func kill() { child?.kill(SIGKILL) }

  // MARK: result

  /// - Returns: the result, or nil when another run has been started to compare with.
  func finish(_ ending: Ending) -> CellResult? {
    if passage != nil { return finishPart(ending) }
    let seconds = Clock.seconds(since: attemptStarted)
    monitor.finish(ending, at: Clock.now)
    var findings = monitor.findings
    let report = MachineReport.read(reportFile)
    let rejected = report?.rejected
    findings += cell.rejected.compactMap { $0.difference(from: rejected) }
    if let first, findings.isEmpty, let place = Self.difference(first, bytes) {
      let engine = cell.identicalEngines.isEmpty ? "" : " (\(cell.identicalEngines[attempt - 1]))"
      findings = ["run \(attempt)\(engine) printed other bytes than run 1, from \(place)"]
    }
    let audit = ReportedAudit.read(auditFile)
    let console = TimedConsole(
      lines: monitor.console.lines,
      times: monitor.lineTimes.map { ($0 - attemptStarted).withMilliseconds })
    let evidence = CellEvidence(
      cell, arguments: attemptArguments, console: console, start: attemptStarted, seconds: seconds,
      report: report)
    let log = output.keep(bytes, console.times, remarks, for: label)
    if findings.isEmpty, attempt < cell.runs {
      first = first ?? bytes
      attempt += 1
      guard let failure = start() else { return nil }
      monitor.finish(failure)
      findings = monitor.findings
    }
    if findings.isEmpty, cell.saves > 0 {
      guard let instructions = report?.instructions, instructions > 1 else {
        return CellResult(
          name: name, verdict: .failed, findings: ["pseries reported no instructions"], log: log)
      }
      passage = SaveRestoreSequence(
        cell, whole: bytes, instructions: instructions, seed: options.seed, log: log)
      wholeEvidence = evidence
      return startNextPart()
    }
    let lines = monitor.console.lines
    var result = CellResult(
      name: name, verdict: findings.isEmpty ? .passed : .failed, findings: findings,
      seconds: Clock.seconds(since: started), log: log,
      // For a run that ended as expected with every line, the findings are complete.
      tail: ending == .exited(cell.exitStatus) && !monitor.lacksLines
        ? [] : Array(lines.suffix(15)),
      remarks: String(decoding: remarks, as: UTF8.self).split(separator: "\n").suffix(15)
        .map { $0.trimmingBlanks() },
      rejected: rejected ?? [], audit: audit)
    result.evidence = evidence
    return result
  }

  /// Judges one part of a guest that is saved and restored.
  private func finishPart(_ ending: Ending) -> CellResult? {
    let file = stateFile
    if passage?.finish(ending, bytes, remarks) ?? false { unlink(file) }
    return startNextPart()
  }

  /// Starts the next part.
  /// - Returns: the result, after the last part.
  private func startNextPart() -> CellResult? {
    guard let passage else { return nil }
    var findings = passage.findings
    if passage.point != nil {
      guard let failure = start() else { return nil }
      findings.append("pseries could not continue: \(failure)")
    }
    var result = CellResult(
      name: name, verdict: findings.isEmpty ? .passed : .failed, findings: findings,
      seconds: Clock.seconds(since: started), log: passage.log)
    result.evidence = wholeEvidence
    return result
  }

  /// The first difference of two consoles, as `line 12: '…' and '…'`.
  static func difference(_ a: [UInt8], _ b: [UInt8]) -> String? {
    if a == b { return nil }
    let pairs = (lines(a), lines(b))
    for index in 0..<max(pairs.0.count, pairs.1.count) {
      let left = index < pairs.0.count ? pairs.0[index] : "nothing"
      let right = index < pairs.1.count ? pairs.1[index] : "nothing"
      if left != right { return "line \(index + 1): '\(left)' and '\(right)'" }
    }
    return "bytes that are not text"
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self).trimmingBlanks() }
  }
}
