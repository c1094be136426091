package import HostSupport
internal import JSON

/// Reads a trace in JSON Lines or in Chrome's format, by its first byte.
///
/// The file is read as it is needed; one event is held at a time.
public struct TraceReader {
  private var scanner: TraceScanner
  private var form: Form?
  /// Objects before the next one.
  private var count = 0

  /// Returns the next bytes of a file, and none at the end.
  typealias Source = () throws(InputError) -> [UInt8]

  private enum Form {
    case lines, array
    /// Behind the bracket that ends an array.
    case ended
  }

  /// - Parameters:
  ///   - file: its name, for messages.
  ///   - more: its bytes.
  init(file: String, _ more: @escaping Source) { scanner = TraceScanner(file: file, more) }

  /// A trace in a file.
  package init(_ file: InputFile) {
    self.init(file: file.name) { () throws(InputError) in try file.read(Self.piece) }
  }

  /// The size of a read.
  private static let piece = 1 << 16

  /// A trace in memory.
  package init(file: String, bytes: [UInt8]) {
    var rest: [UInt8]? = bytes
    self.init(file: file) { () throws(InputError) in
      defer { rest = nil }
      return rest ?? []
    }
  }

  /// The next event, in the order of the file; nil at the end.
  public mutating func next() throws(TraceError) -> TraceEvent? {
    if form == nil { form = try scanner.take("[") ? .array : .lines }
    while try hasObject() {
      let object = try scanner.object()
      defer { count += 1 }
      if let event = try event(object) { return event }
    }
    return nil
  }

  /// Whether an object begins at the next byte.
  private mutating func hasObject() throws(TraceError) -> Bool {
    if form == .array {
      if try scanner.take("]") {
        form = .ended
      } else if count > 0, try !scanner.take(",") {
        // The format lets an array end without its bracket.
        guard try scanner.next() == nil else { throw scanner.failure("',' or ']' is due") }
        return false
      }
    }
    guard let byte = try scanner.next() else {
      if form == .lines, count == 0 { throw scanner.failure("the file is empty") }
      return false
    }
    if form == .ended { throw scanner.failure("unexpected text after the end") }
    guard byte == UInt8(ascii: "{") else {
      let isStart = count == 0 && form == .lines
      throw scanner.failure(
        isStart
          ? "this is not a trace of --trace-format json or chrome"
          : "an event in braces is due")
    }
    return true
  }

  /// The event of an object; nil for one that has none.
  private func event(_ object: TraceScanner.Object) throws(TraceError) -> TraceEvent? {
    let value: JSONValue
    do throws(JSONError) { value = try JSONValue(parsing: object.bytes) } catch {
      throw scanner.failure("\(error.reason)", at: object.place(of: error.offset))
    }
    do throws(TraceFieldError) {
      let fields = TraceFields(value.members ?? [])
      guard form == .lines else { return try TraceEvent.chrome(fields) }
      if count == 0 {
        guard try TraceEvent.isHead(fields) else { throw fields.error("format", "is missing") }
        return nil
      }
      return try TraceEvent(json: fields)
    } catch {
      throw scanner.failure(error.message, at: object.place(of: error.offset))
    }
  }
}
