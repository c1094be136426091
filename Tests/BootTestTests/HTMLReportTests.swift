@testable import BootTest
import Foundation
import JSON
import Testing

/// The page of `boot-test run`.
@Suite struct HTMLReportTests {
  /// A cell that passed, one that failed with everything that is known of a run, and one that was
  /// skipped.
  static func sample() throws -> SuiteResults {
    var results = SuiteResults(
      suite: "s & t",
      results: [
        CellResult(name: "boot/power9/none", verdict: .passed, seconds: 1.25),
        CellResult(
          name: "boot/power9/power8", verdict: .failed,
          findings: ["'Oops:' in: [    0.500000] Oops: <0>", "missing: up"], seconds: 2,
          log: "logs/b.log", remarks: ["pseries: stopped"]),
        CellResult(name: "boot/power10/none", verdict: .skipped("kernel is not there")),
      ], seconds: 3.5, began: "2026-11-21T20:15:00")
    results.results[1].evidence = try evidence()
    let rejection = try JSONValue(
      parsing: Array(
        """
        {"mnemonic": "darn", "level": "3.0", "needs": "power9", "count": 1234,
         "first": {"address": "0x10000", "text": "darn r3,1", "program": "/init", "pid": 7},
         "message": "/init executed `darn`"}
        """.utf8))
    results.results[1].rejected = [try #require(ReportedRejection(rejection))]
    return results
  }

  static func evidence() throws -> CellEvidence {
    var evidence = CellEvidence()
    evidence.arguments = ["--cpu", "power9", "--append", "a b"]
    evidence.seconds = 2
    evidence.level = "power8"
    evidence.instructions = 12345
    evidence.console = TimedConsole(
      lines: ["hello\tyou", "[    0.000000] Linux version 6", "[    0.500000] Oops: <0>"],
      times: [0.1, 1.2, 1.5])
    evidence.phases = [
      RunPhase(kind: .loading, from: 0, to: 0.1), RunPhase(kind: .firmware, from: 0.1, to: 0.5),
      RunPhase(kind: .kernel, from: 0.5, to: 2),
    ]
    let negotiation = try JSONValue(
      parsing: Array(
        #"{"seconds": 0.4, "steps": ["offer: <power9>", "chosen: power8"], "changes": ["~ /cpus: x = <1> -> <2>"]}"#
          .utf8))
    evidence.negotiations = [try #require(ReportedNegotiation(negotiation))]
    evidence.features = [
      FeatureComparison(
        feature: .hwcap2, expected: nil, promised: "ae000000", found: "00000000be000000")
    ]
    let calls = try JSONValue(
      parsing: Array(#"{"name": "H_CEDE", "calls": 1200, "errors": 3}"#.utf8))
    evidence.hypercalls = [try #require(ReportedCalls(calls))]
    return evidence
  }

  /// The page without its styles, line for line. `UPDATE_GOLDEN=1` writes it again after a deliberate
  /// change.
  @Test func theGoldenPage() throws {
    let page = ReportFormat.html.report(try Self.sample()).replacing(StyleSheet.source, with: "")
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Samples/Reports/small.html").standardizedFileURL
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try page.write(to: file, atomically: true, encoding: .utf8)
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    let differences = zip(page.split(separator: "\n"), golden.split(separator: "\n")).filter {
      $0 != $1
    }
    #expect(differences.isEmpty, "\(differences.prefix(3))")
    #expect(page == golden)
  }

  @Test func aSentenceSaysWhatFailedAndWhy() throws {
    let page = ReportFormat.html.report(try Self.sample())
    #expect(page.contains("<title>s &amp; t: 1 of 3 failed</title>"))
    #expect(
      page.contains(
        "<strong>1 of 3 cells failed:</strong> <a href=\"#cell-2\">boot/power9/power8</a> — &#39;Oops:&#39; in: [    0.500000] Oops: &lt;0&gt;. 1 cell skipped."
      ))
    let failed = SuiteResults(
      suite: "s",
      results: ["a", "b"].map { CellResult(name: "\($0)/p/l", verdict: .failed) }, seconds: 1)
    #expect(
      ReportFormat.html.report(failed).contains("<strong>2 of 2 cells failed:</strong> first <a "))
    let passed = SuiteResults(
      suite: "s", results: [CellResult(name: "t/p/l", verdict: .passed)], seconds: 1)
    #expect(ReportFormat.html.report(passed).contains("<strong>The only cell passed.</strong>"))
    let skipped = SuiteResults(
      suite: "s", results: [CellResult(name: "t/p/l", verdict: .skipped("no kernel"))], seconds: 1)
    #expect(
      ReportFormat.html.report(skipped).contains("<strong>Nothing was tested</strong>: no kernel."))
  }

  /// What tries to be more than text, as a guest, a file and another program may say it.
  static let hostile = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\" onmouseover=\"alert(1)", "' autofocus onfocus='alert(1)", "]]><!--",
    "</pre></details></main>",
    "\u{202e}gnp.exe\u{2066}", "nul\u{0}, del\u{7f}, c1\u{9b}31m", "\u{fffe}",
    "&lt;already&gt; &#60;", "</style><style>*{display:none}", "javascript:alert(1)",
  ]

  @Test(arguments: hostile) func everyTextIsEscaped(text: String) throws {
    var results = try Self.sample()
    results.suite = text
    results.results[2] = CellResult(name: "a/\(text)/b", verdict: .skipped(text))
    results.results[1].findings = [text]
    results.results[1].remarks = [text]
    results.results[1].log = text
    let hostile = JSONValue.string(text)
    results.results[1].rejected = [
      try #require(
        ReportedRejection([
          "mnemonic": hostile, "message": hostile, "level": hostile, "needs": hostile,
          "first": ["address": hostile, "text": hostile, "program": hostile],
        ]))
    ]
    results.results[1].audit = ReportedAudit([
      "levels": [["level": hostile, "count": 1]], "rejected": [], "earliest": ["level": hostile],
    ])
    var evidence = try Self.evidence()
    evidence.arguments = [text]
    evidence.level = text
    evidence.console = TimedConsole(lines: [text, text], times: [1, 2])
    evidence.negotiations = [
      try #require(
        ReportedNegotiation(["seconds": 1, "steps": [hostile], "changes": [hostile]]))
    ]
    evidence.features = [
      FeatureComparison(feature: .platform, expected: text, promised: text, found: text)
    ]
    evidence.rtas = [try #require(ReportedCalls(["name": hostile, "calls": 1]))]
    results.results[1].evidence = evidence
    var earlier = results
    earlier.results[1].verdict = .passed
    results.compare(with: earlier)
    let page = ReportFormat.html.report(results)
    // The same elements and attributes as with a harmless text.
    #expect(Self.tags(page) == Self.tags(ReportFormat.html.report(Self.harmless(results, text))))
    #expect(
      !page.unicodeScalars.contains { scalar in
        (scalar.value < 0x20 && scalar != "\n") || (0x7f...0x9f).contains(scalar.value)
          || (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
          || scalar.value & 0xfffe == 0xfffe
      })
  }

  /// The tags of a page, with the names of their attributes.
  private static func tags(_ page: String) -> [String] {
    page.matches(of: /<[^>]*>/).map { match in
      String(match.output).replacing(/"[^"]*"/, with: "")
    }
  }

  /// The same results with a word in place of the hostile text.
  private static func harmless(_ results: SuiteResults, _ text: String) -> SuiteResults {
    var copy = results
    func clean(_ result: inout CellResult) {
      result.name = result.name.replacing(text, with: "word")
    }
    for index in copy.results.indices { clean(&copy.results[index]) }
    if var earlier = copy.earlier {
      for index in earlier.results.indices { clean(&earlier.results[index]) }
      copy.earlier = earlier
    }
    return copy
  }

  @Test func longConsolesAreCutAndThePageSaysSo() throws {
    var results = try Self.sample()
    var evidence = try Self.evidence()
    let long = String(repeating: "y", count: 70_000)
    evidence.console.lines = (1...200_000).map { "line \($0)" } + [long]
    evidence.console.times = (1...200_001).map { Double($0) / 1e5 }
    results.results[1].evidence = evidence
    let page = ReportFormat.html.report(results)
    #expect(page.utf8.count < 1 << 20)
    #expect(page.contains(">line 1\n") || page.contains("line 1\n</span>"))
    #expect(page.contains("yyy… (69600 more characters)"))
    let cut = page.matches(of: /(\d+) lines? not shown; they are in b.log/)
      .compactMap { Int($0.output.1) }.reduce(0, +)
    #expect(cut == 200_001 - 2000)
  }

  @Test func aThousandCellsFitABrowser() throws {
    let evidence = try Self.evidence()
    let results = (1...1000).map { number in
      var result = CellResult(name: "t\(number)/power9/none", verdict: .passed, seconds: 1)
      result.evidence = evidence
      result.evidence?.console.lines = Array(
        repeating: String(repeating: "z", count: 100), count: 3000)
      return result
    }
    let page = ReportFormat.html.report(SuiteResults(suite: "s", results: results, seconds: 1))
    #expect(page.utf8.count < 24 << 20, "\(page.utf8.count)")
  }

  @Test func repetitionsAreOneCell() throws {
    let results = SuiteResults(
      suite: "s",
      results: [
        CellResult(name: "t/power9/power5+", verdict: .passed, seconds: 1),
        CellResult(
          name: "t/power9/power5++2", verdict: .failed, findings: ["missing: up"], seconds: 1),
        CellResult(name: "t/power9/power5++3", verdict: .passed, seconds: 1),
      ], seconds: 1)
    #expect(CellGroup.groups(results.results).map(\.name) == ["t/power9/power5+"])
    let page = ReportFormat.html.report(results)
    #expect(page.contains("<title>s: 1 of 1 flaky</title>"))
    #expect(page.contains("flaky <small>2 of 3</small>"))
    #expect(page.contains("(2 of 3 passed) — missing: up."))
  }

  @Test func levelsAndProcessorsAreInTheirOrder() {
    let names = [
      "power10/power9", "970/none", "power9/power7+", "power9/power7", "power10/power10",
    ]
    let results = SuiteResults(
      suite: "s", results: names.map { CellResult(name: "t/\($0)", verdict: .passed) }, seconds: 1)
    let page = ReportFormat.html.report(results)
    func titles(_ scope: String) -> [String] {
      page.components(separatedBy: "scope=\"\(scope)\">").dropFirst().map {
        String($0.prefix { $0 != "<" })
      }
    }
    #expect(
      titles("col").prefix(7) == [
        "test", "processor", "none", "power7", "power7+", "power9", "power10",
      ])
    #expect(titles("row") == ["970", "power9", "power10"])
  }

  /// What is read back from a folder gives the same page.
  @Test func resultsAreReadBack() throws {
    let machine = try FakePseries(
      "echo '[    0.000000] Linux version 6'; echo AT_HWCAP dc0065c2; printf 'a\\033[1mb\\n'; exit 3",
      report: """
        {"refused": [], "instructions": 5, "level": "power8", "clock": 0, "starts": [0.1],
         "negotiations": [{"seconds": 0.2, "steps": ["s"], "changes": ["+ /x"],
                           "features": {"hwcap": "dc0065c2"}}],
         "negotiationsNotKept": 0, "hypercalls": [{"name": "H_CEDE", "calls": 2, "errors": 0}],
         "rtas": [{"name": "power-off", "calls": 1, "errors": 0}]}
        """)
    let results = try machine.run(
      "  t: {guest: own, matrix: {power9: {none: p, power8: p}}, expect: [up]}")
    let evidence = try #require(results.results[0].evidence)
    #expect(
      evidence.console.lines == ["[    0.000000] Linux version 6", "AT_HWCAP dc0065c2", "ab"])
    #expect(evidence.console.times.count == 3)
    #expect(evidence.features.map(\.promised) == ["dc0065c2"])
    #expect(evidence.features.map(\.found) == ["dc0065c2"])
    #expect(evidence.phases.last?.to == evidence.seconds)
    let folder = try ResultsFolder(machine.folder.appending(path: "results").path)
    try folder.keep(results)
    let again = try #require(folder.earlierResults)
    #expect(ReportFormat.json.report(again) == ReportFormat.json.report(results))
    let page = ReportFormat.html.report(again)
    #expect(page.contains("AT_HWCAP dc0065c2") && page.contains("H_CEDE"))
    #expect(page.contains("level power8, 1 step, 1 change of the tree"))
    #expect(try machine.text("results/report.html") == page)
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"suite": "s", "results": [{}]}"#, #"{"suite": "s", "results": 1}"#,
  ])
  func whatIsNoReportIsRefused(text: String) throws {
    let machine = try FakePseries("exit")
    let file = machine.folder.appending(path: "results.json")
    try text.write(to: file, atomically: true, encoding: .utf8)
    #expect(throws: SuiteError.self) { try ResultsReader.read(file.path) }
    #expect(throws: SuiteError.self) { try ResultsReader.read(machine.folder.path + "/nothing") }
  }
}
