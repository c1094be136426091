internal import HostSupport

/// Signals of LAVA, which its dispatcher reads in the output of a test shell: a test case for each cell,
/// with its findings between the signals.
enum LAVAReport {
  static func report(_ results: SuiteResults) -> String {
    var used: Set<String> = []
    var lines: [String] = []
    for result in results.results {
      let name = identifier(result.name, &used)
      lines.append("<LAVA_SIGNAL_STARTTC \(name)>")
      lines += result.findings.map(plain)
      if case .skipped(let reason) = result.verdict { lines.append(plain(reason)) }
      lines.append("<LAVA_SIGNAL_ENDTC \(name)>")
      var signal = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=\(name) RESULT=\(word(result.verdict))"
      if result.obstacle == nil {
        signal += " MEASUREMENT=\(decimal(result.seconds)) UNITS=seconds"
      }
      lines.append(signal + ">")
    }
    return (lines + [plain(results.summary), ""]).joined(separator: "\n")
  }

  private static func word(_ verdict: CellResult.Verdict) -> String {
    switch verdict {
    case .passed: "pass"
    case .failed: "fail"
    case .skipped: "skip"
    }
  }

  /// An identifier of a test case has letters, digits, and the characters `-_.`, and is unique in a job.
  private static func identifier(_ name: String, _ used: inout Set<String>) -> String {
    let plain = String(
      name.map { character in
        let isPlain = character.isASCII && (character.isLetter || character.isNumber)
        return isPlain || "-_.".contains(character) ? character : "-"
      })
    var (identifier, number) = (plain, 1)
    while !used.insert(identifier).inserted {
      number += 1
      identifier = "\(plain).\(number)"
    }
    return identifier
  }

  /// Text in which a guest has written no signal.
  private static func plain(_ text: String) -> String {
    text.printable.replacing("<LAVA_", with: "< LAVA_")
  }
}
