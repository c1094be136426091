/// A format error of an `ibm,architecture.vec`. Offsets count from its first byte.
///
/// The method answers all of them with `err?` = TRUE.
public enum ArchitectureVectorError: Error, Hashable, Sendable {
  /// A part reaches beyond the end.
  case truncated(part: String, offset: Int)
  /// No terminator entry among the first entries.
  case unterminatedList(entries: Int)
  /// More option vectors than any client sends.
  case tooManyVectors(offset: Int)
  /// A saved vector has bytes after its last option vector.
  case trailingBytes(count: Int, offset: Int)
}

extension ArchitectureVectorError: CustomStringConvertible {
  /// A message with the part of the vector and the offset in bytes.
  public var description: String {
    switch self {
    case .truncated(let part, let offset):
      "architecture vector ends within \(part) at offset \(offset)"
    case .unterminatedList(let entries):
      "architecture vector: no terminator among the first \(entries) entries of the PVR list"
    case .tooManyVectors(let offset):
      "architecture vector: more than \(ArchitectureVector.vectorLimit) option vectors at offset "
        + "\(offset)"
    case .trailingBytes(let count, let offset):
      "architecture vector: \(count) bytes after its end at offset \(offset)"
    }
  }
}
