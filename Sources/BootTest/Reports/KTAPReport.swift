/// The kernel's test anything protocol, version 1.
enum KTAPReport {
  static func report(_ results: SuiteResults) -> String {
    var lines = ["KTAP version 1", "1..\(results.results.count)"]
    for (index, result) in results.results.enumerated() {
      // A '#' begins a directive.
      let name = String(result.name.map { $0 == "#" ? "+" : $0 })
      switch result.verdict {
      case .passed: lines.append("ok \(index + 1) \(name)")
      case .skipped(let reason): lines.append("ok \(index + 1) \(name) # SKIP \(reason)")
      case .failed:
        lines += result.findings.map { "# \($0)" }
        lines.append("not ok \(index + 1) \(name)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
