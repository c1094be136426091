/// An element of a document that was read, with the line it starts on.
struct XMLElement: Hashable, Sendable {
  var name: String
  var attributes: [Attribute] = []
  var children: [XMLElement] = []
  /// What is between the tags beside elements, without white space at its ends.
  var text = ""
  var line: Int

  struct Attribute: Hashable, Sendable {
    var name: String
    var value: String
  }

  /// The value of an attribute.
  subscript(attribute: String) -> String? {
    attributes.first { $0.name == attribute }?.value
  }

  /// The first child of that name.
  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}
