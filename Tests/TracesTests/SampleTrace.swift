import CallInterface
@testable import Traces

/// A short boot with two processors.
enum SampleTrace {
  static func moment(_ nanoseconds: UInt64, _ processor: UInt32 = 0) -> CallMoment {
    CallMoment(
      processor: processor, nanoseconds: nanoseconds, timebase: nanoseconds / 2,
      instructions: nanoseconds * 3)
  }

  static func call(
    _ kind: TraceEvent.Kind, _ name: String, _ began: UInt64, _ duration: UInt64,
    on processor: UInt32 = 0, arguments: [UInt64] = [], status: Int64 = 0, results: [UInt64] = [],
    detail: String? = nil
  ) -> TraceEvent {
    let trace = CallTrace(
      name: name, arguments: CallCells(arguments) ?? CallCells(), status: status,
      results: CallCells(results) ?? CallCells(),
      span: CallSpan(moment(began, processor), moment(began + duration, processor)))
    return TraceEvent(kind, trace, at: moment(0), detail: detail)
  }

  static var events: [TraceEvent] {
    var interrupt = TraceEvent(.interrupt, "decrementer", at: moment(5_000_000, 1))
    interrupt.arguments = [0xc000_0000_0000_1000, 0x9033]
    return [
      TraceEvent(.start, "start", at: moment(1000), detail: "at 0x100"),
      call(.client, "finddevice", 2000, 500, arguments: [0x20], results: [2], detail: "/chosen"),
      TraceEvent(.cas, "chosen: power8, PCR 0x8", at: moment(3000)),
      call(.client, "call-method", 2900, 1000, detail: "ibm,client-architecture-support"),
      call(.client, "quiesce", 5000, 1),
      call(.rtas, "get-time-of-day", 1_000_010, 20, results: [2026, 11]),
      call(.hcall, "KVMPPC_H_RTAS", 1_000_000, 40, arguments: [0x7068]),
      call(.hcall, "H_ENTER", 2_000_000, 1500, on: 1, arguments: [1, 2], status: -4),
      call(.hcall, "H_ENTER", 2_500_000, 500, on: 1, arguments: [1, 2], results: [.max]),
      interrupt,
      TraceEvent(
        .instruction, "addi", at: moment(2_500_000_000, 1), detail: "init+0x4 addi r3,r4,\"1\u{1b}"),
    ]
  }

  static func text(_ format: TraceFormat, _ events: [TraceEvent] = events) -> String {
    var writer = TraceWriter(format)
    var text = writer.head
    for event in events { text += writer.text(of: event) }
    return text + writer.tail
  }

  static func read(_ text: String) throws(TraceError) -> [TraceEvent] {
    var reader = TraceReader(file: "f", bytes: Array(text.utf8))
    var events: [TraceEvent] = []
    while let event = try reader.next() { events.append(event) }
    return events
  }
}
