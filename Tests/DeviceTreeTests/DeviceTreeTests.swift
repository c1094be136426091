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
    // The structure block begins at 80, behind the header, as libfdt rounds it, and two reservations, with the root.
    blob[80 + 3] = 0x77
    #expect(throws: DeviceTreeError.badStructure(offset: 80, .badTag)) {
      try DeviceTree(blob: blob)
    }
    blob[80 + 3] = 2
    #expect(throws: DeviceTreeError.badStructure(offset: 80, .unbalanced)) {
      try DeviceTree(blob: blob)
    }
  }

  /// Properties may share the bytes of a name, so that many long ones cost a blob next to nothing.
  @Test(arguments: [2048, 2049, 1 << 20]) func longNamesAreRefused(length: Int) throws {
    let name = String(repeating: "n", count: length)
    let trees = [
      DeviceTree(root: Node("", properties: [Property(name, .empty)])),
      DeviceTree(root: Node("", children: [Node(name)])),
    ]
    for tree in trees {
      let blob = try tree.blob()
      if length <= 2048 {
        #expect(try DeviceTree(blob: blob) == tree)
      } else {
        #expect(throws: DeviceTreeError.self) { try DeviceTree(blob: blob) }
      }
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

/// What newer versions of libfdt refuse, and what would take more memory than there is.
@Suite struct ReadingLimits {
  /// A blob whose structure block is made of `tags`, behind which are `strings`.
  private func blob(_ tags: [UInt8], strings: [UInt8] = [], structOffset: Int = 56) -> [UInt8] {
    var bytes = PropertyValue.empty
    let end = structOffset + tags.count
    for word in [
      0xd00d_feed, end + strings.count, structOffset, end, 40, 17, 16, 0, strings.count, tags.count,
    ] {
      bytes.append(UInt32(word))
    }
    bytes.bytes += [UInt8](repeating: 0, count: structOffset - 40)
    return bytes.bytes + tags + strings
  }

  private let emptyRoot = PropertyValue.cells([1, 0, 2, 9]).bytes

  private func name(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8) + [0]
    return bytes + [UInt8](repeating: 0, count: -bytes.count & 3)
  }

  private func error(_ blob: [UInt8]) -> DeviceTreeError? {
    do throws(DeviceTreeError) {
      _ = try DeviceTree(blob: blob)
      return nil
    } catch {
      return error
    }
  }

  @Test func alignment() {
    #expect(error(blob(emptyRoot)) == nil)
    #expect(error(blob(emptyRoot, structOffset: 58)) == .misaligned(offset: 8, alignment: 4))
    var reservations = blob(emptyRoot, structOffset: 60)
    reservations[19] = 44
    #expect(error(reservations) == .misaligned(offset: 16, alignment: 8))
  }

  @Test func lastCompatibleVersionIsNotNewerThanTheVersion() {
    var tree = blob(emptyRoot)
    tree[23] = 16
    tree[27] = 17
    #expect(error(tree) == .unsupportedVersion(16))
  }

  @Test func theRootHasNoName() {
    let root = PropertyValue.cell(1).bytes + name("top") + PropertyValue.cells([2, 9]).bytes
    #expect(error(blob(root)) == .badStructure(offset: 60, .rootName))
  }

  @Test func lengthOfNames() throws {
    func property(_ length: Int) -> [UInt8] {
      let tags = PropertyValue.cells([1, 0, 3, 0, 0, 2, 9]).bytes
      return blob(tags, strings: name(String(repeating: "p", count: length)))
    }
    #expect(error(property(2048)) == nil)
    #expect(error(property(2049)) == .badStructure(offset: 72, .longName))
    let node = { Node(String(repeating: "n", count: $0)) }
    #expect(error(try DeviceTree(root: Node("", children: [node(2048)])).blob()) == nil)
    let long = try DeviceTree(root: Node("", children: [node(2049)])).blob()
    #expect(error(long) == .badStructure(offset: 76, .longName))
  }

  @Test func lengthOfPaths() throws {
    // Each level adds 1,024 bytes.
    func tree(_ levels: Int) -> DeviceTree {
      let name = String(repeating: "n", count: 1023)
      return DeviceTree(
        root: Node(
          "",
          children: [(1..<levels).reduce(Node(name)) { node, _ in Node(name, children: [node]) }])
      )
    }
    #expect(error(try tree(4).blob()) == nil)
    let long = error(try tree(5).blob())
    #expect(long.map { "\($0)".contains("path of more than 4096 bytes") } == true)
  }

  /// Properties that share one long name, each from another place of it on.
  @Test func overlappingNames() {
    // A NUL ends a name every 2,000 bytes.
    let strings = (1...50_000).map { $0 % 2000 == 0 ? 0 : UInt8(ascii: "x") }
    var tags = PropertyValue.cells([1, 0])
    for index in strings.indices where strings[index] != 0 {
      for cell in [3, 0, UInt32(index)] { tags.append(cell) }
    }
    for cell in [2, 9] as [UInt32] { tags.append(cell) }
    let found = error(blob(tags.bytes, strings: strings))
    #expect(found.map { "\($0)".contains("too much memory") } == true)
  }

  /// Many children with a long path.
  @Test func sharedPaths() throws {
    let long = String(repeating: "n", count: 2000)
    let children = (0..<20_000).map { Node("\($0)") }
    let tree = DeviceTree(
      root: Node("", children: [Node(long, children: [Node(long, children: children)])]))
    let found = error(try tree.blob())
    #expect(found.map { "\($0)".contains("too much memory") } == true)
  }

  /// A tree of 300,000 properties and one of 20,000 siblings are within the limits.
  @Test func wideTreesAreRead() throws {
    let properties = (0..<300_000).map { Property("p\($0)", .empty) }
    let wide = DeviceTree(
      root: Node("", properties: properties, children: (0..<20_000).map { Node("n\($0)") }))
    #expect(try DeviceTree(blob: wide.blob()) == wide)
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
