/// The result of a cell.
public struct CellResult: Sendable {
  /// How a cell ended.
  public enum Verdict: Sendable, Equatable {
    case passed
    case failed
    case skipped(String)
  }

  /// The cell's name, as reports and folders have it.
  public var name: String
  /// Whether it passed, failed or was left out.
  public var verdict: Verdict
  /// The reasons of the failure, a line each.
  public var findings: [String] = []
  /// Wall-clock time of all its runs.
  public var seconds = 0.0
  /// The console log of the last run.
  public var log: String?
  /// The last lines of the console, when it failed.
  public var tail: [String] = []
  /// The last lines of `pseries`'s standard error.
  public var remarks: [String] = []
  /// The instructions that were rejected in problem state, in the order of their first occurrence.
  public var rejected: [ReportedRejection] = []
  /// The audit of problem state, when it was requested.
  public var audit: ReportedAudit?
  /// What the last run left; nil for a cell that did not run to its end.
  public var evidence: CellEvidence?
  /// Where the suite declares the cell; nil where that is unknown.
  public var place: SuitePlace?

  /// A result; only name and verdict have to be given.
  public init(
    name: String, verdict: Verdict, findings: [String] = [], seconds: Double = 0,
    log: String? = nil, tail: [String] = [], remarks: [String] = [],
    rejected: [ReportedRejection] = [], audit: ReportedAudit? = nil
  ) {
    (self.name, self.verdict, self.findings, self.seconds) = (name, verdict, findings, seconds)
    (self.log, self.tail, self.remarks) = (log, tail, remarks)
    (self.rejected, self.audit) = (rejected, audit)
  }

  /// The reason for which it could not run. Such a cell is skipped, or fails where all are
  /// required.
  var obstacle: String? {
    if case .skipped(let reason) = verdict { reason } else { unmetRequirement }
  }
  private var unmetRequirement: String?

  /// The reason of cells that had not finished when the user ended the run.
  static let interruption = "the run was interrupted"

  /// Whether it is the result of a cell that had not finished when the user ended the run.
  var isInterrupted: Bool { verdict == .skipped(Self.interruption) }

  /// Counts a skipped cell as failed.
  mutating func failSkipped() {
    guard let obstacle else { return }
    verdict = .failed
    unmetRequirement = obstacle
    findings = ["could not run: \(obstacle)"]
  }

  /// The name of the console log in the folder of results.
  var logName: String? { log?.split(separator: "/").last.map(String.init) }

  /// The parts of the name: the test, then processor, level and engine.
  var path: [Substring] { name.split(separator: "/") }
}

/// The results of a suite.
public struct SuiteResults: Sendable {
  /// The suite's name.
  public var suite: String
  /// One result for each cell and repetition, in the order of the suite.
  public var results: [CellResult]
  /// Seconds from the first start to the last end.
  public var seconds: Double
  /// The start, in UTC as `2026-11-21T20:15:00`.
  public var began: String
  /// Whether the user ended it before every cell had run.
  public var isInterrupted = false
  /// From 1: which attempt this is to run these cells. Where results are merged, those of the last
  /// attempt count.
  public var attempt = 1
  /// The earlier run that these results are compared with.
  public var earlier: EarlierResults?

  /// The results of a run that took `seconds`.
  public init(suite: String, results: [CellResult], seconds: Double, began: String = "") {
    (self.suite, self.results, self.seconds) = (suite, results, seconds)
    self.began = began
  }

  /// The results of another run, which has none before it.
  public struct EarlierResults: Sendable {
    /// One result for each cell and repetition.
    public var results: [CellResult]
    /// The start, in UTC.
    public var began: String
  }

  /// Compares these results with earlier ones.
  public mutating func compare(with earlier: SuiteResults) {
    self.earlier = EarlierResults(results: earlier.results, began: earlier.began)
  }

  /// Cells that passed.
  public var passed: Int { results.count { $0.verdict == .passed } }
  /// Cells that failed.
  public var failed: Int { results.count { $0.verdict == .failed } }
  /// Cells that were left out.
  public var skipped: Int { results.count - passed - failed }

  /// 0 when everything that ran passed and something ran, else 1.
  public var exitStatus: Int32 { failed == 0 && passed > 0 ? 0 : 1 }
}
