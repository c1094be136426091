/// A name and a value.
public struct Property: Hashable, Sendable {
  /// Of any length: LoPAR has names beyond the 31 characters of IEEE 1275.
  public var name: String
  /// The bytes, empty for a property that only has to be present.
  public var value: PropertyValue

  /// A property; neither its name nor its value is checked before the tree is written.
  public init(_ name: String, _ value: PropertyValue) {
    self.name = name
    self.value = value
  }
}

/// A node: its name, properties and children in the order they are written.
public struct Node: Hashable, Sendable {
  /// The name with its unit address, `memory@0`; empty for the root.
  public var name: String
  /// The properties, whose names differ.
  public var properties: [Property]
  /// The children, whose names differ.
  public var children: [Node]

  /// A node called `name`, with its unit address if it has one; empty for the root.
  public init(_ name: String, properties: [Property] = [], children: [Node] = []) {
    self.name = name
    self.properties = properties
    self.children = children
  }

  /// The name before the `@`.
  public var baseName: Substring { NodeName(name[...]).base }

  /// The text after the `@`, if there is one.
  public var unitAddress: Substring? { NodeName(name[...]).unitAddress }

  /// The value of a property. Setting nil takes the property away; a new one goes to the end.
  public subscript(property: String) -> PropertyValue? {
    get { properties.first { $0.name == property }?.value }
    set {
      let place = properties.firstIndex { $0.name == property }
      switch (place, newValue) {
      case (let place?, let value?): properties[place].value = value
      case (nil, let value?): properties.append(Property(property, value))
      case (let place?, nil): properties.remove(at: place)
      case (nil, nil): break
      }
    }
  }

  /// Whether there is a property of this name.
  public func has(_ property: String) -> Bool { properties.contains { $0.name == property } }

  /// Where the child called `name` is: by its whole name or, if `name` leaves the unit address out,
  /// the first with that base name.
  public func childIndex(named name: some StringProtocol) -> Int? {
    if let exact = children.firstIndex(where: { $0.name == name }) { return exact }
    let wanted = NodeName(Substring(name))
    return children.firstIndex { wanted.matches(NodeName($0.name[...])) }
  }

  /// The child called `name`, found as in ``childIndex(named:)``.
  public func child(named name: some StringProtocol) -> Node? {
    childIndex(named: name).map { children[$0] }
  }

  /// The names of properties that hold a phandle: the standard one and two older ones.
  public static let phandleNames = ["phandle", "linux,phandle", "ibm,phandle"]

  /// Its phandle, by the standard name or one of the two older ones.
  public var phandle: UInt32? { Self.phandle { self[$0] } }

  /// The phandle among the properties of a node.
  static func phandle(_ property: (String) -> PropertyValue?) -> UInt32? {
    for name in phandleNames {
      if let value = property(name)?.cell { return value }
    }
    return nil
  }

  /// The number of nodes here and below.
  public var count: Int { children.reduce(1) { $0 + $1.count } }
}

extension Node {
  /// Whether bytes can be the name of a node or property: printable ASCII without blanks.
  package static func isName(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.allSatisfy { (0x21...0x7e).contains($0) }
  }
}

/// A component of a path.
struct NodeName {
  var base: Substring
  var unitAddress: Substring?

  init(_ text: Substring) {
    guard let at = text.utf8.firstIndex(of: UInt8(ascii: "@")) else {
      base = text
      return
    }
    base = text[..<at]
    unitAddress = text[text.utf8.index(after: at)...]
  }

  /// Whether this component of a path means a node of that name (IEEE 1275 4.3.1): either part may
  /// be left out, and unit addresses are compared as numbers.
  func matches(_ name: NodeName) -> Bool {
    if base.isEmpty && (unitAddress ?? "").isEmpty { return false }
    if !base.isEmpty && base != name.base { return false }
    guard let unitAddress, !unitAddress.isEmpty else { return true }
    guard let other = name.unitAddress else { return false }
    return Self.withoutLeadingZeros(unitAddress) == Self.withoutLeadingZeros(other)
  }

  /// What may stand for this name in a path besides the whole of it.
  var shortNames: [String] {
    guard let unitAddress else { return [String(base)] }
    let number = Self.withoutLeadingZeros(unitAddress)
    return [String(base), "@" + number, base + "@" + number]
  }

  /// The one of those that this component of a path is; nil when it matches nothing.
  var key: String? {
    guard let unitAddress, !unitAddress.isEmpty else { return base.isEmpty ? nil : String(base) }
    return base + "@" + Self.withoutLeadingZeros(unitAddress)
  }

  private static func withoutLeadingZeros(_ address: Substring) -> String {
    address.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.drop { $0 == "0" }.lowercased() }
      .joined(separator: ",")
  }
}
