internal import HostSupport
internal import JSON

/// Reads what the report for programs has, with the consoles in the same folder.
public enum ResultsReader {
  /// The file of a results folder that is read.
  static let fileName = "results.json"

  /// The results of a folder, or of a `results.json`.
  /// - Throws: why there are none.
  public static func read(_ path: String) throws(SuiteError) -> SuiteResults {
    let isFile = path.hasSuffix(".json")
    let file = isFile ? path : "\(path)/\(fileName)"
    let document = try document(file)
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    guard let suite = document["suite"]?.string, let entries = document["results"]?.elements,
      let results = entries.converted({ result($0, folder) })
    else { throw SuiteError(file, nil, "is not a report of boot-test") }
    var whole = SuiteResults(
      suite: suite, results: results, seconds: document["seconds"]?.seconds ?? 0,
      began: document["began"]?.string ?? "")
    whole.isInterrupted = document["interrupted"]?.bool ?? false
    whole.attempt = document["attempt"]?.unsigned.flatMap { Int(exactly: $0) } ?? 1
    return whole
  }

  /// The value in a file.
  static func document(_ file: String) throws(SuiteError) -> JSONValue {
    do {
      return try JSONValue(parsing: InputFile(opening: file).contents(limit: InputLimit.tree))
    } catch let error as InputError {
      throw SuiteError(file, nil, "cannot be read: \(error.explanation)")
    } catch {
      throw SuiteError(file, nil, "\(error)")
    }
  }

  private static func result(_ entry: JSONValue, _ folder: String) -> CellResult? {
    guard let name = entry["name"]?.string, let verdict = verdict(entry) else { return nil }
    let log = entry["log"]?.string
    var result = CellResult(
      name: name, verdict: verdict, findings: strings(entry["findings"]),
      seconds: entry["seconds"]?.seconds ?? 0, log: log, tail: strings(entry["tail"]),
      remarks: strings(entry["remarks"]),
      rejected: entry["rejections"]?.elements?.compactMap(ReportedRejection.init) ?? [],
      audit: entry["isaAudit"].flatMap(ReportedAudit.init))
    if let file = entry["file"]?.string,
      let line = entry["line"]?.integer.flatMap(Int.init(exactly:))
    {
      result.place = SuitePlace(file: file, line: line)
    }
    result.evidence = entry["run"].map { run in
      CellEvidence(
        run, console: result.logName.map { console("\(folder)/\($0)") } ?? TimedConsole())
    }
    return result
  }

  private static func verdict(_ entry: JSONValue) -> CellResult.Verdict? {
    switch entry["verdict"]?.string {
    case "passed": .passed
    case "failed": .failed
    case "skipped": .skipped(entry["reason"]?.string ?? "")
    default: nil
    }
  }

  private static func strings(_ value: JSONValue?) -> [String] {
    value?.elements?.compactMap(\.string) ?? []
  }

  /// A console's log with the times of its lines; empty without the log.
  private static func console(_ log: String) -> TimedConsole {
    guard let text = try? TextFile.read(log) else { return TimedConsole() }
    var console = Console()
    _ = console.append(text.utf8)
    _ = console.finish()
    let times = (try? TextFile.read(TimedConsole.timesFile(of: log))) ?? ""
    return TimedConsole(
      lines: console.lines,
      times: times.split(separator: "\n").compactMap {
        JSONValue.number(String($0)).seconds
      })
  }
}
