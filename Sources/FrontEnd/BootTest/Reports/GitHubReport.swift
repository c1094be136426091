internal import HostSupport

/// Annotations of GitHub Actions: an error for each cell that failed, at its line of the suite, and a
/// notice with the summary. The runner reads them in the output of a step.
enum GitHubReport {
  /// The most findings of a cell.
  private static let shown = 12

  static func report(_ results: SuiteResults) -> String {
    let failed = results.results.filter { $0.verdict == .failed }
    let errors = failed.map { result in
      command(
        "error",
        [
          ("file", result.place?.file), ("line", result.place.map { "\($0.line)" }),
          ("title", "\(results.suite): \(result.name)"),
        ], message(result))
    }
    let notice = command("notice", [("title", results.suite)], [results.summary])
    return (errors + [notice]).map { $0 + "\n" }.joined()
  }

  private static func message(_ result: CellResult) -> [String] {
    var lines = Array(result.findings.prefix(shown))
    if result.findings.count > shown {
      lines.append("… and \(result.findings.count - shown) more")
    }
    if let log = result.log { lines.append("log: \(log)") }
    return lines.isEmpty ? ["failed"] : lines
  }

  /// `::NAME KEY=VALUE,KEY=VALUE::MESSAGE`, on one line.
  private static func command(
    _ name: String, _ properties: [(key: String, value: String?)], _ message: [String]
  ) -> String {
    let list = properties.compactMap { key, value in
      value.map { "\(key)=\(escaped($0.printable, more: [":", ","]))" }
    }
    let text = message.map { escaped($0.printable) }.joined(separator: "%0A")
    return "::\(name) \(list.joined(separator: ","))::\(text)"
  }

  /// The text with `%XX` in place of what would end it.
  private static func escaped(_ text: String, more: [Unicode.Scalar] = []) -> String {
    let reserved: [Unicode.Scalar] = ["%", "\r", "\n"] + more
    var escaped = ""
    for scalar in text.unicodeScalars {
      if reserved.contains(scalar) {
        escaped += "%" + scalar.value.hexDigits(2).uppercased()
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
