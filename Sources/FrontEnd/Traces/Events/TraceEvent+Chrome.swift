internal import CallInterface
internal import HostSupport
internal import JSON

/// An event in the trace event format of Chrome: an array of objects, whose `ts` and `dur` are
/// microseconds. A call is a complete event (`X`), everything else an instant (`i`) of its thread. The
/// machine is the process, a processor a thread of it.
extension TraceEvent {
  private static let process = 1

  /// Names the process.
  static var chromeProcess: JSONValue {
    ["name": "process_name", "ph": "M", "pid": .integer(process), "args": ["name": "pseries"]]
  }

  /// Names the thread of a processor.
  static func chromeThread(_ processor: UInt32) -> JSONValue {
    [
      "name": "thread_name", "ph": "M", "pid": .integer(process), "tid": .integer(processor),
      "args": ["name": .string("processor \(processor)")],
    ]
  }

  /// The object of the event.
  var chrome: JSONValue {
    [
      "name": .string(name),
      "cat": .string(kind.rawValue),
      "ph": duration == nil ? "i" : "X",
      "s": duration == nil ? "t" : nil,
      "ts": Self.microseconds(moment.nanoseconds),
      "dur": duration.map(Self.microseconds),
      "pid": .integer(Self.process),
      "tid": .integer(moment.processor),
      "args": call,
    ]
  }

  /// All digits, which a `Double` would not have.
  private static func microseconds(_ nanoseconds: UInt64) -> JSONValue {
    .number(Decimals.text(nanoseconds, unit: 1000, digits: 3))
  }

  /// The event of an object; nil for one that only names something.
  static func chrome(_ fields: TraceFields) throws(TraceFieldError) -> TraceEvent? {
    let phase = try fields.text("ph")
    switch phase {
    case "M": return nil
    case "X", "i": break
    default:
      throw fields.error("ph", "'\(phase.printable)' is not X, i or M, which pseries writes")
    }
    let arguments = try fields.object("args")
    let processor = try fields.number("tid", upTo: UInt64(UInt32.max))
    var event = TraceEvent(
      try kind(fields, "cat"), try fields.text("name"),
      at: try moment(processor, try nanoseconds(fields, "ts"), arguments))
    if phase == "X" { event.duration = try nanoseconds(fields, "dur") }
    try event.readCall(arguments)
    return event
  }

  /// The nanoseconds of a decimal number of microseconds.
  private static func nanoseconds(
    _ fields: TraceFields, _ key: String
  ) throws(TraceFieldError) -> UInt64 {
    let digits = try fields.digits(key)
    guard let value = Decimals.thousandths(digits), value <= limit else {
      throw fields.error(key, "'\(digits.prefix(40))' is no number of microseconds")
    }
    return value
  }
}
