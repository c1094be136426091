internal import JSON

/// The report for programs.
enum JSONReport {
  static func report(_ results: SuiteResults) -> String {
    let document: JSONValue = [
      "suite": .string(results.suite),
      "began": .string(results.began),
      "interrupted": .bool(results.isInterrupted),
      "attempt": results.attempt == 1 ? nil : .integer(results.attempt),
      "passed": .integer(results.passed),
      "failed": .integer(results.failed),
      "skipped": .integer(results.skipped),
      "flaky": strings(CellGroup.groups(results.results).filter { $0.state == .flaky }.map(\.name)),
      "seconds": .seconds(results.seconds),
      "results": .array(results.results.map(entry)),
    ]
    return document.text()
  }

  private static func entry(_ result: CellResult) -> JSONValue {
    let (verdict, reason): (String, String?) =
      switch result.verdict {
      case .passed: ("passed", nil)
      case .failed: ("failed", nil)
      case .skipped(let reason): ("skipped", reason)
      }
    return [
      "name": .string(result.name),
      "file": result.place.map { .string($0.file) },
      "line": result.place.map { .integer($0.line) },
      "verdict": .string(verdict),
      "reason": reason.map { .string($0) },
      "seconds": .seconds(result.seconds),
      "findings": strings(result.findings),
      "log": result.log.map { .string($0) },
      "tail": strings(result.tail),
      "remarks": strings(result.remarks),
      "refused": strings(result.rejected.map(\.message)),
      "rejections": .array(result.rejected.map(\.json)),
      "isaAudit": result.audit?.json,
      "run": result.evidence?.json,
    ]
  }

  private static func strings(_ strings: [String]) -> JSONValue {
    .array(strings.map { .string($0) })
  }
}
