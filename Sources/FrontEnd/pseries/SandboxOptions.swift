internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import MachineControl
internal import MachineOptions
internal import Sandbox

/// What the process may still do on the host once its guest runs.
struct SandboxOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help: """
      Confine the process: no other programs, files or sockets, no executable memory, in two \
      stages, before it reads untrusted bytes and before the guest runs. pseries sandbox shows the \
      permitted rest.
      """)
  var sandbox = true

  @Option(
    name: .customLong("sandbox-folder"),
    help: ArgumentHelp(
      """
      A folder in which, at any depth, commands of the control socket may write files by name; may \
      be repeated. Not needed for files that clients pass as descriptors, as pseries control does.
      """, valueName: "folder"))
  var folders: [String] = []

  /// What the options say that is still to be read and written.
  func policy(
    _ state: StateOptions, _ guest: GuestOptions, _ control: ControlOptions,
    _ observing: ObserveOptions
  ) -> SandboxPolicy {
    var policy = SandboxPolicy()
    let outputs = [
      state.save, guest.nvramFile, observing.dumpDtb, observing.dumpVector, observing.auditIsa,
      observing.report,
    ]
    for path in outputs.compactMap(\.self) where Files.descriptor(named: path) == nil {
      policy.addOutput(path)
    }
    for folder in folders { policy.writableFolders.insert(folder) }
    policy.connects = control.control != nil
    for case .unix(let path)? in [control.control, control.incoming] { policy.addSocket(path) }
    let inputs = [guest.kernel, guest.initrd, guest.dtb, guest.nvramFile, state.restore]
    policy.inputs = Set(inputs.compactMap(\.self) + state.registers)
    // The host's time zones, for the clock.
    policy.inputs.formUnion(["/etc/localtime", "/usr/share/zoneinfo"])
    if let folder = getenv("TZDIR") { policy.inputs.insert(String(cString: folder)) }
    return policy
  }

  /// Adds to a host's refusal where the confined process may write.
  func explained(_ message: String) -> String {
    let refusals = [EACCES, EPERM].map { HostError.text($0) }
    guard sandbox, refusals.contains(where: message.hasSuffix) else { return message }
    return message
      + "; the sandbox lets files be written that the client passes as descriptors, as "
      + "pseries control does, or in the folders of --sandbox-folder"
  }

  /// Confines the process.
  func apply(_ policy: SandboxPolicy, for stage: SandboxStage) throws(CommandError) {
    guard sandbox else { return }
    do throws(SandboxError) {
      _ = try Sandbox(confining: policy, for: stage)
    } catch {
      throw CommandError("the sandbox cannot be set up (\(error)); --no-sandbox runs without")
    }
  }
}

/// `pseries sandbox`: what a guest's process is left with, tried out.
struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Show what a guest's process may do on the host, and try what it may not.",
    discussion: """
      Applies the confinement of a guest's process with the same options, lists it, and then tries \
      actions that must fail.

      Exit status: 0 all of these actions failed, 1 not.
      """)

  @OptionGroup(title: "State") var state: StateOptions
  @OptionGroup(title: "Guest") var guest: GuestOptions
  @OptionGroup(title: "Control") var control: ControlOptions
  @OptionGroup(title: "Observing") var observing: ObserveOptions
  @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions

  @Flag(help: "List the permitted system calls.") var calls = false

  @Flag(help: "Show the first stage, in which untrusted bytes are read.")
  var reading = false

  func run() throws {
    let policy = sandbox.policy(state, guest, control, observing)
    var lines: [String] = []
    if sandbox.sandbox {
      let installed: Sandbox
      do throws(SandboxError) {
        installed = try Sandbox(confining: policy, for: reading ? .reading : .running)
      } catch {
        throw CommandError("the sandbox cannot be set up: \(error)")
      }
      let names = Set(installed.allowedCalls.map(\.name))
      lines += [
        "seccomp: \(names.count) system calls are allowed, the others fail with EPERM",
        installed.landlockVersion.map { "Landlock: version \($0) of the kernel's interface" }
          ?? "Landlock: the kernel has none; files are confined by seccomp alone",
        "files: " + Self.files(policy, reading),
        "sockets: " + (policy.connects ? "may be opened, to migrate the guest" : "none"),
        "capabilities: none; programs gain no privileges",
      ]
      if calls { lines += installed.allowedCalls.map(Self.text) }
    } else {
      lines.append("no sandbox")
    }
    let attempts = SandboxTrial.allCases.map { ($0, $0.attempt()) }
    for (trial, code) in attempts {
      let result = code.map { "refused (\(HostError.text($0)))" } ?? "POSSIBLE"
      lines.append("\(trial.rawValue): \(result)")
    }
    try Files.writeToStandardOutput(Array((lines.joined(separator: "\n") + "\n").utf8))
    let allowed = attempts.filter { trial, code in
      code == nil && !(trial == .network && policy.connects)
    }
    if !allowed.isEmpty { throw ExitCode(1) }
  }

  private static func files(_ policy: SandboxPolicy, _ reading: Bool) -> String {
    let uses = [
      ("written in", policy.writableFolders.sorted() + policy.writableFiles.sorted()),
      ("removed in", policy.socketFolders.sorted()),
      ("read in", reading ? policy.inputs.sorted() : []),
    ]
    let texts = uses.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }
    return texts.isEmpty ? "none may be opened" : "may be " + texts.joined(separator: "; ")
  }

  private static func text(_ rule: SystemCallRule) -> String {
    let condition = rule.condition.map { condition in
      " if argument \(condition.argument) & \(condition.mask.hexadecimal()) is "
        + "\(condition.value.hexadecimal())"
    }
    return "  \(rule.name)\(condition ?? ""): \(rule.purpose)"
  }
}
