internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import MachineOptions
internal import ProgramExecution
internal import Sandbox

struct ExecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run one program in a guest as if it ran here.",
    discussion: """
      Examples:
        boot-test exec --level power8 ./program argument
        boot-test exec --cpu power9 --level power7 --root /srv/debian-ppc64el -- make check
        boot-test exec --levels all ./program
        boot-test exec --package python3 python3 -c 'print(6 * 7)'

      The program, a ppc64le one (or ppc64 with --kernel), gets its arguments, the environment but for LD_*, \
      standard input, output and errors, and the working folder, which is shared with the guest: \
      it reads and writes the files in it. Nothing else of this host is there, but for --share. A program that is \
      not in the working folder is copied. The libraries come from --root, or from a root that is made of Debian's \
      packages once. In a root it writes to memory only; its changes are forgotten.

      An instruction that the level lacks ends in SIGILL as on such a machine; a line on standard error then \
      names it with its address, function and file. The first run with a processor, level and memory boots the \
      guest and saves it, a few seconds; later ones continue from what was saved.

      Exit status: that of the program; 128 and the number of a signal that ended it; 124 when --timeout is \
      reached; 125 when it could not be run, 126 when it could not be executed, 127 when it was not found; \
      2 wrong usage. With --levels: 0 when it ended with status 0, or that of --expect-status, at every \
      level, 1 when not.
      """)

  @OptionGroup(title: "Machine") var machine: ExecMachineOptions

  @Option(
    help: ArgumentHelp(
      """
      Run it at each of these levels, and print a table in place of its output: all, or levels with commas \
      between them.
      """, valueName: "levels"))
  var levels: String?

  @Option(
    help: ArgumentHelp(
      "With --levels: the status with which the program ends when it works. Default: 0.",
      valueName: "status"))
  var expectStatus: Int?

  @OptionGroup(title: "Program") var environment: ExecEnvironmentOptions

  @OptionGroup var target: ProgramArguments

  @Option(help: "The form of the table of --levels.")
  var format = TextFormat.text

  @Option(
    help: ArgumentHelp(
      "Write how it ended and every kind of instruction that was rejected, as JSON.",
      valueName: "file"))
  var report: String?

  func validate() throws {
    try target.check(for: self)
    if levels != nil {
      if machine.level != nil { throw ValidationError("--levels and --level exclude each other") }
      if report != nil { throw ValidationError("--report: --levels has --format json") }
      if let expectStatus, !(0...255).contains(expectStatus) {
        throw ValidationError("--expect-status: \(expectStatus) is not a status; 0 to 255 are")
      }
    } else if expectStatus != nil {
      throw ValidationError(
        "--expect-status is for --levels; one run ends with the program's status")
    } else if format != .text {
      throw ValidationError("--format is for --levels; --report writes JSON for one run")
    }
  }

  func run() throws {
    if let levels {
      Interruption.install()
      LargeBlocks.areReturned()
      if let timeout = target.timeout { Interruption.end(after: timeout) }
      let status = try LevelRuns(command: self).run(levels)
      if status != 0 { throw ExitCode(status) }
      return
    }
    let session = ProgramSession(
      machine: machine, options: environment, words: target.words, timeout: target.timeout)
    let status = try session.run(report: report) { $0.result.json + "\n" }.result.exitStatus
    if status != 0 { throw ExitCode(status) }
  }
}

/// The program that is run in a guest, and for how long.
struct ProgramArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("End it after so many seconds, with status 124.", valueName: "seconds"))
  var timeout: Double?

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The program and its arguments.", valueName: "program"))
  var program: [String] = []

  /// The program and its arguments, after a `--` that may be there.
  var words: [String] { Array(program.first == "--" ? program.dropFirst() : program[...]) }

  /// What a command has to check first: what it does not know is captured.
  func check(for command: some ParsableCommand) throws {
    if program.first == "--help" || program.first == "-h" { throw CleanExit.helpRequest(command) }
    if let option = words.first, option.hasPrefix("-") {
      throw ValidationError("Unknown option '\(option)'")
    }
    if words.isEmpty { throw ValidationError("a program is missing") }
    if let timeout, !(timeout > 0) { throw ValidationError("--timeout: more than 0 seconds") }
  }
}

/// A program that is not there, or cannot be executed.
struct ProgramNotFound: Error {
  var message: String
  var status: Int32
}

/// What the program finds in its guest.
struct ExecEnvironmentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A folder that is the program's root: its libraries, and all that it finds from /. Changes are forgotten. \
      Default: a root of Debian's libc6, libgcc-s1, libstdc++6 and zlib1g for ppc64el, for programs that need \
      libraries.
      """, valueName: "folder"))
  var root: String?

  @Option(
    help: ArgumentHelp(
      """
      A package of Debian that the default root has besides, with what it depends on and the essential ones; may be \
      repeated. Its \
      files are unpacked; its scripts are not run.
      """, valueName: "name"))
  var package: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A folder of this host that the program finds at the same path, or another; may be repeated.
      """, valueName: "folder[=path][,read-only]"),
    transform: { try ExecShare(parsing: $0) })
  var share: [ExecShare] = []

  @Flag(
    inversion: .prefixedNo,
    help: "Share the working folder. Without, the program starts in an empty folder of that name.")
  var workingFolder = true

  @Option(
    help: ArgumentHelp(
      """
      Whose rights it has in the guest: a name of the root's /etc/passwd, or numbers. Default: root, as whom it \
      sees the files of the user who runs this.
      """, valueName: "user[:group]"))
  var user: String?

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("A variable of its environment; may be repeated.", valueName: "name=value"))
  var variables: [String] = []

  func validate() throws {
    if root != nil, !package.isEmpty {
      throw ValidationError("--package adds to the default root, and there is a --root")
    }
    for variable in variables where variable.first == "=" || !variable.contains("=") {
      throw ValidationError("--env: '\(variable)' is not NAME=VALUE")
    }
  }

  /// This process's environment without what is for this host's dynamic linker, and the variables of the
  /// options.
  var environment: [String] {
    var names: [String] = []
    var values: [String: String] = [:]
    let own = HostProcess.environment.filter { !$0.hasPrefix("LD_") }
    for variable in own + variables {
      let name = String(variable.prefix { $0 != "=" })
      if values.updateValue(String(variable.dropFirst(name.count + 1)), forKey: name) == nil {
        names.append(name)
      }
    }
    return names.map { "\($0)=\(values[$0] ?? "")" }
  }
}

/// `FOLDER[=PATH][,read-only]`. A comma in a name is written twice.
struct ExecShare: Equatable {
  var folder: String
  /// In the guest; nil for the same path.
  var path: String?
  var isReadOnly = false

  init(folder: String, path: String? = nil, isReadOnly: Bool = false) {
    (self.folder, self.path, self.isReadOnly) = (folder, path, isReadOnly)
  }

  init(parsing argument: String) throws {
    var text = argument
    for word in [",read-only", ",readonly"] where text.hasSuffix(word) {
      text.removeLast(word.count)
      isReadOnly = true
      break
    }
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    folder = String(parts[0]).replacing(",,", with: ",")
    path = parts.count == 2 ? String(parts[1]).replacing(",,", with: ",") : nil
    if folder.isEmpty { throw ValidationError("a folder is missing") }
    if let path, !path.hasPrefix("/") {
      throw ValidationError("'\(path)' in the guest does not begin with /")
    }
  }
}
