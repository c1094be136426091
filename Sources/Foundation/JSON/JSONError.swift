/// Why a text is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// The byte of the text where that shows.
  public var offset: Int
  /// What is wrong there.
  public var reason: Reason

  /// What is wrong with a text.
  public enum Reason: Equatable, Sendable {
    case endsEarly
    case notAValue
    /// More levels than ``JSONValue/deepest``.
    case tooDeep
    case afterTheEnd
    /// An object has something else where a name in quotes is due.
    case name
    case colon
    /// Neither a comma nor the bracket that ends the array or object.
    case separator(end: Character)
    case number(String)
    case stringWithoutEnd
    case controlCharacter
    case notUTF8
    /// An escape sequence that is not one, or half a pair.
    case escape
    case hexadecimal
  }

  /// An error at a byte of the text.
  public init(offset: Int, reason: Reason) { (self.offset, self.reason) = (offset, reason) }

  /// `byte OFFSET: REASON`.
  public var description: String { "byte \(offset): \(reason)" }
}

extension JSONError.Reason: CustomStringConvertible {
  /// The reason in words, without the place.
  public var description: String {
    switch self {
    case .endsEarly: "the text ends early"
    case .notAValue: "no value"
    case .tooDeep: "nested too deeply"
    case .afterTheEnd: "something after the end"
    case .name: "a name in quotes is due"
    case .colon: "':' is due"
    case .separator(let end): "',' or '\(end)' is due"
    case .number(let text): "'\(text)' is no number"
    case .stringWithoutEnd: "a string without end"
    case .controlCharacter: "a control character"
    case .notUTF8: "text that is not UTF-8"
    case .escape: "no such escape"
    case .hexadecimal: "four hexadecimal digits of a character are due"
    }
  }
}
