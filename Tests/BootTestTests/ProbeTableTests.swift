import Testing

@testable import BootTest

@Suite struct ProbeTableTests {
  static let text = """
    # A comment.
    popcntb 2.02 ok v=01
      970: ok v=01 because it has it early
    vadduwm 2.03 ok v=02
      old older: SIGILL(setup-20)
    mffsl   3.0  ok v=* 
      <3.0: ok v=8* because the bits were ignored
      reference <3.0: SIGILL because it checks them
    xvf32   3.1  ok v=03
    """

  static func table(_ level: String, _ version: String) throws -> ProbeTable {
    try ProbeTable(
      text: text, file: "p", level: level, version: #require(ISAVersion(version)))
  }

  @Test(arguments: [
    // Where, and a console that is as it must be there.
    ("power10", "3.1", ["ok v=01", "ok v=02", "ok v=77", "ok v=03"]),
    ("power8", "2.07", ["ok v=01", "ok v=02", "ok v=82", "SIGILL"]),
    ("power8", "2.07", ["ok v=01", "ok v=02", "ok v=82", "SIGILL(setup-4)"]),
    ("970", "2.01", ["ok v=01", "SIGILL", "ok v=80", "SIGILL"]),
    ("older", "2.05", ["ok v=01", "SIGILL(setup-20)", "ok v=80", "SIGILL"]),
  ])
  func answersOfTheLevelAgree(level: String, version: String, answers: [String]) throws {
    let table = try Self.table(level, version)
    let lines = zip(table.probes, answers).map { "probe \($0.name) 9.9 \($1)" }
    #expect(table.differences(lines) == [])
    // And no other answer does.
    for index in lines.indices where !answers[index].contains("77") {
      var wrong = lines
      wrong[index] = "probe \(table.probes[index].name) 9.9 SIGILL code=5"
      #expect(table.differences(wrong).count == 1)
      wrong.remove(at: index)
      #expect(table.differences(wrong).first?.hasSuffix("got no answer") == true)
    }
  }

  @Test func theReferenceMayDiffer() throws {
    let lines = ["popcntb", "vadduwm", "mffsl", "xvf32"].map { "probe \($0) 1.0 SIGILL" }
    let table = try Self.table("power8", "2.07")
    #expect(table.differences(lines).count == 3)
    #expect(table.reference.differences(lines).count == 2)
  }

  @Test(arguments: [
    ("popcntb 2.02", "is not 'NAME ISA ANSWER'"),
    ("popcntb 2 ok", "is not 'NAME ISA ANSWER'"),
    ("  970: ok", "is not 'LEVEL…: ANSWER' of a probe"),
    ("a 2.02 ok\n  970 ok", "is not 'LEVEL…: ANSWER' of a probe"),
    ("a 2.02 ok\n  <x: ok", "names no version of the ISA after '<'"),
    ("a 2.02 ok\n  reference: ok because", "has no ' because REASON'"),
    ("a 2.02 ok\n  reference: ok because so", "names no level"),
  ])
  func mistakesAreNamed(text: String, complaint: String) throws {
    let version = try #require(ISAVersion("3.1"))
    let line = text.split(separator: "\n").count
    #expect(
      throws: SuiteError("p", line, "'\(text.split(separator: "\n")[line - 1])' \(complaint)")
    ) {
      try ProbeTable(text: text, file: "p", level: "power10", version: version)
    }
  }
}
