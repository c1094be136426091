internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree

/// `/path/property=value`: sets a property of a node that is there.
///
/// The value is written as in device tree source: strings in quotes, `<cells>`, `[bytes]`, with
/// commas between; nothing for a property without bytes; anything else is a string as it stands.
struct PropertyEdit: ExpressibleByArgument {
  var path: String
  var property: String
  var value: PropertyValue

  init?(argument: String) {
    let equals = argument.firstIndex(of: "=")
    let target = argument[..<(equals ?? argument.endIndex)]
    guard target.first == "/", let slash = target.lastIndex(of: "/") else { return nil }
    path = slash == target.startIndex ? "/" : String(target[..<slash])
    property = String(target[target.index(after: slash)...])
    guard !property.isEmpty, property.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    let text = equals.map { argument[argument.index(after: $0)...] } ?? ""
    guard let value = Self.value(text) else { return nil }
    self.value = value
  }

  func apply(to tree: inout DeviceTree) throws(Failure) {
    guard tree.update(path, { $0[property] = value }) != nil else {
      throw Failure("--set: there is no node \(path)")
    }
  }

  private static func value(_ text: Substring) -> PropertyValue? {
    guard let first = text.first, "<[\"".contains(first) else {
      return text.isEmpty ? .empty : .string(text)
    }
    var value = PropertyValue.empty
    var rest = text
    while true {
      guard let open = rest.popFirst() else { return nil }
      let closing: Character = open == "<" ? ">" : open == "[" ? "]" : "\""
      guard "<[\"".contains(open), let end = rest.firstIndex(of: closing) else { return nil }
      let inside = rest[..<end]
      rest = rest[rest.index(after: end)...].drop { $0 == " " }
      switch open {
      case "<":
        for word in inside.split(separator: " ") {
          guard let cell = UnitAddress(argument: String(word)) else { return nil }
          value.append(cell.value)
        }
      case "[":
        guard let bytes = Hexadecimal.bytes(inside.filter { $0 != " " }) else { return nil }
        value.bytes += bytes
      default: value.append(string: inside)
      }
      if rest.isEmpty { return value }
      guard rest.popFirst() == "," else { return nil }
      rest = rest.drop { $0 == " " }
    }
  }
}
