import CallInterface
import Foundation
import Testing

@testable import Traces

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct TraceSummaryTests {
  private static func summary(_ events: [TraceEvent]) -> TraceSummary {
    var summary = TraceSummary()
    for event in events { summary.add(event) }
    return summary
  }

  @Test func text() {
    #expect(
      Self.summary(SampleTrace.events).text(file: "f.json") == """
        f.json: 11 events on 2 processors, from 0.000001 s to 2.500000 s

        phases
          phase          from s      to s  start  client  cas  hcall  rtas  interrupt  instruction
          loading      0.000001  0.000001      1       0    0      0     0          0            0
          firmware     0.000002  0.000002      0       1    0      0     0          0            0
          negotiation  0.000002  0.000003      0       1    1      0     0          0            0
          firmware     0.000003  0.000005      0       1    0      0     0          0            0
          kernel       0.000005  2.500000      0       0    0      3     1          1            1

        calls, by time and number
          kind         call             count  errors  total ms  mean µs  max µs
          hcall        H_ENTER              2       1     0.002    1.000   1.500
          client       call-method          1       0     0.001    1.000   1.000
          client       finddevice           1       0     0.000    0.500   0.500
          hcall        KVMPPC_H_RTAS        1       0     0.000    0.040   0.040
          rtas         get-time-of-day      1       0     0.000    0.020   0.020
          client       quiesce              1       0     0.000    0.001   0.001
          instruction  addi                 1       -         -        -       -
          interrupt    decrementer          1       -         -        -       -

        processors: events, and ms in calls
          processor  start  client     ms  cas  hcall     ms  rtas     ms  interrupt  instruction
          0              1       3  0.001    1      1  0.000     1  0.000          0            0
          1              0       0  0.000    0      2  0.002     0  0.000          1            1

        events by time
          from s    phase   start  client  cas  hcall  rtas  interrupt  instruction
          0.000000  kernel      1       3    1      3     1          1            0
          0.200000  kernel      0       0    0      0     0          0            0
          0.400000  kernel      0       0    0      0     0          0            0
          0.600000  kernel      0       0    0      0     0          0            0
          0.800000  kernel      0       0    0      0     0          0            0
          1.000000  kernel      0       0    0      0     0          0            0
          1.200000  kernel      0       0    0      0     0          0            0
          1.400000  kernel      0       0    0      0     0          0            0
          1.600000  kernel      0       0    0      0     0          0            0
          1.800000  kernel      0       0    0      0     0          0            0
          2.000000  kernel      0       0    0      0     0          0            0
          2.200000  kernel      0       0    0      0     0          0            0
          2.400000  kernel      0       0    0      0     0          0            1

        """)
  }

  @Test func noEvents() {
    #expect(TraceSummary().text(file: "f") == "f: no events\n")
    #expect(Self.isXML(TraceSummary().drawing(file: "f")))
  }

  /// Without the client interface the first hypercall ends a negotiation.
  @Test func phasesWithoutClientCalls() {
    let events = [
      TraceEvent(.start, "start", at: SampleTrace.moment(1)),
      TraceEvent(.cas, "step", at: SampleTrace.moment(2)),
      SampleTrace.call(.hcall, "H_CEDE", 3, 1),
      TraceEvent(.start, "start", at: SampleTrace.moment(9)),
    ]
    #expect(
      Self.summary(events).phases.map(\.name) == [.loading, .negotiation, .kernel, .loading])
  }

  /// Spans become longer, and no event is lost.
  @Test func spansAreJoined() {
    var columns = TimeColumns()
    for second in 0..<5000 as Range<UInt64> {
      columns.add(.hcall, at: second * 1_000_000_000 + 7, on: UInt32(second % 3))
    }
    let rows = columns.rows(atMost: 24)
    #expect(columns.width == 10_000_000_000 && rows.width == 500_000_000_000)
    #expect(rows.count == 10 && rows.processors.map(\.number) == [0, 1, 2])
    #expect(rows.sums.map(\.sum) == Array(repeating: 500, count: 10))
  }

  /// A trace that begins late has no empty spans before it, and starts at a round time.
  @Test func aLateBeginning() {
    var columns = TimeColumns()
    columns.add(.rtas, at: 3_600_400_000_000, on: 0)
    columns.add(.rtas, at: 3_600_300_000_000, on: 0)
    columns.add(.rtas, at: 3_601_000_000_000, on: 0)
    let rows = columns.rows(atMost: 10)
    #expect(rows.start(0) == 3_600_300_000_000 || rows.start(0) == 3_600_200_000_000)
    #expect(rows.count <= 10 && rows.sums.reduce(0) { $0 + $1.sum } == 3)
  }

  /// What a damaged or hostile file has: every limit is kept.
  @Test func boundsOfMemory() {
    var summary = TraceSummary()
    for number in 0..<6000 as Range<UInt32> {
      var event = SampleTrace.call(.hcall, "H_\(number)", 0, 1)
      event.moment.processor = number
      event.duration = TraceEvent.limit
      event.moment.nanoseconds = TraceEvent.limit - UInt64(number)
      summary.add(event)
      summary.add(TraceEvent(.start, "start", at: SampleTrace.moment(UInt64(number))))
    }
    #expect(summary.calls.count == 1001 && summary.processors.count == 4096)
    #expect(summary.phases.count == 64)
    let rows = summary.columns.rows(atMost: 24)
    #expect(rows.processors.count == 64 && rows.count <= 24)
    #expect(rows.sums.reduce(0) { $0 + $1.sum } == 12000)
    #expect(Self.isXML(summary.drawing(file: "f")))
    #expect(summary.text(file: "f").contains("(others)"))
  }

  @Test func drawing() {
    var events = SampleTrace.events
    events.append(
      SampleTrace.call(.hcall, "</svg><script>", 3, 1, on: 9, detail: "\u{ffff}\u{1}&"))
    let svg = Self.summary(events).drawing(file: "<&\u{1b}.json")
    #expect(Self.isXML(svg))
    #expect(svg.contains(#"role="img" aria-labelledby="title desc""#))
    #expect(svg.contains(#"<title id="title">Timeline of &lt;&amp;\x1b.json</title>"#))
    #expect(svg.contains(#"<desc id="desc">A row of columns for each processor: 12 events"#))
    #expect(svg.contains("@media (prefers-color-scheme: dark)"))
    #expect(svg.contains(">processor 9</text>"))
    #expect(!svg.contains("<script") && !svg.contains("href"))
  }

  private static func isXML(_ text: String) -> Bool { XMLParser(data: Data(text.utf8)).parse() }
}
