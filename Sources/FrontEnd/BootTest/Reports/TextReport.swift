/// The report for people.
enum TextReport {
  static func report(_ results: SuiteResults) -> String {
    let ran = results.results.filter { $0.obstacle == nil }.flatMap(Self.lines)
    let lines =
      ran + skips(results.results) + AuditTable.lines(results.results)
      + (results.comparison?.verdicts ?? [])
    return (lines + [results.summary, ""]).joined(separator: "\n")
  }

  /// The cells that could not run, a line for each reason.
  static func skips(_ results: [CellResult]) -> [String] {
    var reasons: [String] = []
    for case let reason? in results.map(\.obstacle) where !reasons.contains(reason) {
      reasons.append(reason)
    }
    return reasons.map { reason in
      let same = results.filter { $0.obstacle == reason }
      let label = same[0].verdict == .failed ? "FAIL" : "SKIP"
      let names = same.map(\.name)
      guard names.count > 1 else { return "\(label)  \(names[0])  \(reason)" }
      var tests: [Substring] = []
      for name in names {
        let test = name.prefix { $0 != "/" }
        if tests.last != test { tests.append(test) }
      }
      return "\(label)  \(names.count) cells (\(tests.joined(separator: ", ")))  \(reason)"
    }
  }

  /// The most findings of a cell that are printed.
  private static let shown = 12

  /// The most rejections that are printed: a guest dies of one of the last.
  private static let rejectionsShown = 3

  static func lines(_ result: CellResult) -> [String] {
    if result.obstacle != nil { return skips([result]) }
    let head = "\(result.name)  \(decimal(result.seconds)) s"
    return result.verdict == .failed
      ? ["FAIL  \(head)"] + details(result).map { "  \($0)" } : ["pass  \(head)"]
  }

  /// The lines for a cell that failed. The reason comes last, next to the prompt.
  static func details(_ result: CellResult) -> [String] {
    var lines: [String] = []
    if !result.tail.isEmpty {
      lines.append("the console ends:")
      lines += result.tail.flatMap { quoted($0) }
    }
    // Rejections are printed below.
    let remarks = result.remarks.filter { remark in
      !result.rejected.contains { remark.hasSuffix($0.message) }
    }
    if !remarks.isEmpty {
      lines.append("pseries says:")
      lines += remarks.flatMap { quoted($0) }
    }
    if let log = result.log { lines.append("log: \(log)") }
    let rejected = result.rejected.suffix(rejectionsShown)
    if !rejected.isEmpty {
      let earlier = result.rejected.count - rejected.count
      lines.append("refused in problem state\(earlier > 0 ? ", after \(earlier) others" : ""):")
      lines += rejected.flatMap { quoted($0.message) }
    }
    lines += result.findings.prefix(shown)
    if result.findings.count > shown {
      lines.append("… and \(result.findings.count - shown) more, in results.json")
    }
    return lines
  }

  /// The width of quoted lines with their prefix, for terminals of 80 columns.
  private static let columns = 76

  /// A line of the console with a prefix. A line that is too long loses its time stamp, so that a
  /// kernel's register lines fit, and is then wrapped at blanks.
  private static func quoted(_ line: String) -> [String] {
    var rest = Substring(line.map { $0 == "\t" ? " " : $0 })
    if rest.count > columns, rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      rest = rest[rest.index(after: end)...].drop { $0 == " " }
    }
    var lines: [String] = []
    while rest.count > columns {
      let limit = rest.index(rest.startIndex, offsetBy: columns)
      // Not before the first word.
      let word = rest.firstIndex { $0 != " " } ?? limit
      let blank = word < limit ? rest[word..<limit].lastIndex(of: " ") : nil
      let end = blank ?? limit
      lines.append("| \(rest[..<end])")
      rest = rest[end...].drop { $0 == " " }
      // Wrapped lines are indented.
      if !rest.isEmpty { rest = "  " + rest }
    }
    return rest.isEmpty && !lines.isEmpty ? lines : lines + ["| \(rest)"]
  }
}

extension SuiteResults {
  /// One line, with the names of the first cells that failed.
  public var summary: String {
    var text = isInterrupted ? "interrupted: " : ""
    text += "\(suite): \(passed) of \(results.count) passed"
    if failed > 0 {
      let names = results.filter { $0.verdict == .failed }.prefix(4).map(\.name)
      let more = failed > names.count ? " and \(failed - names.count) more" : ""
      text += ", \(failed) FAILED (\(names.joined(separator: ", "))\(more))"
    }
    let flaky = CellGroup.groups(results).filter { $0.state == .flaky }
    if !flaky.isEmpty {
      let names = flaky.prefix(4).map { "\($0.name): \($0.share ?? "")" }
      let more = flaky.count > names.count ? " and \(flaky.count - names.count) more" : ""
      text += ", \(flaky.count) FLAKY (\(names.joined(separator: ", "))\(more))"
    }
    if skipped > 0 { text += ", \(skipped) SKIPPED, not tested" }
    return text + ", \(decimal(seconds)) s"
  }
}
