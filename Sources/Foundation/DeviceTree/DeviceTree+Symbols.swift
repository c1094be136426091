extension DeviceTree {
  /// The node that holds the labels of a tree, for overlays.
  static let symbolsName = "__symbols__"

  /// Gives each node a label in `__symbols__`, and a phandle, so that overlays can name it: its name
  /// with `_` for what a label cannot have, where no other node has the same. Labels that are there
  /// stay.
  public mutating func addSymbols() {
    let place = root.children.firstIndex { $0.name == Self.symbolsName }
    var symbols = place.map { root.children[$0] } ?? Node(Self.symbolsName)
    let known = Set(symbols.properties.map(\.name))
    var counts: [String: Int] = [:]
    forEachNode { _, node in counts[Self.label(node.name), default: 0] += 1 }
    var free = FreePhandles(in: self)
    func add(_ node: inout Node, path: String) {
      let label = Self.label(node.name)
      if counts[label] == 1, !known.contains(label) {
        symbols.properties.append(Property(label, .string(path)))
        if node.phandle == nil, let phandle = free.take() { node["phandle"] = .cell(phandle) }
      }
      for index in node.children.indices {
        add(&node.children[index], path: path + "/" + node.children[index].name)
      }
    }
    for index in root.children.indices where index != place {
      add(&root.children[index], path: "/" + root.children[index].name)
    }
    if let place { root.children[place] = symbols } else { root.children.append(symbols) }
  }

  /// A name as a label: letters, digits and `_`, no digit first.
  private static func label(_ name: String) -> String {
    let label = String(
      decoding: name.utf8.map { byte in
        let isLetter = (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        return isLetter || (0x30...0x39).contains(byte) ? byte : UInt8(ascii: "_")
      }, as: UTF8.self)
    return label.first?.isNumber ?? true ? "_" + label : label
  }
}
