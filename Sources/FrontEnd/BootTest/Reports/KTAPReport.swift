internal import HostSupport

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
    case .skipped(let reason): return ["ok \(number) \(name) # SKIP \(quoted(reason))"]
    case .failed:
      return result.findings.map { "# \(quoted($0))" } + ["not ok \(number) \(name)"]
    }
  }

  /// Where the kernel's `kunit.py` stops reading, on whatever line it finds them.
  private static let ends = [
    "List of all partitions:", "Kernel panic - not syncing: VFS:", "reboot: System halted",
  ]

  /// A text of a guest, in which the kernel's tool sees no end of its log.
  private static func quoted(_ text: String) -> String {
    ends.reduce(text.printable) { text, end in
      text.replacing(end, with: end.map { $0 == ":" ? ";" : String($0) }.joined())
    }
  }

  /// A '#' begins a directive.
  private static func plain(_ name: String) -> String {
    String(name.map { $0 == "#" ? "+" : $0 })
  }
}
