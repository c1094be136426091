internal import CallInterface
internal import HostSupport
internal import JSON

/// The formats of a trace.
public enum TraceFormat: String, CaseIterable, Sendable {
  /// A line for people.
  case text
  /// JSON Lines: an object a line.
  case json
  /// The trace event format of Chrome, which Perfetto reads too.
  case chrome

  /// Whether a program reads the file, so that nothing else may be in it.
  public var isForPrograms: Bool { self != .text }
}

/// Makes the text of a trace, event by event.
///
/// The text is ``head``, what ``text(of:)`` returns for each event, and ``tail``. What has been written
/// before a process is killed can be read: the trace event format does not require its tail.
public struct TraceWriter: Sendable {
  private let format: TraceFormat
  /// The processors that have a name in a file of Chrome's format.
  private var named: Set<UInt32> = []

  /// A writer that has written nothing.
  public init(_ format: TraceFormat) { self.format = format }

  /// What a trace begins with.
  public var head: String {
    switch format {
    case .text: ""
    case .json: TraceEvent.jsonHead.line + "\n"
    case .chrome: "[\n" + TraceEvent.chromeProcess.line
    }
  }

  /// The next event.
  public mutating func text(of event: TraceEvent) -> String {
    switch format {
    case .text: return event.line.printable + "\n"
    case .json: return event.json.line + "\n"
    case .chrome:
      let processor = event.moment.processor
      let name =
        named.insert(processor).inserted
        ? ",\n" + TraceEvent.chromeThread(processor).line : ""
      return name + ",\n" + event.chrome.line
    }
  }

  /// What a trace ends with.
  public var tail: String { format == .chrome ? "\n]\n" : "" }
}
