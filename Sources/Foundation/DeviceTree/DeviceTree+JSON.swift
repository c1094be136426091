internal import HostSupport
internal import JSON

extension DeviceTree {
  /// The tree as JSON: a node is an object with `properties` and `nodes`, each by name. A value is
  /// true for a property without bytes, a string or an array of strings, an array of numbers for
  /// cells, and `{"bytes": "…"}` in hexadecimal for anything else.
  /// - Throws: ``DeviceTreeError/repeatedName(path:name:)``.
  public func json() throws(DeviceTreeError) -> String {
    let document: JSONValue = [
      "bootProcessor": .integer(bootProcessor),
      "reservations": .array(
        reservations.map { ["address": .integer($0.address), "size": .integer($0.size)] }),
      "root": try root.json(path: ""),
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
  fileprivate func json(path: String) throws(DeviceTreeError) -> JSONValue {
    try Self.requireDifferent(properties.map(\.name), path)
    try Self.requireDifferent(children.map(\.name), path)
    var nodes: [JSONValue.Member] = []
    for child in children {
      nodes.append(
        JSONValue.Member(key: child.name, value: try child.json(path: "\(path)/\(child.name)")))
    }
    return [
      "properties": .object(
        properties.map { JSONValue.Member(key: $0.name, value: $0.value.json) }),
      "nodes": .object(nodes),
    ]
  }

  private static func requireDifferent(
    _ names: [String], _ path: String
  ) throws(DeviceTreeError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw .repeatedName(path: path.isEmpty ? "/" : path, name: name)
    }
  }
}

extension PropertyValue {
  fileprivate var json: JSONValue {
    switch form {
    case .empty: true
    case .strings(let strings) where strings.count == 1: .string(strings[0])
    case .strings(let strings): .array(strings.map { .string($0) })
    case .cells(let cells): .array(cells.map { .integer($0) })
    case .countedStrings, .bytes: ["bytes": .string(bytes.hexDigits())]
    }
  }
}
