/// Watches and judges the console of one run, as a pure function: bytes in; bytes to send, and
/// findings, out.
struct Monitor {
  let cell: Cell
  private(set) var console = Console()
  /// When each of the console's lines was complete, by the clock of ``receive(_:at:)``.
  private(set) var lineTimes: [Double] = []
  private(set) var findings: [String] = []
  /// A line that no healthy guest prints has appeared; the run may end.
  private(set) var hasFailed = false

  /// Whether everything that is expected has come, in a run that is over then.
  var isDone: Bool {
    // A prompt is no whole line.
    cell.completion == .expected && expected.allSatisfy { $0.matcher.matches(console.partial) }
      && step == waits.count && commands.isEmpty && featureDifferences().isEmpty
  }

  /// Expected lines are missing so far.
  var lacksLines: Bool { !expected.isEmpty }
  private var expected: [(pattern: Pattern, matcher: Matcher)]
  private let forbidden: [(pattern: Pattern, matcher: Matcher)]
  private let allowed: [Matcher]
  private let waits: [Matcher?]
  private var step = 0
  /// Commands for the control socket that have not been taken yet.
  private var commands: [String] = []
  /// The time at which the step whose text has appeared continues.
  private var resumption: Double?
  /// The position in the console at which the next step's text may start: lines before, and
  /// characters of the unfinished line.
  private var seenLines = 0
  private var seenCharacters = 0

  init(_ cell: Cell) {
    self.cell = cell
    expected = cell.expected.map { ($0, $0.matcher()) }
    forbidden = (Self.failurePatterns + cell.forbidden).map { ($0, $0.matcher()) }
    allowed = cell.allowed.map { $0.matcher() }
    waits = cell.script.map { $0.wait?.matcher() }
  }

  /// Lines of a kernel that has failed.
  static let failurePatterns: [Pattern] = [
    "Kernel panic", "Oops:", "BUG:", "kernel BUG at", "soft lockup", "hard LOCKUP",
    "detected stall", "detected stalls", "Unable to handle kernel", "Attempted to kill init",
    "WARNING: CPU:", "blocked for more than",
  ].compactMap { try? Pattern($0) }

  /// - Parameter now: seconds of any monotonic clock.
  /// - Returns: the script's bytes for the guest.
  mutating func receive(_ bytes: some Sequence<UInt8>, at now: Double) -> [UInt8] {
    judge(console.append(bytes))
    lineTimes += Array(repeating: now, count: console.lines.count - lineTimes.count)
    return advanceScript(now)
  }

  private mutating func judge(_ lines: ArraySlice<String>) {
    for line in lines {
      expected.removeAll { $0.matcher.matches(line) }
      guard let sign = forbidden.first(where: { $0.matcher.matches(line) }),
        !allowed.contains(where: { $0.matches(line) })
      else { continue }
      // One finding is enough: the trace follows a panic.
      if !hasFailed { findings.append("'\(sign.pattern)' in: \(line)") }
      hasFailed = true
    }
  }

  private mutating func advanceScript(_ now: Double) -> [UInt8] {
    var answer: [UInt8] = []
    while step < waits.count {
      if resumption == nil {
        if let wait = waits[step], !found(wait) { break }
        resumption = now + cell.script[step].pause
      }
      if let resumption, now < resumption { break }
      answer += (cell.script[step].send ?? "").utf8
      if let command = cell.script[step].control { commands.append(command) }
      step += 1
      resumption = nil
    }
    return answer
  }

  /// The script's commands for the control socket since the last call.
  mutating func takeCommands() -> [String] {
    defer { commands = [] }
    return commands
  }

  /// Adds failures outside the console.
  mutating func note(_ findings: [String]) { self.findings += findings }

  /// Looks for a step's text after the text of the step before.
  private mutating func found(_ wait: Matcher) -> Bool {
    while seenLines < console.lines.count {
      let line = console.lines[seenLines].dropFirst(seenCharacters)
      seenLines += 1
      seenCharacters = 0
      if wait.matches(line) { return true }
    }
    guard wait.matches(console.partial.dropFirst(seenCharacters)) else { return false }
    seenCharacters = console.partial.count
    return true
  }

  /// Judges the whole run.
  mutating func finish(_ ending: Ending, at now: Double = 0) {
    judge(console.finish())
    lineTimes += Array(repeating: now, count: console.lines.count - lineTimes.count)
    _ = advanceScript(.infinity)
    switch ending {
    case .exited(let status) where status == cell.exitStatus: break
    case .exited(let status):
      findings.append("exit status \(status), expected \(cell.exitStatus)")
    case .signalled(let signal):
      findings.append("pseries died of signal \(signal)")
    case .deadline: findings.append(lateness)
    case .failed, .done: break
    case .flooded: findings.append("more than \(CellRun.mostBytes >> 20) MiB on the console")
    case .notStarted(let reason): findings.append("pseries could not be started: \(reason)")
    }
    findings += expected.map { "missing: \($0.pattern)" }
    if step < waits.count {
      let text = cell.script[step].wait?.description ?? ""
      findings.append("script stopped at step \(step + 1), waiting for '\(text)'")
    }
    findings += featureDifferences()
    if let probes = cell.probes { findings += probes.differences(console.lines) }
  }

  /// What a run that reached its deadline lacks.
  private var lateness: String {
    let late = "not done after \(decimal(cell.deadline)) s"
    guard cell.completion == .end, !cell.expected.isEmpty, expected.isEmpty, step == waits.count
    else { return late }
    return
      "\(late): everything expected came, and the guest did not power off "
      + "('done: expected' ends the run there)"
  }

  func featureDifferences() -> [String] {
    cell.features.compactMap { wanted in
      let feature = wanted.feature
      let values = console.lines.compactMap { feature.value(in: $0) }
      guard let value = values.first(where: { !feature.agree($0, wanted.value) }) ?? values.first
      else { return "\(feature.rawValue): expected \(wanted.value), not reported" }
      if feature.agree(value, wanted.value) { return nil }
      return "\(feature.rawValue): expected \(wanted.value), got \(value)"
    }
  }
}

/// The end of a run.
enum Ending: Equatable {
  case exited(Int32)
  case signalled(Int32)
  /// Ended by us: its deadline passed.
  case deadline
  /// Ended by us: it printed a line that no healthy guest prints.
  case failed
  /// Ended by us: everything that was expected has come.
  case done
  /// Ended by us: it printed too much.
  case flooded
  case notStarted(String)
}

/// A number of seconds with one decimal.
func decimal(_ value: Double) -> String {
  let tenths = (value * 10).rounded() / 10
  return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
}
