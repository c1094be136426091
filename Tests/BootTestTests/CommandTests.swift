import Foundation
import Testing

/// The `boot-test` command itself: exit statuses, and what goes where.
@Suite(.serialized) struct CommandTests {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The command, built beside the tests.
  static func bootTest(_ arguments: [String]) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appending(path: "boot-test")
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    let texts = [output, errors].map {
      String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  /// A folder with a suite whose only test expects `up`, and a machine that says `word`.
  static func machine(saying word: String) throws -> (machine: FakeMachine, suite: String) {
    let machine = try FakeMachine("echo \(word)")
    let suite = machine.folder.appending(path: "suite.yaml").path
    try """
    suite: sample
    guests: {own: {}, gone: {kernel: gone}}
    tests:
      t: {guest: own, matrix: {power9: {none: power9}}, expect: [up]}
      u: {guest: gone, matrix: {power9: {none: power9}}}
    """.write(toFile: suite, atomically: true, encoding: .utf8)
    return (machine, suite)
  }

  static func run(_ word: String, _ more: String...) throws -> (Outcome, FakeMachine) {
    let (machine, suite) = try machine(saying: word)
    let output = machine.folder.appending(path: "results").path
    let outcome = try bootTest(
      ["run", suite, "--pseries", machine.program, "--output", output] + more)
    return (outcome, machine)
  }

  @Test func successIsStatus0AndLeavesEveryReport() throws {
    let (outcome, machine) = try Self.run("up")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("sample: 1 of 2 passed, 1 SKIPPED, not tested"))
    #expect(outcome.errors.contains("pass  t/power9/none"))
    #expect(outcome.errors.contains("SKIP  u/power9/none"))
    for report in ["txt", "json", "xml", "ktap"] {
      #expect(try !machine.text("results/results.\(report)").isEmpty)
    }
  }

  @Test func failureIsStatus1() throws {
    #expect(try Self.run("down").0.status == 1)
    #expect(try Self.run("up", "--require-all").0.status == 1)
  }

  @Test func theFormatGoesToStandardOutput() throws {
    #expect(try Self.run("up", "--format", "ktap").0.output.hasPrefix("KTAP version 1\n1..2\n"))
    #expect(try Self.run("up", "--format", "junit").0.output.hasPrefix("<?xml"))
  }

  @Test func wrongUseIsStatus2WithOneLine() throws {
    let suite = try Self.machine(saying: "up")
    let empty = suite.machine.folder.appending(path: "empty.yaml").path
    try "guests: {}\ntests: {}".write(toFile: empty, atomically: true, encoding: .utf8)
    for arguments in [
      ["list", empty],
      ["run", "no-such-suite.yaml"],
      ["run", suite.suite, "--pseries", "/no/such/program"],
      ["run", suite.suite, "--filter", "nothing like it"],
      ["list", suite.machine.program],
      ["run", suite.suite, "-nographic"],
    ] {
      let outcome = try Self.bootTest(arguments)
      #expect(outcome.status == 2, "\(arguments)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
    #expect(try Self.bootTest(["run", suite.suite, "--jobs", "0"]).status == 2)
    #expect(try Self.bootTest(["walk"]).status == 2)
  }

  @Test func listShowsCellsAndWhatIsMissing() throws {
    let (machine, suite) = try Self.machine(saying: "up")
    let outcome = try Self.bootTest(["list", suite])
    #expect(outcome.status == 0)
    let gone = machine.folder.appending(path: "gone").path
    #expect(
      outcome.output == "t/power9/none\nu/power9/none  cannot run: \(gone) is not there\n")
  }
}
