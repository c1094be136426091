import CLibFDT
import DeviceTree
import Testing

@Suite struct OverlayTests {
  private func overlay(_ target: Property, _ content: Node) throws -> [UInt8] {
    var content = content
    content.name = "__overlay__"
    let fragment = Node("fragment@0", properties: [target], children: [content])
    return try DeviceTree(root: Node("", children: [fragment])).blob()
  }

  @Test func byPath() throws {
    let content = Node(
      "", properties: [Property("status", .string("okay"))],
      children: [Node("vty@71000005", properties: [Property("reg", .cell(0x7100_0005))])])
    let merged = try sampleTree().applying(
      overlay: overlay(Property("target-path", .string("/vdevice")), content))
    #expect(
      sampleTree().differences(to: merged).map(\.description) == [
        "+ /vdevice: status = \"okay\"", "+ /vdevice/vty@71000005",
      ])
    #expect(merged.reservations == sampleTree().reservations)
  }

  @Test func byPhandle() throws {
    let merged = try sampleTree().applying(
      overlay: overlay(
        Property("target", .cell(0x1111)), Node("", properties: [Property("x", .cell(1))])))
    #expect(merged["/vdevice"]?["x"] == .cell(1))
  }

  @Test func manyProperties() throws {
    let properties = (0..<2000).map { Property("property-number-\($0)", .cell(UInt32($0))) }
    let merged = try sampleTree().applying(
      overlay: overlay(Property("target-path", .string("/")), Node("", properties: properties)))
    #expect(merged.root["property-number-1999"] == .cell(1999))
  }

  /// An overlay as `dtc -@` makes it: with labels of the base, references of its own, and symbols.
  private func labelled(_ change: (inout Node) -> Void = { _ in }) throws -> [UInt8] {
    let child = Node(
      "vty@71000005",
      properties: [
        Property("friend", .cells([7, 1])), Property("bus", .cells([.max])),
        Property("phandle", .cell(1)),
      ])
    let content = Node("__overlay__", children: [child])
    let path = "/fragment@0/__overlay__/vty@71000005"
    var root = Node(
      "",
      children: [
        Node("fragment@0", properties: [Property("target", .cell(.max))], children: [content]),
        Node("__symbols__", properties: [Property("extra", .string(path))]),
        Node(
          "__fixups__",
          properties: [Property("devices", .strings(["/fragment@0:target:0", "\(path):bus:0"]))]),
        Node(
          "__local_fixups__",
          children: [
            Node(
              "fragment@0",
              children: [
                Node(
                  "__overlay__",
                  children: [
                    Node("vty@71000005", properties: [Property("friend", .cell(4))])
                  ])
              ])
          ]),
      ])
    change(&root)
    return try DeviceTree(root: root).blob()
  }

  private var treeWithSymbols: DeviceTree {
    var tree = sampleTree()
    tree.add(
      Node("__symbols__", properties: [Property("devices", .string("/vdevice"))]), to: "/")
    return tree
  }

  @Test func byLabel() throws {
    let merged = try treeWithSymbols.applying(overlay: labelled())
    let added = try #require(merged["/vdevice/vty@71000005"])
    #expect(added["friend"]?.cells == [7, 0x1112], "a reference moves with its phandle")
    #expect(added["bus"]?.cells == [0x1111])
    #expect(added.phandle == 0x1112)
    #expect(merged["/__symbols__"]?["extra"]?.string == "/vdevice/vty@71000005")
  }

  /// Labels that the tree does not have itself, of nodes without a phandle.
  @Test func byLabelOfSource() throws {
    let (tree, labels) = try DeviceTree.compiled(
      Array("/dts-v1/; / { devices: a { x: b { phandle = <1>; }; }; };".utf8)
    ) { _ in [] }
    let merged = try tree.applying(overlay: labelled(), labels: labels)
    #expect(merged["/a"]?.phandle == 2)
    #expect(merged["/a/vty@71000005"]?["bus"]?.cells == [2])
    #expect(merged["/a/vty@71000005"]?.phandle == 3)
    // What fdtoverlay adds are the overlay's labels only.
    #expect(merged["/__symbols__"]?.properties.map(\.name) == ["extra"])
    #expect(throws: DeviceTreeError.overlay("label devices leads to /c, which has no phandle")) {
      try tree.applying(overlay: labelled(), labels: ["devices": "/c"])
    }
    // A label of the tree comes first.
    let both = try treeWithSymbols.applying(overlay: labelled(), labels: ["devices": "/chosen"])
    #expect(both == (try treeWithSymbols.applying(overlay: labelled())))
  }

  /// Offsets that lead outside a property, which libfdt follows.
  @Test(arguments: [5, 8, 9, 0x7fff_ffff, UInt32.max])
  func fixupsStayInside(offset: UInt32) throws {
    let local = try labelled { root in
      root.children[3].children[0].children[0].children[0]["friend"] = .cell(offset)
    }
    #expect(throws: DeviceTreeError.self) { try treeWithSymbols.applying(overlay: local) }
    let label = try labelled { root in
      root.children[2]["devices"] = .string("/fragment@0:target:\(offset)")
    }
    #expect(throws: DeviceTreeError.self) { try treeWithSymbols.applying(overlay: label) }
  }

  @Test func unknownLabelsAreNamed() throws {
    #expect(throws: DeviceTreeError.overlay("the tree has no label devices")) {
      try sampleTree().applying(overlay: labelled())
    }
  }

  @Test func whatDoesNotApplySaysWhy() throws {
    let content = Node("", properties: [Property("x", .empty)])
    for target in [Property("target-path", .string("/nowhere")), Property("target", .cell(5))] {
      #expect(throws: DeviceTreeError.self) {
        try sampleTree().applying(overlay: overlay(target, content))
      }
    }
    #expect(throws: DeviceTreeError.overlay("it has no fragment with an __overlay__ node")) {
      try sampleTree().applying(overlay: sampleTree().blob())
    }
    #expect(throws: DeviceTreeError.self) { try sampleTree().applying(overlay: [1, 2, 3]) }
  }

  // MARK: as libfdt has it

  /// A tree with phandles and without labels.
  private func base(largest: UInt32 = 0x10) -> DeviceTree {
    let uarts = ["uart@10", "uart@20"].enumerated().map { index, name in
      Node(name, properties: [Property("phandle", .cell(UInt32(index + 1)))])
    }
    return DeviceTree(
      root: Node(
        "",
        children: [
          Node("bus", children: uarts),
          Node("last", properties: [Property("phandle", .cell(largest))]),
          Node("user", properties: [Property("parents", .cells([1, 2]))]),
        ]))
  }

  /// An overlay whose content is labelled `mine` and refers to itself.
  private func selfReferring(_ target: Property, phandle: Property) throws -> [UInt8] {
    let inner = Node("helper", properties: [Property("of", .cells([0, 1]))])
    let content = Node("__overlay__", properties: [phandle], children: [inner])
    return try DeviceTree(
      root: Node(
        "",
        children: [
          Node("fragment@0", properties: [target], children: [content]),
          Node(
            "__symbols__", properties: [Property("mine", .string("/fragment@0/__overlay__"))]),
          Node(
            "__local_fixups__",
            children: [
              Node(
                "fragment@0",
                children: [
                  Node(
                    "__overlay__",
                    children: [Node("helper", properties: [Property("of", .cell(4))])])
                ])
            ]),
        ])
    ).blob()
  }

  @Test func phandlesOfTheBaseStay() throws {
    let overlay = try selfReferring(
      Property("target", .cell(1)), phandle: Property("phandle", .cell(1)))
    let merged = try base().applying(overlay: overlay)
    #expect(merged["/bus/uart@10"]?.phandle == 1)
    #expect(merged["/user"]?["parents"]?.cells == [1, 2])
    #expect(merged["/bus/uart@10/helper"]?["of"]?.cells == [0, 1], "references follow")
    #expect(merged["/__symbols__"]?["mine"]?.string == "/bus/uart@10")
    // A node without a phandle gets the overlay's, above all others.
    let other = try selfReferring(
      Property("target-path", .string("/user")), phandle: Property("phandle", .cell(1)))
    #expect(try base().applying(overlay: other)["/user"]?.phandle == 0x11)
  }

  /// Two fragments that add one node cannot both be referred to.
  @Test func onlyOnePhandleOfANode() throws {
    let fragments = [1, 2].map { phandle in
      Node(
        "fragment@\(phandle)", properties: [Property("target-path", .string("/"))],
        children: [
          Node(
            "__overlay__",
            children: [Node("new", properties: [Property("phandle", .cell(UInt32(phandle)))])])
        ])
    }
    let blob = try DeviceTree(root: Node("", children: fragments)).blob()
    #expect(throws: DeviceTreeError.overlay("it gives /new another phandle")) {
      try base().applying(overlay: blob)
    }
  }

  @Test func phandlesRunOut() throws {
    let one = try overlay(
      Property("target-path", .string("/user")),
      Node("", children: [Node("c", properties: [Property("phandle", .cell(1))])]))
    #expect(
      try base(largest: 0xffff_fffd).applying(overlay: one)["/user/c"]?.phandle == 0xffff_fffe)
    for largest in [0xffff_fffe] as [UInt32] {
      #expect(throws: DeviceTreeError.overlay("there are not enough phandles")) {
        try base(largest: largest).applying(overlay: one)
      }
    }
    #expect(throws: DeviceTreeError.overlay("there are not enough phandles")) {
      let many = try overlay(
        Property("target-path", .string("/user")),
        Node("", properties: [Property("phandle", .cell(.max))]))
      return try base().applying(overlay: many)
    }
  }

  @Test(arguments: Node.phandleNames, [[], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 5]])
  func phandlesAreCells(name: String, bytes: [UInt8]) throws {
    let wide = try overlay(
      Property("target-path", .string("/bus")),
      Node("", properties: [Property(name, .bytes(bytes))]))
    #expect {
      try base().applying(overlay: wide)
    } throws: { "\($0)".contains("\(name) of /fragment@0/__overlay__ is not a phandle") }
  }

  /// The second overlay refers to what the first adds, in a tree that had no labels.
  @Test func stackedOverlays() throws {
    let added = Node(
      "extra@71000010", properties: [Property("phandle", .cell(1))])
    let first = try DeviceTree(
      root: Node(
        "",
        children: [
          Node(
            "fragment@0", properties: [Property("target-path", .string("/bus"))],
            children: [Node("__overlay__", children: [added])]),
          Node(
            "__symbols__",
            properties: [Property("first", .string("/fragment@0/__overlay__/extra@71000010"))]),
        ])
    ).blob()
    let second = try DeviceTree(
      root: Node(
        "",
        children: [
          Node(
            "fragment@0", properties: [Property("target", .cell(.max))],
            children: [Node("__overlay__", properties: [Property("second", .string("here"))])]),
          Node("__fixups__", properties: [Property("first", .string("/fragment@0:target:0"))]),
        ])
    ).blob()
    let once = try base().applying(overlay: first)
    #expect(
      once["/__symbols__"]?.properties == [Property("first", .string("/bus/extra@71000010"))])
    let twice = try once.applying(overlay: second)
    #expect(twice["/bus/extra@71000010"]?["second"]?.string == "here")
    #expect(throws: DeviceTreeError.overlay("the tree has no label first")) {
      try base().applying(overlay: second)
    }
    try libfdtAgrees(base(), [first, second])
    try libfdtAgrees(base(), [first])
  }

  /// A name without a unit address is the first node with that name.
  @Test func unitAddressesMayBeLeftOut() throws {
    let short = try overlay(
      Property("target-path", .string("/bus")),
      Node("", children: [Node("uart", properties: [Property("mark", .string("x"))])]))
    let merged = try base().applying(overlay: short)
    #expect(base().differences(to: merged).map(\.description) == [#"+ /bus/uart@10: mark = "x""#])
    try libfdtAgrees(base(), [short])
  }

  /// A target by phandle comes before one by path.
  @Test func aFragmentHasOneTarget() throws {
    let fragment = Node(
      "fragment@0",
      properties: [Property("target", .cell(2)), Property("target-path", .string("/user"))],
      children: [Node("__overlay__", properties: [Property("x", .empty)])])
    let both = try DeviceTree(root: Node("", children: [fragment])).blob()
    #expect(try base().applying(overlay: both)["/bus/uart@20"]?.has("x") == true)
    try libfdtAgrees(base(), [both])
  }

  /// Labels that lead nowhere, or are no paths.
  @Test(arguments: ["/fragment@7/__overlay__/x", "fragment@0", ""])
  func labelsLeadToContent(path: String) throws {
    var tree = try DeviceTree(
      blob: overlay(Property("target-path", .string("/")), Node("")))
    tree.add(Node("__symbols__", properties: [Property("l", .string(path))]), to: "/")
    let blob = try tree.blob()
    #expect(throws: DeviceTreeError.self) { try base().applying(overlay: blob) }
  }

  @Test func whatIsMergedCanBeRead() throws {
    func nested(_ depth: Int) -> Node {
      (1..<depth).reduce(Node("n")) { node, _ in Node("n", children: [node]) }
    }
    let blob = try overlay(
      Property("target-path", .string("/bus/uart@10")), Node("", children: [nested(61)]))
    #expect(try DeviceTree(blob: base().applying(overlay: blob).blob()).nodeCount == 67)
    let deep = try overlay(
      Property("target-path", .string("/bus/uart@10")), Node("", children: [nested(62)]))
    #expect { try base().applying(overlay: deep) } throws: { "\($0)".contains("64 deep") }
  }

  /// Numbers of siblings, properties, fragments, labels and references that would not come to an end
  /// if each were looked for among all.
  @Test(.timeLimit(.minutes(2))) func wideOverlays() throws {
    let count: UInt32 = 20_000
    let children = (0..<count).map {
      Node("n@\($0)", properties: [Property("phandle", .cell($0 + 1))])
    }
    let wide = DeviceTree(
      root: Node("", children: children + [Node("__symbols__")]))
    let fragments = (0..<count).map { index in
      Node(
        "fragment@\(index)",
        properties: [
          index.isMultiple(of: 2)
            ? Property("target", .cell(index + 1)) : Property("target-path", .string("/n@\(index)"))
        ],
        children: [
          Node(
            "__overlay__", properties: [Property("x", .empty)],
            children: [Node("new", properties: [Property("phandle", .cell(index + 1))])])
        ])
    }
    let references = (0..<count).map { $0 + 1 }
    let all = Node(
      "all",
      properties: [Property("references", .cells(references))]
        + (0..<count).map { Property("p\($0)", .empty) })
    let root = Node(
      "fragment@all", properties: [Property("target-path", .string("/"))],
      children: [Node("__overlay__", children: [all])])
    let fixups = Node(
      "__local_fixups__",
      children: [
        Node(
          "fragment@all",
          children: [
            Node(
              "__overlay__",
              children: [
                Node(
                  "all",
                  properties: [Property("references", .cells((0..<count).map { $0 * 4 }))])
              ])
          ])
      ])
    let labels = Node(
      "__symbols__",
      properties: (0..<count).map {
        Property("l\($0)", .string("/fragment@\($0)/__overlay__/new"))
      })
    let blob = try DeviceTree(root: Node("", children: fragments + [root, fixups, labels])).blob()
    let merged = try wide.applying(overlay: blob)
    #expect(merged["/n@5/new"]?.phandle == count + 6)
    #expect(merged["/all"]?["references"]?.cells?.last == 2 * count)
    #expect(merged["/__symbols__"]?.properties.count == Int(count))
  }

  /// What libfdt, whichever version is installed, makes of overlays in which its versions agree.
  private func libfdtAgrees(_ base: DeviceTree, _ overlays: [[UInt8]]) throws {
    var blob = try base.blob()
    blob += [UInt8](repeating: 0, count: 64 << 10)
    var ours = base
    for var overlay in overlays {
      ours = try ours.applying(overlay: overlay)
      let status = blob.withUnsafeMutableBytes { blob in
        overlay.withUnsafeMutableBytes { overlay in
          fdt_open_into(blob.baseAddress, blob.baseAddress, Int32(blob.count))
          return fdt_overlay_apply(blob.baseAddress, overlay.baseAddress)
        }
      }
      #expect(status == 0)
    }
    let theirs = try DeviceTree(blob: blob)
    #expect(theirs.differences(to: ours).map(\.description) == [])
  }
}
