extension DeviceTree {
  /// The tree as JSON: a node is an object with `properties` and `nodes`, each by name. A value is
  /// true for a property without bytes, a string or an array of strings, an array of numbers for
  /// cells, and `{"bytes": "…"}` in hexadecimal for anything else.
  public func json() -> String {
    var writer = JSONWriter()
    writer.write(self)
    return writer.text + "\n"
  }
}

private struct JSONWriter {
  var text = ""
  private var depth = 0

  init() {}

  mutating func write(_ tree: DeviceTree) {
    object([
      ("bootProcessor", { $0.text += "\(tree.bootProcessor)" }),
      (
        "reservations",
        { writer in
          writer.array(
            tree.reservations.map { reservation in
              { writer in
                writer.text +=
                  "{\"address\": \(reservation.address), \"size\": \(reservation.size)}"
              }
            })
        }
      ),
      ("root", { $0.write(tree.root) }),
    ])
  }

  private mutating func write(_ node: Node) {
    object([
      (
        "properties",
        {
          $0.object(
            node.properties.map { property in (property.name, { $0.write(property.value) }) })
        }
      ),
      ("nodes", { $0.object(node.children.map { child in (child.name, { $0.write(child) }) }) }),
    ])
  }

  private mutating func write(_ value: PropertyValue) {
    switch value.form {
    case .empty: text += "true"
    case .strings(let strings) where strings.count == 1: quote(strings[0])
    case .strings(let strings): inline(strings.map { string in { $0.quote(string) } })
    case .cells(let cells): inline(cells.map { cell in { $0.text += "\(cell)" } })
    case .countedStrings, .bytes:
      text += "{\"bytes\": \""
      for byte in value.bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      text += "\"}"
    }
  }

  private typealias Writing = (inout JSONWriter) -> Void

  private mutating func object(_ members: [(String, Writing)]) {
    list(
      "{", "}",
      members.map { name, value in
        {
          $0.quote(name); $0.text += ": "; value(&$0)
        }
      })
  }

  private mutating func array(_ elements: [Writing]) { list("[", "]", elements) }

  private mutating func inline(_ elements: [Writing]) {
    text += "["
    for (index, element) in elements.enumerated() {
      if index > 0 { text += ", " }
      element(&self)
    }
    text += "]"
  }

  private mutating func list(_ open: String, _ close: String, _ elements: [Writing]) {
    guard !elements.isEmpty else {
      text += open + close
      return
    }
    text += open
    depth += 1
    for (index, element) in elements.enumerated() {
      text += (index > 0 ? "," : "") + "\n" + String(repeating: "  ", count: depth)
      element(&self)
    }
    depth -= 1
    text += "\n" + String(repeating: "  ", count: depth) + close
  }

  private mutating func quote(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        text += "\\"
        text.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1f}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
