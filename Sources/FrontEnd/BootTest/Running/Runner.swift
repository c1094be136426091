import Glibc
import HostSupport

/// Runs cells, several at a time, on one thread that polls the pipes of every process.
public struct Runner {
  /// How cells are run.
  public struct Options: Sendable {
    /// The path of the `pseries` program.
    public var pseries: String
    /// The number of cells at a time.
    public var jobs: Int
    /// Whether each cell counts the instructions of its problem state.
    public var auditsISA: Bool
    /// The seed for the points at which guests are saved.
    public var seed: UInt64
    /// Whether a cell that cannot run fails.
    public var requiresAll: Bool

    /// Options; `jobs` cells run at once, and `seed` places the saves of save-and-restore cells.
    public init(
      pseries: String, jobs: Int, auditsISA: Bool = false, seed: UInt64 = 1,
      requiresAll: Bool = false
    ) {
      (self.pseries, self.jobs) = (pseries, jobs)
      (self.auditsISA, self.seed, self.requiresAll) = (auditsISA, seed, requiresAll)
    }
  }

  private let options: Options
  private let output: ResultsFolder
  private let progress: Progress

  /// A runner that writes logs to `output` and shows its progress.
  public init(_ options: Options, output: ResultsFolder, progress: Progress) {
    (self.options, self.output, self.progress) = (options, output, progress)
  }

  /// The reason for which a cell cannot run on this machine.
  /// - Parameters:
  ///   - cell: the cell.
  ///   - engines: the available engines; nil when they are not known.
  public static func obstacle(_ cell: Cell, engines: [String]? = nil) -> String? {
    if let engines, let engine = cell.engines.subtracting(engines).min() {
      return "this pseries has no engine '\(engine)' here"
    }
    guard let file = cell.guest.files.first(where: { access($0, R_OK) != 0 }) else { return nil }
    let remedy = cell.guest.remedy.map { " (\($0))" } ?? ""
    return "\(file) does not exist\(remedy)"
  }

  /// The engines of a `pseries` program here; nil when it does not list them.
  public static func engines(of program: String) -> [String]? { AvailableEngines.list(program) }

  /// Runs cells.
  /// - Parameters:
  ///   - all: the cells, in the order of the results.
  ///   - suite: the suite's name.
  ///   - earlier: the results of an earlier run, by whose times the rest of this one is estimated.
  /// - Returns: the results, in the order of the cells. After an interruption by the user, cells that had
  ///   not finished are skipped.
  public func run(
    _ all: [PlannedCell], suite: String, earlier: SuiteResults? = nil
  ) -> SuiteResults {
    progress.expect(earlier)
    let (started, began) = (Clock.now, Clock.dateAndTime)
    let engines =
      all.allSatisfy(\.cell.engines.isEmpty) ? nil : AvailableEngines.list(options.pseries)
    var results: [String: CellResult] = [:]
    var waiting: [PlannedCell] = []
    for planned in all.reversed() {
      if let obstacle = Self.obstacle(planned.cell, engines: engines) {
        var result = CellResult(name: planned.name, verdict: .skipped(obstacle))
        if options.requiresAll { result.failSkipped() }
        results[planned.name] = result
      } else {
        waiting.append(planned)
      }
    }
    progress.total = all.count
    progress.report(notRun: all.compactMap { results[$0.name] })
    var running: [CellRun] = []
    func done(_ result: CellResult) {
      results[result.name] = result
      progress.report(result)
    }

    // The guests run in process groups of their own, and are ended by this program however often the
    // user asks.
    Interruption.install(repetitionEnds: false)
    while !waiting.isEmpty || !running.isEmpty {
      while running.count < options.jobs, let next = waiting.popLast() {
        let run = CellRun(next.cell, name: next.name, options: options, output: output)
        if let failure = run.start() {
          if let result = run.finish(failure) { done(result) }
        } else {
          running.append(run)
        }
      }
      wait(running)
      if Interruption.isWanted {
        for run in running { run.kill() }
        break
      }
      running.removeAll { run in
        guard let ending = run.turn(),
          let result = run.finish(ending)
        else { return false }
        done(result)
        return true
      }
      progress.show(
        running.map { ($0.name, $0.elapsed, $0.lastLine) }, waiting: waiting.map(\.name),
        jobs: options.jobs)
    }
    progress.clear()
    let list = all.map { entry in
      var result =
        results[entry.name]
        ?? CellResult(name: entry.name, verdict: .skipped(CellResult.interruption))
      result.place = entry.cell.place
      return result
    }
    var whole = SuiteResults(
      suite: suite, results: list, seconds: Clock.seconds(since: started), began: began)
    whole.isInterrupted = Interruption.isWanted
    return whole
  }

  /// Sleeps until one of the runs has output, or a tenth of a second for the deadlines.
  private func wait(_ running: [CellRun]) {
    var interests = running.flatMap(\.interests)
    poll(&interests, nfds_t(interests.count), 100)
  }
}
