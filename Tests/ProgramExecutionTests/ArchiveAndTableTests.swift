import Foundation
import HostSupport
import JSON
import Testing

@testable import ProgramExecution

/// The RAM disk, and what is said at the end.
@Suite struct ArchiveAndTableTests {
  /// cpio itself reads the archive.
  @Test func cpioReadsTheArchive() throws {
    var archive = InitialArchive()
    archive.addFolder("dev")
    archive.addFile("init", Array("program".utf8))
    archive.addFile("odd", mode: 0o644, [1, 2, 3, 4, 5])
    let folder = try TemporaryFolder()
    try folder.write("archive", archive.contents)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "cpio -i --quiet < archive && stat -c '%n %a %s' dev init odd"]
    process.currentDirectoryURL = folder.url
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let lines = text.split(separator: "\n")
    #expect(lines.first?.hasPrefix("dev 755 ") == true, "\(text)")
    #expect(lines.dropFirst() == ["init 755 7", "odd 644 5"])
  }

  private let table = LevelTable(rows: [
    .init(
      level: "power7", processor: "power9", result: .signal("SIGILL"), refused: "`mtvsrd` …",
      needs: "power8", kinds: 2),
    .init(level: "power8", processor: "power9", result: .exited(3), hasSameOutput: false),
    .init(level: "power9", processor: "power9", result: .exited(0)),
  ])

  @Test func theTableSaysFromWhichLevelOn() {
    #expect(
      table.text == """
        level   processor  result
        power7  power9     SIGILL    `mtvsrd` …; and 1 more kinds
        power8  power9     status 3  its output is another
        power9  power9     ok
        it ends well from power9 on

        """)
    #expect(table.oldest == "power9")
    var none = table
    none.rows.removeLast()
    #expect(
      none.oldest == nil && none.text.hasSuffix("did not end with status 0 at the newest level\n"))
  }

  /// A status that the program has when it works is a good end, and 0 then is none.
  @Test func anotherStatusIsExpected() throws {
    var other = table
    other.expectedStatus = 3
    #expect(
      other.text == """
        level   processor  result
        power7  power9     SIGILL    `mtvsrd` …; and 1 more kinds
        power8  power9     ok        its output is another
        power9  power9     status 0
        it did not end with status 3 at the newest level

        """)
    other.rows.removeLast()
    #expect(other.oldest == "power8" && other.text.hasSuffix("it ends well from power8 on\n"))
    let document = try JSONValue(parsing: other.json(program: "./p"))
    #expect(document["expectedStatus"]?.integer == 3 && document["oldest"]?.string == "power8")
    other.rows.removeFirst()
    #expect(other.text.hasSuffix("it ends well at every level\n"))
  }

  @Test func theTableIsJSON() throws {
    let text = table.json(program: "./p")
    #expect(text.hasSuffix("}\n") && !text.hasSuffix("\n\n"))
    let document = try JSONValue(parsing: table.json(program: "./p"))
    #expect(document["oldest"]?.string == "power9")
    let rows = try #require(document["levels"]?.elements)
    #expect(rows[0]["signal"]?.string == "SIGILL" && rows[0]["needs"]?.string == "power8")
    #expect(rows[1]["exitStatus"]?.integer == 3 && rows[1]["sameOutput"]?.bool == false)
  }

  @Test func namesOfPackagesAreChecked() {
    #expect(GuestCache.isPackageName("libstdc++6") && GuestCache.isPackageName("g++-12"))
    for name in ["", "-x", "a b", "../x", "x;y", "A", "libé"] {
      #expect(!GuestCache.isPackageName(name), "\(name)")
    }
  }
}
