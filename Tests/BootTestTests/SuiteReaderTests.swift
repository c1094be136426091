import Foundation
import Testing

@testable import BootTest

@Suite struct SuiteReaderTests {
  static let text = """
    suite: sample
    deadline: 30
    options: [--memory, 1G]
    levels:
      power8: {isa: "2.07", platform: power8}
      power9: {isa: "3.0", platform: power9}
    guests:
      debian: {kernel: images/vmlinux, initrd: ../initrd, append: console=hvc0, missing: make guests}
      own: {}
    tests:
      boots:
        guest: debian
        append: boot-test
        matrix:
          power9: {none: power9, power8: power8}
        expect: ["level ${level}", '/^cpu ${cpu} \\d+$/']
        features: {hwcap: dc0065c2, platform: "${platform}"}
      talks:
        guest: own
        matrix: {power8: {power8: power8}}
        options: [--trace, cas]
        script: [{wait: "name? ", send: "bob\\n"}, {send: exit}]
        refused: {instruction: mtspr TAR, level: "2.07", in-force: power7, program: /init}
        exit: 3
        deadline: 5
        identical-runs: 2
    """

  @Test(arguments: [
    ("d.raw", Guest.Disk(file: "folder/d.raw")),
    ("[none.raw, ../d.raw]", Guest.Disk(file: "d.raw")),
    (
      "{file: [none.raw, d.raw], bus: vscsi, format: qcow2, read-only: true}",
      Guest.Disk(file: "folder/d.raw", bus: "vscsi", format: "qcow2", isReadOnly: true)
    ),
    ("{file: d.raw, read-only: false}", Guest.Disk(file: "folder/d.raw")),
  ])
  func disksAreRead(text: String, disk: Guest.Disk) throws {
    let suite = try SuiteReader.parse(
      "guests: {g: {disk: \(text)}}\ntests: {t: {guest: g, matrix: {power9: {none: p}}}}",
      file: "folder/sample.yaml")
    #expect(suite.cells.map(\.guest.disk) == [disk])
    #expect(suite.cells[0].guest.files == [disk.file])
  }

  @Test(arguments: [
    ("{bus: scsi}", "guests.g.disk: 'file' is missing"),
    ("{file: d, read-only: yes please}", "guests.g.disk.read-only: must be true or false"),
    ("{file: d, snapshot: true}", "guests.g.disk.snapshot: unknown key"),
  ])
  func otherDisksAreRefused(text: String, message: String) {
    #expect {
      try SuiteReader.parse(
        "guests: {g: {disk: \(text)}}\ntests: {t: {guest: g, matrix: {power9: {none: p}}}}",
        file: "folder/sample.yaml")
    } throws: { "\($0)".contains(message) }
  }

  @Test func aSuiteIsExpandedIntoCells() throws {
    let suite = try SuiteReader.parse(Self.text, file: "folder/sample.yaml")
    #expect(suite.name == "sample")
    #expect(
      suite.cells.map(\.name) == [
        "boots/power9/none", "boots/power9/power8", "talks/power8/power8",
      ])
    #expect(
      suite.cells.map(\.place)
        == [15, 15, 20].map { SuitePlace(file: "folder/sample.yaml", line: $0) })
    #expect(try SuiteReader.parse(Self.text, file: "").cells[0].place == nil)
    let first = suite.cells[0]
    #expect(first.guest.kernel == "folder/images/vmlinux")
    #expect(first.guest.initrd == "initrd")
    #expect(first.guest.commandLine == "console=hvc0 boot-test")
    #expect(first.expected.map(\.source) == ["level power9", "/^cpu power9 \\d+$/"])
    #expect(first.features.map(\.value) == ["dc0065c2", "power9"])
    #expect(first.deadline == 30)
    #expect(suite.cells[1].features.map(\.value) == ["dc0065c2", "power8"])
    #expect(first.guest.disk == nil)
    let last = suite.cells[2]
    #expect(last.options == ["--memory", "1G", "--trace", "cas"])
    #expect(last.script.map(\.send) == ["bob\n", "exit"])
    #expect(
      last.rejected == [
        ExpectedRejection(
          instruction: "mtspr TAR", level: "2.07", inForce: "power7", program: "/init")
      ])
    #expect(last.exitStatus == 3)
    #expect(last.deadline == 5)
    #expect(last.identicalRuns == 2)
  }

  /// A line of the sample replaced, and the error that must come of it.
  static let mistakes: [(String, String, String)] = [
    ("suite: sample", "sweet: sample", "s.yaml:1: sweet: unknown key"),
    ("deadline: 30", "deadline: soon", "s.yaml:2: deadline: must be a number of seconds"),
    ("    guest: debian", "    guest: ubuntu", "s.yaml:12: tests.boots.guest: no guest 'ubuntu'"),
    ("power9: {none: power9, ", "power9: {none: power7, ", "s.yaml:15: tests.boots.matrix"),
    ("\"${platform}\"", "\"${plateform}\"", "s.yaml:17: tests.boots.features.platform: no value"),
    ("{hwcap: dc", "{hwcup: dc", "s.yaml:17: tests.boots.features.hwcup: no such feature"),
    ("\\d+$/", "\\d+($/", "s.yaml:16: tests.boots.expect.2: /^cpu power9 \\d+($/ is not"),
    ("{send: exit}", "{sent: exit}", "s.yaml:22: tests.talks.script.2.sent: unknown key"),
    ("{instruction: mtspr", "{word: mtspr", "s.yaml:23: tests.talks.refused.word: unknown key"),
    ("instruction: mtspr TAR, ", "", "s.yaml:23: tests.talks.refused: 'instruction' is missing"),
    ("    exit: 3", "    exit: 300", "s.yaml:24: tests.talks.exit: must be a number from 0 to 255"),
    ("  own: {}", "  own: [}", "s.yaml:9: "),
    ("  own: {}", "  own: \u{1}{}", "s.yaml: not a text file: control characters"),
    ("  own: {}", "  own: {}\n  own: {}", "s.yaml:"),
    ("    exit: 3", "\texit: 3", "s.yaml:24: a tab: YAML indents with blanks only"),
  ]

  @Test(arguments: mistakes) func errorsNameThePlace(mistake: (String, String, String)) {
    let text = Self.text.replacing(mistake.0, with: mistake.1)
    #expect(text != Self.text)
    do {
      _ = try SuiteReader.parse(text, file: "s.yaml")
      Issue.record("no error for \(mistake.1)")
    } catch {
      #expect("\(error)".hasPrefix(mistake.2), "\(error)")
    }
  }

  @Test func anEngineIsADimensionOfTheCells() throws {
    let text = """
      engines: [interpreter, jit]
      guests: {own: {}}
      tests:
        both: {guest: own, matrix: {power9: {power8: p}}}
        one: {guest: own, matrix: {power9: {power8: p}}, engines: [jit]}
        same: {guest: own, matrix: {power9: {power8: p}}, identical-engines: [interpreter, jit]}
        moved: {guest: own, matrix: {power9: {power8: p}}, saves: {points: 1, engines: [jit]}}
      """
    let cells = try SuiteReader.parse(text, file: "s.yaml").cells
    #expect(
      cells.map(\.name) == [
        "both/power9/power8/interpreter", "both/power9/power8/jit", "one/power9/power8/jit",
        "same/power9/power8", "moved/power9/power8",
      ])
    // What is asked for takes the place of what the suite says, but for what compares engines.
    #expect(
      Cell.under(["interpreter"], cells).map(\.name) == [
        "both/power9/power8/interpreter", "one/power9/power8/interpreter", "same/power9/power8",
        "moved/power9/power8",
      ])
    #expect(throws: SuiteError.self) {
      try SuiteReader.parse("engines: [fast]\n" + text.dropFirst(27), file: "s.yaml")
    }
  }

  /// Of the paths in a list the first that is there counts, else the last.
  @Test func aGuestIsLookedForInSeveralPlaces() throws {
    let here = URL(fileURLWithPath: #filePath)
    let guests = { (kernel: String) in
      try SuiteReader.parse(
        "guests: {g: {kernel: \(kernel)}}\ntests: {t: {guest: g, matrix: {power9: {none: p}}}}",
        file: here.path
      ).cells[0].guest.kernel
    }
    #expect(try guests("[gone/a, \(here.lastPathComponent), gone/b]") == here.path)
    let folder = here.deletingLastPathComponent()
    #expect(try guests("[gone/a, gone/b]") == folder.appending(path: "gone/b").path)
    #expect(throws: SuiteError.self) { try guests("[]") }
  }

  @Test func aMissingFileIsNamed() {
    #expect(throws: SuiteError.self) { try SuiteReader.read("no/such/suite.yaml") }
  }
}
