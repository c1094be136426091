/// The kernel's test anything protocol, version 1: a test for each test of the suite, whose cells are
/// nested in it.
enum KTAPReport {
  static func report(_ results: SuiteResults) -> String {
    var tests: [(name: String, cells: [CellResult])] = []
    for result in results.results {
      let name = plain(result.path.first.map(String.init) ?? result.name)
      if tests.last?.name == name {
        tests[tests.count - 1].cells.append(result)
      } else {
        tests.append((name, [result]))
      }
    }
    var lines = ["KTAP version 1", "1..\(tests.count)"]
    for (index, test) in tests.enumerated() {
      lines += ["  KTAP version 1", "  # Subtest: \(test.name)", "  1..\(test.cells.count)"]
      for (number, cell) in test.cells.enumerated() {
        lines += line(cell, number + 1).map { "  \($0)" }
      }
      let failed = test.cells.contains { $0.verdict == .failed }
      let skipped = test.cells.allSatisfy { $0.verdict != .passed && $0.verdict != .failed }
      lines.append(
        "\(failed ? "not ok" : "ok") \(index + 1) \(test.name)\(skipped ? " # SKIP" : "")")
    }
    lines.append(
      "# Totals: pass:\(results.passed) fail:\(results.failed) skip:\(results.skipped)")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ result: CellResult, _ number: Int) -> [String] {
    let name = plain(result.path.dropFirst().joined(separator: "/"))
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
