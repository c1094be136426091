import ArgumentParser
import CallInterface
import Traces

/// Traces: whole ones, which must be read as they were written, and damaged ones.
struct FuzzTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Traces in JSON Lines and Chrome's format, whole and damaged.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("trace") { generator in
      let format = generator.below(2) == 0 ? TraceFormat.json : .chrome
      let events = (0..<generator.below(12)).map { _ in Self.event(&generator) }
      var bytes = Array(Self.text(format, events).utf8)
      // A summary takes longer than all else.
      let isDrawn = generator.below(16) == 0
      if isDrawn, !Self.isSummarized(events) { return nil }
      if generator.below(4) == 0 {
        return Self.read(bytes).events == events ? "whole" : nil
      }
      if generator.below(2) == 0 {
        let word = Self.words[generator.below(Self.words.count)]
        bytes.insert(contentsOf: word.utf8, at: generator.below(bytes.count))
      } else {
        bytes = generator.mutate(bytes)
      }
      return Self.exercise(bytes, format, isDrawn: isDrawn)
    }
  }

  private static let words = [
    "[", "]", "{", "}", ",", "\"", "\\", "\n", "0", "-1", "1e9", "null", "{}", "{\"ph\": \"M\"}",
    "\"ns\": 4611686018427387904,", "\"ts\": 9999999999999999999999,", "\"dur\": 0.0001,",
    "\"kind\": 1,", "\u{0}", "\u{e9}",
  ]

  /// An event with any numbers and texts that a trace can have.
  private static func event(_ generator: inout InputGenerator) -> TraceEvent {
    let kind = TraceEvent.Kind.allCases[generator.below(TraceEvent.Kind.allCases.count)]
    let moment = CallMoment(
      processor: UInt32(truncatingIfNeeded: generator.next() >> UInt64(32 + generator.below(32))),
      nanoseconds: (generator.next() >> UInt64(2 + generator.below(60))),
      timebase: generator.next(), instructions: generator.next())
    var event = TraceEvent(kind, text(&generator), at: moment)
    if generator.below(2) == 0 {
      event.duration = generator.next() >> UInt64(2 + generator.below(60))
    }
    event.arguments = (0..<generator.below(4)).map { _ in generator.next() }
    if generator.below(2) == 0 { event.status = Int64(truncatingIfNeeded: generator.next()) }
    event.results = (0..<generator.below(3)).map { _ in generator.next() }
    if generator.below(3) == 0 { event.detail = text(&generator) }
    return event
  }

  private static func text(_ generator: inout InputGenerator) -> String {
    let parts = [
      "H_CEDE", "}", "{", "\"", "\\", "\n", "\u{1b}", "é", "\u{ffff}", "quiesce", "<", "&",
    ]
    return (0..<generator.below(4)).map { _ in parts[generator.below(parts.count)] }.joined()
  }

  private static func text(_ format: TraceFormat, _ events: [TraceEvent]) -> String {
    var writer = TraceWriter(format)
    var text = writer.head
    for event in events { text += writer.text(of: event) }
    return text + writer.tail
  }

  private static func read(_ bytes: [UInt8]) -> (events: [TraceEvent], error: TraceError?) {
    var reader = TraceReader(file: "input", bytes: bytes)
    var events: [TraceEvent] = []
    do throws(TraceError) {
      while let event = try reader.next() { events.append(event) }
      return (events, nil)
    } catch {
      return (events, error)
    }
  }

  /// Damaged bytes: an error has a place within them, and what is read can be written and read again.
  private static func exercise(
    _ bytes: [UInt8], _ format: TraceFormat, isDrawn: Bool
  ) -> String? {
    let (events, error) = read(bytes)
    if isDrawn, !isSummarized(events) { return nil }
    guard read(Array(text(format, events).utf8)).events == events else {
      return nil
    }
    guard let error else { return "damaged: read" }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let line = error.line, let column = error.column, lines.indices.contains(line - 1),
      (1...lines[line - 1].count + 1).contains(column), !error.message.isEmpty
    else { return nil }
    return "damaged: refused"
  }

  private static func isSummarized(_ events: [TraceEvent]) -> Bool {
    var summary = TraceSummary()
    for event in events { summary.add(event) }
    let drawing = summary.drawing(file: "input")
    return summary.text(file: "input").hasPrefix("input: ") && drawing.hasPrefix("<svg ")
      && drawing.hasSuffix("</svg>\n") && !drawing.contains("nan")
  }
}
