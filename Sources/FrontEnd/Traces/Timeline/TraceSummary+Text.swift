internal import HostSupport

extension TraceSummary {
  /// The most rows of the table of events over time.
  private static let mostSpans = 24
  /// The most letters of a name.
  static let widest = 60

  /// The summary for people.
  /// - Parameter file: the name of the trace.
  public func text(file: String) -> String {
    var lines = ["\(file): \(sentence)"]
    guard events > 0 else { return lines[0] + "\n" }
    lines += section("phases", phaseTable)
    if !calls.isEmpty { lines += section("calls, by time and number", callTable) }
    lines += section("processors: events, and ms in calls", processorTable)
    lines += section("events by time", timeTable)
    return lines.map { $0 + "\n" }.joined()
  }

  /// How much there is, in a few words.
  var sentence: String {
    guard events > 0 else { return "no events" }
    return "\(events) \(events == 1 ? "event" : "events") on \(processors.count) "
      + "\(processors.count == 1 ? "processor" : "processors"), "
      + "from \(Self.seconds(start)) s to \(Self.seconds(end)) s"
  }

  private func section(_ title: String, _ table: [String]) -> [String] {
    ["", title] + table.map { "  " + $0 }
  }

  static func seconds(_ nanoseconds: UInt64) -> String {
    Decimals.text(nanoseconds, unit: 1_000_000_000, digits: 6)
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> String {
    Decimals.text(nanoseconds, unit: 1_000_000, digits: 3)
  }

  private static func microseconds(_ nanoseconds: UInt64) -> String {
    Decimals.text(nanoseconds, unit: 1000, digits: 3)
  }

  private func cells(_ counts: KindCounts) -> [String] { kinds.map { "\(counts[$0])" } }

  /// - Parameter words: the columns at the left that hold words.
  private static func table(_ rows: [[String]], words: Int = 1) -> [String] {
    TextTable.lines(rows, numbers: words..<rows[0].count)
  }

  private var phaseTable: [String] {
    var rows = [["phase", "from s", "to s"] + kinds.map(\.rawValue)]
    for phase in phases {
      rows.append(
        [phase.name.rawValue, Self.seconds(phase.start), Self.seconds(phase.end)]
          + cells(phase.counts))
    }
    return Self.table(rows)
  }

  /// The rows of the table of calls: those that took longest first, then the most frequent.
  var sortedCalls: [(name: Name, calls: Calls)] {
    calls.map { (name: $0.key, calls: $0.value) }.sorted { one, other in
      let left = (one.calls.total, one.calls.count)
      let right = (other.calls.total, other.calls.count)
      return left != right
        ? left > right
        : (one.name.kind.rawValue, one.name.name) < (other.name.kind.rawValue, other.name.name)
    }
  }

  private var callTable: [String] {
    var rows = [["kind", "call", "count", "errors", "total ms", "mean µs", "max µs"]]
    for (name, calls) in sortedCalls {
      let times =
        calls.timed == 0
        ? ["-", "-", "-"]
        : [
          Self.milliseconds(calls.total), Self.microseconds(calls.total / calls.timed),
          Self.microseconds(calls.longest),
        ]
      let errors = name.kind.isCall ? "\(calls.errors)" : "-"
      let shown = String(name.name.printable.prefix(Self.widest))
      rows.append([name.kind.rawValue, shown, "\(calls.count)", errors] + times)
    }
    return Self.table(rows, words: 2)
  }

  private var processorTable: [String] {
    let columns = kinds.flatMap { $0.isCall ? [$0.rawValue, "ms"] : [$0.rawValue] }
    var rows = [["processor"] + columns]
    for (processor, totals) in processors.sorted(by: { $0.key < $1.key }) {
      let cells = kinds.flatMap { kind in
        let calls = totals[kind] ?? Calls()
        return kind.isCall
          ? ["\(calls.count)", Self.milliseconds(calls.total)] : ["\(calls.count)"]
      }
      rows.append(["\(processor)"] + cells)
    }
    return Self.table(rows)
  }

  private var timeTable: [String] {
    var rows = [["from s", "phase"] + kinds.map(\.rawValue)]
    let spans = columns.rows(atMost: Self.mostSpans)
    for (index, counts) in spans.sums.enumerated() {
      let start = spans.start(index)
      let phase = phases.last { $0.start < start &+ spans.width } ?? phases.first
      rows.append([Self.seconds(start), phase?.name.rawValue ?? ""] + cells(counts))
    }
    return Self.table(rows, words: 2)
  }
}
