import CommandTestSupport
import DeviceTree
import Foundation
import PeerSupport
import Testing

private let board = """
  /dts-v1/;
  /memreserve/ 0x1000 0x2000;
  / {
    model = "board";
    #size-cells = <1>;
    list = "a", "b";
    flag;
    odd = [01 02 03];
    big = <0xffffffff 2>;
    aliases { serial0 = "/soc/uart@1000"; };
    soc { uart@1000 { reg = <0x1000 0x100>; }; gone { deep { }; }; };
  };

  """

private func compiled() throws -> Data {
  let outcome = try run(["compile", "-"], input: Data(board.utf8))
  #expect(outcome.status == 0, "\(outcome.errors)")
  return outcome.output
}

@Suite struct CompileTests {
  @Test func outputIsABlob() throws {
    let tree = try DeviceTree(blob: Array(compiled()))
    #expect(tree.root["model"]?.string == "board")
    #expect(tree.reservations.map(\.size) == [0x2000])
  }

  @Test func errorsNameFileLineAndColumn() throws {
    try withFolder { folder in
      try Data("/dts-v1/;\n/ {\n  a = <1;\n};\n".utf8)
        .write(to: folder.appendingPathComponent("b.dts"))
      for verb in ["compile", "edit", "show"] {
        let outcome = try run([verb, "b.dts"], in: folder)
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("mkfdt: b.dts:3:9: '>'"), "\(outcome.errors)")
      }
    }
  }

  @Test func filesAreBesideTheSource() throws {
    try withFolder { folder in
      let below = folder.appendingPathComponent("below")
      try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
      try Data([1, 2]).write(to: below.appendingPathComponent("f"))
      try Data("/dts-v1/; / { a = /incbin/(\"f\"); };".utf8)
        .write(to: below.appendingPathComponent("b.dts"))
      let outcome = try run(["compile", "below/b.dts"], in: folder)
      #expect(try DeviceTree(blob: Array(outcome.output)).root["a"]?.bytes == [1, 2])
      try FileManager.default.removeItem(at: below.appendingPathComponent("f"))
      let missing = try run(["compile", "below/b.dts"], in: folder).errors
      #expect(missing.hasPrefix("mkfdt: below/b.dts:1:15: cannot read below/f: "), "\(missing)")
    }
  }

  @Test func sizes() throws {
    let size = try compiled().count
    let padded = try run(["compile", "-", "--pad", "100"], input: Data(board.utf8)).output
    #expect(padded.count == size + 100)
    let aligned = try run(["compile", "-", "--align", "4K"], input: Data(board.utf8)).output
    #expect(aligned.count == 4096)
    let both = try run(["compile", "-", "--pad", "4K", "--align", "4K"], input: Data(board.utf8))
    #expect(both.output.count == 8192)
  }

  /// dtc takes powers of two up to 1 GiB; each error names the option.
  @Test(arguments: [
    ["--align", "0"], ["--align", "3"], ["--align", "24"], ["--align", "2G"], ["--align", "-8"],
    ["--align", "x"], ["--align", "18446744073709551615"], ["--pad", "2G"], ["--pad", "4G"],
    ["--pad", "-1"], ["--pad", "x"], ["--pad", "18446744073709551616"],
    ["--pad", "1", "--format", "dts"], ["--align", "8", "--format", "json"],
  ]) func sizesThatAreRefused(arguments: [String]) throws {
    for verb in ["compile", "edit"] {
      let outcome = try run([verb, "-"] + arguments, input: Data(board.utf8))
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(outcome.errors.contains(arguments[0]), "\(outcome.errors)")
    }
  }

  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc")) func agreesWithSizesOfDTC() throws {
    var findings: [String] = []
    let blob = try compiled()
    for (pad, align) in [(0, 8), (100, 1), (5, 64), (0, 4096)] {
      let ours = try run(
        ["edit", "-", "--pad", "\(pad)", "--align", "\(align)"], input: blob
      ).output.count
      let theirs = PeerProgram.dtc.output(
        ["-q", "-q", "-I", "dtb", "-O", "dtb", "-p", "\(pad)", "-a", "\(align)", "-"], input: blob)
      // Its header takes eight bytes less, and its reservations begin there.
      let plain = PeerProgram.dtc.output(
        ["-q", "-q", "-I", "dtb", "-O", "dtb", "-"], input: blob)
      guard let theirs, let plain else { findings.append("writes nothing"); continue }
      let expected = (plain.count + pad + align - 1) / align * align
      let own = (blob.count + pad + align - 1) / align * align
      if theirs.count != expected || ours != own {
        findings.append("padding \(pad), alignment \(align): \(theirs.count) bytes")
      }
    }
    #expect(PeerFindings.failures(findings, about: PeerProgram.dtc.version) == [])
  }

  @Test func symbolsAreThoseOfTheSource() throws {
    let source = Data("/dts-v1/; / { l: a { }; b { }; };".utf8)
    for verb in ["compile", "edit"] {
      let outcome = try run([verb, "-", "--symbols"], input: source)
      let tree = try DeviceTree(blob: Array(outcome.output))
      #expect(tree["/__symbols__"]?.properties.map(\.name) == ["l"])
      #expect(tree["/a"]?.phandle == 1)
    }
  }
}

@Suite struct EditTests {
  private func edited(_ arguments: [String]) throws -> DeviceTree {
    let outcome = try run(["edit", "-"] + arguments, input: try compiled())
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try DeviceTree(blob: Array(outcome.output))
  }

  @Test func everyChange() throws {
    let tree = try edited([
      "--append", "/new/x=<2>", "--set", "/new/x=<1>", "--append", "/:flag=<7>", "--create", "/new",
      "--create", "/new/below@1", "--delete", "/soc/gone", "--delete", "/:list", "--delete",
      "/odd", "--set", "serial0:reg=<1>".replacingOccurrences(of: "serial0", with: "/soc/uart"),
    ])
    #expect(tree["/new"]?["x"]?.cells == [1, 2])
    #expect(tree.root["flag"]?.cells == [7])
    #expect(tree["/new/below@1"] != nil)
    #expect(tree["/soc/gone"] == nil)
    #expect(tree.root["list"] == nil && tree.root["odd"] == nil)
    #expect(tree["serial0"]?["reg"]?.cells == [1])
    #expect(tree.reservations.count == 1)
  }

  @Test func formsAndInPlace() throws {
    try withFolder { folder in
      let blob = try compiled()
      try blob.write(to: folder.appendingPathComponent("b.dtb"))
      let outcome = try run(["edit", "b.dtb", "--set", "/model=new", "-o", "b.dtb"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try run(["get", "b.dtb", "/", "model"], in: folder).text == "new\n")
      let source = try run(["edit", "b.dtb", "--format", "dts"], in: folder).output
      let again = try run(["edit", "-"], input: source).output
      let (one, other) = (
        try DeviceTree(blob: Array(again)),
        try DeviceTree(blob: Array(Data(contentsOf: folder.appendingPathComponent("b.dtb"))))
      )
      #expect(one == other)
      let json = try run(["edit", "b.dtb", "--format", "json"], in: folder).output
      #expect(try JSONSerialization.jsonObject(with: json) is [String: Any])
    }
  }

  @Test func overlays() throws {
    let fragment = Node(
      "fragment", properties: [Property("target-path", .string("/soc"))],
      children: [Node("__overlay__", properties: [Property("added", .cell(1))])])
    try withFolder { folder in
      try Data(DeviceTree(root: Node("", children: [fragment])).blob())
        .write(to: folder.appendingPathComponent("o.dtbo"))
      try compiled().write(to: folder.appendingPathComponent("b.dtb"))
      let outcome = try run(["edit", "b.dtb", "--overlay", "o.dtbo"], in: folder)
      #expect(try DeviceTree(blob: Array(outcome.output))["/soc"]?["added"]?.cell == 1)
    }
  }

  /// Labels of source can be used without being written.
  @Test(arguments: ["compile", "edit"]) func labelsOfSource(verb: String) throws {
    let source = Data(
      "/dts-v1/; / { n { }; l1: a { l2: b { }; }; l3: c { phandle = <1>; }; };".utf8)
    let plain = try run([verb, "-"], input: source).output
    #expect(try DeviceTree(blob: Array(plain))["/a"]?.phandle == nil)
    let changes = ["--set", "/n/q=<&l1 &{l1/b}>", "--append", "/n/q=<&l3>, &l2"]
    let outcome = try run([verb, "-"] + changes, input: source)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let tree = try DeviceTree(blob: Array(outcome.output))
    #expect(tree["/__symbols__"] == nil)
    #expect(
      tree["/n"]?["q"]?.bytes == PropertyValue.cells([2, 3, 1]).bytes + Array("/a/b\0".utf8))
    #expect([tree["/a"]?.phandle, tree["/a/b"]?.phandle, tree["/c"]?.phandle] == [2, 3, 1])
    let labelled = try run([verb, "-", "--symbols"] + changes, input: source)
    let symbols = try DeviceTree(blob: Array(labelled.output))["/__symbols__"]
    #expect(symbols?.properties.map(\.name) == ["l1", "l2", "l3"])
    // A blob has labels when it was made with them.
    let again = try run(["edit", "-", "--set", "/n/r=<&l3>"], input: labelled.output)
    #expect(try DeviceTree(blob: Array(again.output))["/n"]?["r"]?.cell == 1)
    #expect(try run(["edit", "-", "--set", "/n/r=<&l3>"], input: plain).status == 1)
  }

  @Test func overlaysForLabelsOfSource() throws {
    let content = Node("__overlay__", properties: [Property("added", .cell(1))])
    let overlay = DeviceTree(
      root: Node(
        "",
        children: [
          Node("fragment@0", properties: [Property("target", .cell(.max))], children: [content]),
          Node("__fixups__", properties: [Property("l", .string("/fragment@0:target:0"))]),
        ]))
    try withFolder { folder in
      try Data(overlay.blob()).write(to: folder.appendingPathComponent("o.dtbo"))
      let source = Data("/dts-v1/; / { l: a { }; };".utf8)
      for verb in ["compile", "edit"] {
        let outcome = try run([verb, "-", "--overlay", "o.dtbo"], input: source, in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let tree = try DeviceTree(blob: Array(outcome.output))
        #expect(tree["/a"]?["added"]?.cell == 1 && tree["/__symbols__"] == nil)
      }
      let blob = try run(["compile", "-"], input: source).output
      let outcome = try run(["edit", "-", "--overlay", "o.dtbo"], input: blob, in: folder)
      #expect(outcome.errors.contains("--overlay o.dtbo"), "\(outcome.errors)")
      #expect(outcome.errors.contains("no label l"), "\(outcome.errors)")
    }
  }

  /// Arguments, the exit status, and what the line names.
  static let wrong: [(arguments: [String], status: Int32, names: String)] = [
    (["--delete", "/"], 1, "the root"), (["--delete", "/none"], 1, "/none"),
    (["--delete", "/soc:none"], 1, "/soc:none"), (["--create", "/soc"], 1, "already"),
    (["--create", "/none/x"], 1, "/none"), (["--create", "x"], 2, "--create"),
    (["--create", "/"], 2, "--create"), (["--create", "/a:b"], 2, "--create"),
    (["--set", "/none/x=1"], 1, "--set: there is no node /none"),
    (["--append", "/none/x=1"], 1, "--append: there is no node /none"),
    (
      ["--set", "/soc:x=<&none>"], 1, "--set /soc:x: the tree has neither a label nor an alias none"
    ),
    (["--overlay", "/none"], 1, "/none"), (["--overlay", "-"], 1, "-"),
    (["--append", "/x=<1"], 2, "'>'"),
  ]

  @Test(arguments: wrong.indices) func mistakes(row: Int) throws {
    let (arguments, status, names) = Self.wrong[row]
    let outcome = try run(["edit", "-"] + arguments, input: try compiled())
    #expect(outcome.status == status && outcome.output.isEmpty)
    #expect(outcome.errors.contains(names), "\(outcome.errors)")
  }

  /// fdtput makes the same changes.
  @Test(.enabled(if: PeerProgram("fdtput").isInstalled, "no fdtput")) func agreesWithFdtput() throws
  {
    let fdtput = PeerProgram("fdtput")
    let changes: [(theirs: [String], ours: [String])] = [
      (["-t", "s", "FILE", "/", "model", "x y"], ["--set", "/model=x y"]),
      (["-t", "x", "FILE", "/soc", "new", "1", "2"], ["--set", "/soc:new=<1 2>"]),
      (["-t", "bx", "FILE", "/", "odd", "ff", "1"], ["--set", "/odd=[ff 01]"]),
      (["-c", "FILE", "/soc/x@1"], ["--create", "/soc/x@1"]),
      (["-r", "FILE", "/soc/gone"], ["--delete", "/soc/gone"]),
      (["-d", "FILE", "/", "list", "flag"], ["--delete", "/:list", "--delete", "/:flag"]),
    ]
    var findings: [String] = []
    for (theirs, ours) in changes {
      try withFolder { folder in
        let file = folder.appendingPathComponent("b.dtb")
        try compiled().write(to: file)
        guard fdtput.output(theirs.map { $0 == "FILE" ? file.path : $0 }) != nil else {
          findings.append("\(theirs): an error")
          return
        }
        let result = try DeviceTree(blob: Array(Data(contentsOf: file)))
        let differences = try edited(ours).differences(to: result)
        if !differences.isEmpty { findings.append("\(theirs): \(differences)") }
      }
    }
    #expect(PeerFindings.failures(findings, about: fdtput.version) == [])
  }
}

@Suite struct GetTests {
  static let answers: [(arguments: [String], text: String)] = [
    (["/", "model"], "board\n"), (["/", "list"], "a b\n"), (["/", "flag"], "\n"),
    (["/", "odd"], "1 2 3\n"), (["/", "big"], "-1 2\n"),
    (["-t", "u", "/", "big"], "4294967295 2\n"),
    (["--type", "x", "/", "big"], "ffffffff 2\n"), (["-t", "bx", "/", "odd"], "1 2 3\n"),
    (["-t", "hx", "/", "big"], "ffff ffff 0 2\n"),
    (["-t", "x", "/soc/uart@1000", "reg"], "1000 100\n"),
    (["serial0", "reg", "/", "model"], "4096 256\nboard\n"),
    (["-t", "hhu", "/", "list"], "97 0 98 0\n"),
    (["-d", "none", "/", "nothing"], "none\n"), (["--default", "none", "/no", "x"], "none\n"),
    (["-l", "/soc"], "uart@1000\ngone\n"), (["--list", "nodes", "/"], "aliases\nsoc\n"),
    (["-p", "/soc/uart@1000"], "reg\n"), (["--list", "properties", "/aliases"], "serial0\n"),
    (["-t", "r", "/", "odd"], "\u{1}\u{2}\u{3}"),
  ]

  @Test(arguments: answers.indices) func answer(row: Int) throws {
    let (arguments, expected) = Self.answers[row]
    let outcome = try run(["get", "-"] + arguments, input: try compiled())
    #expect(outcome.status == 0 && outcome.text == expected, "\(outcome.text) \(outcome.errors)")
  }

  static let wrong: [(arguments: [String], status: Int32)] = [
    (["/"], 2), ([], 2), (["-t", "q", "/", "odd"], 2), (["-t", "bs", "/", "odd"], 2),
    (["/", "nothing"], 1), (["/none", "x"], 1), (["-t", "lx", "/", "odd"], 1),
    (["-t", "s", "/", "odd"], 1), (["-l", "/none"], 1),
  ]

  @Test(arguments: wrong.indices) func mistakes(row: Int) throws {
    let (arguments, status) = Self.wrong[row]
    let outcome = try run(["get", "-"] + arguments, input: try compiled())
    #expect(outcome.status == status && outcome.output.isEmpty && !outcome.errors.isEmpty)
  }

  @Test(.enabled(if: PeerProgram("fdtget").isInstalled, "no fdtget")) func agreesWithFdtget() throws
  {
    let fdtget = PeerProgram("fdtget")
    var findings: [String] = []
    try withFolder { folder in
      let file = folder.appendingPathComponent("b.dtb")
      try compiled().write(to: file)
      let long = [("--type", "-t"), ("--default", "-d")]
      for (arguments, expected) in Self.answers where !arguments.contains("--list") {
        // It has no type for bytes as they are in version 1.6.
        if arguments.contains("r") { continue }
        var words = arguments.map { word in long.first { $0.0 == word }?.1 ?? word }
        words.insert(
          file.path,
          at: words.first?.hasPrefix("-") == true
            ? (words[0] == "-l" || words[0] == "-p" ? 1 : 2) : 0)
        let answer = fdtget.output(words).map { String(decoding: $0, as: UTF8.self) }
        if answer != expected { findings.append("\(words): \(answer ?? "an error")") }
      }
    }
    #expect(PeerFindings.failures(findings, about: fdtget.version) == [])
  }
}

/// Writes a tree as folders and files, as /proc/device-tree has it.
func write(_ node: Node, to folder: URL) throws {
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  for property in node.properties {
    try Data(property.value.bytes).write(to: folder.appendingPathComponent(property.name))
  }
  for child in node.children {
    try write(child, to: folder.appendingPathComponent(child.name))
  }
}

/// Folders such as /proc/device-tree.
@Suite struct FolderTests {
  @Test func isReadByEveryVerb() throws {
    try withFolder { folder in
      let blob = try run(["--cpu", "power9", "--compat", "power8"]).output
      let tree = try DeviceTree(blob: Array(blob))
      try write(tree.root, to: folder.appendingPathComponent("t"))
      try blob.write(to: folder.appendingPathComponent("t.dtb"))
      #expect(try run(["diff", "t", "t.dtb"], in: folder).text == "")
      #expect(try run(["get", "t", "/chosen", "stdout-path"], in: folder).status == 0)
      #expect(
        try run(["features", "t"], in: folder).output
          == run(["features", "t.dtb"], in: folder).output)
      #expect(try run(["migratable", "t", "power9"], in: folder).status == 0)
      let again = try run(["edit", "t"], in: folder)
      #expect(try DeviceTree(blob: Array(again.output)).differences(to: tree).isEmpty)
    }
  }

  /// What is no part of a tree ends the reading, and links lead nowhere.
  @Test func linksAndPipesAreRefused() throws {
    for kind in ["link", "folder link", "fifo", "deep", "name"] {
      try withFolder { folder in
        let root = folder.appendingPathComponent("t")
        try write(Node("", children: [Node("a")]), to: root)
        let entry = root.appendingPathComponent("a/odd").path
        switch kind {
        case "link":
          try FileManager.default.createSymbolicLink(
            atPath: entry, withDestinationPath: "/etc/hosts")
        case "folder link":
          try FileManager.default.createSymbolicLink(atPath: entry, withDestinationPath: "..")
        case "fifo": #expect(mkfifo(entry, 0o600) == 0)
        case "deep":
          try FileManager.default.createDirectory(
            atPath: entry + String(repeating: "/d", count: 70), withIntermediateDirectories: true)
        default: try Data().write(to: root.appendingPathComponent("a/a b"))
        }
        let outcome = try run(["show", "t"], in: folder)
        #expect(outcome.status == 1 && outcome.output.isEmpty, "\(kind)")
        #expect(outcome.errors.hasPrefix("mkfdt: cannot read t/a"), "\(outcome.errors)")
      }
    }
  }

  @Test func anEmptyFolderIsNoTree() throws {
    try withFolder { folder in
      let outcome = try run(["show", "."], in: folder)
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      #expect(outcome.errors == "mkfdt: cannot read .: the folder is empty\n")
    }
  }

  @Test func aLinkToTheFolderItselfIsFollowed() throws {
    try withFolder { folder in
      try write(
        Node("", properties: [Property("x", .cell(1))]), to: folder.appendingPathComponent("t"))
      try FileManager.default.createSymbolicLink(
        atPath: folder.appendingPathComponent("l").path, withDestinationPath: "t")
      #expect(try run(["get", "l", "/", "x"], in: folder).text == "1\n")
    }
  }

  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc")) func agreesWithFoldersOfDTC() throws {
    var findings: [String] = []
    try withFolder { folder in
      let root = folder.appendingPathComponent("t")
      try write(DeviceTree(blob: Array(compiled())).root, to: root)
      let ours = try DeviceTree(blob: Array(run(["edit", "t"], in: folder).output))
      let theirs = PeerProgram.dtc.output(["-q", "-q", "-I", "fs", "-O", "dtb", root.path])
        .flatMap { try? DeviceTree(blob: Array($0)) }
      findings = theirs.map { ours.differences(to: $0).map { "\($0)" } } ?? ["makes no tree"]
    }
    #expect(PeerFindings.failures(findings, about: PeerProgram.dtc.version) == [])
  }
}
