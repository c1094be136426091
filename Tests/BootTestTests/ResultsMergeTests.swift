@testable import BootTest
import Foundation
import Testing

/// Results of cells that ran separately, as those of one run.
@Suite struct ResultsMergeTests {
  /// A folder for parts and for what they become.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "merge-\(UUID())")
    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: path(name), encoding: .utf8)
    }

    /// The results of one cell, with its log.
    func part(
      _ folder: String, _ name: String, _ verdict: CellResult.Verdict = .passed, attempt: Int = 1,
      suite: String = "sample", began: String = "2026-11-30T10:00:00"
    ) throws {
      let output = try ResultsFolder(path(folder))
      var result = CellResult(
        name: name, verdict: verdict, findings: verdict == .failed ? ["missing: up"] : [],
        seconds: 2)
      result.log = output.keep(
        Array("attempt \(attempt) of \(name)\n".utf8), [0.5], Array("remark".utf8), for: name)
      var whole = SuiteResults(suite: suite, results: [result], seconds: 2, began: began)
      whole.attempt = attempt
      whole.isInterrupted = result.isInterrupted
      try output.keep(whole)
    }

    func merge(_ plan: RunPlan, _ folders: String...) throws -> SuiteResults {
      let merge = try ResultsMerge(plan, folders: folders.map(path))
      let output = try ResultsFolder(path("whole"))
      let results = try merge.results(into: output)
      try output.keep(results)
      return results
    }
  }

  private static let plan = RunPlanTests.plan("b/power9/none", "a/power9/none", "a/power9/none+2")

  @Test func partsBecomeOneRun() throws {
    let folder = try Folder()
    try folder.part("cells/1", "a/power9/none", began: "2026-11-30T10:00:07")
    try folder.part("cells/2/deeper", "a/power9/none+2", .failed)
    try folder.part("cells/3", "b/power9/none", .skipped("no disk"))
    let results = try folder.merge(Self.plan, "cells")
    #expect(results.results.map(\.name) == Self.plan.entries.map(\.name))
    #expect(results.results.map(\.verdict) == [.skipped("no disk"), .passed, .failed])
    #expect(results.began == "2026-11-30T10:00:00" && results.seconds == 9)
    #expect(results.exitStatus == 1 && !results.isInterrupted)
    #expect(try folder.text("whole/a-power9-none.log") == "attempt 1 of a/power9/none\n")
    for file in [
      "a-power9-none+2.log.times", "a-power9-none.log.stderr", "results.xml", "report.html",
    ] {
      #expect(try !folder.text("whole/\(file)").isEmpty, "\(file)")
    }
    #expect(results.results[1].log == folder.path("whole/a-power9-none.log"))
    // The reports are those of a run, and can be read again.
    let again = try ResultsReader.read(folder.path("whole"))
    #expect(ReportFormat.ktap.report(again) == ReportFormat.ktap.report(results))
    #expect(again.results[1].findings == [] && again.results[2].findings == ["missing: up"])
  }

  @Test func aCellWithoutResultsHasFailed() throws {
    let folder = try Folder()
    try folder.part("cells/1", "a/power9/none")
    try folder.part("cells/2", "b/power9/none", .skipped(CellResult.interruption))
    let plan = Self.plan
    #expect(
      try ResultsMerge(plan, folders: [folder.path("cells")]).missing == [
        "b/power9/none", "a/power9/none+2",
      ])
    let results = try folder.merge(plan, "cells")
    #expect(results.results.map(\.verdict) == [.failed, .passed, .failed])
    #expect(results.results[0].findings == ["not run: the run was interrupted"])
    #expect(results.results[2].findings == ["not run: there are no results"])
    #expect(results.isInterrupted)
  }

  @Test func theLastAttemptCounts() throws {
    let folder = try Folder()
    let plan = RunPlanTests.plan("a/power9/none")
    try folder.part("x", "a/power9/none", attempt: 10)
    try folder.part("y", "a/power9/none", .failed, attempt: 9)
    try folder.part("z", "a/power9/none", .skipped(CellResult.interruption), attempt: 11)
    for order in [["x", "y", "z"], ["z", "y", "x"]] {
      let merge = try ResultsMerge(plan, folders: order.map(folder.path))
      let output = try ResultsFolder(folder.path("whole"))
      #expect(try merge.results(into: output).results.map(\.verdict) == [.passed])
      #expect(try folder.text("whole/a-power9-none.log").hasPrefix("attempt 10 "))
    }
  }

  @Test func resultsThatDoNotFitAreErrors() throws {
    let folder = try Folder()
    let plan = RunPlanTests.plan("a/power9/none")
    try folder.part("x", "a/power9/none")
    try folder.part("y", "a/power9/none", .failed)
    try folder.part("other", "a/power9/none", suite: "other")
    try folder.part("more", "b/power9/none")
    let (x, y) = (folder.path("x"), folder.path("y"))
    #expect(throws: MergeError.twice("a/power9/none", attempt: 1, x, y)) {
      try folder.merge(plan, "x", "y")
    }
    #expect(throws: MergeError.otherSuite(folder.path("other"), "other", "sample")) {
      try folder.merge(plan, "other")
    }
    #expect(throws: MergeError.notPlanned(folder.path("more"), "b/power9/none")) {
      try folder.merge(plan, "more")
    }
    #expect(throws: MergeError.self) { try folder.merge(plan, "nowhere") }
  }

  /// Also where a later attempt comes before or between them.
  @Test func twoResultsOfAnAttemptAreAnErrorInEveryOrder() throws {
    let folder = try Folder()
    let plan = RunPlanTests.plan("a/power9/none")
    try folder.part("x", "a/power9/none")
    try folder.part("y", "a/power9/none", .failed)
    try folder.part("later", "a/power9/none", attempt: 2)
    let error = MergeError.twice(
      "a/power9/none", attempt: 1, folder.path("x"), folder.path("y"))
    for order in [["x", "y", "later"], ["x", "later", "y"], ["later", "x", "y"]] {
      #expect(throws: error, "\(order)") {
        try ResultsMerge(plan, folders: order.map(folder.path))
      }
    }
  }

  /// A node died while it wrote.
  @Test func damagedResultsAreNamed() throws {
    let folder = try Folder()
    let plan = RunPlanTests.plan("a/power9/none", "b/power9/none", folder: folder.path("cells"))
    try folder.part("cells/a-power9-none", "a/power9/none")
    try folder.part("cells/b-power9-none", "b/power9/none")
    let file = folder.path("cells/b-power9-none/results.json")
    let whole = try String(contentsOfFile: file, encoding: .utf8)
    for text in [String(whole.dropLast(30)), "", "[]"] {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try ResultsMerge(plan, folders: [folder.path("cells")]).damaged.map(\.file) == [file])
      let results = try folder.merge(plan, "cells")
      #expect(results.results.map(\.verdict) == [.passed, .failed])
      #expect(results.results[1].findings[0].hasPrefix("not run: \(file): "))
    }
  }
}
