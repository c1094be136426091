/// Why a file is not a trace, with the place.
public struct TraceError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// The line, from 1; nil for a file that cannot be read.
  public let line: Int?
  /// The byte of the line, from 1.
  public let column: Int?
  /// What is wrong there.
  public let message: String

  /// `FILE:LINE:COLUMN: MESSAGE`.
  public var description: String {
    ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
      + ": \(message)"
  }
}
