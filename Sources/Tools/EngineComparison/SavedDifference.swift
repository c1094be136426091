internal import HostSupport
internal import PowerISA
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

  /// The fields of the first section.
  private static func fields(_ bytes: [UInt8]) -> [Field] {
    var reader = try? StateReader(from: StateReader.source(of: bytes))
    let section = (try? reader?.next()) ?? nil
    return fields((section?.payload ?? [])[...], in: "")
  }

  /// Those within others have the outer name too, and the value of a register its name.
  private static func fields(_ bytes: ArraySlice<UInt8>, in path: String) -> [Field] {
    var rest = bytes
    var list: [Field] = []
    var owner = path
    while let field = SavedField(takenFrom: &rest) {
      let value = Array(field.content)
      switch field.type {
      case .group, .list: list += fields(field.content, in: path + field.name + ": ")
      case .unsigned16 where field.name == "num":
        let number = value.reduce(0) { $0 << 8 | Int($1) }
        let register = SPR.byNumber.indices.contains(number) ? SPR.byNumber[number] : nil
        owner = path + (register?.name ?? "SPR \(number)") + " "
      default: list.append(Field(name: owner + field.name, value: value))
      }
    }
    return list
  }
}
