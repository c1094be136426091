import BootTest
import Foundation
import Testing

@Suite struct ReportTests {
  static let results = SuiteResults(
    suite: "s & t",
    results: [
      CellResult(name: "a/power9/none", verdict: .passed, seconds: 1.25),
      CellResult(
        name: "b/power9/none#2", verdict: .failed, findings: ["missing: <up> & \u{1}running"],
        seconds: 2, log: "logs/b.log", tail: ["last line"]),
      CellResult(name: "c/power9/none", verdict: .skipped("kernel is not there")),
    ], seconds: 3.5)

  @Test func text() {
    #expect(
      ReportFormat.text.report(Self.results) == """
        pass  a/power9/none  1.3 s
        FAIL  b/power9/none#2  2 s
              missing: <up> & \u{1}running
              the console ends:
              | last line
              log: logs/b.log
        SKIP  c/power9/none  kernel is not there
        s & t: 1 of 3 passed, 1 FAILED (b/power9/none#2), 1 SKIPPED, not tested, 3.5 s

        """)
  }

  @Test func theSummaryNamesTheFirstFailures() {
    let failed = (1...6).map { CellResult(name: "t\($0)", verdict: .failed) }
    #expect(
      SuiteResults(suite: "s", results: failed, seconds: 1).summary
        == "s: 0 of 6 passed, 6 FAILED (t1, t2, t3, t4 and 2 more), 1 s")
  }

  @Test func whatIsSkippedForOneReasonIsOneLine() {
    var results = Self.results
    for name in ["c/power9/power8", "d/power9/none"] {
      results.results.append(CellResult(name: name, verdict: .skipped("kernel is not there")))
    }
    results.results.append(CellResult(name: "e/power9/none", verdict: .skipped("no disk")))
    let lines = ReportFormat.text.report(results).split(separator: "\n")
    #expect(
      lines.filter { $0.hasPrefix("SKIP") } == [
        "SKIP  3 cells (c, d)  kernel is not there", "SKIP  e/power9/none  no disk",
      ])
  }

  @Test func ktap() {
    #expect(
      ReportFormat.ktap.report(Self.results) == """
        KTAP version 1
        1..3
        ok 1 a/power9/none
        # missing: <up> & \u{1}running
        not ok 2 b/power9/none+2
        ok 3 c/power9/none # SKIP kernel is not there

        """)
  }

  @Test func junit() throws {
    let xml = ReportFormat.junit.report(Self.results)
    #expect(xml.contains(#"tests="3" failures="1" errors="0" skipped="1" time="3.5""#))
    #expect(xml.contains(#"<failure message="missing: &lt;up&gt; &amp; "#))
    #expect(!xml.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func json() throws {
    let data = Data(ReportFormat.json.report(Self.results).utf8)
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(document["failed"] as? Int == 1)
    let entries = try #require(document["results"] as? [[String: Any]])
    #expect(entries.map { $0["verdict"] as? String } == ["passed", "failed", "skipped"])
    #expect(entries[2]["reason"] as? String == "kernel is not there")
  }
}
