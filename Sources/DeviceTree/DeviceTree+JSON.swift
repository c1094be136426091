internal import JSON

extension DeviceTree {
  /// The tree as JSON: a node is an object with `properties` and `nodes`, each by name. A value is
  /// true for a property without bytes, a string or an array of strings, an array of numbers for
  /// cells, and `{"bytes": "…"}` in hexadecimal for anything else.
  public func json() -> String {
    let document: JSONValue = [
      "bootProcessor": .integer(bootProcessor),
      "reservations": .array(
        reservations.map { ["address": .integer($0.address), "size": .integer($0.size)] }),
      "root": root.json,
    ]
    // Values and reservations are short, and stay on their lines.
    return document.text { value, _ in
      switch value {
      case .array(let elements): elements.first?.members != nil
      case .object(let members): ![["bytes"], ["address", "size"]].contains(members.map(\.key))
      default: false
      }
    }
  }
}

extension Node {
  fileprivate var json: JSONValue {
    [
      "properties": .object(
        properties.map { JSONValue.Member(key: $0.name, value: $0.value.json) }),
      "nodes": .object(children.map { JSONValue.Member(key: $0.name, value: $0.json) }),
    ]
  }
}

extension PropertyValue {
  fileprivate var json: JSONValue {
    switch form {
    case .empty: true
    case .strings(let strings) where strings.count == 1: .string(strings[0])
    case .strings(let strings): .array(strings.map { .string($0) })
    case .cells(let cells): .array(cells.map { .integer($0) })
    case .countedStrings, .bytes: ["bytes": .string(bytes.map(Self.digits).joined())]
    }
  }

  private static func digits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
