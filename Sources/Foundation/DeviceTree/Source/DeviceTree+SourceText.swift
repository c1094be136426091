internal import HostSupport

extension DeviceTree {
  /// The tree as device tree source, which `dtc` reads.
  public func sourceText() -> String {
    var writer = SourceWriter()
    writer.line("/dts-v1/;")
    if !reservations.isEmpty { writer.line("") }
    for reservation in reservations {
      writer.line(
        "/memreserve/ \(reservation.address.hexadecimal())"
          + " \(reservation.size.hexadecimal());")
    }
    writer.line("")
    writer.write(root, name: "/")
    return writer.text
  }
}

extension Node {
  /// The node and what is below it as device tree source.
  public func sourceText() -> String {
    var writer = SourceWriter()
    writer.write(self, name: name.isEmpty ? "/" : name)
    return writer.text
  }
}

extension PropertyValue {
  /// The value in device tree source, with the type it looks like; empty for no bytes.
  public var sourceText: String {
    switch form {
    case .empty: ""
    case .strings(let strings): strings.map(Self.quoted).joined(separator: ", ")
    case .cells(let cells): "<" + cells.map { $0.hexadecimal() }.joined(separator: " ") + ">"
    case .countedStrings(let count, let strings):
      "<\(count.hexadecimal())>, " + strings.map(Self.quoted).joined(separator: ", ")
    case .bytes(let bytes): "[" + bytes.hexDigits(separator: " ") + "]"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted += "\\" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}

extension PropertyValue {
  /// The probable form of a value. A tree does not contain types, so this is a guess, for people.
  enum Form {
    case empty
    case strings([String])
    case cells([UInt32])
    /// A cell with a count and that many strings, as in `ibm,drc-names`.
    case countedStrings(UInt32, [String])
    case bytes([UInt8])
  }

  var form: Form {
    if bytes.isEmpty { return .empty }
    if bytes == [0] { return .strings([""]) }
    if let strings = printableStrings(bytes[...]) { return .strings(strings) }
    if bytes.count > 4, let strings = printableStrings(bytes[4...]),
      let count = PropertyValue(Array(bytes[..<4])).cell, Int(count) == strings.count
    {
      return .countedStrings(count, strings)
    }
    if let cells { return .cells(cells) }
    return .bytes(bytes)
  }

  /// Strings that hold printable characters and are not empty.
  private func printableStrings(_ bytes: ArraySlice<UInt8>) -> [String]? {
    guard bytes.last == 0 else { return nil }
    let parts = bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x20...0x7e).contains($0) } }) else {
      return nil
    }
    return parts.map { String(decoding: $0, as: UTF8.self) }
  }
}

private struct SourceWriter {
  var text = ""
  private var depth = 0

  init() {}

  mutating func line(_ line: String) {
    if !line.isEmpty { for _ in 0..<depth { text += "\t" } }
    text += line
    text += "\n"
  }

  mutating func write(_ node: Node, name: String) {
    line(name + " {")
    depth += 1
    for property in node.properties {
      let value = property.value.sourceText
      line(value.isEmpty ? "\(property.name);" : "\(property.name) = \(value);")
    }
    for (index, child) in node.children.enumerated() {
      if index > 0 || !node.properties.isEmpty { line("") }
      write(child, name: child.name)
    }
    depth -= 1
    line("};")
  }
}
