import DeviceTree
import Testing

@Suite struct DifferenceTests {
  @Test func aTreeIsLikeItself() {
    #expect(sampleTree().differences(to: sampleTree()) == [])
  }

  @Test func orderDoesNotCount() {
    var other = sampleTree()
    other.root.children.reverse()
    other.root.properties.reverse()
    #expect(sampleTree().differences(to: other) == [])
  }

  @Test func everyKindIsFound() {
    var other = sampleTree()
    other.bootProcessor = 0
    other.reservations = [.init(address: 1, size: 2)]
    other.update("/") {
      $0["compatible"] = nil; $0["new"] = .empty; $0["#address-cells"] = .cell(1)
    }
    other.remove("/vdevice/vty@71000001")
    other.add(Node("chosen"), to: "/")
    #expect(
      sampleTree().differences(to: other).map(\.description) == [
        "~ boot processor: 8 -> 0",
        "- /memreserve/ 0x100000000 0x1000",
        "+ /memreserve/ 0x1 0x2",
        "- /: compatible = \"one,two\", \"three\"",
        "~ /: #address-cells = <0x2> -> <0x1>",
        "+ /: new",
        "- /vdevice/vty@71000001",
        "+ /chosen",
      ])
  }

  @Test func siblingsOfOneNameAreComparedInOrder() {
    let two = DeviceTree(
      root: Node("", children: [Node("a"), Node("a", properties: [Property("x", .empty)])]))
    let one = DeviceTree(root: Node("", children: [Node("a")]))
    #expect(two.differences(to: one) == [.nodeRemoved(path: "/a")])
    #expect(one.differences(to: two) == [.nodeAdded(path: "/a")])
  }
}
