@testable import BootTest
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

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
          the console ends:
          | last line
          log: logs/b.log
          missing: <up> & \u{1}running
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

  @Test func aCellThatFailsSometimesIsFlaky() {
    let results = SuiteResults(
      suite: "s",
      results: [
        CellResult(name: "t/power9/none", verdict: .passed),
        CellResult(name: "t/power9/none+2", verdict: .failed),
      ], seconds: 1)
    #expect(
      results.summary
        == "s: 1 of 2 passed, 1 FAILED (t/power9/none+2), 1 FLAKY (t/power9/none: 1 of 2 passed), 1 s"
    )
    #expect(ReportFormat.json.report(results).contains("\"flaky\": [\n    \"t/power9/none\"\n  ]"))
  }

  /// Two cells of which the earlier run says 10 s and 4 s, and one that it did not have.
  @Test func theTimeLeftFollowsTheEarlierRun() {
    let progress = Progress(.silent)
    #expect(progress.secondsLeft([("a", 1)], ["b"], 1) == nil)
    progress.earlier = ["a": 10, "b": 4]
    #expect(progress.secondsLeft([("a", 1)], ["b", "new"], 1) == 20.0)
    // The longest cell cannot be shared.
    #expect(progress.secondsLeft([("a", 1)], ["b"], 4) == 9.0)
    #expect(progress.secondsLeft([("a", 30)], [], 1) == 0.0)
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
          KTAP version 1
          # Subtest: a
          1..1
          ok 1 power9/none
        ok 1 a
          KTAP version 1
          # Subtest: b
          1..1
          # missing: <up> & \\x01running
          not ok 1 power9/none+2
        not ok 2 b
          KTAP version 1
          # Subtest: c
          1..1
          ok 1 power9/none # SKIP kernel is not there
        ok 3 c # SKIP
        # Totals: pass:1 fail:1 skip:1

        """)
  }

  @Test func junit() throws {
    var results = Self.results
    results.began = "2026-11-21T20:15:00"
    let xml = ReportFormat.junit.report(results)
    #expect(
      xml.contains(
        #"tests="3" failures="1" errors="0" skipped="1" timestamp="2026-11-21T20:15:00" time="3.5""#
      ))
    #expect(xml.contains(#"<testcase classname="s &amp; t.a" name="a/power9/none" time="1.3">"#))
    #expect(
      xml.contains(
        #"<failure type="missing" message="missing: &lt;up&gt; &amp; \#u{fffd}running">the console "#
          + "ends:\n| last line\nlog: logs/b.log\nmissing: &lt;up&gt;"))
    #expect(xml.contains(#"<property name="processor" value="power9"/>"#))
    #expect(xml.contains(#"<property name="level" value="none"/>"#))
    #expect(!xml.contains("engine"))
    #expect(!xml.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    // It is well formed.
    let parser = XMLParser(data: Data(xml.utf8))
    #expect(parser.parse())
  }

  /// A kernel's registers, whose lines with time stamps are wider than a terminal.
  @Test func longConsoleLinesFitATerminal() {
    let word = "c000000000f3a0b0"
    let registers =
      "[    1.234567] GPR00: " + [word, word, word, word].joined(separator: " ") + " "
    let long = String(repeating: "x", count: 200)
    let result = CellResult(
      name: "t/power9/none", verdict: .failed, findings: ["missing: up"],
      tail: ["short\tline", registers, "[    1.2] MSR: 1 <\(long)> CR: 2"], remarks: [long])
    let results = SuiteResults(suite: "s", results: [result], seconds: 1)
    let lines = ReportFormat.text.report(results).split(separator: "\n").dropLast()
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    #expect(lines.contains("  | short line"))
    #expect(lines.contains("  | GPR00: \(word) \(word) \(word) \(word) "))
    #expect(lines.last == "  missing: up")
  }

  /// The live line takes one row whatever is in it, and is removed from as many as it has taken.
  @Test func theLiveLine() {
    #expect(Progress.visible("a\tb\u{1b}[1m\u{7f}é漢") == "a b [1m?é?")
    #expect(Progress.removal(of: 0, width: 80) == "\r\u{1b}[J")
    #expect(Progress.removal(of: 79, width: 80) == "\r\u{1b}[J")
    // The window was 120 columns wide.
    #expect(Progress.removal(of: 119, width: 50) == "\r\u{1b}[2A\u{1b}[J")
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
