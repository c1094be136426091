/// A text to find in the console: literal, or a regular expression between slashes.
public struct Pattern: Sendable, Hashable, CustomStringConvertible {
  /// As written in the suite.
  public let source: String
  private let isExpression: Bool

  /// - Throws: the regular expression's own message when it is invalid.
  public init(_ source: String) throws(PatternError) {
    self.source = source
    isExpression = source.count > 1 && source.first == "/" && source.last == "/"
    if isExpression {
      do {
        _ = try Regex(expression)
      } catch {
        throw PatternError(source: source, reason: "\(error)")
      }
    }
  }

  private var expression: String { String(source.dropFirst().dropLast()) }

  /// The pattern as the suite file has it.
  public var description: String { source }

  /// A matcher to use many times. (`Regex` is not `Sendable`, so patterns store text.)
  func matcher() -> Matcher {
    guard isExpression, let regex = try? Regex(expression) else { return .literal(source) }
    return .expression(regex)
  }
}

/// Why a pattern is no regular expression.
public struct PatternError: Error, CustomStringConvertible {
  /// The pattern as the suite file has it.
  public let source: String
  /// The compiler's reason.
  public let reason: String

  /// `PATTERN is not a regular expression: REASON`.
  public var description: String { "\(source) is not a regular expression: \(reason)" }
}

enum Matcher {
  case literal(String)
  case expression(Regex<AnyRegexOutput>)

  func matches(_ text: some StringProtocol) -> Bool {
    switch self {
    case .literal(let literal): text.contains(literal)
    case .expression(let regex): String(text).contains(regex)
    }
  }
}
