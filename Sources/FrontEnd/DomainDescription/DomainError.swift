/// Why a description is refused: where it says what cannot be, and what would be accepted.
public struct DomainError: Error, Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Not a description at all.
    case malformed
    /// Something this machine does not have, or a value that does not exist.
    case unsupported
    /// A processor or level that the host does not reach.
    case incompatible
  }

  public var kind: Kind
  public var file: String
  public var line: Int
  /// The element, with those around it: `domain/cpu/model`.
  public var element: String
  public var reason: String
}

extension DomainError: CustomStringConvertible {
  public var description: String {
    "\(file):\(line): " + (element.isEmpty ? "" : "<\(element)>: ") + reason
  }
}
