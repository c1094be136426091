/// Watches the console of one run and judges it. Pure: bytes in, bytes to send and findings out.
struct Monitor {
  let cell: Cell
  private(set) var console = Console()
  private(set) var findings: [String] = []
  /// A line that no healthy guest prints has been seen; the run need not go on.
  private(set) var isHopeless = false

  /// Expected lines have not come yet.
  var lacksLines: Bool { !expected.isEmpty }
  private var expected: [(pattern: Pattern, matcher: Matcher)]
  private let forbidden: [(pattern: Pattern, matcher: Matcher)]
  private let allowed: [Matcher]
  private let waits: [Matcher?]
  private var step = 0
  /// Commands for the control socket that have not been taken yet.
  private var commands: [String] = []
  /// When the step whose text has come goes on.
  private var resumption: Double?
  /// Where in the console the next step's text may start: lines before, and characters of the
  /// unfinished line.
  private var seenLines = 0
  private var seenCharacters = 0

  init(_ cell: Cell) {
    self.cell = cell
    expected = cell.expected.map { ($0, $0.matcher()) }
    forbidden = (Self.signsOfTrouble + cell.forbidden).map { ($0, $0.matcher()) }
    allowed = cell.allowed.map { $0.matcher() }
    waits = cell.script.map { $0.wait?.matcher() }
  }

  /// What a kernel prints when it is not well.
  static let signsOfTrouble: [Pattern] = [
    "Kernel panic", "Oops:", "BUG:", "kernel BUG at", "soft lockup", "hard LOCKUP",
    "detected stall", "detected stalls", "Unable to handle kernel", "Attempted to kill init",
    "WARNING: CPU:", "blocked for more than",
  ].compactMap { try? Pattern($0) }

  /// - Parameter now: seconds of any clock that goes forward.
  /// - Returns: what the script sends in answer.
  mutating func receive(_ bytes: some Sequence<UInt8>, at now: Double) -> [UInt8] {
    judge(console.append(bytes))
    return advanceScript(now)
  }

  private mutating func judge(_ lines: ArraySlice<String>) {
    for line in lines {
      expected.removeAll { $0.matcher.matches(line) }
      guard let sign = forbidden.first(where: { $0.matcher.matches(line) }),
        !allowed.contains(where: { $0.matches(line) })
      else { continue }
      // One finding is enough: what follows a panic is its trace.
      if !isHopeless { findings.append("'\(sign.pattern)' in: \(line)") }
      isHopeless = true
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

  /// What the script sends to the control socket since the last call.
  mutating func takeCommands() -> [String] {
    defer { commands = [] }
    return commands
  }

  /// Notes what went wrong outside the console.
  mutating func note(_ findings: [String]) { self.findings += findings }

  /// Looks for a step's text in what came since the last step's.
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
  mutating func finish(_ ending: Ending) {
    judge(console.finish())
    _ = advanceScript(.infinity)
    switch ending {
    case .exited(let status) where status == cell.exitStatus: break
    case .exited(let status):
      findings.append("exit status \(status), expected \(cell.exitStatus)")
    case .signalled(let signal):
      findings.append("pseries died of signal \(signal)")
    case .deadline: findings.append("not done after \(decimal(cell.deadline)) s")
    case .hopeless: break
    case .flooded: findings.append("more than \(Run.mostBytes >> 20) MiB on the console")
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

/// How a run ended.
enum Ending: Equatable {
  case exited(Int32)
  case signalled(Int32)
  /// Killed by us: its time was up.
  case deadline
  /// Killed by us: it had printed what no healthy guest prints.
  case hopeless
  /// Killed by us: it would not stop printing.
  case flooded
  case notStarted(String)
}

/// A number of seconds with one decimal.
func decimal(_ value: Double) -> String {
  let tenths = (value * 10).rounded() / 10
  return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
}
