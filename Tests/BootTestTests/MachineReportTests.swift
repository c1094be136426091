import BootTest
import Foundation
import Testing

/// What is made of the reports of `pseries`: refused instructions and ISA audits.
@Suite(.serialized) struct MachineReportTests {
  static let matrix = "guest: own, matrix: {power9: {power7: power7}}"

  static func refusal(_ mnemonic: String, _ register: String? = nil) -> String {
    let name = register.map { "\"register\": \"\($0)\", " } ?? ""
    return """
      {"mnemonic": "\(mnemonic)", \(name)"level": "2.07", "activeLevel": "2.06",
       "compatibility": "power7", "rejection": "level", "count": 1,
       "first": {"address": "0x10039bc0", "program": "/init", "text": "\(mnemonic)"},
       "message": "/init executed `\(mnemonic)`"}
      """
  }

  static func machine(_ refused: String...) throws -> FakePseries {
    try FakePseries(
      "echo up; exit 3", report: #"{"refused": ["# + refused.joined(separator: ",") + "]}")
  }

  @Test func anExpectedRefusalPasses() throws {
    let machine = try Self.machine(Self.refusal("mtvsrd"), Self.refusal("mtspr", "TAR"))
    for expected in [
      "{instruction: mtvsrd}", #"{instruction: mtspr TAR, level: "2.07"}"#,
      "[{instruction: mtvsrd, in-force: power7}, {instruction: mtspr TAR, program: /init}]",
    ] {
      let results = try machine.run("  t: {\(Self.matrix), exit: 3, refused: \(expected)}")
      #expect(results.results[0].findings == [])
      #expect(results.results[0].rejected.map(\.mnemonic) == ["mtvsrd", "mtspr"])
    }
  }

  @Test(arguments: [
    ("mtvsrd, level: '2.06'", "mtvsrd, ISA 2.06, others were"),
    ("mtspr", "mtspr, others were"),
    ("mtvsrd, in-force: power6", "mtvsrd, at power6, others were"),
    ("mtvsrd, program: /bin/sh", "mtvsrd, in /bin/sh, others were"),
  ])
  func anotherRefusalFails(expected: String, finding: String) throws {
    let machine = try Self.machine(Self.refusal("mtvsrd"), Self.refusal("mtspr", "TAR"))
    let results = try machine.run(
      "  t: {\(Self.matrix), exit: 3, refused: {instruction: \(expected)}}")
    #expect(results.results[0].findings == ["refused: expected \(finding)"])
  }

  @Test func noRefusalFails() throws {
    let test = "  t: {\(Self.matrix), exit: 3, refused: {instruction: mtvsrd}}"
    #expect(
      try Self.machine().run(test).results[0].findings
        == ["refused: expected mtvsrd, nothing was"])
    let findings = try FakePseries("exit 3").run(test).results[0].findings
    #expect(findings == ["refused: expected mtvsrd, but pseries made no report"])
  }

  /// The report of an earlier run is not this one's.
  @Test func anOldReportIsNotRead() throws {
    let machine = try FakePseries(
      #"[ -e "$(dirname "$0")/ran" ] || cp "$(dirname "$0")/old" "${@: -1}"; touch "$(dirname "$0")/ran""#
    )
    try #"{"refused": []}"#.replacing("[]", with: "[\(Self.refusal("mtvsrd"))]").write(
      to: machine.folder.appending(path: "old"), atomically: true, encoding: .utf8)
    let test = "  t: {\(Self.matrix), refused: {instruction: mtvsrd}}"
    #expect(try machine.run(test).passed == 1)
    #expect(try machine.run(test).failed == 1)
  }

  @Test func aFailedCellSaysWhatWasRefusedLast() throws {
    let names = ["one", "two", "three", "four", "five"]
    let refused = names.map { Self.refusal($0) }.joined(separator: ",")
    let machine = try FakePseries("exit 3", report: "{\"refused\": [\(refused)]}")
    let results = try machine.run("  t: {\(Self.matrix)}")
    let text = ReportFormat.text.report(results)
    #expect(
      text.contains(
        """
          refused in problem state, after 2 others:
          | /init executed `three`
          | /init executed `four`
          | /init executed `five`
          exit status 3, expected 0

        """))
    #expect(ReportFormat.json.report(results).contains("/init executed `one`"))
  }

  static let audit = """
    {"processor": "power9", "level": "power8", "count": 1005,
     "levels": [{"level": "2.00", "count": 1000, "rows": 3}, {"level": "2.07", "count": 5, "rows": 1}],
     "rejected": [], "earliest": {"level": "power8", "isa": "2.07", "lacks": [], "different": []},
     "older": {"level": "power7+", "isa": "2.06", "lacks": ["mtvsrd"], "different": []},
     "rows": []}
    """

  @Test func auditsAreATable() throws {
    let machine = try FakePseries("echo up", audit: Self.audit)
    let results = try machine.run(
      "  t: {guest: own, matrix: {power9: {none: p, power8: p}}}", auditsISA: true)
    #expect(
      results.auditTable.prefix(6) == [
        "",
        "ISA audit: instructions that problem state executed, by the ISA version that brought them,",
        "and the number of rejected kinds",
        "cell             2.00  2.07  rejected  earliest level",
        "t/power9/none    1000     5         -  power8",
        "t/power9/power8  1000     5         -  power8",
      ])
    #expect(
      ReportFormat.text.report(results).contains(
        "\nt/power9/none    1000     5         -  power8\n"))
    let data = Data(ReportFormat.json.report(results).utf8)
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let entries = try #require(document["results"] as? [[String: Any]])
    #expect((entries[0]["isaAudit"] as? [String: Any])?["count"] as? Int == 1005)
  }

  /// A program that died of `modud` at power8 is not fit for power8.
  @Test func whatWasRejectedStandsInTheTable() throws {
    let refusal = Self.refusal("modud").replacing(
      "\"message\"", with: "\"need\": \"needs power9: /init executed `modud`\", \"message\"")
    let audit = Self.audit.replacing("\"rejected\": []", with: "\"rejected\": [\(refusal)]")
      .replacing(
        "{\"level\": \"power8\", \"isa\": \"2.07\"",
        with: "{\"level\": \"power9\", \"isa\": \"3.0\"")
    let machine = try FakePseries("exit 3", audit: audit)
    let results = try machine.run("  t: {\(Self.matrix)}", auditsISA: true)
    #expect(
      results.auditTable.dropFirst(3).prefix(3) == [
        "cell             2.00  2.07  rejected  earliest level",
        "t/power9/power7  1000     5         1  power9",
        "t/power9/power7  needs power9: /init executed `modud`",
      ])
    // No level is known to have it.
    let unknown = audit.replacing("{\"level\": \"power9\"", with: "{\"isa\": \"power9\"")
    let others = try FakePseries("exit 3", audit: unknown)
      .run("  t: {\(Self.matrix)}", auditsISA: true)
    #expect(others.auditTable[4] == "t/power9/power7  1000     5         1  none known")
  }

  @Test func withoutAuditsThereIsNoTable() throws {
    let machine = try FakePseries("echo up", audit: Self.audit)
    #expect(try machine.run("  t: {\(Self.matrix)}").auditTable == [])
  }

  /// Whatever stands in the files, it is at worst no report.
  @Test(arguments: ["", "{", "[]", #"{"refused": 3}"#, #"{"refused": [{}]}"#])
  func brokenReportsAreNone(text: String) throws {
    let machine = try FakePseries("echo up", report: text, audit: text)
    let results = try machine.run("  t: {\(Self.matrix)}", auditsISA: true)
    #expect(results.passed == 1)
    #expect(results.auditTable == [])
  }
}
