internal import CallInterface
internal import HostSupport
internal import JSON

/// An event as an object of JSON Lines.
extension TraceEvent {
  /// What the first line's `format` is.
  static let jsonFormat = "pseries-trace"
  private static let version: UInt64 = 1

  /// The first line.
  static var jsonHead: JSONValue { ["format": .string(jsonFormat), "version": .integer(version)] }

  /// Its line; members that do not apply are left out.
  var json: JSONValue {
    let head: JSONValue = [
      "ns": .integer(moment.nanoseconds),
      "duration": duration.map { .integer($0) },
      "processor": .integer(moment.processor),
      "kind": .string(kind.rawValue),
      "name": .string(name),
    ]
    return .object((head.members ?? []) + (call.members ?? []))
  }

  /// The members that both formats have.
  var call: JSONValue {
    [
      "arguments": Self.list(arguments),
      "status": status.map { .integer($0) },
      "results": Self.list(results),
      "detail": detail.map { .string($0) },
      "timebase": .integer(moment.timebase),
      "instructions": .integer(moment.instructions),
    ]
  }

  private static func list(_ cells: [UInt64]) -> JSONValue? {
    cells.isEmpty ? nil : .array(cells.map { .hexadecimal($0) })
  }

  /// Whether the fields are the first line of a trace of this version.
  static func isHead(_ fields: TraceFields) throws(TraceFieldError) -> Bool {
    guard let format = try fields.optionalText("format") else { return false }
    guard format == jsonFormat else {
      throw fields.error("format", "'\(format.printable)' is not '\(jsonFormat)'")
    }
    let found = try fields.number("version", upTo: .max)
    guard found == version else {
      throw fields.error("version", "\(found) is not a version that this program reads")
    }
    return true
  }

  /// The event of a line.
  init(json fields: TraceFields) throws(TraceFieldError) {
    let kind = try Self.kind(fields, "kind")
    self.init(
      kind, try fields.text("name"),
      at: try Self.moment(
        try fields.number("processor", upTo: UInt64(UInt32.max)),
        try fields.number("ns", upTo: Self.limit), fields))
    duration = try fields.optionalNumber("duration", upTo: Self.limit)
    try readCall(fields)
  }

  static func kind(_ fields: TraceFields, _ key: String) throws(TraceFieldError) -> Kind {
    let word = try fields.text(key)
    guard let kind = Kind(rawValue: word) else {
      let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw fields.error(key, "'\(word.printable)' is not one of \(known)")
    }
    return kind
  }

  /// A moment of a processor, with the members that both formats have.
  static func moment(
    _ processor: UInt64, _ nanoseconds: UInt64, _ fields: TraceFields
  ) throws(TraceFieldError) -> CallMoment {
    CallMoment(
      processor: UInt32(processor), nanoseconds: nanoseconds,
      timebase: try fields.number("timebase", upTo: .max),
      instructions: try fields.number("instructions", upTo: .max))
  }

  /// The other members that both formats have.
  mutating func readCall(_ fields: TraceFields) throws(TraceFieldError) {
    arguments = try fields.cells("arguments")
    status = try fields.optionalSigned("status")
    results = try fields.cells("results")
    detail = try fields.optionalText("detail")
  }
}
