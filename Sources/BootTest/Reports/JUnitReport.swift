/// JUnit's XML, which CI systems show.
enum JUnitReport {
  static func report(_ results: SuiteResults) -> String {
    var xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
    xml += "  <testsuite name=\"\(escape(results.suite))\" tests=\"\(results.results.count)\""
    xml += " failures=\"\(results.failed)\" errors=\"0\" skipped=\"\(results.skipped)\""
    xml += " time=\"\(decimal(results.seconds))\">\n"
    for result in results.results { xml += testCase(result, suite: results.suite) }
    return xml + "  </testsuite>\n</testsuites>\n"
  }

  private static func testCase(_ result: CellResult, suite: String) -> String {
    let start =
      "    <testcase classname=\"\(escape(suite))\" name=\"\(escape(result.name))\""
      + " time=\"\(decimal(result.seconds))\""
    switch result.verdict {
    case .passed: return start + "/>\n"
    case .skipped(let reason):
      return start + ">\n      <skipped message=\"\(escape(reason))\"/>\n    </testcase>\n"
    case .failed:
      let message = escape(result.findings.first ?? "")
      let text = escape(TextReport.lines(result).dropFirst().joined(separator: "\n"))
      return start
        + ">\n      <failure message=\"\(message)\">\(text)</failure>\n    </testcase>\n"
    }
  }

  /// XML has no place for most control characters, not even escaped.
  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0xfffe || scalar.value == 0xffff:
        escaped += "\u{fffd}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
