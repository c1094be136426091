/// Why a description is refused: where it says what cannot be, and what would be accepted.
public struct DomainError: Error, Hashable, Sendable {
  /// In which way a description is refused.
  public enum Kind: Hashable, Sendable {
    /// Not a description at all.
    case malformed
    /// Something this machine does not have, or a value that does not exist.
    case unsupported
    /// A processor or level that the host does not reach.
    case incompatible
  }

  /// The kind.
  public var kind: Kind
  /// The file, as messages name it.
  public var file: String
  /// The line, from 1.
  public var line: Int
  /// The element, with those around it: `domain/cpu/model`.
  public var element: String
  /// What is wrong, and what would be accepted.
  public var reason: String
}

extension DomainError: CustomStringConvertible {
  /// `FILE:LINE: <ELEMENT>: REASON`.
  public var description: String {
    "\(file):\(line): " + (element.isEmpty ? "" : "<\(element)>: ") + reason
  }
}
