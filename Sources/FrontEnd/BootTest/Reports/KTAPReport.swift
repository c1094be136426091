/// The kernel's test anything protocol, version 1: a test for each test of the suite, whose cells are
/// nested in it.
enum KTAPReport {
  static func report(_ results: SuiteResults) -> String {
    let tests = TestGroup.groups(results.results)
    var lines = ["KTAP version 1", "1..\(tests.count)"]
    for (index, test) in tests.enumerated() {
      let name = plain(test.name)
      lines += ["  KTAP version 1", "  # Subtest: \(name)", "  1..\(test.cells.count)"]
      for (number, cell) in test.cells.enumerated() {
        lines += line(cell, number + 1).map { "  \($0)" }
      }
      lines.append(
        "\(test.hasFailed ? "not ok" : "ok") \(index + 1) \(name)\(test.isSkipped ? " # SKIP" : "")"
      )
    }
    lines.append(
      "# Totals: pass:\(results.passed) fail:\(results.failed) skip:\(results.skipped)")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ result: CellResult, _ number: Int) -> [String] {
    let name = plain(result.caseName)
    switch result.verdict {
    case .passed: return ["ok \(number) \(name)"]
    case .skipped(let reason): return ["ok \(number) \(name) # SKIP \(reason)"]
    case .failed: return result.findings.map { "# \($0)" } + ["not ok \(number) \(name)"]
    }
  }

  /// A '#' begins a directive.
  private static func plain(_ name: String) -> String {
    String(name.map { $0 == "#" ? "+" : $0 })
  }
}
