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

  @Test func propertiesOfOneNameAreComparedInOrder() {
    func tree(_ values: [UInt32]) -> DeviceTree {
      DeviceTree(root: Node("", properties: values.map { Property("a", .cell($0)) }))
    }
    #expect(
      tree([1]).differences(to: tree([1, 2])) == [
        .propertyAdded(path: "/", name: "a", .cell(2))
      ])
    #expect(
      tree([1, 2]).differences(to: tree([1])) == [
        .propertyRemoved(path: "/", name: "a", .cell(2))
      ])
    #expect(
      tree([1, 2]).differences(to: tree([1, 3])) == [
        .propertyChanged(path: "/", name: "a", from: .cell(2), to: .cell(3))
      ])
    #expect(tree([1, 2]).differences(to: tree([1, 2])) == [])
  }

  @Test func reservationsAreCounted() {
    let range = DeviceTree.Reservation(address: 1, size: 2)
    let once = DeviceTree(reservations: [range])
    let twice = DeviceTree(reservations: [range, range])
    #expect(once.differences(to: twice) == [.reservationAdded(range)])
    #expect(twice.differences(to: once) == [.reservationRemoved(range)])
  }

  /// Siblings and properties that have partners, and those that have none, in numbers that a
  /// comparison of each with each would not come to the end of.
  @Test(.timeLimit(.minutes(2))) func wideTrees() {
    func tree(_ name: String) -> DeviceTree {
      DeviceTree(
        root: Node(
          "", properties: (0..<100_000).map { Property("\(name)\($0)", .empty) },
          children: (0..<50_000).map { _ in Node(name) }))
    }
    #expect(tree("a").differences(to: tree("a")).isEmpty)
    #expect(tree("a").differences(to: tree("b")).count == 300_000)
  }
}
