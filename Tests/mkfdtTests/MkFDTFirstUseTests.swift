import CommandTestSupport
import Foundation
import Testing

/// What people try first, and how the command answers.
@Suite struct MkFDTFirstUseTests {
  private func json(_ outcome: BuiltCommand.Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
  }

  @Test func version() throws {
    let outcome = try run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.text.wholeMatch(of: /mkfdt \d+\.\d+( \(commit [0-9a-f]+\+?\))?\n/) != nil)
  }

  /// Arguments that are no ours, and what the one line says.
  @Test(
    arguments: [
      (["shwo", "x.dtb"], "did you mean the command 'show'?"),
      (["guest.dtb"], "use mkfdt show guest.dtb"),
      (["help", "nope"], "there is no command 'nope'"),
      (["-m", "1G"], "use --memory SIZE"), (["--cpus", "4"], "use --smp N"),
      (["--max-cpu-compat", "power8"], "use --compat LEVEL"),
      (["-machine", "pseries"], "'-machine': QEMU's spelling; see "),
      (["-smp", "4"], "use --smp N"),
      (["--memroy", "1G"], "Did you mean '--memory'?"),
      (["--memory", "1024"], "1024 bytes is no multiple of 256M above 0"),
      (["--memory", "64M"], "64M is no multiple of 256M"),
      (["--memory", "100"], "100 bytes is no multiple"),
      (
        ["--memory", "1 GB"], "'1 GB' is invalid for '--memory <size>'; a size is a number of bytes"
      ),
      (["--cpu", "power9:compat=power8", "--compat", "power7"], "name two levels"),
    ] as [([String], String)])
  func theRightSpelling(arguments: [String], says: String) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(says), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  /// `--drive` is not near to anything.
  @Test func suggestionsAreNear() throws {
    let outcome = try run(["--xyzzy"])
    #expect(outcome.status == 2)
    #expect(outcome.errors == "mkfdt: Unknown option '--xyzzy'\n")
  }

  @Test func otherSpellingsThatAreAccepted() throws {
    let tree = try run(["--cpu", "power9", "--compat", "power8", "--memory", "1G"])
    for arguments in [
      ["--cpu", "POWER9", "--compat", "POWER8", "--memory", "1GiB"],
      ["--cpu", "POWER9:compat=POWER8", "--memory", "1Gi"],
    ] {
      let other = try run(arguments)
      #expect(other.status == 0, "\(other.errors)")
      #expect(other.output == tree.output)
    }
    #expect(try run(["--memory", "1i"]).status == 2)
  }

  @Test func answersForPrograms() throws {
    let tree = try run(["--cpu", "power9", "--compat", "power8"]).output
    for form in [["--json"], ["--format", "json"]] {
      let features = try json(try run(["features", "-"] + form, input: tree))
      #expect(features["level"] as? String == "power8" && features["isa"] as? String == "2.07")
      #expect(features["cpu-version"] as? String == "0x0f000004")
      #expect((features["hwcap-names"] as? [String])?.contains("vsx") == true)
      let check = try run(["check", "-"] + form, input: tree)
      let findings = try json(check)["findings"] as? [Any]
      #expect(check.status == 0 && findings?.isEmpty == true)
      let rules = try json(try run(["check", "--list"] + form))
      #expect(((rules["rules"] as? [[String: Any]])?.count ?? 0) > 20)
      let move = try run(["migratable", "power9:compat=power8", "power8"] + form)
      #expect(try json(move)["migratable"] as? Bool == true)
    }
  }

  /// A vector with one entry that names POWER8 and later by logical version, as a file and as an
  /// option.
  @Test func negotiateTakesAFile() throws {
    let vector = Data([
      0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 4,
      0xff, 0xff, 0xff, 0xfe, 0x0f, 0, 0, 1, 0, 1, 0x80, 0,
    ])
    let machine = ["--cpu", "power10", "--max-compat", "power8"]
    let outcome = try run(["negotiate", "-"] + machine, input: vector)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let option = try run(["negotiate", "--vector", "-"] + machine, input: vector)
    #expect(outcome.output == option.output)
    let answer = try json(try run(["negotiate", "-", "--json"] + machine, input: vector))
    #expect(answer["outcome"] as? String == "success" && answer["level"] as? String == "power8")
    #expect(answer["cpu-version"] as? String == "0xf000004")
    #expect((answer["steps"] as? [String])?.isEmpty == false)
    #expect((answer["tree"] as? [String])?.isEmpty == false)
    #expect(try run(["negotiate"]).status == 2)
    #expect(try run(["negotiate", "-", "--vector", "-"], input: vector).status == 2)
  }

  @Test func sourceIsRead() throws {
    let text = "// a tree\n/dts-v1/;\n/ { a = <1>; };\n"
    let outcome = try run(["show", "-", "/a"], input: Data(text.utf8))
    #expect(outcome.status == 0)
    #expect(String(decoding: outcome.output, as: UTF8.self) == "<0x1>\n")
  }

  /// Examples of help can be pasted: no line of theirs is broken at 80 columns.
  @Test(arguments: [
    [], ["build"], ["show"], ["get"], ["edit"], ["compile"], ["diff"], ["check"], ["features"],
    ["negotiate"], ["migratable"],
  ])
  func examplesAreNotBroken(command: [String]) throws {
    let help = try run(command + ["--help"]).text
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where line.hasPrefix("  mkfdt ") {
      let next = index + 1 < lines.count ? lines[index + 1] : ""
      #expect(
        next.isEmpty || next.hasPrefix("  mkfdt ") || line.hasSuffix("\\"), "\(line)\n\(next)")
    }
  }
}
