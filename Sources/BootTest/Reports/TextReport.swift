/// For people.
enum TextReport {
  static func report(_ results: SuiteResults) -> String {
    (results.results.flatMap(Self.lines) + [results.summary, ""]).joined(separator: "\n")
  }

  /// How many findings are enough to see what is wrong.
  private static let shown = 12

  static func lines(_ result: CellResult) -> [String] {
    let time = "\(decimal(result.seconds)) s"
    switch result.verdict {
    case .passed: return ["pass  \(result.name)  \(time)"]
    case .skipped(let reason): return ["SKIP  \(result.name)  \(reason)"]
    case .failed:
      var lines = ["FAIL  \(result.name)  \(time)"]
      lines += result.findings.prefix(shown).map { "      \($0)" }
      if result.findings.count > shown {
        lines.append("      … and \(result.findings.count - shown) more, in results.json")
      }
      if !result.tail.isEmpty {
        lines.append("      the console ends:")
        lines += result.tail.map { "      | \($0)" }
      }
      if !result.remarks.isEmpty {
        lines.append("      pseries says:")
        lines += result.remarks.map { "      | \($0)" }
      }
      if let log = result.log { lines.append("      log: \(log)") }
      return lines
    }
  }
}

extension SuiteResults {
  /// One line.
  public var summary: String {
    var text = "\(suite): \(passed) of \(results.count) passed"
    if failed > 0 { text += ", \(failed) FAILED" }
    if skipped > 0 { text += ", \(skipped) SKIPPED, not tested" }
    return text + ", \(decimal(seconds)) s"
  }
}
