import HostSupport

/// Makes the results of one run of those of its parts.
public struct ResultsMerge {
  private let plan: RunPlan
  /// The part with the result that counts, by cell.
  private var chosen: [String: (part: ResultsPart, result: CellResult)] = [:]
  private var parts: [ResultsPart] = []
  /// Results that cannot be read.
  public private(set) var damaged: [SuiteError] = []

  /// Finds the results of the cells of a plan.
  ///
  /// Of several results of a cell the one with the highest number of the attempt counts, whatever its
  /// verdict. Two results of the same attempt are an error: one of them is not of this run.
  /// - Parameters:
  ///   - plan: every cell that there must be.
  ///   - folders: results folders, and folders in which there are some.
  public init(_ plan: RunPlan, folders: [String]) throws(MergeError) {
    self.plan = plan
    for folder in folders { try add(folder, depth: 0) }
    let names = Set(plan.entries.map(\.name))
    var places: [CellAttempt: String] = [:]
    for part in parts {
      guard part.results.suite == plan.suite else {
        throw .otherSuite(part.folder, part.results.suite, plan.suite)
      }
      for result in part.results.results where !names.contains(result.name) {
        throw .notPlanned(part.folder, result.name)
      }
      for result in part.finished {
        let number = part.results.attempt
        let attempt = CellAttempt(cell: result.name, number: number)
        if let other = places.updateValue(part.folder, forKey: attempt) {
          throw .twice(result.name, attempt: number, other, part.folder)
        }
        if let earlier = chosen[result.name], earlier.part.results.attempt > number { continue }
        chosen[result.name] = (part, result)
      }
    }
  }

  private struct CellAttempt: Hashable {
    var cell: String
    var number: Int
  }

  private static let deepest = 4

  private mutating func add(_ folder: String, depth: Int) throws(MergeError) {
    let entries: [(name: String, kind: InputFolder.Kind)]
    do throws(InputError) {
      entries = try InputFolder(opening: folder).entries(limit: InputLimit.text)
    } catch {
      throw .files("\(error)")
    }
    if entries.contains(where: { $0.name == ResultsReader.fileName }) {
      do throws(SuiteError) {
        parts.append(try ResultsPart(folder))
      } catch {
        damaged.append(error)
      }
    } else if depth < Self.deepest {
      for entry in entries where entry.kind == .folder {
        try add("\(folder)/\(entry.name)", depth: depth + 1)
      }
    }
  }

  /// The names of the cells without results.
  public var missing: [String] { plan.entries.map(\.name).filter { chosen[$0] == nil } }

  /// The results in the order of the plan. A cell without results has failed. The files of cells are
  /// copied to the folder.
  public func results(into output: ResultsFolder) throws(MergeError) -> SuiteResults {
    var results: [CellResult] = []
    for entry in plan.entries {
      if let (part, result) = chosen[entry.name] {
        results.append(try part.take(result, into: output))
      } else {
        results.append(
          CellResult(name: entry.name, verdict: .failed, findings: [reason(entry)]))
      }
    }
    let span = span
    var whole = SuiteResults(
      suite: plan.suite, results: results, seconds: span.seconds, began: span.began)
    whole.isInterrupted = parts.contains { $0.results.isInterrupted } && !missing.isEmpty
    return whole
  }

  /// Why a cell has no results.
  private func reason(_ entry: RunPlan.Entry) -> String {
    let place = "\(entry.results)/\(ResultsReader.fileName)"
    if let error = damaged.first(where: { $0.file == place }) { return "not run: \(error)" }
    let isInterrupted = parts.contains { part in
      part.results.results.contains { $0.name == entry.name }
    }
    return isInterrupted ? "not run: \(CellResult.interruption)" : "not run: there are no results"
  }

  /// From the first start to the last end.
  private var span: (began: String, seconds: Double) {
    let times = parts.compactMap { part in
      CalendarDate(text: part.results.began).map {
        (
          began: Double($0.secondsSinceEpoch), seconds: part.results.seconds,
          text: part.results.began
        )
      }
    }
    guard let first = times.min(by: { $0.began < $1.began }) else {
      return ("", parts.map(\.results.seconds).max() ?? 0)
    }
    let end = times.map { $0.began + $0.seconds }.max() ?? first.began
    return (first.text, (end - first.began).withMilliseconds)
  }
}

/// Why results cannot be merged.
public enum MergeError: Error, Equatable, CustomStringConvertible {
  /// Results of another suite: the folder, its suite and the plan's.
  case otherSuite(String, String, String)
  /// A cell that the plan does not have: the folder and the cell.
  case notPlanned(String, String)
  /// A cell that has two results of the same attempt, in these folders.
  case twice(String, attempt: Int, String, String)
  /// A folder cannot be read, or a file not copied.
  case files(String)

  /// One line.
  public var description: String {
    switch self {
    case .otherSuite(let folder, let suite, let planned):
      "\(folder): the results are of the suite \(suite), the plan is of \(planned)"
    case .notPlanned(let folder, let cell): "\(folder): the plan does not have the cell \(cell)"
    case .twice(let cell, let attempt, let one, let other):
      "\(cell) has two results of attempt \(attempt): in \(one) and in \(other) (a retry needs 'run --attempt N')"
    case .files(let message): message
    }
  }
}
