import CommandTestSupport
import DeviceTree
import Foundation
import PeerSupport
import Testing

/// The command lines of the page "Editing trees" do what it says.
@Suite struct EditingTreesPageTests {
  private static let lines: [Substring] = {
    let page = "\(#filePath)".replacing(
      "Tests/mkfdtTests/EditingTreesPageTests.swift",
      with: "Sources/Documentation.docc/EditingTrees.md")
    let text = (try? String(contentsOfFile: page, encoding: .utf8)) ?? ""
    return text.split(separator: "\n", omittingEmptySubsequences: false)
  }()

  /// The lines of the first block of a kind.
  private static func block(_ kind: String) -> [Substring] {
    Array(lines.drop { $0 != "```" + kind }.dropFirst().prefix { $0 != "```" })
  }

  /// Both cells of the rows of the table with a heading, which are code.
  private static func rows(under heading: String) -> [(String, String)] {
    lines.drop { !$0.hasPrefix("| \(heading) |") }.dropFirst(2).prefix { $0.hasPrefix("| `") }
      .map { row in
        let cells = row.split(separator: "`", omittingEmptySubsequences: false)
        return (String(cells[1]), String(cells[3]))
      }
  }

  /// A folder with the files that the page names.
  private static func withFiles<Result>(_ body: (URL) throws -> Result) throws -> Result {
    try withFolder { folder in
      let source = Data((block("dts").joined(separator: "\n") + "\n").utf8)
      try source.write(to: folder.appendingPathComponent("board.dts"))
      let blob = try run(["compile", "-", "--symbols"], input: source).output
      try blob.write(to: folder.appendingPathComponent("b.dtb"))
      try write(DeviceTree(blob: Array(blob)).root, to: folder.appendingPathComponent("folder"))
      let content = Node("__overlay__", properties: [Property("clocks", .cell(.max))])
      let overlay = Node(
        "",
        children: [
          Node("fragment@0", properties: [Property("target", .cell(.max))], children: [content]),
          Node(
            "__fixups__",
            properties: [
              Property("uart", .string("/fragment@0:target:0")),
              Property("clk", .string("/fragment@0/__overlay__:clocks:0")),
            ]),
        ])
      try Data(DeviceTree(root: overlay).blob())
        .write(to: folder.appendingPathComponent("more.dtbo"))
      return try body(folder)
    }
  }

  @Test func theSession() throws {
    let session = Self.block("console")
    #expect(session.filter { $0.hasPrefix("$ ") }.count > 4)
    try Self.withFiles { folder in
      var rest = session[...]
      while let command = rest.popFirst() {
        let expected = rest.prefix { !$0.hasPrefix("$ ") }
        rest = rest.dropFirst(expected.count)
        let text = try BuiltCommand.shell(String(command.dropFirst(2)), in: folder).text
        #expect(text == expected.map { $0 + "\n" }.joined(), "\(command)")
      }
    }
  }

  @Test func values() throws {
    let rows = Self.rows(under: "value of `--set`")
    #expect(rows.count > 5)
    try Self.withFiles { folder in
      for (value, bytes) in rows {
        let edited = try run(["edit", "b.dtb", "--set", "/:v=\(value)"], in: folder)
        let printed = try run(["get", "-", "/", "v", "--type", "bx"], input: edited.output)
        #expect(printed.text == bytes + "\n", "\(value)")
      }
    }
  }

  /// What a command line leaves behind: what it prints, and its blobs.
  private struct Effect {
    var text: String
    var trees: [String: DeviceTree]
  }

  private static func effect(of line: String) throws -> Effect? {
    try withFiles { folder in
      let outcome = try BuiltCommand.shell(line, in: folder)
      guard outcome.status == 0 else { return nil }
      let files = try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)
      let blobs = try files.filter { $0.pathExtension == "dtb" }.map {
        ($0.lastPathComponent, try DeviceTree(blob: Array(Data(contentsOf: $0))))
      }
      return Effect(text: outcome.text, trees: Dictionary(uniqueKeysWithValues: blobs))
    }
  }

  private static let commandTable = "dtc, fdtput, fdtget, fdtoverlay"

  @Test func ourCommandLines() throws {
    let rows = Self.rows(under: Self.commandTable)
    #expect(rows.count > 15)
    for (_, ours) in rows { #expect(try Self.effect(of: ours) != nil, "\(ours)") }
  }

  @Test(.enabled(if: PeerProgram("fdtput").isInstalled, "no fdtput"))
  func agreesWithOtherCommandLines() throws {
    var findings: [String] = []
    for (theirs, ours) in Self.rows(under: Self.commandTable) {
      guard let expected = try Self.effect(of: theirs), let result = try Self.effect(of: ours)
      else {
        findings.append("\(theirs): an error")
        continue
      }
      // The same source may be written in other words.
      let same =
        expected.text == result.text
        || Self.source(expected.text) != nil
          && Self.source(expected.text) == Self.source(result.text)
      let differences = expected.trees.flatMap { name, tree in
        result.trees[name].map { $0.differences(to: tree).map { "\($0)" } } ?? ["no \(name)"]
      }
      if !same || !differences.isEmpty {
        findings.append("\(theirs): \(expected.text), not \(result.text); \(differences)")
      }
    }
    #expect(PeerFindings.failures(findings, about: PeerProgram("fdtput").version) == [])
  }

  private static func source(_ text: String) -> DeviceTree? {
    try? DeviceTree(source: Array(text.utf8)) { _ in [] }
  }
}
