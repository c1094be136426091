/// JUnit's XML, for CI systems.
enum JUnitReport {
  static func report(_ results: SuiteResults) -> String {
    var xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
    xml += "  <testsuite name=\"\(escape(results.suite))\" tests=\"\(results.results.count)\""
    xml += " failures=\"\(results.failed)\" errors=\"0\" skipped=\"\(results.skipped)\""
    if isTime(results.began) { xml += " timestamp=\"\(escape(results.began))\"" }
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
      "    <testcase classname=\"\(escape("\(suite).\(path.first ?? "")"))\""
      + " name=\"\(escape(result.name))\" time=\"\(decimal(result.seconds))\">\n"
    let properties = zip(["processor", "level", "engine"], path.dropFirst()).map { name, value in
      "        <property name=\"\(name)\" value=\"\(escape(String(value)))\"/>\n"
    }
    let listed =
      properties.isEmpty
      ? "" : "      <properties>\n\(properties.joined())      </properties>\n"
    let verdict: String
    switch result.verdict {
    case .passed: verdict = ""
    case .skipped(let reason): verdict = "      <skipped message=\"\(escape(reason))\"/>\n"
    case .failed:
      let message = escape(result.findings.first ?? "")
      let text = escape(TextReport.details(result).joined(separator: "\n"))
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

  /// XML excludes most control characters, even as escapes.
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
