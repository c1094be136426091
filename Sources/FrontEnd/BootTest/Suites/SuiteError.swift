/// What is wrong with a suite file, and where.
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
