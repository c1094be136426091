import SavedState

/// The fields of a section's payload as a tree that can be changed and written again with lengths
/// that agree.
struct SavedField {
  var name: [UInt8]
  var type: UInt8
  var content: Content

  enum Content {
    case bytes([UInt8])
    case fields([SavedField])
  }

  /// The fields of a payload; nil where it is something else.
  static func read(_ payload: ArraySlice<UInt8>) -> [SavedField]? {
    var rest = payload
    var fields: [SavedField] = []
    while let length = rest.popFirst() {
      guard rest.count >= Int(length) + 5 else { return nil }
      let name = Array(rest.prefix(Int(length)))
      rest = rest.dropFirst(Int(length))
      let type = rest.removeFirst()
      let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard count <= rest.count else { return nil }
      let value = rest.prefix(count)
      rest = rest.dropFirst(count)
      let isNested = type == FieldType.group.rawValue || type == FieldType.list.rawValue
      if isNested {
        guard let inner = read(value) else { return nil }
        fields.append(SavedField(name: name, type: type, content: .fields(inner)))
      } else {
        fields.append(SavedField(name: name, type: type, content: .bytes(Array(value))))
      }
    }
    return fields
  }

  static func payload(_ fields: [SavedField]) -> [UInt8] {
    fields.flatMap { field -> [UInt8] in
      let value =
        switch field.content {
        case .bytes(let bytes): bytes
        case .fields(let inner): payload(inner)
        }
      let count = UInt32(truncatingIfNeeded: value.count)
      return [UInt8(truncatingIfNeeded: field.name.count)] + field.name + [field.type]
        + (0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * $0)) } + value
    }
  }
}

extension InputGenerator {
  /// Changes one of the fields, or one inside of it.
  mutating func change(_ fields: inout [SavedField]) {
    guard !fields.isEmpty else { return }
    let index = below(fields.count)
    switch fields[index].content {
    case .fields(var inner) where !inner.isEmpty && below(8) != 0:
      change(&inner)
      fields[index].content = .fields(inner)
    case .fields:
      rearrange(&fields, index)
    case .bytes(let bytes):
      if below(16) == 0 { return rearrange(&fields, index) }
      fields[index].content = .bytes(value(like: bytes))
    }
  }

  private mutating func rearrange(_ fields: inout [SavedField], _ index: Int) {
    switch below(4) {
    case 0: fields.remove(at: index)
    case 1:
      fields.insert(
        contentsOf: [SavedField](repeating: fields[index], count: 1 + below(200)), at: index)
    case 2: fields.swapAt(index, below(fields.count))
    default: fields[index].type = UInt8(truncatingIfNeeded: next())
    }
  }

  /// Mostly of the same length, and mostly a value at the edge of something.
  private mutating func value(like bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty, below(8) != 0 else {
      return (0..<below(64)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
    if below(8) == 0 { return mutate(bytes) }
    var bytes = bytes
    // One integer of an array, or the whole of a scalar.
    let size = min(bytes.count, [1, 2, 4, 8][below(4)])
    let start = bytes.count <= 8 ? 0 : below(bytes.count / size) * size
    let end = bytes.count <= 8 ? bytes.count : start + size
    let word: UInt64 =
      switch below(4) {
      case 0: next()
      case 1: 1 << UInt64(below(64))
      case 2: (1 << UInt64(below(64))) &- 1
      default: [0, 1, 2, 3, 7, 8, 9, 0x7f, 0xff, 0x7fff_ffff, 1 << 63, .max, .max - 1][below(13)]
      }
    for (place, index) in (start..<end).reversed().enumerated() {
      bytes[index] = UInt8(truncatingIfNeeded: word >> UInt64(min(8 * place, 56)))
    }
    return bytes
  }
}
