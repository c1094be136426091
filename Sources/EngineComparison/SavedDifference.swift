/// Where two saved states of a processor differ, by the names of their fields.
enum SavedDifference {
  /// - Parameters:
  ///   - a: one section of fields, as a state's stream has it, from the interpreter.
  ///   - b: from the translator.
  static func list(_ a: [UInt8], _ b: [UInt8]) -> [String] {
    let (a, b) = (fields(a), fields(b))
    var list: [String] = []
    for (first, second) in zip(a, b) where first.value != second.value {
      let places = zip(first.value, second.value).enumerated().filter { $1.0 != $1.1 }
      let where_ = places.first.map { "from byte \($0.offset) of \(first.value.count)" } ?? "length"
      list.append(
        "\(first.name), \(where_): interpreter \(hex(first.value)), translator \(hex(second.value))"
      )
    }
    return list.isEmpty ? ["saved states of \(a.count) and \(b.count) fields"] : list
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.count > 64
      ? "…" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Header of 12 bytes; then of a section name, instance, version and length; then each field's
  /// name, type, length and value.
  private static func fields(_ bytes: [UInt8]) -> [(name: String, value: [UInt8])] {
    var rest = bytes.dropFirst(12)
    func number(_ count: Int) -> Int { take(count).reduce(0) { $0 << 8 | Int($1) } }
    func take(_ count: Int) -> ArraySlice<UInt8> {
      let taken = rest.prefix(count)
      rest = rest.dropFirst(count)
      return taken
    }
    _ = take(number(1) + 8)
    let length = number(4)
    rest = rest.prefix(length)
    var fields: [(name: String, value: [UInt8])] = []
    while !rest.isEmpty {
      let name = String(decoding: take(number(1)), as: UTF8.self)
      _ = number(1)
      let count = number(4)
      fields.append((name, Array(take(count))))
    }
    return fields
  }
}
