import DeviceTree
import Foundation
import PeerSupport
import Testing

@Suite struct SourceTests {
  private func tree(_ text: String, symbols: Bool = false) throws -> DeviceTree {
    try DeviceTree(source: Array(text.utf8), symbols: symbols) { _ in [1, 2, 3] }
  }

  @Test func nodesPropertiesAndReservations() throws {
    let tree = try tree(
      """
      // a comment
      /dts-v1/;
      /memreserve/ 0x1000 (1 << 12);
      l: /memreserve/ 0x100000000 4096;
      / {
        compatible = "a", "b"; /* another */
        #size-cells = <1>;
        flag;
        cpus { cpu@8 { reg = <8>; }; };
        data { d = [0a 0B], /bits/ 16 <1 2>, /incbin/("f", 1, 2); };
      };
      """)
    #expect(
      tree.reservations
        == [.init(address: 0x1000, size: 4096), .init(address: 1 << 32, size: 4096)])
    #expect(tree.bootProcessor == 8)
    #expect(tree.root["compatible"]?.strings == ["a", "b"])
    #expect(tree.root["flag"] == .empty)
    #expect(tree["/data"]?["d"]?.bytes == [10, 11, 0, 1, 0, 2, 2, 3])
    #expect(tree["/"]?.children.map(\.name) == ["cpus", "data"])
  }

  @Test func piecesLabelsReferencesAndDeletions() throws {
    let tree = try tree(
      """
      /dts-v1/;
      / {
        a: a { x = <1>; y = <2>; gone { }; };
        b: c: b@1 { phandle = <1>; };
        user { to = <&a &b &{/a}>; path = &b, "x"; both = &{/a}; };
        old: old { };
      };
      &a { /delete-property/ x; y = <3>; z; /delete-node/ gone; new { }; };
      / { b@1 { added; }; };
      /delete-node/ &old;
      """)
    #expect(tree["/a"]?.properties.map(\.name) == ["y", "z", "phandle"])
    #expect(tree["/a"]?["y"]?.cell == 3)
    // 1 is taken.
    #expect(tree["/a"]?.phandle == 2)
    #expect(tree["/user"]?["to"]?.cells == [2, 1, 2])
    #expect(tree["/user"]?["path"]?.strings == ["/b@1", "x"])
    #expect(tree["/a"]?.children.map(\.name) == ["new"])
    #expect(tree["/b@1"]?.has("added") == true)
    #expect(tree["/old"] == nil)
  }

  @Test func symbols() throws {
    let text = "/dts-v1/; / { a: b: n { m: m@1 { }; }; };"
    #expect(try tree(text)["/__symbols__"] == nil)
    let symbols = try #require(try tree(text, symbols: true)["/__symbols__"])
    #expect(symbols.properties.map(\.name) == ["a", "b", "m"])
    #expect(symbols.properties.map(\.value.string) == ["/n", "/n", "/n/m@1"])
    #expect(try tree(text, symbols: true)["/n/m"]?.phandle == 2)
  }

  @Test func labelsOfTheSource() throws {
    let text = "/dts-v1/; / { a: b: n { m: m@1 { }; gone: g { }; }; }; /delete-node/ &gone;"
    let (tree, labels) = try DeviceTree.compiled(Array(text.utf8)) { _ in [] }
    #expect(labels == ["a": "/n", "b": "/n", "m": "/n/m@1"])
    #expect(tree == (try self.tree(text)) && tree["/n"]?.phandle == nil)
  }

  /// The labels of one node share one path.
  @Test func manyLabelsOfADeepNode() throws {
    let deep = (0..<60).map { _ in String(repeating: "n", count: 60) + " { " }.joined()
    let labels = (0..<20_000).map { "l\($0): " }.joined()
    let text = "/dts-v1/; / { \(deep) \(labels) n { }; \(String(repeating: "}; ", count: 61))"
    let compiled = try DeviceTree.compiled(Array(text.utf8)) { _ in [] }
    #expect(compiled.labels.count == 20_000)
  }

  /// Labels of nodes' names, for trees that have none.
  @Test func symbolsOfNames() throws {
    var tree = sampleTree()
    tree.root.children += [
      Node("9p"), Node("twin@1"), Node("twins", children: [Node("twin@1")]),
    ]
    tree.addSymbols()
    let symbols = try #require(tree["/__symbols__"])
    #expect(symbols["vty_71000001"]?.string == "/vdevice/vty@71000001")
    #expect(symbols["_9p"]?.string == "/9p")
    #expect(!symbols.has("twin_1"))
    #expect(tree["/vdevice"]?.phandle == 0x1111)
    let phandles = symbols.properties.compactMap { $0.value.string }.map { tree[$0]?.phandle }
    #expect(!phandles.contains(nil) && Set(phandles).count == phandles.count)
    let once = tree
    tree.addSymbols()
    #expect(tree == once)
  }

  /// Texts that are no source, and what the error must say.
  static let wrong: [(text: String, error: String)] = [
    ("", "1:1: '/dts-v1/;' is missing"), ("/ { };", "1:1: '/dts-v1/;'"),
    ("/dts-v1/;", "1:10: '/ {' is missing"), ("/dts-v1/", "1:9: ';'"),
    ("/dts-v1/; /plugin/; / { };", "1:11: /plugin/ is not supported; dtc"),
    ("/dts-v1/;\n#include <x>\n/ { };", "2:1: #include is not supported; run cpp"),
    ("/dts-v1/;\n/ { #define A 1\n };", "2:5: #define is not supported"),
    ("/dts-v1/; /include/ \"x\"", "1:11: /include/ is not supported"),
    ("/dts-v1/; / { /omit-if-no-ref/ a { }; };", "1:15: /omit-if-no-ref/"),
    ("/dts-v1/; / { a = <1> };", "1:23: ';'"), ("/dts-v1/; / { a { }; b; };", "1:22: a property"),
    ("/dts-v1/; / { a; a; };", "1:18: a second property a"),
    ("/dts-v1/; / { a { }; a { }; };", "1:22: a second child a"),
    ("/dts-v1/; / { a@1@2 { }; };", "1:15: a@1@2 has more than one @"),
    ("/dts-v1/; / { a; /delete-property/ a; };", "1:36: a is deleted where it is made"),
    ("/dts-v1/; / { a { }; /delete-node/ a; };", "1:36: a is deleted where it is made"),
    ("/dts-v1/; / { phandle = \"ab\"; };", "1:15: a phandle of 3 bytes"),
    ("/dts-v1/; / { linux,phandle; };", "1:15: a phandle of 0 bytes"),
    ("/dts-v1/; / { phandle = <1 2>; };", "1:15: a phandle of 8 bytes"),
    ("/dts-v1/; / { l: a { }; l: b { }; };", "1:25: label l"),
    ("/dts-v1/;\n/ {\n  a = <&x>; };", "3:3: there is no node x"),
    ("/dts-v1/; / { }; &x { };", "1:18: there is no node x"),
    ("/dts-v1/; &{/} { };", "1:11: there is no node /"),
    ("/dts-v1/; / { a { phandle = <1>; }; b { phandle = <1>; }; };", "1:41: phandle 0x1"),
    ("/dts-v1/; / { phandle = <0>; };", "1:15: phandle 0x0"),
    ("/dts-v1/; / { a = \"x; };", "1:19: a string without an end"),
    ("/dts-v1/; / { a = <0x1g>; };", "1:20: '0x1g' is not a number"),
    ("/dts-v1/; / { a = /incbin/(\"f\", 4, 1); };", "1:15: f has only 3 bytes"),
    ("/dts-v1/; / { a = <1>;", "1:23: '}'"), ("/dts-v1/; / { } x", "1:17: ';'"),
    ("/dts-v1/; / { }; /* x", "1:18: a comment without an end"),
    ("/dts-v1/; / { " + String(repeating: "a { ", count: 64), "nested more than 64 deep"),
    ("/dts-v1/; / { \(String(repeating: "a", count: 2049)); };", "2048"),
    ("/dts-v1/; / { l: a { }; }; /delete-node/ &l; &l { };", "1:46: there is no node l"),
  ]

  @Test(arguments: wrong.indices)
  func errorsNameThePlace(row: Int) {
    let (text, error) = Self.wrong[row]
    do {
      _ = try tree(text)
      Issue.record("no error")
    } catch {
      #expect("\(error)".contains(Self.wrong[row].error), "\(error)")
    }
    _ = error
  }

  /// Small texts that stand for much: everything is bounded.
  @Test(.timeLimit(.minutes(1))) func amplificationIsBounded() throws {
    let file = [UInt8](repeating: 7, count: 1 << 20)
    let parts = [String](repeating: "/incbin/(\"f\")", count: 1000).joined(separator: ",")
    #expect(throws: DeviceTreeSourceError.self) {
      try DeviceTree(source: Array("/dts-v1/; / { a = \(parts); };".utf8)) { _ in file }
    }
    // A long path, in many values and of many nodes.
    let names = [String](repeating: String(repeating: "n", count: 100), count: 39)
    let open = names.map { "\($0) { " }.joined()
    let close = [String](repeating: "}; ", count: 39).joined()
    let references = [String](repeating: "&l", count: 100_000).joined(separator: ",")
    #expect(throws: DeviceTreeSourceError.self) {
      try tree("/dts-v1/; / { \(open) l: x { }; \(close) a { b = \(references); }; };")
    }
    let siblings = (0..<20_000).map { "s\($0) { };" }.joined()
    #expect(throws: DeviceTreeSourceError.self) {
      try tree("/dts-v1/; / { \(open) \(siblings) \(close) };")
    }
  }

  /// References to many nodes take time in proportion to them.
  @Test(.timeLimit(.minutes(1))) func manyReferences() throws {
    let nodes = (0..<20_000).map { "l\($0): n\($0) { r = <&l\(($0 + 1) % 20_000)>; };" }.joined()
    let tree = try tree("/dts-v1/; / { \(nodes) };")
    #expect(tree.root.children.last?["r"]?.cell == tree.root.children.first?.phandle)
  }

  /// What we print is read again, and means the same.
  @Test func printedTreesAreRead() throws {
    let tree = sampleTree()
    var again = try self.tree(tree.sourceText())
    again.bootProcessor = tree.bootProcessor
    #expect(again == tree)
  }

  // MARK: as dtc has it

  /// Sources that dtc and this package must understand alike.
  private static let sources = [
    "/dts-v1/; / { };",
    "/dts-v1/; /memreserve/ 1 2; / { a = \"x\\n\", <1 010 0x10>, [01]; b; };",
    """
    /dts-v1/;
    / { a: a { p = <&b>; q = &b; }; b: b@1 { reg = <1>; }; c { phandle = <1>; r = <&a &{/b@1}>; }; };
    &a { p = <2>; s = <&b>; c { }; };
    / { b@1 { t = "u"; }; x { }; };
    """,
    """
    /dts-v1/;
    / { l: a { x; y; d { }; e { }; }; b { }; m: c { }; };
    / { a { /delete-property/ x; /delete-property/ none; /delete-node/ d; /delete-node/ none; }; };
    /delete-node/ &m;
    &{/b} { z = <(1 + 2)>, /bits/ 8 <1 2>; };
    """,
    "/dts-v1/; / { cpus { cpu@3 { reg = <3>; }; }; l: x { y = <&l>; }; };",
    "/dts-v1/; / { a\\; };", "/dts-v1/; / { \\a = <1>; #b, = <2>; c+d*?e.f = \"\"; };",
    "/dts-v1/; / { p1: a = l2: <1 l3: 2 l4:> l5:; n: n { }; };",
    "/dts-v1/; / { a = <1>; a = <2>; };", "/dts-v1/; / { a { }; b; };",
    "/dts-v1/; / { l: a { }; l: b { }; };", "/dts-v1/; / { a { phandle = <&{/a}>; }; };",
    "/dts-v1/; / { a = <&nothing>; };", "/dts-v1/; / { a = <1 2>", "/ { };", "",
  ]

  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc")) func agreesWithDTC() throws {
    var findings: [String] = []
    for text in Self.sources {
      for symbols in [false, true] {
        let ours = try? tree(text, symbols: symbols)
        let arguments = ["-q", "-q", "-I", "dts", "-O", "dtb"] + (symbols ? ["-@"] : []) + ["-"]
        let blob = PeerProgram.dtc.output(arguments, input: Data(text.utf8))
        let theirs = try blob.map { try DeviceTree(blob: Array($0)) }
        switch (ours, theirs) {
        case (nil, nil): break
        case (let ours?, let theirs?):
          let differences = ours.differences(to: theirs)
          if !differences.isEmpty || ours.bootProcessor != theirs.bootProcessor {
            findings.append("\(text): \(differences)")
          }
        default: findings.append("\(text): ours is \(ours == nil ? "an error" : "a tree")")
        }
      }
    }
    #expect(PeerFindings.failures(findings, about: PeerProgram.dtc.version) == [])
  }

  /// A tree as dtc prints it is read, and means the same.
  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc")) func agreesWithWhatDTCPrints() throws {
    var tree = sampleTree()
    tree.bootProcessor = 0
    let text = PeerProgram.dtc.output(
      ["-q", "-q", "-I", "dtb", "-O", "dts", "-"], input: Data(try tree.blob()))
    let read = try text.map { try self.tree(String(decoding: $0, as: UTF8.self)) }
    let findings = read.map { tree.differences(to: $0).map { "\($0)" } } ?? ["prints nothing"]
    #expect(PeerFindings.failures(findings, about: PeerProgram.dtc.version) == [])
  }
}
