import Testing

@testable import BootTest

/// Golden texts of the formats for other programs.
@Suite struct ReportFormatTests {
  private static var results: SuiteResults {
    var results = ReportTests.results
    results.results[0].place = SuitePlace(file: "suites/s.yaml", line: 7)
    results.results[1].place = SuitePlace(file: "suites/a,b:100%.yaml", line: 9)
    results.results[1].findings += ["::error::\u{1b} 50%", "<LAVA_SIGNAL_ENDTC x>"]
    results.results[1].tail = ["  indented: x", "...", ""]
    results.results.append(CellResult(name: "c/power9/#\\", verdict: .passed))
    results.results.append(CellResult(name: "c/power9-none", verdict: .passed))
    return results
  }

  @Test func tap() {
    #expect(
      ReportFormat.tap.report(Self.results) == ##"""
        TAP version 14
        1..3
        # Subtest: a
            1..1
            ok 1 - power9/none
              ---
              duration_ms: 1250
              at:
                file: "suites/s.yaml"
                line: 7
              ...
        ok 1 - a
        # Subtest: b
            1..1
            not ok 1 - power9/none\#2
              ---
              duration_ms: 2000
              message: "missing: <up> & \x01running"
              severity: fail
              findings: |
                missing: <up> & \x01running
                ::error::\x1b 50%
                <LAVA_SIGNAL_ENDTC x>
              console: |
                |   indented: x
                ...
                | 
              at:
                file: "suites/a,b:100%.yaml"
                line: 9
              log: "logs/b.log"
              ...
        not ok 2 - b
        # Subtest: c
            1..3
            ok 1 - power9/none # SKIP kernel is not there
            ok 2 - power9/\#\\
              ---
              duration_ms: 0
              ...
            ok 3 - power9-none
              ---
              duration_ms: 0
              ...
        ok 3 - c
        # s & t: 3 of 5 passed, 1 FAILED (b/power9/none#2), 1 SKIPPED, not tested, 3.5 s

        """##)
  }

  @Test func github() {
    #expect(
      ReportFormat.github.report(Self.results) == ##"""
        ::error file=suites/a%2Cb%3A100%25.yaml,line=9,title=s & t%3A b/power9/none#2::missing: <up> & \x01running%0A::error::\x1b 50%25%0A<LAVA_SIGNAL_ENDTC x>%0Alog: logs/b.log
        ::notice title=s & t::s & t: 3 of 5 passed, 1 FAILED (b/power9/none#2), 1 SKIPPED, not tested, 3.5 s

        """##)
  }

  @Test func lava() {
    #expect(
      ReportFormat.lava.report(Self.results) == ##"""
        <LAVA_SIGNAL_STARTTC a-power9-none>
        <LAVA_SIGNAL_ENDTC a-power9-none>
        <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a-power9-none RESULT=pass MEASUREMENT=1.3 UNITS=seconds>
        <LAVA_SIGNAL_STARTTC b-power9-none-2>
        missing: <up> & \x01running
        ::error::\x1b 50%
        < LAVA_SIGNAL_ENDTC x>
        <LAVA_SIGNAL_ENDTC b-power9-none-2>
        <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=b-power9-none-2 RESULT=fail MEASUREMENT=2 UNITS=seconds>
        <LAVA_SIGNAL_STARTTC c-power9-none>
        kernel is not there
        <LAVA_SIGNAL_ENDTC c-power9-none>
        <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=c-power9-none RESULT=skip>
        <LAVA_SIGNAL_STARTTC c-power9--->
        <LAVA_SIGNAL_ENDTC c-power9--->
        <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=c-power9--- RESULT=pass MEASUREMENT=0 UNITS=seconds>
        <LAVA_SIGNAL_STARTTC c-power9-none.2>
        <LAVA_SIGNAL_ENDTC c-power9-none.2>
        <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=c-power9-none.2 RESULT=pass MEASUREMENT=0 UNITS=seconds>
        s & t: 3 of 5 passed, 1 FAILED (b/power9/none#2), 1 SKIPPED, not tested, 3.5 s

        """##)
  }

  /// The kernel's kunit.py ends at these words, on any line.
  @Test func nothingOfAGuestEndsKTAP() {
    let finding = "in: Kernel panic - not syncing: VFS: Unable to mount root fs"
    let results = SuiteResults(
      suite: "s",
      results: [CellResult(name: "t/a", verdict: .failed, findings: [finding, "x\ny"])],
      seconds: 1)
    let report = ReportFormat.ktap.report(results)
    #expect(report.contains("  # in: Kernel panic - not syncing; VFS; Unable to mount root fs\n"))
    #expect(report.contains("  # x\\ny\n"))
  }

  /// A time that the schema of JUnit has no place for is left out.
  @Test(arguments: [("2026-11-21T20:15:00", true), ("soon", false), ("2026-11-21 20:15:00", false)])
  func timestamps(began: String, isThere: Bool) {
    var results = ReportTests.results
    results.began = began
    #expect(ReportFormat.junit.report(results).contains("timestamp=") == isThere)
  }

  /// What CI systems read in a job's output is no file of the results folder.
  @Test func files() {
    #expect(
      ReportFormat.allCases.map(\.fileName) == [
        "results.txt", "results.json", "results.xml", "results.ktap", "results.tap", "report.html",
        nil, nil,
      ])
  }
}
