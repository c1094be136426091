import CLibFDT
import DeviceTree
import Testing

/// A small tree with one of everything.
func sampleTree() -> DeviceTree {
  var root = Node("")
  root["compatible"] = .strings(["one,two", "three"])
  root["#address-cells"] = .cell(2)
  root["ibm,a-property-name-that-is-longer-than-thirty-one-characters"] = .empty
  root.children = [
    Node(
      "aliases",
      properties: [
        Property("console", .string("/vdevice/vty@71000000:115200")),
        Property("bus", .string("/vdevice")), Property("loop", .string("loop")),
        Property("far", .string("bus/vty")),
      ]),
    Node(
      "vdevice", properties: [Property("phandle", .cell(0x1111))],
      children: [
        Node("vty@71000000", properties: [Property("reg", .cell(0x7100_0000))]),
        Node("vty@71000001", properties: [Property("odd", .bytes([1, 2, 3]))]),
      ]),
    Node("memory@0", properties: [Property("reg", .cells([0, 0, 0, 0x4000_0000]))]),
  ]
  return DeviceTree(
    root: root, reservations: [.init(address: 0x1_0000_0000, size: 0x1000)], bootProcessor: 8)
}

@Suite struct ReadingAndWriting {
  @Test func roundTrip() throws {
    let tree = sampleTree()
    let blob = try tree.blob()
    #expect(try DeviceTree(blob: blob) == tree)
    #expect(fdt_check_full(blob, blob.count) == 0)
    #expect(try DeviceTree(blob: blob + [1, 2, 3]) == tree, "bytes behind the tree are not read")
  }

  @Test func libfdtFindsWhatWasWritten() throws {
    let blob = try sampleTree().blob()
    let node = fdt_path_offset(blob, "/vdevice/vty@71000001")
    var length: Int32 = 0
    let value = fdt_getprop(blob, node, "odd", &length)
    #expect(length == 3)
    #expect(value?.loadUnaligned(as: UInt8.self) == 1)
  }

  @Test func everyTruncationIsAnError() throws {
    let blob = try sampleTree().blob()
    for size in 0..<blob.count {
      #expect(throws: DeviceTreeError.self, "\(size) bytes") {
        try DeviceTree(blob: Array(blob[..<size]))
      }
    }
  }

  @Test func errorsNameTheOffset() throws {
    var blob = try sampleTree().blob()
    blob[0] = 0
    #expect(throws: DeviceTreeError.badMagic(0x000d_feed)) { try DeviceTree(blob: blob) }

    blob = try sampleTree().blob()
    // The structure block begins at 72, behind the header and two reservations, with the root.
    blob[72 + 3] = 0x77
    #expect(throws: DeviceTreeError.badStructure(offset: 72, .badTag)) {
      try DeviceTree(blob: blob)
    }
    blob[72 + 3] = 2
    #expect(throws: DeviceTreeError.badStructure(offset: 72, .unbalanced)) {
      try DeviceTree(blob: blob)
    }
  }

  @Test func deepNestingIsRefused() throws {
    func nested(_ depth: Int) -> Node {
      (1..<depth).reduce(Node("leaf")) { node, _ in Node("n", children: [node]) }
    }
    let deep = DeviceTree(root: Node("", children: [nested(63)]))
    #expect(try DeviceTree(blob: deep.blob()) == deep)
    let deeper = DeviceTree(root: Node("", children: [nested(64)]))
    #expect(throws: DeviceTreeError.self) { try DeviceTree(blob: deeper.blob()) }
  }
}

@Suite struct Lookup {
  let tree = sampleTree()

  @Test(arguments: [
    ("/", "/"), ("/vdevice", "/vdevice"),
    ("/vdevice/vty@71000001", "/vdevice/vty@71000001"),
    ("/vdevice/vty", "/vdevice/vty@71000000"), ("/vdevice/@71000001", "/vdevice/vty@71000001"),
    ("/memory@0000", "/memory@0"), ("/memory@", "/memory@0"),
    ("console", "/vdevice/vty@71000000"), ("bus/vty@71000001", "/vdevice/vty@71000001"),
    ("far", "/vdevice/vty@71000000"), ("/vdevice/vty:9600/ignored", "/vdevice/vty@71000000"),
  ])
  func found(path: String, node: String) {
    #expect(tree.position(of: path).flatMap(tree.path) == node)
  }

  @Test(arguments: ["", "nothing", "loop", "/vdevice/vty@1", "/memory@0/x", "/@", "/vty@71000000"])
  func notFound(path: String) { #expect(tree.position(of: path) == nil) }

  @Test func phandles() {
    var tree = tree
    #expect(tree.position(ofPhandle: 0x1111) == tree.position(of: "/vdevice"))
    tree.allocatePhandles()
    var all: [UInt32] = []
    tree.forEachNode { _, node in all.append(node.phandle ?? 0) }
    #expect(all == [0x1112, 0x1113, 0x1111, 0x1114, 0x1115, 0x1116])
  }

  @Test func phandlesFillGapsAtTheEnd() {
    let last = [Property("phandle", .cell(0xffff_fffe))]
    var tree = DeviceTree(
      root: Node("", children: [Node("a", properties: last), Node("b"), Node("c")]))
    tree.allocatePhandles()
    #expect(tree.root.phandle == 1)
    #expect(tree.root.children.map(\.phandle) == [0xffff_fffe, 2, 3])
  }

  @Test func editing() {
    var tree = tree
    tree.update("/vdevice") { $0["phandle"] = nil }
    #expect(tree["/vdevice"]?.properties == [])
    tree.add(Node("nvram@71000002"), to: "bus")
    #expect(tree["/vdevice/nvram"]?.name == "nvram@71000002")
    #expect(tree.remove("/vdevice/vty")?.name == "vty@71000000")
    #expect(tree["/vdevice/vty"]?.name == "vty@71000001")
    #expect(tree.update("/nowhere") { $0["x"] = .empty } == nil)
    #expect(tree.remove("/") == nil)
  }
}

@Suite struct Values {
  @Test func views() {
    #expect(PropertyValue.u64(0x1_0000_0002).cells == [1, 2])
    #expect(PropertyValue.u64(0x1_0000_0002).number == 0x1_0000_0002)
    #expect(PropertyValue.cell(7).number == 7)
    #expect(PropertyValue.strings(["a", "", "b"]).bytes == [97, 0, 0, 98, 0])
    #expect(PropertyValue.strings(["a", "", "b"]).strings == ["a", "", "b"])
    #expect(PropertyValue.string("x").string == "x")
    #expect(PropertyValue.bytes([97]).string == nil)
    #expect(PropertyValue.bytes([0xff, 0]).string == nil)
    #expect(PropertyValue.bytes([1, 2, 3]).cells == nil)
    #expect(PropertyValue.empty.cells == [])
    #expect(PropertyValue.empty.string == nil)
  }
}
