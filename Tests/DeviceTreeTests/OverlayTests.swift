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
