internal import HostSupport
internal import SavedState

/// Where two saved states of a processor differ, by the names of their fields.
enum SavedDifference {
  private struct Field {
    var name: String
    var value: [UInt8]
  }

  /// - Parameters:
  ///   - a: one section of fields, as a state's stream has it, from the interpreter.
  ///   - b: from the translator.
  static func list(_ a: [UInt8], _ b: [UInt8]) -> [String] {
    let (a, b) = (fields(a), fields(b))
    var list: [String] = []
    for (first, second) in zip(a, b) where first.name != second.name || first.value != second.value
    {
      list.append(
        "\(first.name): interpreter \(first.value.hexDigits()), translator \(second.name) \(second.value.hexDigits())"
      )
    }
    return list.isEmpty ? ["saved states of \(a.count) and \(b.count) fields"] : list
  }

  /// The fields of the first section, whose header and the stream's stand before them.
  private static func fields(_ bytes: [UInt8]) -> [Field] {
    var rest = bytes.dropFirst(12)
    _ = take(number(1, &rest) + 8, &rest)
    let length = number(4, &rest)
    return fields(rest.prefix(length), in: "")
  }

  /// Each has its name, type, length and value. Those within others have the outer name too, and
  /// that of a register its own.
  private static func fields(_ bytes: ArraySlice<UInt8>, in path: String) -> [Field] {
    var rest = bytes
    var list: [Field] = []
    var owner = path
    while !rest.isEmpty {
      let name = String(decoding: take(number(1, &rest), &rest), as: UTF8.self)
      let type = FieldType(rawValue: UInt8(number(1, &rest)))
      let value = take(number(4, &rest), &rest)
      switch type {
      case .group, .list: list += fields(value, in: path + name + ": ")
      case .text where name == "name": owner = path + String(decoding: value, as: UTF8.self) + " "
      default: list.append(Field(name: owner + name, value: Array(value)))
      }
    }
    return list
  }

  private static func number(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int {
    take(count, &rest).reduce(0) { $0 << 8 | Int($1) }
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let taken = rest.prefix(count)
    rest = rest.dropFirst(count)
    return taken
  }
}
