import DeviceTree
import Foundation
import PeerSupport
import Testing

@Suite struct TextTests {
  @Test func sourceText() {
    #expect(
      sampleTree().sourceText() == """
        /dts-v1/;

        /memreserve/ 0x100000000 0x1000;

        / {
        \tcompatible = "one,two", "three";
        \t#address-cells = <0x2>;
        \tibm,a-property-name-that-is-longer-than-thirty-one-characters;

        \taliases {
        \t\tconsole = "/vdevice/vty@71000000:115200";
        \t\tbus = "/vdevice";
        \t\tloop = "loop";
        \t\tfar = "bus/vty";
        \t};

        \tvdevice {
        \t\tphandle = <0x1111>;

        \t\tvty@71000000 {
        \t\t\treg = <0x71000000>;
        \t\t};

        \t\tvty@71000001 {
        \t\t\todd = [01 02 03];
        \t\t};
        \t};

        \tmemory@0 {
        \t\treg = <0x0 0x0 0x0 0x40000000>;
        \t};
        };

        """)
  }

  @Test func valuesLookLikeWhatTheyAre() {
    #expect(PropertyValue.string("a \"b\" \\").sourceText == #""a \"b\" \\""#)
    #expect(PropertyValue.string("").sourceText == #""""#)
    #expect(PropertyValue.bytes([0, 0, 0, 2, 97, 0, 98, 0]).sourceText == #"<0x2>, "a", "b""#)
    #expect(PropertyValue.bytes([0, 0, 0, 1, 97, 0, 98, 0]).sourceText == "<0x1 0x61006200>")
    #expect(PropertyValue.bytes([0, 0]).sourceText == "[00 00]")
  }

  /// dtc reads what we print, and gets the same tree.
  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc"))
  func agreesWithDtc() throws {
    var tree = sampleTree()
    tree.root["text"] = .string("a \"b\" \\ c")
    let blob = PeerProgram.dtc.output(
      ["-q", "-I", "dts", "-O", "dtb", "-b", "8", "-"], input: Data(tree.sourceText().utf8))
    let theirs = blob.flatMap { try? DeviceTree(blob: Array($0)) }
    let findings = theirs.map { $0.differences(to: tree).map(\.description) } ?? ["makes no tree"]
    let failures = PeerFindings.failures(findings, about: PeerProgram.dtc.version)
    #expect(failures == [])
  }

  @Test func json() throws {
    let object = try JSONSerialization.jsonObject(with: Data(try sampleTree().json().utf8))
    let tree = try #require(object as? [String: Any])
    let root = try #require(tree["root"] as? [String: Any])
    let properties = try #require(root["properties"] as? [String: Any])
    #expect(properties["compatible"] as? [String] == ["one,two", "three"])
    #expect(properties["#address-cells"] as? [Int] == [2])
    let nodes = try #require(root["nodes"] as? [String: Any])
    #expect(Set(nodes.keys) == ["aliases", "vdevice", "memory@0"])
    #expect(tree["bootProcessor"] as? Int == 8)
    #expect((tree["reservations"] as? [[String: Int]])?.first?["size"] == 0x1000)
  }

  @Test func jsonHasNoPlaceForEqualNames() {
    let nodes = Node("", children: [Node("a", children: [Node("b"), Node("b")])])
    #expect(throws: DeviceTreeError.repeatedName(path: "/a", name: "b")) {
      try DeviceTree(root: nodes).json()
    }
    let properties = Node("", properties: [Property("p", .empty), Property("p", .empty)])
    #expect(throws: DeviceTreeError.repeatedName(path: "/", name: "p")) {
      try DeviceTree(root: properties).json()
    }
    // A property and a node have objects of their own.
    let both = Node("", properties: [Property("p", .empty)], children: [Node("p")])
    #expect(throws: Never.self) { try DeviceTree(root: both).json() }
  }
}
