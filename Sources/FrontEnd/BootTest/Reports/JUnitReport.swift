internal import HostSupport

/// JUnit's XML, for CI systems.
enum JUnitReport {
  static func report(_ results: SuiteResults) -> String {
    var xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
    xml += "  <testsuite name=\"\(results.suite.xmlEscaped)\" tests=\"\(results.results.count)\""
    xml += " failures=\"\(results.failed)\" errors=\"0\" skipped=\"\(results.skipped)\""
    if isTime(results.began) { xml += " timestamp=\"\(results.began.xmlEscaped)\"" }
    xml += " time=\"\(decimal(results.seconds))\">\n"
    for result in results.results { xml += testCase(result, suite: results.suite) }
    return xml + "  </testsuite>\n</testsuites>\n"
  }

  /// Whether a text is a date and time, as the format requires; one that was read may be anything.
  private static func isTime(_ text: String) -> Bool {
    let pattern = "0000-00-00T00:00:00"
    return text.utf8.count == pattern.utf8.count
      && zip(text.utf8, pattern.utf8).allSatisfy { byte, due in
        due == UInt8(ascii: "0")
          ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == due
      }
  }

  private static func testCase(_ result: CellResult, suite: String) -> String {
    let path = result.path
    // CI systems show the class name as a tree: the suite, then the test.
    let start =
      "    <testcase classname=\"\("\(suite).\(path.first ?? "")".xmlEscaped)\""
      + " name=\"\(result.name.xmlEscaped)\" time=\"\(decimal(result.seconds))\">\n"
    let properties = zip(["processor", "level", "engine"], path.dropFirst()).map { name, value in
      "        <property name=\"\(name)\" value=\"\(String(value).xmlEscaped)\"/>\n"
    }
    let listed =
      properties.isEmpty
      ? "" : "      <properties>\n\(properties.joined())      </properties>\n"
    let verdict: String
    switch result.verdict {
    case .passed: verdict = ""
    case .skipped(let reason): verdict = "      <skipped message=\"\(reason.xmlEscaped)\"/>\n"
    case .failed:
      let message = (result.findings.first ?? "").xmlEscaped
      let text = TextReport.details(result).joined(separator: "\n").xmlEscaped
      verdict =
        "      <failure type=\"\(type(of: result))\" message=\"\(message)\">\(text)</failure>\n"
    }
    return start + listed + verdict + "    </testcase>\n"
  }

  /// The kind of a failure: the first finding up to its colon, as `missing`.
  private static func type(of result: CellResult) -> String {
    let words = (result.findings.first ?? "").prefix { $0 != ":" }
    let isWord = !words.isEmpty && words.allSatisfy { $0.isLetter && $0.isASCII || $0 == " " }
    return isWord ? words.split(separator: " ").joined(separator: "-") : "failure"
  }
}
