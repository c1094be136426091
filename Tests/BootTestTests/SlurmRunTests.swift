import CommandTestSupport
import Foundation
import Testing

/// `boot-test plan`, `merge` and `run --on slurm` with commands of a Slurm made of shell.
@Suite(.serialized) struct SlurmRunTests {
  /// Commands that run tasks at once, by a file `fate` with lines `JOB_TASK STATE` or
  /// `JOB_TASK STATE|RESTARTS` for those that end otherwise. By the file `busy` arrays after the first
  /// are refused once; by `stuck` nothing is cancelled.
  private static let commands = [
    "sbatch": """
    for word in "$@"; do
      case $word in
        --array=*) list=${word#*=} ;;
        --partition=none) echo 'sbatch: error: invalid partition specified: none' >&2; exit 1 ;;
        */task) script=$word; break ;;
      esac
    done
    while [ "$1" != "$script" ]; do shift; done
    if [ -e busy ] && [ -e job ]; then
      rm busy; echo 'sbatch: error: Socket timed out' >&2; exit 1
    fi
    job=$(($(cat job 2> /dev/null || echo 0) + 1)); echo $job > job
    for part in $(echo "$list" | tr , ' '); do
      for ((task = ${part%-*}; task <= ${part#*-}; task++)); do
        fate=$(sed -n "s/^${job}_$task //p" fate 2> /dev/null)
        [ -n "$fate" ] || SLURM_ARRAY_TASK_ID=$task bash "$@" > /dev/null 2>&1
        case $fate in *\\|*) ;; *) fate="${fate:-COMPLETED}|0" ;; esac
        echo "$job|$task|$fate|node1|None|" >> states
      done
    done
    echo "$job;cluster"
    """,
    "squeue": "[ ! -e away ] || { echo 'squeue: error: no controller' >&2; exit 1; }; cat states",
    "scancel": #"""
    [ ! -e stuck ] || { echo 'scancel: error: no controller' >&2; exit 1; }
    echo "$@" >> cancelled; sed -i 's/PENDING/CANCELLED/' states
    """#,
  ]

  private static func sample(_ fates: String = "") throws -> FakePseries {
    let (machine, _) = try BootTestCommandTests.machine(saying: "up")
    try FileManager.default.createDirectory(
      at: machine.folder.appending(path: "bin"), withIntermediateDirectories: true)
    for (name, script) in commands { try install(name, script, machine) }
    try fates.write(
      to: machine.folder.appending(path: "fate"), atomically: true, encoding: .utf8)
    return machine
  }

  private static func install(_ name: String, _ script: String, _ machine: FakePseries) throws {
    let path = machine.folder.appending(path: "bin/\(name)").path
    try "#!/bin/bash\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private static func shell(_ line: String, _ machine: FakePseries) throws -> BuiltCommand.Outcome {
    try BuiltCommand.shell("PATH=$PWD/bin:$PATH; \(line)", in: machine.folder)
  }

  private static let run = "boot-test run suite.yaml --pseries \"$PWD/pseries\" --output"

  @Test func aSlurmRunIsALocalRun() throws {
    let machine = try Self.sample()
    let local = try Self.shell("\(Self.run) local", machine)
    let slurm = try Self.shell("\(Self.run) slurm --on slurm --jobs 2", machine)
    #expect(local.status == 0 && slurm.status == 0, "\(slurm.errors)")
    #expect(slurm.text.hasPrefix("sample: 1 of 2 passed, 1 SKIPPED, not tested"))
    #expect(try machine.text("local/results.ktap") == machine.text("slurm/results.ktap"))
    #expect(try machine.text("slurm/t-power9-none.log") == "up\n")
    // The tasks' folder is gone.
    let left = try FileManager.default.contentsOfDirectory(
      atPath: machine.folder.appending(path: "slurm").path)
    #expect(!left.contains { $0.hasPrefix("slurm-") })
  }

  @Test func aLostTaskIsSubmittedAgain() throws {
    let machine = try Self.sample("1_0 NODE_FAIL\n2_0 NODE_FAIL\n")
    let outcome = try Self.shell("\(Self.run) slurm --on slurm", machine)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains(
        "LOST  t/power9/none  task 1_0 was lost with its node; it is submitted again"))
    #expect(outcome.errors.contains("LOST  t/power9/none  task 2_0 "))
    #expect(outcome.errors.contains("pass  t/power9/none"))
    #expect(try machine.text("job") == "3\n")
  }

  @Test func aRefusedSubmissionIsTriedAgain() throws {
    let machine = try Self.sample("1_0 NODE_FAIL\n")
    let outcome = try Self.shell("touch busy; \(Self.run) slurm --on slurm", machine)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("Slurm: sbatch: Socket timed out\n"))
    #expect(outcome.errors.components(separatedBy: "LOST  ").count == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("pass  t/power9/none"))
    #expect(try machine.text("job") == "2\n")
  }

  @Test func aTaskThatIsNotCancelledEndsOnlyItsCell() throws {
    let machine = try Self.sample("1_0 PENDING|1\n")
    let outcome = try Self.shell("touch stuck; \(Self.run) slurm --on slurm --retries 0", machine)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("Slurm: task 1_0 is not cancelled: scancel: no controller\n"),
      "\(outcome.errors)")
    #expect(outcome.text.contains("1 FAILED (t/power9/none), 1 SKIPPED"), "\(outcome.text)")
  }

  /// `squeue` forgets the first task, which was restarted; the second waits, which is not in the
  /// accounts.
  @Test func accountsAreOnlyOfWhatIsNotListed() throws {
    let machine = try Self.sample()
    try Self.install(
      "squeue",
      """
      turn=$(($(cat turn 2> /dev/null || echo 0) + 1)); echo $turn > turn
      [ $turn -gt 1 ] || echo '1|0|RUNNING|1|node1|None|'
      [ $turn -lt 4 ] && echo '1|1|PENDING|1||Resources|' || echo '1|1|COMPLETED|1|node1|None|'
      """, machine)
    try Self.install("sacct", "echo '1_0|COMPLETED'; echo '1_[1]|PENDING'", machine)
    let outcome = try Self.shell(
      "export SLURM_RESTART_COUNT=1; \(Self.run) slurm --on slurm", machine)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("sample: 1 of 2 passed, 1 SKIPPED, not tested"))
    #expect(try machine.text("turn") == "4\n", "\(outcome.errors)")
    #expect(try machine.text("job") == "1\n")
  }

  @Test func retriesEnd() throws {
    let machine = try Self.sample("1_0 NODE_FAIL\n2_0 NODE_FAIL\n3_0 NODE_FAIL\n")
    let outcome = try Self.shell("\(Self.run) slurm --on slurm --retries 1", machine)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("not run: task 2_0 was lost with its node, after 2 attempts\n"),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("files of the tasks: "))
    #expect(outcome.text.contains("1 FAILED (t/power9/none)"))
  }

  @Test func waitingForeverEnds() throws {
    let machine = try Self.sample("1_0 PENDING\n1_1 PENDING\n")
    let outcome = try Self.shell("\(Self.run) slurm --on slurm --slurm-wait 1", machine)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("not run: Slurm has run no cell for 1 s"), "\(outcome.errors)")
    #expect(try machine.text("cancelled") == "--quiet 1\n")
  }

  @Test func anInterruptionCancels() throws {
    let machine = try Self.sample("1_1 PENDING\n")
    let outcome = try Self.shell(
      "timeout -s INT 4 \(Self.run) slurm --on slurm; echo status $?", machine)
    #expect(outcome.text.hasSuffix("\nstatus 124\n"))
    #expect(outcome.text.hasPrefix("interrupted: sample: 1 of 2 passed"), "\(outcome.text)")
    #expect(try machine.text("cancelled") == "--quiet 1\n")
    #expect(try machine.text("slurm/results.ktap").contains("SKIP the run was interrupted"))
  }

  @Test func errorsNameTheCommand() throws {
    let machine = try Self.sample()
    let rejected = try Self.shell(
      "\(Self.run) slurm --on slurm --slurm-options '--partition=none -Q'", machine)
    #expect(rejected.status == 1)
    #expect(rejected.errors == "boot-test: sbatch: invalid partition specified: none\n")
    let missing = try Self.shell(
      "b=$(command -v boot-test); PATH=/none; $b\(Self.run.dropFirst(9)) slurm --on slurm", machine)
    #expect(missing.status == 1 && missing.errors.hasPrefix("boot-test: sbatch: not in PATH"))
    for option in ["--slurm-options --x", "--slurm-wait 9", "--retries 3"] {
      let refused = try Self.shell("\(Self.run) x \(option)", machine)
      #expect(refused.status == 2 && refused.errors.contains("require --on slurm"), "\(option)")
    }
  }

  @Test func aPlanInAShellMergesToARun() throws {
    let machine = try Self.sample()
    let options = "--pseries \"$PWD/pseries\" --output 'cells of it' --repeat 2"
    let plan = try Self.shell("boot-test plan suite.yaml \(options)", machine)
    #expect(plan.status == 0 && plan.text.split(separator: "\n").count == 4)
    let merge = "boot-test merge 'cells of it' --plan plan.json --output whole"
    let merged = try Self.shell(
      "boot-test plan suite.yaml \(options) | sh > log 2>&1; "
        + "boot-test plan suite.yaml \(options) --json > plan.json; \(merge)", machine)
    #expect(merged.status == 0, "\(merged.errors)")
    #expect(merged.text.contains("sample: 2 of 4 passed, 2 SKIPPED, not tested"))
    let local = try Self.shell("\(Self.run) local --repeat 2", machine)
    #expect(local.status == 0)
    #expect(try machine.text("local/results.ktap") == machine.text("whole/results.ktap"))
    let missing = try Self.shell("rm -r 'cells of it'/t-power9-none+2; \(merge)", machine)
    #expect(missing.status == 1 && missing.text.contains("not run: there are no results"))
    let twice = try Self.shell(
      "cp -r 'cells of it'/t-power9-none 'cells of it'/t; \(merge)", machine)
    #expect(twice.status == 2 && twice.errors.contains("two results of attempt 1"))
    #expect(try Self.shell("boot-test run suite.yaml --cell t/power9", machine).status == 2)
  }
}
