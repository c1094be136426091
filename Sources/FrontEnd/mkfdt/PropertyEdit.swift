internal import HostSupport
internal import MachineOptions
internal import DeviceTree

/// `/path/property=value` or `/path:property=value`: sets a property of a node that is there.
///
/// The value is written as in device tree source; one that does not begin like source is a string
/// as it stands, and one without anything a property without bytes.
struct PropertyEdit {
  var place: PropertyPlace
  var value: PropertySource

  /// Why an argument is not one.
  enum SyntaxError: Error, CustomStringConvertible {
    case place(Substring)
    case value(PropertySourceError)

    var description: String {
      switch self {
      case .place(let target):
        "'\(target)' is neither /path/property nor /path:property, with a property's "
          + "name of \(DeviceTree.longestName) printable characters at most"
      case .value(let error): "value: \(error)"
      }
    }
  }

  init(argument: String) throws {
    let equals = argument.firstIndex(of: "=")
    let target = argument[..<(equals ?? argument.endIndex)]
    guard target.first == "/", let place = PropertyPlace(target) else {
      throw SyntaxError.place(target)
    }
    self.place = place
    let text = equals.map { argument[argument.index(after: $0)...] } ?? ""
    if text.isEmpty || PropertySource.isSource(text) {
      do throws(PropertySourceError) {
        value = try PropertySource(parsing: text)
      } catch {
        throw SyntaxError.value(error)
      }
    } else {
      value = PropertySource(string: text)
    }
  }

  /// Sets the property, or adds the value to its end.
  func apply(
    to tree: inout DeviceTree, _ labels: DeviceTree.Labels, option: String, appends: Bool = false
  ) throws {
    guard let position = tree.position(of: place.path) else {
      throw CommandError("\(option): there is no node \(place.path)")
    }
    let bytes: PropertyValue
    do {
      bytes = try tree.value(of: value, labels: labels) {
        try Files.read($0, limit: InputLimit.tree)
      }
    } catch let error as PropertyReferenceError {
      throw CommandError("\(option) \(place.path):\(place.property): \(error)")
    }
    tree.update(position) { node in
      let known = appends ? node[place.property]?.bytes ?? [] : []
      node[place.property] = .bytes(known + bytes.bytes)
    }
  }
}

/// A property on a command line: `PATH:PROPERTY`, or `PATH/PROPERTY`.
struct PropertyPlace {
  var path: String
  var property: String

  /// - Returns: nil when there is no property's name.
  init?(_ text: some StringProtocol) {
    // A colon ends a path, so that whatever follows it is a name even with slashes in it.
    guard let end = text.firstIndex(of: ":") ?? text.lastIndex(of: "/") else { return nil }
    path = end == text.startIndex ? "/" : String(text[..<end])
    property = String(text[text.index(after: end)...])
    guard !property.isEmpty, property.utf8.count <= DeviceTree.longestName,
      property.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
  }
}
