import BootTest
import Foundation
import Testing

/// Every verdict, with a shell script for a machine. Serialized: a process started by one thread
/// could inherit the pipes another is just making.
@Suite(.serialized) struct RunnerTests {
  static let matrix = "guest: own, matrix: {power9: {power8: power8}}"

  @Test func aRunThatPrintsWhatIsExpectedPasses() throws {
    let machine = try FakePseries(#"echo "up on $2 at $4"; echo done"#)
    let results = try machine.run(
      "  t: {\(Self.matrix), expect: [up on power9 at power8, /^d.ne$/]}")
    #expect(results.results.map(\.verdict) == [.passed])
    #expect(results.exitStatus == 0)
    #expect(try machine.text("results/t-power9-power8.log") == "up on power9 at power8\ndone\n")
  }

  @Test func theArgumentsAreThoseOfTheCell() throws {
    let machine = try FakePseries(#"printf '%s\n' "$@""#)
    try "".write(
      toFile: machine.folder.appending(path: "k").path, atomically: true, encoding: .utf8)
    let results = try machine.run(
      "  t: {\(Self.matrix), options: [--smp, '2'], append: quiet}",
      guests: "own: {kernel: k, append: console=hvc0}")
    let log = try machine.text("results/t-power9-power8.log")
    #expect(results.passed == 1)
    #expect(
      log.split(separator: "\n") == [
        "--cpu", "power9", "--compat", "power8", "--kernel",
        Substring(machine.folder.appending(path: "k").path), "--append", "console=hvc0 quiet",
        "--smp", "2", "--report",
        Substring(machine.folder.appending(path: "results/t-power9-power8.report.json").path),
      ])
  }

  /// Debian's newer getty asks the terminal its name, systemd marks each session's beginning.
  @Test func terminalSequencesAreNotText() throws {
    let sequences = [
      #"\033[0;1;39m"#, #"\033]3008;start=1;type=boot\033\\"#, #"\033]0;title\007"#,
      #"\033P+q6E616D65\033\\"#, #"\0337"#,
      #"\033(B"#, #"\033[!p"#, #"\r"#,
    ]
    let machine = try FakePseries(
      "printf '\(sequences.map { "a\($0)b" }.joined())\\033]open\\nc\\n'")
    let results = try machine.run(
      "  t: {\(Self.matrix), expect: [\(String(repeating: "ab", count: sequences.count)), /^c$/]}")
    #expect(results.results.map(\.verdict) == [.passed])
  }

  @Test func aMissingLineFails() throws {
    let machine = try FakePseries("echo nothing much")
    let results = try machine.run("  t: {\(Self.matrix), expect: [GUEST UP]}")
    #expect(results.results[0].findings == ["missing: GUEST UP"])
    #expect(results.results[0].tail == ["nothing much"])
    #expect(results.exitStatus == 1)
  }

  /// A guest that stays at its prompt, which is no whole line.
  @Test func aRunMayBeOverWhenEverythingExpectedHasCome() throws {
    let machine = try FakePseries("echo up; printf 'login: '; sleep 600")
    let test = "{\(Self.matrix), expect: [up, 'login:'], deadline: 60"
    let result = try machine.run("  t: \(test), done: expected}").results[0]
    #expect(result.verdict == .passed)
    #expect(result.seconds < 30)
    let late = try machine.run("  t: {\(Self.matrix), expect: [up], deadline: 0.5}").results[0]
    #expect(
      late.findings == [
        "not done after 0.5 s: everything expected came, and the guest did not power off "
          + "('done: expected' ends the run there)"
      ])
    let other = try machine.run(
      "  t: {\(Self.matrix), expect: [up, other], done: expected, deadline: 0.5}")
    #expect(other.results[0].findings == ["not done after 0.5 s", "missing: other"])
  }

  /// The machine may end by itself before its output has been judged.
  @Test func aMachineThatEndsMayBeExpectedToStay() throws {
    let machine = try FakePseries("echo up")
    #expect(try machine.run("  t: {\(Self.matrix), expect: [up], done: expected}").passed == 1)
  }

  @Test func anUnexpectedExitStatusFails() throws {
    let machine = try FakePseries("echo GUEST UP; exit 3")
    #expect(
      try machine.run("  t: {\(Self.matrix)}").results[0].findings == ["exit status 3, expected 0"])
    #expect(try machine.run("  t: {\(Self.matrix), exit: 3}").passed == 1)
  }

  @Test func aCrashOfTheMachineFails() throws {
    let machine = try FakePseries("echo going; kill -SEGV $$")
    let results = try machine.run("  t: {\(Self.matrix)}")
    #expect(results.results[0].findings == ["pseries died of signal 11"])
  }

  @Test func aHangIsKilledAtTheDeadlineWithItsDescendants() throws {
    let machine = try FakePseries(
      #"trap '' TERM; echo "last words"; sleep 600 & echo $! > "$(dirname "$0")/child"; wait; wait; sleep 600"#
    )
    let results = try machine.run("  t: {\(Self.matrix), deadline: 0.5}")
    let result = results.results[0]
    #expect(result.findings == ["not done after 0.5 s"])
    #expect(result.tail == ["last words"])
    #expect(result.seconds < 20)
    let child = try #require(
      Int32(try machine.text("child").trimmingCharacters(in: .whitespacesAndNewlines)))
    // The kernel may take a moment to bury it.
    var alive = true
    for _ in 0..<50 where alive {
      alive = Self.isRunning(child)
      if alive { usleep(100_000) }
    }
    #expect(!alive)
  }

  /// Neither gone nor a zombie.
  private static func isRunning(_ process: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
      return false
    }
    return status.split(separator: ")").last?.hasPrefix(" Z") == false
  }

  @Test func aPanicEndsTheRunAtOnce() throws {
    let machine = try FakePseries(
      "echo '[ 1.0] Kernel panic - not syncing: no init'; echo trace; sleep 600")
    let results = try machine.run("  t: {\(Self.matrix), deadline: 60}")
    let result = results.results[0]
    #expect(
      result.findings == ["'Kernel panic' in: [ 1.0] Kernel panic - not syncing: no init"])
    #expect(result.tail.last == "trace")
    #expect(result.seconds < 20)
  }

  @Test(arguments: [
    "Oops: Exception in kernel mode", "watchdog: BUG: soft lockup - CPU#0 stuck for 23s!",
    "rcu: INFO: rcu_sched self-detected stall on CPU", "kernel BUG at mm/slub.c:321!",
  ])
  func failurePatternsFail(line: String) throws {
    let machine = try FakePseries("echo '\(line)'")
    #expect(try machine.run("  t: {\(Self.matrix)}").failed == 1)
    #expect(try machine.run("  t: {\(Self.matrix), allow: ['/./']}").passed == 1)
  }

  @Test func aForbiddenLineFails() throws {
    let machine = try FakePseries("echo probe FAIL here")
    let results = try machine.run("  t: {\(Self.matrix), forbid: ['/FA.L/']}")
    #expect(results.results[0].findings == ["'/FA.L/' in: probe FAIL here"])
  }

  @Test func aFloodIsStopped() throws {
    let machine = try FakePseries("exec yes $(printf %01000d 0)")
    let results = try machine.run("  t: {\(Self.matrix), deadline: 60}")
    #expect(results.results[0].findings == ["more than 8 MiB on the console"])
  }

  @Test func aScriptTalksToThePrompt() throws {
    let machine = try FakePseries(
      #"printf 'name? '; read x; echo "hello $x"; printf '\033[6n# '; read y; echo "got $y""#)
    let script =
      ##"script: [{wait: "name?", send: "bob\n"}, {wait: "# ", send: "ls\n"}, {wait: got ls}]"##
    #expect(try machine.run("  t: {\(Self.matrix), \(script), expect: [hello bob]}").passed == 1)
  }

  /// The machine waits for what `pseries control` leaves beside its socket.
  @Test(arguments: [("query-name a=b", []), ("nonsense", ["control 'nonsense': no such command"])])
  func aScriptCommands(_ command: String, _ findings: [String]) throws {
    let machine = try FakePseries(
      """
      if [ $1 = control ]; then
        [ "$3" != nonsense ] || { echo no such command >&2; touch "${2#unix:}"; exit 1; }
        echo "$3 $4" > "$(dirname "$0")/told"; touch "${2#unix:}"; exit
      fi
      while [ $1 != --control ]; do shift; done
      echo up; until [ -e "${2#unix:}" ]; do sleep 0.1; done; echo told
      """)
    let results = try machine.run(
      "  t: {\(Self.matrix), script: [{wait: up, control: \(command)}], expect: [told]}")
    #expect(results.results[0].findings == findings)
    if findings.isEmpty { #expect(try machine.text("told") == "query-name a=b\n") }
  }

  @Test func aScriptPauses() throws {
    let machine = try FakePseries("printf 'name? '; read -t 0.7 x; read y; echo \"hello $x$y\"")
    let script = ##"script: [{wait: "name?", pause: 1.5, send: "bob\n"}]"##
    #expect(try machine.run("  t: {\(Self.matrix), \(script), expect: [hello bob]}").passed == 1)
  }

  @Test func aScriptThatStopsSaysWhere() throws {
    let machine = try FakePseries("echo bye")
    let script = #"script: [{wait: bye}, {wait: "name?", send: "bob\n"}]"#
    #expect(
      try machine.run("  t: {\(Self.matrix), \(script)}").results[0].findings == [
        "script stopped at step 2, waiting for 'name?'"
      ])
  }

  @Test func featuresAreCompared() throws {
    let machine = try FakePseries(
      """
      echo 'cpuinfo: cpu\t\t: POWER9 (architected), altivec supported'
      echo 'cpuinfo: MMU\t\t: Hash'
      echo 'AT_HWCAP  00000000dc0065c2: ppc32 ppc64'
      echo 'AT_PLATFORM power9'
      """.replacing("\t", with: "\u{9}"))
    let good =
      "{hwcap: DC0065C2, platform: power9, mmu: Hash, cpu: 'POWER9 (architected), altivec supported'}"
    #expect(try machine.run("  t: {\(Self.matrix), features: \(good)}").passed == 1)
    let bad = "{hwcap: dc0065c0, hwcap2: '0', mmu: Radix}"
    #expect(
      try machine.run("  t: {\(Self.matrix), features: \(bad)}").results[0].findings == [
        "hwcap: expected dc0065c0, got 00000000dc0065c2", "hwcap2: expected 0, not reported",
        "mmu: expected Radix, got Hash",
      ])
  }

  @Test func probesAreComparedWithTheTable() throws {
    let machine = try FakePseries(
      """
      echo 'probe popcntb 2.02 ok v=01'
      echo 'probe isel 2.06 SIGILL'
      echo 'probe modsd 3.0 ok v=05'
      echo 'probe hashst 3.1 ok v=00'
      """)
    try """
    popcntb 2.02 ok v=01
    isel 2.06 ok v=77
    modsd 3.0 ok v=05
    hashst 3.1 ok v=*
      <3.1: ok v=0* because it does nothing
    darn 3.0 ok
    """.write(
      toFile: machine.folder.appending(path: "p").path, atomically: true, encoding: .utf8)
    let levels =
      "  t: {guest: own, matrix: {power9: {power8: p8}}, probes: p}\nlevels: {p8: {isa: '2.07'}}"
    #expect(
      try machine.run(levels).results[0].findings == [
        "probe isel (2.06): expected ok v=77, got SIGILL",
        "probe modsd (3.0): expected SIGILL, got ok v=05",
        "probe darn (3.0): expected SIGILL, got no answer",
      ])
  }

  @Test func runsThatMustAgreeAreCompared() throws {
    let same = try FakePseries("echo one; echo two")
    #expect(try same.run("  t: {\(Self.matrix), identical-runs: 3}").passed == 1)
    let other = try FakePseries(
      #"f="$(dirname "$0")/n"; echo one; if [ -e "$f" ]; then echo 2; else echo two; touch "$f"; fi"#
    )
    #expect(
      try other.run("  t: {\(Self.matrix), identical-runs: 2}").results[0].findings == [
        "run 2 printed other bytes than run 1, from line 2: 'two' and '2'"
      ])
  }

  /// A machine that lists its engines on request, and otherwise prints its engine.
  private static func withEngines(_ engines: String, _ script: String = "true") throws
    -> FakePseries
  {
    try FakePseries(
      #"if [ "$3" = --explain ]; then echo '{"engines": \#(engines)}'; exit; fi"# + "\n" + script)
  }

  @Test func anEngineIsChosen() throws {
    let machine = try Self.withEngines(#"["jit", "interpreter"]"#, #"echo "engine ${*: -3:1}""#)
    let results = try machine.run("  t: {\(Self.matrix), engines: [jit], expect: [engine jit]}")
    #expect(results.results.map(\.findings) == [[]])
  }

  @Test func anEngineThatIsNotThereIsSkippedByName() throws {
    let machine = try Self.withEngines(#"["interpreter"]"#)
    let results = try machine.run(
      "  t: {\(Self.matrix), engines: [interpreter, jit]}\n"
        + "  u: {\(Self.matrix), identical-engines: [interpreter, jit]}")
    let skipped = CellResult.Verdict.skipped("this pseries has no engine 'jit' here")
    #expect(results.results.map(\.verdict) == [.passed, skipped, skipped])
    #expect(results.results[1].name == "t/power9/power8/jit")
  }

  @Test func enginesMustPrintTheSame() throws {
    let keys = "identical-engines: [interpreter, jit]"
    let same = try Self.withEngines(#"["jit", "interpreter"]"#, "echo one")
    #expect(try same.run("  t: {\(Self.matrix), \(keys)}").passed == 1)
    let other = try Self.withEngines(
      #"["jit", "interpreter"]"#,
      #"for word in "$@"; do [ "$word" = jit ] && echo two; done; echo one"#)
    #expect(
      try other.run("  t: {\(Self.matrix), \(keys)}").results[0].findings == [
        "run 2 (jit) printed other bytes than run 1, from line 1: 'one' and 'two'"
      ])
  }

  @Test func aMissingGuestIsSkippedWithTheReason() throws {
    let machine = try FakePseries("echo GUEST UP")
    let tests = "  t: {\(Self.matrix)}\n  u: {guest: gone, matrix: {power9: {none: power9}}}"
    let guests = "own: {}, gone: {kernel: gone/vmlinux, missing: make guests fetches it}"
    let results = try machine.run(tests, guests: guests)
    let file = machine.folder.appending(path: "gone/vmlinux").path
    #expect(
      results.results.map(\.verdict) == [
        .passed, .skipped("\(file) does not exist (make guests fetches it)"),
      ])
    #expect(results.exitStatus == 0)
    #expect(results.summary.contains("1 SKIPPED, not tested"))
    let required = try machine.run(tests, guests: guests, requiresAll: true)
    #expect(required.exitStatus == 1 && required.failed == 1 && required.skipped == 0)
    let reason = "\(file) does not exist (make guests fetches it)"
    #expect(required.results[1].findings == ["could not run: \(reason)"])
    // What failed is called so, not skipped.
    let text = ReportFormat.text.report(required)
    #expect(text.contains("FAIL  u/power9/none  \(reason)\n") && !text.contains("SKIP"))
  }

  @Test func nothingRunIsNotSuccess() throws {
    let machine = try FakePseries("echo GUEST UP")
    let results = try machine.run("  t: {\(Self.matrix)}", guests: "own: {kernel: gone}")
    #expect(results.exitStatus == 1)
  }

  @Test func aMachineThatCannotBeStartedFails() throws {
    let machine = try FakePseries("")
    try FileManager.default.removeItem(atPath: machine.program)
    let results = try machine.run("  t: {\(Self.matrix)}")
    #expect(results.results[0].findings.first?.hasPrefix("pseries could not be started") == true)
  }

  @Test func cellsRunSideBySideAndRepeatedly() throws {
    let machine = try FakePseries("sleep 1; echo done")
    let results = try machine.run("  t: {\(Self.matrix), expect: [done]}", jobs: 4, repetitions: 4)
    #expect(results.passed == 4)
    #expect(results.results.map(\.name) == ["", "+2", "+3", "+4"].map { "t/power9/power8" + $0 })
    // One after the other they would take four seconds.
    #expect(results.seconds < 3.9)
  }
}
