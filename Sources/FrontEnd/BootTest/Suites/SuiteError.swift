/// An error in a suite file, with its place.
public struct SuiteError: Error, Equatable, CustomStringConvertible {
  public let file: String
  public let line: Int?
  public let message: String

  init(_ file: String, _ line: Int?, _ message: String) {
    (self.file, self.line, self.message) = (file, line, message)
  }

  public var description: String {
    line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
  }
}
