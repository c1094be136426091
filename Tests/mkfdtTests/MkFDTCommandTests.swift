import DeviceTree
import CommandTestSupport
import Foundation
import PowerISA
import Testing

/// Runs the built command.
func run(
  _ arguments: [String], input: Data? = nil, in folder: URL? = nil
) throws -> BuiltCommand.Outcome {
  try BuiltCommand("mkfdt").run(arguments, input: input, in: folder)
}

/// A folder that is gone afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("mkfdt-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

@Suite struct WrongUsage {
  /// Arguments, and what the one line must name.
  static let table: [(arguments: [String], names: String)] = [
    (["--compat", "power42"], "--compat"),
    (["--cpu", "power8", "--compat", "power9"], "--compat"),
    (["--cpu", "z13"], "--cpu"),
    (["--smp", "0"], "--smp"), (["--smp", "2049"], "--smp"), (["--smp", "-1"], "--smp"),
    (["--smp", "99999999999999999999"], "--smp"), (["--smp", "6,threads=4"], "--smp"),
    (["--smp", "8,threads=2,cores=2"], "--smp"), (["--smp", "x"], "--smp"),
    (["--memory", "100M"], "--memory"), (["--memory", "0"], "--memory"),
    (["--memory", "-1"], "--memory"), (["--memory", "99999999T"], "--memory"),
    (["--memory", "1Q"], "--memory"), (["--max-memory", "256M"], "--max-memory"),
    (["--numa", "memory=512M"], "--numa"), (["--numa", "memory"], "--numa"),
    (["--initrd", "0x1000"], "--initrd"), (["--initrd", "2G,1M"], "--initrd"),
    (["--initrd", "0xffffffffffffffff,2"], "--initrd"),
    (["--entry", "warp"], "--entry"), (["--flavor", "vanilla"], "--flavor"),
    (["--format", "xml"], "--format"), (["--vty", "0"], "--vty"),
    (["--vty", "0x71000001"], "--nvram"), (["--no-vty", "--vty", "0x71000000"], "--no-vty"),
    (["--uuid", "me"], "--uuid"),
    (["--rtas", "8G"], "--rtas"), (["--rng-seed", "abc"], "--rng-seed"), (["--set", "x"], "--set"),
    (["--set", "/chosen/x=<1 2"], "byte 4: '>'"), (["--set", "/chosen/x=\"a"], "without an end"),
    (["--set", "/chosen/x=/bits/ 8 <256>"], "does not fit 8 bits"),
    (["--set", "/chosen/=1"], "/path/property"), (["--set", "/chosen/\u{e9}=1"], "printable"),
    (["--set", "/chosen/\(String(repeating: "n", count: 2049))=1"], "2048"),
    (["--bogus"], "--bogus"),
    (["-machine", "pseries"], "'-machine'"), (["-nographic"], "'-nographic'"),
    (["-append", "x"], "'-append'"),
    (["show"], "file"), (["diff", "one"], "second"), (["check"], "FILE"),
    (["check", "--ignore", "everything", "x"], "--ignore"), (["negotiate"], "--vector"),
  ]

  /// A kernel's command line is whatever comes next, a dash in front or not.
  @Test(arguments: ["-w", "-p 3", "--bogus"])
  func bootArgumentsMayBeginWithADash(text: String) throws {
    for option in ["--bootargs", "--append"] {
      let outcome = try run([option, text, "--format", "dts"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let source = String(decoding: outcome.output, as: UTF8.self)
      #expect(source.contains("bootargs = \"\(text)\";"))
    }
  }

  @Test(arguments: table.indices)
  func isOneLineAndStatus2(row: Int) throws {
    let (arguments, names) = Self.table[row]
    try withFolder { folder in
      let isBuild = arguments[0].hasPrefix("-")
      let outcome = try run(arguments + (isBuild ? ["--output", "out.dtb"] : []), in: folder)
      #expect(outcome.status == 2, "\(arguments)")
      #expect(outcome.output.isEmpty)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 1 && outcome.errors.hasPrefix("mkfdt: "), "\(outcome.errors)")
      #expect(outcome.errors.contains(names), "\(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
  }
}

@Suite struct Failures {
  @Test(arguments: [
    ["show", "missing.dtb"], ["show", "bad.dtb"], ["show", "good.dtb", "/nowhere"],
    ["show", "/dev"], ["diff", "good.dtb", "bad.dtb"], ["check", "bad.dtb"],
    ["features", "bad.dtb"],
    ["features", "empty.dtb"], ["negotiate", "--vector", "bad.dtb"],
    ["--overlay", "bad.dtb", "--output", "out.dtb"],
    ["--overlay", "good.dtb", "--output", "out.dtb"],
    ["--set", "/nowhere/x=1", "--output", "out.dtb"],
    ["--set", "/chosen/x=<&{/nowhere}>", "--output", "out.dtb"],
    ["--set", "/chosen/x=&nowhere", "--output", "out.dtb"],
    ["--set", "/chosen/x=/incbin/(\"missing\")", "--output", "out.dtb"],
    ["show", "good.dtb", "/:nothing"], ["show", "good.dtb", "nothing:x"],
    ["--output", "missing/out.dtb"],
    ["--output", "folder"],
  ])
  func areOneLineAndStatus1(arguments: [String]) throws {
    try withFolder { folder in
      var good = try DeviceTree().blob()
      try Data(good).write(to: folder.appendingPathComponent("good.dtb"))
      try Data(good).write(to: folder.appendingPathComponent("empty.dtb"))
      good[59] = 0x77
      try Data(good).write(to: folder.appendingPathComponent("bad.dtb"))
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("folder"), withIntermediateDirectories: false)
      let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      let outcome = try run(arguments, in: folder)
      #expect(outcome.status == 1, "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }
  }

  @Test func controlCharactersDoNotReachTheTerminal() throws {
    var fragment = Node(
      "fragment@0", properties: [Property("target-path", .string("/\u{1b}[2J\nx"))])
    fragment.children = [Node("__overlay__")]
    try withFolder { folder in
      let blob = try DeviceTree(root: Node("", children: [fragment])).blob()
      try Data(blob).write(to: folder.appendingPathComponent("bad.dtbo"))
      let outcome = try run(["--overlay", "bad.dtbo", "-o", "out.dtb"], in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errors.utf8.count { $0 < 0x20 } == 1, "only the line's end")
    }
  }

  @Test func corruptionNamesTheOffset() throws {
    var blob = try DeviceTree().blob()
    blob[67] = 0x77
    let outcome = try run(["show", "-"], input: Data(blob))
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("corrupt at offset 64"), "\(outcome.errors)")
  }
}

@Suite struct Commands {
  @Test func buildWritesATreeForEveryLevel() throws {
    for level in CompatibilityLevel.allCases {
      let outcome = try run(["--compat", level.name])
      #expect(outcome.status == 0)
      let tree = try DeviceTree(blob: Array(outcome.output))
      let cpu = try #require(tree.root.child(named: "cpus")?.children.first)
      #expect(cpu["cpu-version"]?.cell == level.logicalPVR)
    }
  }

  @Test func largeMachinesAreWhole() throws {
    let outcome = try run([
      "--smp", "2048", "--memory", "16T", "--dynamic-memory", "v1", "--max-memory", "17T",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let tree = try DeviceTree(blob: Array(outcome.output))
    let processors = tree.root.child(named: "cpus")?.children.filter { $0.has("cpu-version") }
    #expect(processors?.count == 2048)
    let blocks = tree["/ibm,dynamic-reconfiguration-memory"]?["ibm,dynamic-memory"]
    #expect(blocks?.bytes.count == 4 + 24 * (17 << 12))
  }

  @Test func optionsReachTheTree() throws {
    let outcome = try run([
      "build", "--cpu", "power9", "--compat", "none", "--smp", "8,threads=4,maxcpus=16",
      "--memory", "2G", "--bootargs", "console=hvc0 quiet", "--initrd", "0x3000000,0x1000",
      "--name", "guest", "--uuid", "11111111-2222-3333-4444-555555555555", "--vty", "0x71000003",
      "--rng-seed", "00ff", "--set", "/chosen/one=<1 0x2>, \"x\"", "--set", "/chosen/two",
      "--set", "/chosen/three=plain text", "--set", "/chosen/four=[0a0b]",
      "--set", #"/chosen/five="C:\\x\n""#, "--set", "/chosen:six=/bits/ 64 <(4 + 4)>",
      "--set", "/chosen/seven=&{/vdevice}", "--set", "/chosen/eight=<&{/vdevice}>",
      "--set", "/chosen:a/b=<1>",
      "--set", "/a-name-of-the-root-that-is-longer-than-thirty-one-characters=1",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let tree = try DeviceTree(blob: Array(outcome.output))
    let chosen = try #require(tree["/chosen"])
    #expect(chosen["bootargs"]?.string == "console=hvc0 quiet")
    #expect(chosen["linux,initrd-end"]?.number == 0x300_1000)
    #expect(chosen["rng-seed"]?.bytes == [0, 255])
    #expect(chosen["one"]?.bytes == [0, 0, 0, 1, 0, 0, 0, 2, 120, 0])
    #expect(chosen["two"] == .empty)
    #expect(chosen["three"]?.string == "plain text")
    #expect(chosen["four"]?.bytes == [10, 11])
    #expect(chosen["five"]?.bytes == Array("C:\\x\n".utf8) + [0])
    #expect(chosen["six"]?.number == 8)
    #expect(chosen["seven"]?.string == "/vdevice")
    #expect(chosen["eight"]?.cell == tree["/vdevice"]?.phandle)
    #expect(chosen["/:="] == nil && chosen["a/b"]?.cell == 1)
    #expect(tree.root["a-name-of-the-root-that-is-longer-than-thirty-one-characters"] != nil)
    #expect(tree.root["ibm,partition-name"]?.string == "guest")
    #expect(tree["/vdevice/vty@71000003"] != nil)
    #expect(
      tree.root.child(named: "cpus")?.children.filter { $0.has("cpu-version") }.map(\.name)
        == ["PowerPC,POWER9@0", "PowerPC,POWER9@4"])
    #expect(tree["/cpus/PowerPC,POWER9@4"]?["cpu-version"]?.cell == 0x004e_1202)
  }

  @Test func outputFilesAreReplacedWhole() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("guest.dtb")
      try Data("old".utf8).write(to: file)
      #expect(try run(["-o", file.path]).status == 0)
      #expect(throws: Never.self) { try DeviceTree(blob: Array(Data(contentsOf: file))) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["guest.dtb"])
    }
  }

  @Test func diffTellsByStatus() throws {
    try withFolder { folder in
      for level in ["power8", "power9"] {
        #expect(try run(["--compat", level, "-o", level], in: folder).status == 0)
      }
      #expect(try run(["diff", "power8", "power8"], in: folder).status == 0)
      let outcome = try run(["diff", "power8", "power9"], in: folder)
      #expect(outcome.status == 1 && outcome.errors.isEmpty)
      #expect(String(decoding: outcome.output, as: UTF8.self).contains("cpu-version"))
    }
  }

  @Test func subcommandsReadStandardInput() throws {
    let blob = try run(["--compat", "power6"]).output
    let features = try run(["features", "-"], input: blob)
    #expect(String(decoding: features.output, as: UTF8.self).contains("0xdc007442"))
    #expect(try run(["check", "-"], input: blob).status == 0)
    let shown = try run(["show", "-", "/cpus/PowerPC,POWER11/cpu-version"], input: blob)
    #expect(String(decoding: shown.output, as: UTF8.self) == "<0xf000002>\n")
    let json = try run(["show", "--format", "json", "-"], input: blob)
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: json.output) }
  }

  @Test func checkListsItsFindings() throws {
    var tree = try DeviceTree(blob: Array(run([]).output))
    tree.update("/") { $0["device_type"] = .string("pc") }
    let outcome = try run(["check", "-"], input: Data(try tree.blob()))
    #expect(outcome.status == 1)
    #expect(String(decoding: outcome.output, as: UTF8.self).hasPrefix("root-device-type: /: "))
    let ignoring = try run(
      ["check", "--ignore", "root-device-type", "-"], input: Data(try tree.blob()))
    #expect(ignoring.status == 0)
  }

  /// A vector with one entry that names POWER8 and later by logical version.
  @Test func negotiatePrintsEveryStep() throws {
    let vector: [UInt8] = [
      0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 4,
      0xff, 0xff, 0xff, 0xfe, 0x0f, 0, 0, 1, 0, 1, 0x80, 0,
    ]
    let outcome = try run(
      ["negotiate", "--vector", "-", "--cpu", "power10", "--max-compat", "power8"],
      input: Data(vector))
    let text = String(decoding: outcome.output, as: UTF8.self)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(text.contains("chosen: power8, cpu-version 0x0f000004"), "\(text)")
    #expect(text.contains("ibm,architecture-vec-5"))
  }

  @Test func randomBytesCrashNothing() throws {
    for seed in 0..<20 {
      var bytes = (0..<200).map { _ in UInt8.random(in: .min ... .max) }
      if seed % 2 == 0 { bytes.replaceSubrange(0..<4, with: [0xd0, 0x0d, 0xfe, 0xed]) }
      for command in ["show", "check", "features"] {
        #expect(try run([command, "-"], input: Data(bytes)).status == 1)
      }
      #expect(try run(["negotiate", "--vector", "-"], input: Data(bytes)).status != 132)
    }
  }

  @Test func helpHasExamples() throws {
    for command in ["build", "show", "diff", "check", "features", "negotiate"] {
      let outcome = try run([command, "--help"])
      #expect(outcome.status == 0)
      #expect(String(decoding: outcome.output, as: UTF8.self).contains("xample"), "\(command)")
    }
  }
}

/// The first line of a golden tree is the command that prints the rest.
@Suite struct GoldenCommands {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("dts")
  static let files =
    (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? [])
    .filter { $0.hasSuffix(".dts") }.sorted()

  @Test func thereAreSome() { #expect(Self.files.count > 20) }

  @Test(arguments: files)
  func printTheirTree(file: String) throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    let lines = text.split(separator: "\n", maxSplits: 1)
    let command = lines[0].split(separator: " ").map(String.init)
    #expect(command.prefix(2) == ["//", "mkfdt"])
    let outcome = try run(Array(command.dropFirst(2)))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(String(decoding: outcome.output, as: UTF8.self) == lines[1])
  }
}
