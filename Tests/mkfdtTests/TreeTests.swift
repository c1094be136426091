import DeviceTree
import CommandTestSupport
import Foundation
import Testing

/// Arguments that are not UTF-8 are rejected for every option.
@Suite struct RawArguments {
  @Test(arguments: [
    #"--bootargs $'a\xffb'"#, #"--name $'a\xffb'"#, #"--set $'/chosen/x=a\xffb'"#,
    #"--model $'a\xffb'"#, #"$'--bootargs=a\xffb'"#, #"-o $'a\xffb'"#, #"check $'a\xffb'"#,
  ])
  func areRefused(arguments: String) throws {
    try withFolder { folder in
      let outcome = try BuiltCommand.shell("exec mkfdt \(arguments) > output.dtb", in: folder)
      let text = outcome.errors
      #expect(outcome.status == 2)
      #expect(text.contains("is not UTF-8") && text.contains(#"a\xffb"#), "\(text)")
      #expect(try Data(contentsOf: folder.appendingPathComponent("output.dtb")).isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  /// Text that is UTF-8 is kept as it is.
  @Test func areKept() throws {
    let text = "caf\u{e9} e\u{301} \u{1f600} a\nb"
    let outcome = try run(["--bootargs", text])
    let tree = try DeviceTree(blob: Array(outcome.output))
    #expect(tree["/chosen"]?["bootargs"]?.bytes == Array(text.utf8) + [0])
  }
}

/// A property and a node of one name.
@Suite struct SameNames {
  private static let tree = DeviceTree(
    root: Node(
      "",
      properties: [
        Property("thing", .string("the property")), Property("other", .string("short")),
        Property("nothing", .empty),
      ],
      children: [
        Node("thing", properties: [Property("a", .cell(1))]),
        Node("other@5", properties: [Property("reg", .cell(5))]),
      ]))

  @Test(arguments: [
    ("/thing", "thing {\n\ta = <0x1>;\n};\n"), ("/:thing", "\"the property\"\n"),
    ("/:other", "\"short\"\n"), ("/other:reg", "<0x5>\n"), ("/thing:a", "<0x1>\n"),
    ("/thing/a", "<0x1>\n"), ("/:nothing", "\n"), ("/nothing", "\n"),
  ])
  func show(path: String, text: String) throws {
    let outcome = try run(["show", "-", path], input: Data(Self.tree.blob()))
    #expect(String(decoding: outcome.output, as: UTF8.self) == text, "\(outcome.errors)")
  }

  /// What show prints of a property gives the same bytes.
  @Test func shownValuesAreSet() throws {
    let tree = try DeviceTree(blob: Array(run(["--rng-seed", "000aff5c"]).output))
    var arguments: [String] = []
    for property in tree["/rtas"]?.properties ?? [] {
      let place = "/chosen:rtas-\(property.name)"
      arguments += ["--set", "\(place)=\(property.value.sourceText)"]
    }
    let copy = try DeviceTree(blob: Array(run(arguments).output))
    for property in tree["/rtas"]?.properties ?? [] {
      #expect(copy["/chosen"]?["rtas-\(property.name)"] == property.value, "\(property.name)")
    }
  }

  @Test func jsonRefusesEqualNames() throws {
    let twice = try DeviceTree(root: Node("", children: [Node("a"), Node("a")])).blob()
    let outcome = try run(["show", "--format", "json", "-"], input: Data(twice))
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("/ has two properties or two children a"), "\(outcome.errors)")
    #expect(try run(["show", "-"], input: Data(twice)).status == 0)
  }
}

/// Trees of many siblings and properties: every verb takes time in proportion to their number. A
/// search among all siblings for each would take hours.
@Suite(.serialized) struct WideTrees {
  private static func wide() throws -> Data {
    var tree = try DeviceTree(blob: Array(run([]).output))
    tree.root.children += (0..<5_000).map { Node("n\($0)") }
    tree.update("/chosen") { chosen in
      chosen.properties += (0..<30_000).map { Property("p\($0)", .cell($0)) }
    }
    return Data(try tree.blob())
  }

  private static let verbs: [(arguments: [String], status: Int32)] = [
    (["show", "w.dtb"], 0), (["show", "--format", "json", "w.dtb"], 0),
    (["show", "w.dtb", "/n4999"], 0), (["check", "w.dtb"], 0), (["features", "w.dtb"], 0),
    (["diff", "w.dtb", "w.dtb"], 0), (["diff", "w.dtb", "small.dtb"], 1),
    (["migratable", "w.dtb", "small.dtb"], 0), (["--overlay", "w.dtbo", "-o", "out.dtb"], 0),
  ]

  @Test(.timeLimit(.minutes(2)), arguments: verbs.indices)
  func verb(row: Int) throws {
    let (arguments, status) = Self.verbs[row]
    try withFolder { folder in
      let small = try run([]).output
      try Self.wide().write(to: folder.appendingPathComponent("w.dtb"))
      try small.write(to: folder.appendingPathComponent("small.dtb"))
      let content = Node(
        "__overlay__", properties: (0..<30_000).map { Property("p\($0)", .cell($0)) },
        children: (0..<5_000).map { Node("n\($0)") })
      let fragment = Node(
        "fragment", properties: [Property("target-path", .string("/chosen"))], children: [content])
      try Data(DeviceTree(root: Node("", children: [fragment])).blob())
        .write(to: folder.appendingPathComponent("w.dtbo"))
      let outcome = try run(arguments, in: folder)
      #expect(outcome.status == status, "\(outcome.errors)")
    }
  }
}
