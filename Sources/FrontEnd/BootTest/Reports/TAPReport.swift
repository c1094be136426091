internal import HostSupport

/// The test anything protocol, version 14: a test for each test of the suite, whose cells are its
/// subtests, with diagnostics in YAML.
enum TAPReport {
  static func report(_ results: SuiteResults) -> String {
    let tests = TestGroup.groups(results.results)
    var lines = ["TAP version 14", "1..\(tests.count)"]
    for (index, test) in tests.enumerated() {
      lines += ["# Subtest: \(escaped(test.name))", "    1..\(test.cells.count)"]
      for (number, cell) in test.cells.enumerated() {
        lines += ([line(cell, number + 1)] + diagnostics(cell)).map { "    \($0)" }
      }
      lines.append(
        "\(test.hasFailed ? "not ok" : "ok") \(index + 1) - \(escaped(test.name))"
          + (test.isSkipped ? " # SKIP" : ""))
    }
    lines.append("# \(results.summary.printable)")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ result: CellResult, _ number: Int) -> String {
    let point = "\(number) - \(escaped(result.caseName))"
    return switch result.verdict {
    case .passed: "ok \(point)"
    case .failed: "not ok \(point)"
    case .skipped(let reason): "ok \(point) # SKIP \(reason.printable)"
    }
  }

  /// A block of YAML below the line of a cell that ran.
  private static func diagnostics(_ result: CellResult) -> [String] {
    if case .skipped = result.verdict { return [] }
    var lines = ["duration_ms: \(Int((min(result.seconds, 1e9) * 1000).rounded()))"]
    if result.verdict == .failed {
      if let finding = result.findings.first { lines.append("message: \(quoted(finding))") }
      lines.append("severity: fail")
      lines += block("findings", result.findings)
      lines += block("console", result.tail)
      lines += block("pseries", result.remarks)
    }
    if let place = result.place {
      lines += ["at:", "  file: \(quoted(place.file))", "  line: \(place.line)"]
    }
    if let log = result.log { lines.append("log: \(quoted(log))") }
    return (["---"] + lines + ["..."]).map { "  \($0)" }
  }

  /// A block of lines as they are. A list of quoted texts would be for YAML too, but not for TAP::Parser
  /// of Perl, which takes `"missing: up"` in a list for a key and a value.
  private static func block(_ key: String, _ texts: [String]) -> [String] {
    guard !texts.isEmpty else { return [] }
    // A blank at the beginning would be indentation.
    let lines = texts.map(\.printable).map { text in
      text.isEmpty || text.hasPrefix(" ") ? "| \(text)" : text
    }
    return ["\(key): |"] + lines.map { "  \($0)" }
  }

  private static func quoted(_ text: String) -> String { SuiteDraft.quoted(text) }

  /// A '#' begins a directive.
  private static func escaped(_ name: String) -> String {
    name.printable.map { $0 == "#" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
  }
}
