/// For people.
enum TextReport {
  static func report(_ results: SuiteResults) -> String {
    let ran = results.results.filter { $0.obstacle == nil }.flatMap(Self.lines)
    let lines = ran + skips(results.results) + AuditTable.lines(results.results)
    return (lines + [results.summary, ""]).joined(separator: "\n")
  }

  /// The cells that could not run, a line for each reason.
  static func skips(_ results: [CellResult]) -> [String] {
    var reasons: [String] = []
    for case let reason? in results.map(\.obstacle) where !reasons.contains(reason) {
      reasons.append(reason)
    }
    return reasons.map { reason in
      let names = results.filter { $0.obstacle == reason }.map(\.name)
      guard names.count > 1 else { return "SKIP  \(names[0])  \(reason)" }
      var tests: [Substring] = []
      for name in names {
        let test = name.prefix { $0 != "/" }
        if tests.last != test { tests.append(test) }
      }
      return "SKIP  \(names.count) cells (\(tests.joined(separator: ", ")))  \(reason)"
    }
  }

  /// How many findings are enough to see what is wrong.
  private static let shown = 12

  /// The last ones refused are those a guest dies of.
  private static let refusalsShown = 3

  static func lines(_ result: CellResult) -> [String] {
    let time = "\(decimal(result.seconds)) s"
    switch result.verdict {
    case .passed: return ["pass  \(result.name)  \(time)"]
    case .skipped: return skips([result])
    case .failed:
      var lines = ["FAIL  \(result.name)  \(time)"]
      lines += result.findings.prefix(shown).map { "      \($0)" }
      if result.findings.count > shown {
        lines.append("      … and \(result.findings.count - shown) more, in results.json")
      }
      let refused = result.refused.suffix(refusalsShown)
      if !refused.isEmpty {
        let earlier = result.refused.count - refused.count
        lines.append(
          "      refused in problem state\(earlier > 0 ? ", after \(earlier) others" : ""):")
        lines += refused.map { "      | \($0.message)" }
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
  /// One line. It names the first cells that failed.
  public var summary: String {
    var text = "\(suite): \(passed) of \(results.count) passed"
    if failed > 0 {
      let names = results.filter { $0.verdict == .failed }.prefix(4).map(\.name)
      let more = failed > names.count ? " and \(failed - names.count) more" : ""
      text += ", \(failed) FAILED (\(names.joined(separator: ", "))\(more))"
    }
    if skipped > 0 { text += ", \(skipped) SKIPPED, not tested" }
    return text + ", \(decimal(seconds)) s"
  }
}
