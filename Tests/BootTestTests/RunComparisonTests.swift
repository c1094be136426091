@testable import BootTest
import Testing

/// What changed between two runs.
@Suite struct RunComparisonTests {
  static func results(_ cells: [(String, CellResult.Verdict, Double)]) -> SuiteResults {
    SuiteResults(
      suite: "s",
      results: cells.map { name, verdict, seconds in
        CellResult(
          name: name, verdict: verdict, findings: verdict == .failed ? ["missing: up"] : [],
          seconds: seconds)
      }, seconds: 1, began: "2026-11-21T20:15:00")
  }

  @Test func regressionsComeFirst() {
    let old = Self.results([
      ("same", .passed, 1), ("new-failure", .passed, 1), ("fixed", .failed, 1),
      ("still", .failed, 1), ("slower", .passed, 2), ("noise", .passed, 0.1), ("lost", .passed, 1),
      ("missing", .failed, 1), ("unskipped", .skipped("x"), 0), ("flaky", .passed, 1),
    ])
    var new = Self.results([
      ("same", .passed, 1.2), ("fixed", .passed, 1), ("still", .failed, 1), ("slower", .passed, 9),
      ("noise", .passed, 0.9), ("lost", .skipped("no kernel"), 0), ("added", .failed, 1),
      ("unskipped", .passed, 1), ("new-failure", .failed, 1), ("flaky", .passed, 1),
      ("flaky+2", .failed, 1),
    ])
    // Names of cells have a slash before the number of a repetition.
    for index in new.results.indices { new.results[index].name = "t/" + new.results[index].name }
    var before = old
    for index in before.results.indices {
      before.results[index].name = "t/" + before.results[index].name
    }
    new.compare(with: before)
    let comparison = new.comparison
    #expect(
      comparison?.lines == [
        "compared with the run of 2026-11-21T20:15:00 UTC: 9 cells in both",
        "regressed  t/new-failure  pass before; now fail: missing: up",
        "regressed  t/flaky  pass before; now flaky: 1 of 2 passed: missing: up",
        "lost  t/lost  pass before; now skip: no kernel",
        "fixed  t/fixed  fail before; now pass",
        "slower  t/slower  2 s before, 9 s now",
        "failing  t/still  fail before; now fail: missing: up",
        "added  t/added  fail: missing: up",
        "missing  t/missing  fail: missing: up",
      ])
    #expect(comparison?.hasRegressions == true)
  }

  @Test func nothingChanged() {
    var results = Self.results([("t/a/b", .passed, 1)])
    results.compare(with: results)
    #expect(
      results.comparison?.lines == [
        "compared with the run of 2026-11-21T20:15:00 UTC: 1 cell in both, nothing changed"
      ])
    #expect(results.comparison?.hasRegressions == false)
  }

  @Test func json() throws {
    let old = Self.results([("t/a/b", .passed, 1), ("t/gone/b", .skipped("no kernel"), 0)])
    var new = Self.results([("t/a/b", .failed, 2.5), ("t/new/b", .passed, 3)])
    new.began = "2026-11-22T08:00:00"
    new.compare(with: old)
    #expect(
      new.comparison?.json == """
        {
          "suite": "s",
          "earlier": "2026-11-21T20:15:00",
          "later": "2026-11-22T08:00:00",
          "common": 1,
          "regressed": true,
          "changes": [
            {
              "kind": "regressed",
              "name": "t/a/b",
              "before": {
                "state": "pass",
                "seconds": 1.0
              },
              "now": {
                "state": "fail",
                "seconds": 2.5,
                "reason": "missing: up"
              }
            },
            {
              "kind": "added",
              "name": "t/new/b",
              "now": {
                "state": "pass",
                "seconds": 3.0
              }
            },
            {
              "kind": "missing",
              "name": "t/gone/b",
              "before": {
                "state": "skip",
                "seconds": 0.0,
                "reason": "no kernel"
              }
            }
          ]
        }

        """)
  }
}
