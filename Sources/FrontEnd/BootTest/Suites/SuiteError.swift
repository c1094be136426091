/// An error in a suite file, with its place.
public struct SuiteError: Error, Equatable, CustomStringConvertible {
  /// The suite file, or a file that it names.
  public let file: String
  /// The line, from 1; nil for the file as a whole.
  public let line: Int?
  /// What is wrong there.
  public let message: String

  init(_ file: String, _ line: Int?, _ message: String) {
    (self.file, self.line, self.message) = (file, line, message)
  }

  /// `FILE:LINE: MESSAGE`.
  public var description: String {
    line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
  }
}
