@testable import BootTest
import Foundation
import Testing

/// Cells as commands, and the choice of one.
@Suite struct RunPlanTests {
  static let cells = ["a", "ab"].flatMap { test in
    ["power8", "power9"].map { level in
      Cell(
        test: test, processor: "power9", compatibility: level, level: level,
        guest: Guest(name: "own"), deadline: 1)
    }
  }

  static func plan(_ names: String..., folder: String = "out") -> RunPlan {
    RunPlan(
      suite: "sample",
      entries: names.map {
        RunPlan.Entry(
          name: $0, results: "\(folder)/\(ResultsFolder.fileName(of: $0))", words: ["boot-test"])
      })
  }

  @Test func repetitionsAreCellsOfTheirOwn() {
    let planned = PlannedCell.list(Array(Self.cells.prefix(2)), repetitions: 2)
    #expect(
      planned.map(\.name) == [
        "a/power9/power8", "a/power9/power9", "a/power9/power8+2", "a/power9/power9+2",
      ])
  }

  @Test func aCellIsChosenByItsWholeName() {
    #expect(PlannedCell.named("a/power9/power8", in: Self.cells)?.cell.test == "a")
    #expect(PlannedCell.named("ab/power9/power9", in: Self.cells)?.cell.test == "ab")
    let second = PlannedCell.named("a/power9/power8+2", in: Self.cells)
    #expect(second?.name == "a/power9/power8+2" && second?.cell.name == "a/power9/power8")
    for name in ["a", "a/power9", "a/power9/power", "b/power9/power8", "", "a/power9/power8+"] {
      #expect(PlannedCell.named(name, in: Self.cells) == nil, "\(name)")
    }
  }

  @Test func wordsAreQuotedForAShell() {
    let entry = RunPlan.Entry(
      name: "t", results: "r",
      words: [
        "/opt/boot-test", "run", "it's a suite.yaml", "", "$(rm -rf x)", "a;b", "t/power9/none+2",
      ])
    #expect(
      entry.command
        == #"/opt/boot-test run 'it'\''s a suite.yaml' '' '$(rm -rf x)' 'a;b' t/power9/none+2"#)
  }

  @Test func aPlanIsReadAsItWasWritten() throws {
    let plan = RunPlan(
      suite: "sample", cells: PlannedCell.list(Self.cells),
      command: ["boot-test", "run", "s.yaml"],
      folder: "out put")
    #expect(
      plan.commands.split(separator: "\n").first
        == "boot-test run s.yaml --cell a/power9/power8 --output 'out put/a-power9-power8'")
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    func write(_ text: String) throws {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
    }
    try write(plan.json)
    let read = try RunPlan.read(file)
    #expect(read.suite == plan.suite && read.entries == plan.entries)
    let twice = RunPlan(suite: "s", entries: [plan.entries[0], plan.entries[0]])
    for text in [String(plan.json.dropLast(20)), "{}", #"{"suite": "s", "cells": []}"#, twice.json]
    {
      try write(text)
      #expect(throws: SuiteError.self) { try RunPlan.read(file) }
    }
  }
}
