import CommandTestSupport
import Foundation
import Testing

/// The `boot-test` command itself: exit statuses, and what goes where.
@Suite(.serialized) struct BootTestCommandTests {
  static func bootTest(_ arguments: [String]) throws -> BuiltCommand.Outcome {
    try BuiltCommand("boot-test").run(arguments)
  }

  /// A folder with a suite whose only test expects `up`, and a machine that says `word`.
  static func machine(saying word: String) throws -> (machine: FakePseries, suite: String) {
    let machine = try FakePseries("echo \(word)")
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

  static func run(_ word: String, _ more: String...) throws -> (BuiltCommand.Outcome, FakePseries) {
    let (machine, suite) = try machine(saying: word)
    let output = machine.folder.appending(path: "results").path
    let outcome = try bootTest(
      ["run", suite, "--pseries", machine.program, "--output", output] + more)
    return (outcome, machine)
  }

  @Test func successIsStatus0AndLeavesEveryReport() throws {
    let (outcome, machine) = try Self.run("up")
    #expect(outcome.status == 0)
    #expect(outcome.text.hasPrefix("sample: 1 of 2 passed, 1 SKIPPED, not tested"))
    let results = machine.folder.appending(path: "results").path
    #expect(outcome.text.hasSuffix("\nreports: \(results)\n"))
    #expect(outcome.errors.contains("pass  t/power9/none"))
    #expect(outcome.errors.contains("SKIP  u/power9/none"))
    for report in ["txt", "json", "xml", "ktap", "tap"] {
      #expect(try !machine.text("results/results.\(report)").isEmpty)
    }
    #expect(try machine.text("results/report.html").hasSuffix("</html>\n"))
  }

  /// The results of the run before in the same folder, or others.
  @Test func runsAreCompared() throws {
    let (outcome, machine) = try Self.run("up")
    #expect(!outcome.text.contains("regressed"))
    let results = machine.folder.appending(path: "results").path
    let old = machine.folder.appending(path: "old").path
    try FileManager.default.copyItem(atPath: results, toPath: old)
    // The same suite with a machine that says something else.
    let other = try FakePseries("echo down")
    let suite = machine.folder.appending(path: "suite.yaml").path
    let again = try Self.bootTest(
      ["run", suite, "--pseries", other.program, "--output", results])
    let line = "regressed  t/power9/none  pass before; now fail: missing: up"
    #expect(again.status == 1 && again.text.contains(line + "\n"))
    #expect(try machine.text("results/report.html").contains("<h3>Regressions "))
    let compared = try Self.bootTest(["compare", old, results])
    #expect(compared.status == 1 && compared.text.contains("\n" + line + "\n"))
    #expect(try Self.bootTest(["compare", results, old]).text.contains("\nfixed  t/power9/none"))
    #expect(try Self.bootTest(["compare", results, results]).status == 0)
    let forPrograms = try Self.bootTest(["compare", old, results, "--format", "json"])
    let document = try JSONSerialization.jsonObject(with: forPrograms.output) as? [String: Any]
    #expect(forPrograms.status == 1 && document?["regressed"] as? Bool == true)
    #expect(try Self.bootTest(["compare", old, machine.folder.path]).status == 2)
    let page = try Self.bootTest(["report", results, "--compare-with", old])
    let kept = try machine.text("results/report.html")
    #expect(page.status == 0 && page.text == kept)
    #expect(try Self.bootTest(["report", results, "--format", "ktap"]).text.hasPrefix("KTAP"))
  }

  @Test func failureIsStatus1() throws {
    #expect(try Self.run("down").0.status == 1)
    #expect(try Self.run("up", "--require-all").0.status == 1)
  }

  @Test func aGuestNeedsNoSuiteFile() throws {
    let machine = try FakePseries(#"echo "up on $2 at $4: ${@:5:2}"; sleep 4"#)
    let output = machine.folder.appending(path: "results").path
    let arguments = [
      "--cpu", "power9", "--cpu", "power8", "--compat", "power9", "--compat", "none",
      "--append", "quiet", "--expect", "at none: --append quiet", "--done", "expected",
    ]
    let outcome = try Self.bootTest(
      ["run", "--pseries", machine.program, "--output", output] + arguments)
    #expect(outcome.status == 1)
    #expect(outcome.text.hasPrefix("command-line: 2 of 3 passed"))
    #expect(outcome.errors.contains("missing: at none: --append quiet"))
    let file = machine.folder.appending(path: "new.yaml").path
    #expect(try Self.bootTest(["new", file] + arguments).status == 0)
    let list = try Self.bootTest(["list", file])
    #expect(list.text == "boot/power9/power9\nboot/power9/none\nboot/power8/none\n")
    let again = try Self.bootTest(["new", file])
    #expect(again.status == 2 && again.errors.contains("cannot be written: File exists"))
  }

  @Test(arguments: [
    (["run"], "Name a suite file, or a guest"),
    (["run", "s.yaml", "--cpu", "power9"], "does not go"),
    (["run", "--cpu", "power8", "--compat", "power9"], "none of the processors"),
    (["new", "f.yaml", "--cpu", "power9", "--done", "expected"], "needs --expect"),
  ])
  func contradictionsAreUsageErrors(arguments: [String], message: String) throws {
    let outcome = try Self.bootTest(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  /// What has finished is written when the user interrupts.
  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func anInterruptedRunKeepsItsResults(signal: Int32, status: Int32) throws {
    let machine = try FakePseries(
      #"[ "$2" = power8 ] && { echo up; exit; }; touch "$(dirname "$0")/started"; exec sleep 60"#)
    let suite = machine.folder.appending(path: "suite.yaml").path
    try """
    guests: {own: {}}
    tests: {t: {guest: own, matrix: {power8: {none: p}, power9: {none: p}}, expect: [up]}}
    """.write(toFile: suite, atomically: true, encoding: .utf8)
    let output = machine.folder.appending(path: "results").path
    let process = Process()
    process.executableURL = BuiltCommand("boot-test").url
    process.arguments = [
      "run", suite, "--pseries", machine.program, "--output", output, "--jobs", "1",
    ]
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    try process.run()
    let started = machine.folder.appending(path: "started").path
    let deadline = Date(timeIntervalSinceNow: 50)
    while !FileManager.default.fileExists(atPath: started), Date() < deadline { usleep(20_000) }
    kill(process.processIdentifier, signal)
    let text = String(
      decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == status)
    #expect(text.hasPrefix("interrupted: suite: 1 of 2 passed, 1 SKIPPED"), "\(text)")
    let report = try JSONSerialization.jsonObject(
      with: Data(machine.text("results/results.json").utf8))
    let document = try #require(report as? [String: Any])
    #expect(document["interrupted"] as? Bool == true && document["passed"] as? Int == 1)
  }

  @Test func theFormatGoesToStandardOutput() throws {
    #expect(try Self.run("up", "--format", "ktap").0.text.hasPrefix("KTAP version 1\n1..2\n"))
    let junit = try Self.run("up", "--format", "junit").0
    #expect(junit.text.hasPrefix("<?xml") && !junit.text.contains("reports: "))
    #expect(junit.errors.contains("\nreports: "))
  }

  /// The line of the suite is also there when the results are read again.
  @Test func annotationsNameTheLineOfTheCell() throws {
    let (outcome, machine) = try Self.run("down", "--format", "github")
    let suite = machine.folder.appending(path: "suite.yaml").path
    let error = "::error file=\(suite),line=4,title=sample%3A t/power9/none::missing: up%0Alog: "
    #expect(outcome.status == 1 && outcome.text.hasPrefix(error), "\(outcome.text)")
    let results = machine.folder.appending(path: "results").path
    #expect(try Self.bootTest(["report", results, "--format", "github"]).text == outcome.text)
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

  /// Errors and usage as the other two commands have them.
  @Test func nothingIsAMistake() throws {
    let outcome = try Self.bootTest([])
    #expect(outcome.status == 2 && outcome.text.isEmpty)
    #expect(outcome.errors.hasPrefix("boot-test: a command is missing; there are run, list, "))
    #expect(outcome.errors.contains("boot-test <subcommand>"))
    #expect(try Self.bootTest(["lsit", "x"]).errors.contains("did you mean the command 'list'?"))
    #expect(
      try Self.bootTest(["run", "no-such.yaml"]).errors.hasPrefix("boot-test: no-such.yaml: "))
    let help = try Self.bootTest(["help", "nope"])
    #expect(help.status == 2 && help.errors.contains("there is no command 'nope'"))
  }

  @Test func version() throws {
    let outcome = try Self.bootTest(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.text.hasPrefix("boot-test ") && outcome.text.contains("\nengines of "))
    #expect(outcome.text.hasSuffix("interpreter\n"))
  }

  @Test func listShowsCellsAndWhatIsMissing() throws {
    let (machine, suite) = try Self.machine(saying: "up")
    let outcome = try Self.bootTest(["list", suite])
    #expect(outcome.status == 0)
    let gone = machine.folder.appending(path: "gone").path
    #expect(
      outcome.text == "t/power9/none\nu/power9/none  cannot run: \(gone) does not exist\n")
  }
}

/// The command line of `exec`; programs that it runs are in `Tests/Guests/exec-programs`.
@Suite struct ExecCommandTests {
  private func exec(_ arguments: [String]) throws -> BuiltCommand.Outcome {
    let cache = FileManager.default.temporaryDirectory.path + "/no-cache-\(UUID().uuidString)"
    return try BuiltCommand("boot-test").run(["exec", "--cache", cache] + arguments)
  }

  @Test func mistakesAreStatus2() throws {
    for (arguments, message) in [
      ([], "a program is missing"), (["--"], "a program is missing"),
      (["--levle", "x", "./p"], "Unknown option '--levle'"),
      (["--cpu", "power8", "--level", "power9", "./p"], "power8 does not have the level power9"),
      (["--levels", "all", "--level", "power8", "./p"], "exclude each other"),
      (["--timeout", "0", "./p"], "--timeout"), (["--env", "x", "./p"], "'x' is not NAME=VALUE"),
      (["--share", "/tmp=relative", "./p"], "does not begin with /"),
      (["--root", "/", "--package", "x", "./p"], "--package"),
      (["--modules", "/", "./p"], "--modules requires --kernel"),
      (["--format", "json", "./p"], "--format is for --levels"),
      (["--expect-status", "3", "./p"], "--expect-status is for --levels"),
      (["--levels", "all", "--expect-status", "256", "./p"], "256 is not a status"),
      (["--levels", "all", "--expect-status=-1", "./p"], "-1 is not a status"),
    ] as [([String], String)] {
      let outcome = try exec(arguments)
      #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func mistakesOfAnAuditAreStatus2() throws {
    let program = BuiltCommand("boot-test")
    for (arguments, message) in [
      ([], "a program is missing"), (["--levle", "x", "./p"], "Unknown option '--levle'"),
      (["--static", "./p", "x"], "--static: one file"),
      (["--require", "none", "./p"], "--require"),
      (["--above", "power99", "./p"], "power99"), (["--timeout", "0", "./p"], "--timeout"),
    ] as [([String], String)] {
      let outcome = try program.run(["audit"] + arguments)
      #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
    let missing = try program.run(["audit", "./no-such-program"])
    #expect(missing.status == 127 && missing.errors.contains("no such program"))
    let other = try program.run(["audit", "--static", "/etc/passwd"])
    #expect(other.status == 125 && other.errors.contains("/etc/passwd: not an ELF file"))
  }

  /// Before anything is fetched or booted.
  @Test func programsThatCannotRunAreNamed() throws {
    let missing = try exec(["./no-such-program", "-x"])
    #expect(missing.status == 127 && missing.errors.contains("./no-such-program: no such program"))
    let own = BuiltCommand("boot-test").url.path
    let other = try exec([own, "--version"])
    #expect(other.status == 126 && other.errors.contains("not for PowerPC"))
    let text = try exec(["/etc/passwd"])
    #expect(text.status == 126 && text.errors.contains("Permission denied"))
  }
}
