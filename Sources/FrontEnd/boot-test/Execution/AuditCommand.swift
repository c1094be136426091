internal import ArgumentParser
internal import HostSupport
internal import JSON
internal import MachineOptions
internal import PowerCPU
internal import PowerISA
internal import ProgramExecution
internal import Sandbox

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Show which instructions a program executes, and from which level on they exist.",
    discussion: """
      Examples:
        boot-test audit ./program argument
        boot-test audit --above none --format json --output audit.json -- ./program argument
        boot-test audit --level power8 --require power8 --package python3 python3 -c 'print(6 * 7)'
        boot-test audit --static --require power8 ./library.so

      It runs the program as 'boot-test exec' does, at the newest level unless --level names another, and counts \
      the instructions that it, its libraries and its children execute. The report has the oldest level with all of \
      them, what each file needs, and the instructions by version of the ISA with their places. It is of what was \
      executed: other input may lead elsewhere, and code that is chosen by the level (AT_HWCAP) is that of this \
      level. With --static nothing runs: it lists what is in a file.

      Exit status: 0 the program ended by itself, with whatever status; 1 with --require when something is newer \
      than that level; 128 and the number of a signal that ended it; 124 when --timeout is reached; 125 when it \
      could not be run, or its file not be read with --static, 126 when it could not be executed, 127 when it was not found; 2 wrong usage.
      """)

  @OptionGroup(title: "Machine") var machine: ExecMachineOptions

  @OptionGroup(title: "Program") var environment: ExecEnvironmentOptions

  @OptionGroup var target: ProgramArguments

  @Option(help: "List the instructions that this level lacks; none: all of them.")
  var above: LevelName = LevelName(.power8)

  @Option(help: "The level that must have all instructions; exit status 1 when it lacks some.")
  var require: LevelName?

  @Flag(name: .customLong("static"), help: "Do not run it: list what is in the file, an ELF file.")
  var isStatic = false

  @Option(help: "The form of the report.")
  var format = TextFormat.text

  @Option(
    help: ArgumentHelp(
      """
      Where the report is written. Default: standard error, as standard output is the program's; standard output \
      with --static.
      """, valueName: "file"))
  var output: String?

  func validate() throws {
    try target.check(for: self)
    if isStatic, target.timeout != nil {
      throw ValidationError("--static: nothing runs, and needs no --timeout")
    }
    if isStatic, target.words.count > 1 {
      throw ValidationError("--static: one file, and no arguments")
    }
    if let require, require.level == nil { throw ValidationError("--require: none is no level") }
  }

  func run() throws {
    let status = isStatic ? try examine() : try execute()
    if status != 0 { throw ExitCode(status) }
  }

  // MARK: running

  private func execute() throws -> Int32 {
    let session = ProgramSession(
      machine: machine, options: environment, words: target.words, timeout: target.timeout,
      audits: true)
    let answer = try session.run(report: output ?? "/dev/stderr", report)
    if case .exited = answer.result.end {} else { return answer.result.exitStatus }
    let refused = answer.result.refusals.map(\.instruction)
    return isGood(answer.audit, lacks: { level in refused.contains { !$0.isThere(at: level) } })
      ? 0 : 1
  }

  private func report(_ answer: ProgramSession.Answer) -> String {
    guard let audit = answer.audit else { return "" }
    let result = answer.result
    guard format == .text else {
      return result.json(audit: audit.json(above: above.level)) + "\n"
    }
    let heading = ProgramAudit.Heading(
      program: result.program, outcome: result.outcome, level: result.level,
      rejected: result.refusals.map(\.sentence))
    return audit.text(heading, above: above.level)
  }

  /// Whether the level of `--require` has all.
  /// - Parameter lacks: whether a level lacks something that was rejected.
  private func isGood(
    _ audit: ProgramAudit?, lacks: (CompatibilityLevel) -> Bool = { _ in false }
  ) -> Bool {
    guard let level = require?.level else { return true }
    let more = audit?.kinds(above: level).count ?? 0
    guard more > 0 || lacks(level) else { return true }
    let what = more == 1 ? "1 kind of instruction" : "\(more) kinds of instructions"
    Complaint.write(
      more > 0
        ? "\(target.words[0]): \(level.name) lacks \(what)"
        : "\(target.words[0]): \(level.name) lacks what was rejected", from: "boot-test")
    return false
  }

  // MARK: a file

  private func examine() throws -> Int32 {
    let audit: ProgramAudit
    let report = try output.map { try OutputStream($0) }
    do {
      let file = try InputFile(opening: target.words[0])
      // From here on the process reads what others made.
      _ = try Sandbox(confining: SandboxPolicy(), for: .reading)
      audit = try ProgramAudit(try ProgramFile(file))
    } catch {
      Complaint.write("\(error)", from: "boot-test")
      throw ExitCode(125)
    }
    let answer: String
    switch format {
    case .json:
      let document: JSONValue = [
        "program": .string(target.words[0]), "audit": audit.json(above: above.level),
      ]
      answer = document.text(lines: 2)
    case .text:
      answer = audit.text(
        ProgramAudit.Heading(program: target.words[0], outcome: "what is in the file"),
        above: above.level)
    }
    if let report {
      try report.write(Array(answer.utf8))
    } else {
      try Files.writeToStandardOutput(Array(answer.utf8))
    }
    return isGood(audit) ? 0 : 1
  }
}
