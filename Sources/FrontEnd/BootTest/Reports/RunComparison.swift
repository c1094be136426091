internal import JSON

/// What changed from an earlier run of a suite to another.
public struct RunComparison: Sendable {
  /// What happened to one cell.
  enum Kind: Int, CaseIterable, Comparable, Sendable {
    case regressed, lost, fixed, slower, faster, failing, added, missing

    /// The title of a list of such cells.
    var title: String {
      switch self {
      case .regressed: "Regressions"
      case .lost: "Skipped now"
      case .fixed: "Fixed"
      case .slower: "Slower"
      case .faster: "Faster"
      case .failing: "Still failing"
      case .added: "New"
      case .missing: "Only in the earlier run"
      }
    }

    static func < (one: Kind, other: Kind) -> Bool { one.rawValue < other.rawValue }
  }

  struct Change: Sendable, Equatable {
    var kind: Kind
    /// The cell.
    var name: String
    /// Both states, times or reasons, in words.
    var detail: String
    /// The cell in the earlier run, if it is there.
    var before: Side?
    /// And in the later one.
    var now: Side?

    fileprivate var line: String { "\(kind)  \(name)  \(detail)" }
  }

  /// A cell in one of the runs.
  struct Side: Sendable, Equatable {
    var state: CellGroup.State
    var seconds: Double
    /// The first finding, or why it was skipped.
    var reason: String?

    fileprivate init(_ cell: CellGroup) {
      (state, seconds, reason) = (cell.state, cell.seconds, cell.reason)
    }
  }

  /// The start of the earlier run, in UTC.
  var earlier: String
  /// The suite and the start of the later run.
  private let suite: String
  private let later: String
  /// Regressions first.
  private(set) var changes: [Change] = []
  /// The cells that are in both runs.
  private(set) var common = 0

  /// Whether a cell that passed does not pass any more.
  public var hasRegressions: Bool { changes.contains { $0.kind == .regressed } }

  /// - Parameters:
  ///   - old: the results of the earlier run.
  ///   - new: those of the later one.
  public init(_ old: SuiteResults.EarlierResults, _ new: SuiteResults) {
    (earlier, suite, later) = (old.began, new.suite, new.began)
    let before = CellGroup.groups(old.results)
    let after = CellGroup.groups(new.results)
    let byName = Dictionary(
      before.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(after.map(\.name))
    for cell in after {
      guard let previous = byName[cell.name] else {
        changes.append(
          Change(kind: .added, name: cell.name, detail: cell.words, now: Side(cell)))
        continue
      }
      common += 1
      if let kind = Self.kind(previous, cell) {
        changes.append(
          Change(
            kind: kind, name: cell.name, detail: Self.detail(kind, previous, cell),
            before: Side(previous), now: Side(cell)))
      }
    }
    changes += before.filter { !names.contains($0.name) }.map {
      Change(kind: .missing, name: $0.name, detail: $0.words, before: Side($0))
    }
    changes = changes.enumerated().sorted {
      ($0.element.kind, $0.offset) < ($1.element.kind, $1.offset)
    }.map(\.element)
  }

  private static func kind(_ old: CellGroup, _ new: CellGroup) -> Kind? {
    switch (old.state, new.state) {
    case (.skipped, .passed), (.skipped, .skipped): nil
    case (.skipped, _): .added
    case (_, .skipped): .lost
    case (.passed, .passed):
      isLonger(new.seconds, old.seconds)
        ? .slower : isLonger(old.seconds, new.seconds) ? .faster : nil
    case (_, .passed): .fixed
    case (let old, let new): old < new ? .regressed : .failing
    }
  }

  /// Less is noise of the machine that runs the suite.
  private static func isLonger(_ one: Double, _ other: Double) -> Bool {
    one > other * 1.5 && one > other + 1
  }

  private static func detail(_ kind: Kind, _ old: CellGroup, _ new: CellGroup) -> String {
    switch kind {
    case .slower, .faster: "\(decimal(old.seconds)) s before, \(decimal(new.seconds)) s now"
    default: "\(old.state.word) before; now \(new.words)"
    }
  }

  /// The regressions and what was fixed, a line each.
  public var verdicts: [String] {
    changes.filter { $0.kind == .regressed || $0.kind == .fixed }.map(\.line)
  }

  /// The comparison for programs.
  public var json: String {
    let document: JSONValue = [
      "suite": .string(suite),
      "earlier": .string(earlier),
      "later": .string(later),
      "common": .integer(common),
      "regressed": .bool(hasRegressions),
      "changes": .array(changes.map(\.json)),
    ]
    return document.text()
  }

  /// The comparison for people, a line each; regressions first.
  public var lines: [String] {
    let when = earlier.isEmpty ? "an earlier run" : "the run of \(earlier) UTC"
    let head = "compared with \(when): \(common) \(common == 1 ? "cell" : "cells") in both"
    if changes.isEmpty { return ["\(head), nothing changed"] }
    return [head] + changes.map(\.line)
  }
}

extension RunComparison.Change {
  fileprivate var json: JSONValue {
    [
      "kind": .string("\(kind)"),
      "name": .string(name),
      "before": before?.json,
      "now": now?.json,
    ]
  }
}

extension RunComparison.Side {
  fileprivate var json: JSONValue {
    [
      "state": .string(state.word),
      "seconds": .seconds(seconds),
      "reason": reason.map { .string($0) },
    ]
  }
}

extension CellGroup {
  /// The state, with the reason where there is one.
  fileprivate var words: String {
    [state.word, state == .flaky ? share : nil, reason].compactMap(\.self)
      .joined(separator: ": ")
  }
}

extension SuiteResults {
  /// The comparison with the earlier run; nil without one.
  public var comparison: RunComparison? { earlier.map { RunComparison($0, self) } }
}
