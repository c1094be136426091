/// A field of a section's payload as the stream has it, for what looks at payloads without the part
/// that they are of.
public struct SavedField: Hashable, Sendable {
  /// The key.
  public var name: String
  /// The type, which may be none that is known.
  public var rawType: UInt8
  /// The value: of groups and lists, fields.
  public var content: ArraySlice<UInt8>

  /// A field with a value.
  public init(_ name: String, rawType: UInt8, _ content: ArraySlice<UInt8>) {
    self.name = name
    self.rawType = rawType
    self.content = content
  }

  /// The same with a type that is known.
  public init(_ name: String, _ type: FieldType, _ content: [UInt8]) {
    self.init(name, rawType: type.rawValue, content[...])
  }

  /// Takes the first field of a payload.
  /// - Returns: nil when it is not all there, or there is none.
  public init?(takenFrom bytes: inout ArraySlice<UInt8>) {
    guard let length = bytes.first, bytes.count >= Int(length) + 6 else { return nil }
    let nameEnd = bytes.startIndex + 1 + Int(length)
    let count = bytes[(nameEnd + 1)..<(nameEnd + 5)].reduce(0) { $0 << 8 | Int($1) }
    guard count <= bytes.endIndex - (nameEnd + 5) else { return nil }
    name = String(decoding: bytes[(bytes.startIndex + 1)..<nameEnd], as: UTF8.self)
    rawType = bytes[nameEnd]
    content = bytes[(nameEnd + 5)..<(nameEnd + 5 + count)]
    bytes = bytes[content.endIndex...]
  }

  /// The type; nil when it is not known.
  public var type: FieldType? { FieldType(rawValue: rawType) }

  /// As a payload has it.
  public var bytes: [UInt8] {
    let name = name.utf8
    var bytes = [UInt8(truncatingIfNeeded: name.count)]
    bytes.reserveCapacity(name.count + content.count + 6)
    bytes.append(contentsOf: name)
    bytes.append(rawType)
    UInt32(truncatingIfNeeded: content.count).append(to: &bytes)
    bytes.append(contentsOf: content)
    return bytes
  }
}
