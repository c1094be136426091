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

  private func section(_ title: String, _ table: TextTable) -> [String] {
    ["", title] + table.lines.map { "  " + $0 }
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

  private var phaseTable: TextTable {
    var table = TextTable(["phase", "from s", "to s"] + kinds.map(\.rawValue))
    for phase in phases {
      table.add(
        [phase.name.rawValue, Self.seconds(phase.start), Self.seconds(phase.end)]
          + cells(phase.counts))
    }
    return table
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

  private var callTable: TextTable {
    var table = TextTable(
      ["kind", "call", "count", "errors", "total ms", "mean µs", "max µs"], words: 2)
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
      table.add([name.kind.rawValue, shown, "\(calls.count)", errors] + times)
    }
    return table
  }

  private var processorTable: TextTable {
    let columns = kinds.flatMap { $0.isCall ? [$0.rawValue, "ms"] : [$0.rawValue] }
    var table = TextTable(["processor"] + columns)
    for (processor, totals) in processors.sorted(by: { $0.key < $1.key }) {
      let cells = kinds.flatMap { kind in
        let calls = totals[kind] ?? Calls()
        return kind.isCall
          ? ["\(calls.count)", Self.milliseconds(calls.total)] : ["\(calls.count)"]
      }
      table.add(["\(processor)"] + cells)
    }
    return table
  }

  private var timeTable: TextTable {
    var table = TextTable(["from s", "phase"] + kinds.map(\.rawValue), words: 2)
    let rows = columns.rows(atMost: Self.mostSpans)
    for (index, counts) in rows.sums.enumerated() {
      let start = rows.start(index)
      let phase = phases.last { $0.start < start &+ rows.width } ?? phases.first
      table.add([Self.seconds(start), phase?.name.rawValue ?? ""] + cells(counts))
    }
    return table
  }
}
