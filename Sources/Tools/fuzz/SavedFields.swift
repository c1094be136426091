import SavedState

/// A field of a section's payload with what is in it, which can be changed and written again with
/// lengths that agree.
struct FieldTree {
  var name: String
  var type: UInt8
  var content: Content

  enum Content {
    case bytes([UInt8])
    case fields([FieldTree])
  }

  /// The fields of a payload; nil where it is something else.
  static func read(_ payload: ArraySlice<UInt8>) -> [FieldTree]? {
    var rest = payload
    var fields: [FieldTree] = []
    while !rest.isEmpty {
      guard let field = SavedField(takenFrom: &rest) else { return nil }
      if field.type == .group || field.type == .list {
        guard let inner = read(field.content) else { return nil }
        fields.append(
          FieldTree(name: field.name, type: field.rawType, content: .fields(inner)))
      } else {
        fields.append(
          FieldTree(name: field.name, type: field.rawType, content: .bytes(Array(field.content))))
      }
    }
    return fields
  }

  static func payload(_ fields: [FieldTree]) -> [UInt8] {
    fields.flatMap { field -> [UInt8] in
      let value =
        switch field.content {
        case .bytes(let bytes): bytes
        case .fields(let inner): payload(inner)
        }
      return SavedField(field.name, rawType: field.type, value[...]).bytes
    }
  }
}

extension InputGenerator {
  /// Changes one of the fields, or one inside of it.
  mutating func change(_ fields: inout [FieldTree]) {
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

  private mutating func rearrange(_ fields: inout [FieldTree], _ index: Int) {
    switch below(4) {
    case 0: fields.remove(at: index)
    case 1:
      fields.insert(
        contentsOf: [FieldTree](repeating: fields[index], count: 1 + below(200)), at: index)
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
