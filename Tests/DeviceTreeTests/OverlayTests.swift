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

  @Test func phandlesOfTheBaseStay() throws {
    let content = Node("", properties: [Property("phandle", .cell(1))])
    #expect(throws: DeviceTreeError.overlay("it gives /vdevice another phandle")) {
      try sampleTree().applying(
        overlay: overlay(Property("target-path", .string("/vdevice")), content))
    }
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
}
