/// Why a saved state cannot be read: what is wrong, in which section, at which byte of the stream.
public struct StateError: Error, Equatable, CustomStringConvertible {
  /// The section and field, such as `cpu 1: spr: 3: num`; empty outside sections.
  public var place: String
  /// Bytes from the beginning of the stream.
  public var offset: UInt64
  /// What is wrong there.
  public var reason: Reason

  /// What is wrong with a stream.
  public enum Reason: Equatable, Sendable {
    /// The stream does not begin as a saved state does.
    case foreign
    /// A format that this program does not know.
    case format(UInt32)
    /// The stream ends before it is complete.
    case truncated
    /// A checksum does not agree.
    case damaged
    /// Another section was due.
    case section(expected: String, found: String)
    /// A section's version is newer than this program.
    case version(UInt32, known: UInt32)
    /// Another field was due, or a field has another type or length.
    case field(expected: String, found: String)
    /// An unexpected field.
    case unknownField(String)
    /// A value that cannot be; says why.
    case value(String)
    /// A part of the machine is larger than a section may be, in bytes.
    case tooLarge(limit: Int)
    /// The file or the connection failed.
    case input(String)
  }

  /// An error in `place`, a section or a field, at a byte of the stream.
  public init(_ reason: Reason, in place: String = "", at offset: UInt64) {
    self.reason = reason
    self.place = place
    self.offset = offset
  }

  /// `PLACE: REASON at offset OFFSET`.
  public var description: String {
    (place.isEmpty ? "" : place + ": ") + "\(reason) at offset \(offset)"
  }
}

extension StateError.Reason: CustomStringConvertible {
  /// The reason in words, without the place.
  public var description: String {
    switch self {
    case .foreign: "not a saved state"
    case .format(let format):
      "format \(format), but formats \(StateReader.formats.lowerBound) to "
        + "\(StateReader.formats.upperBound) are known"
    case .truncated: "the stream ends too early"
    case .damaged: "the checksum does not agree: the data are damaged"
    case .section(let expected, let found): "section '\(found)' where '\(expected)' is due"
    case .version(let version, let known):
      "version \(version), but versions 1 to \(known) are known"
    case .field(let expected, let found): "field \(found) where \(expected) is due"
    case .unknownField(let name): "unknown field '\(name)'"
    case .value(let problem): problem
    case .tooLarge(let limit): "larger than a section may be, \(limit >> 20) MiB"
    case .input(let problem): problem
    }
  }
}
