internal import Devices
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineOptions
internal import PowerCPU
internal import ProgramExecution
internal import Sandbox

/// One run of a program in a guest.
struct ProgramSession {
  let command: ExecCommand

  private var options: ExecEnvironmentOptions { command.environment }

  /// - Returns: the exit status.
  func run() throws -> Int32 {
    let cache = GuestCache(try command.machine.cache.map(Self.absolute))
    let plan = try ProgramPlan(command.words, options, cache)
    let kernel = try kernel(for: plan, cache)
    let user = try user(in: plan.root)
    let reportFile = try command.report.map { try OutputStream($0) }
    let result = try run(plan, kernel, user, cache)
    try reportFile?.write(Array((result.json + "\n").utf8))
    return result.exitStatus
  }

  private static func absolute(_ path: String) throws -> String {
    guard !path.hasPrefix("/") else { return path }
    guard let folder = HostProcess.workingFolder else {
      throw ExecutionError("the working folder: \(HostError.text(errno))")
    }
    return folder + "/" + path
  }

  private func kernel(for plan: ProgramPlan, _ cache: GuestCache) throws -> GuestCache.Kernel {
    let order = plan.program?.byteOrder
    guard let path = command.machine.kernel else {
      guard order != .big else {
        throw ProgramNotFound(
          message:
            "\(command.words[0]) is big-endian, for which Debian has no kernel: --kernel names one",
          status: 126)
      }
      return try cache.debianKernel { Complaint.write($0, from: "boot-test") }
    }
    let kernel = GuestCache.Kernel(
      path: try Self.absolute(path), modules: try command.machine.modules.map(Self.absolute))
    let own = try KernelFile.byteOrder(of: try InputFile(opening: path))
    if let order, order != own {
      throw ProgramNotFound(
        message: "\(command.words[0]) is \(order)-endian, and the kernel \(path) \(own)-endian",
        status: 126)
    }
    return kernel
  }

  private func user(in root: RootFolder?) throws -> GuestUser {
    guard let text = options.user else { return GuestUser() }
    guard let user = GuestUser(text) ?? AccountFiles(root: root).user(text) else {
      throw CommandError.usage("--user: the root's /etc/passwd has no '\(text)'")
    }
    return user
  }

  // MARK: running

  private func run(
    _ plan: ProgramPlan, _ kernel: GuestCache.Kernel, _ user: GuestUser, _ cache: GuestCache
  ) throws -> RunResult {
    var plan = plan
    var count = plan.folders.count + (plan.sharesRoot ? 1 : 0)
    var state = try saved(count, kernel, cache)
    if count > 0, !state.sharesFolders {
      if options.root != nil || !options.package.isEmpty {
        throw CommandError.usage("--root: the kernel has no 9p, virtio and overlay (see --modules)")
      }
      try plan.leaveOutFolders(options)
      count = 0
      state = try saved(count, kernel, cache)
    }
    let servers = try folderServers(plan)
    guard let (saved, memory) = try state.open() else {
      throw ExecutionError("\(state.path): the saved guest is not there any more")
    }
    let code = try? CodeCache(folder: cache.path + "/code")
    let terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    let job = try ProgramJob(plan: plan, options: options, user: user, words: command.words).job(
      onTerminal: terminal)
    let agent = AgentHost(
      job: job, input: STDIN_FILENO, output: ProgramOutput(STDOUT_FILENO),
      error: ProgramOutput(STDERR_FILENO))
    // From here on the process reads what others made.
    let policy = SandboxPolicy()
    _ = try Sandbox(confining: policy, for: .reading)
    let console = GuestRun.ConsoleTail()
    let machine = try GuestRun.restore(
      saved, memory: memory, agent: agent, folders: servers, codeCache: code, console: console)
    close(memory)
    _ = try Sandbox(confining: policy, for: .running)
    if terminal { _ = TerminalMode.makeRaw(STDIN_FILENO) }
    let outcome = GuestRun.run(machine, agent)
    if terminal { TerminalMode.restore() }
    var map = CodeMap()
    if let program = plan.program { map.add(program, at: plan.path) }
    for library in plan.libraries { map.add(library.program, at: library.guestPath) }
    let result = RunResult(
      program: command.words[0], machine: machine, outcome: outcome, ending: agent.ending, code: map
    )
    try say(result, outcome, console)
    return result
  }

  private func saved(
    _ folders: Int, _ kernel: GuestCache.Kernel, _ cache: GuestCache
  ) throws -> StateFolder {
    let machine = command.machine.machine(folders: folders)
    return try SavedGuests(cache).find(machine, kernel) { folder throws(ExecutionError) in
      let made = HostProgram(
        name: "/proc/self/exe",
        arguments: ["make-guest"] + command.machine.arguments(machine, kernel)
          + [
            "--folders", String(folders), "--output", folder, "--code-cache", cache.path + "/code",
          ])
      let (status, output) = try made.run()
      guard status == 0 else {
        let line = output.split(separator: "\n").last ?? "the guest could not be made"
        throw ExecutionError(String(line.trimmingPrefix("boot-test: ")))
      }
    }
  }

  /// The servers of the folders: of the root first.
  private func folderServers(_ plan: ProgramPlan) throws -> [any ShareServer] {
    var folders = plan.folders.map { ($0.host, $0.isReadOnly, "--share: \($0.host)") }
    if plan.sharesRoot, let root = plan.root {
      folders.insert((root.path, true, "--root: \(root.path)"), at: 0)
    }
    return try folders.map { path, isReadOnly, option in
      let process = DeviceProcess(program: "folder-server", option: option)
      return FolderConnection(
        try process.start(["--path", path] + (isReadOnly ? ["--read-only"] : [])))
    }
  }

  /// Prints what was rejected, and an end that is not the program's own.
  private func say(
    _ result: RunResult, _ outcome: MachineOutcome, _ console: GuestRun.ConsoleTail
  ) throws {
    if let line = result.refusalLine { Complaint.write(line, from: "boot-test") }
    switch result.end {
    case .exited: break
    case .signal(let number):
      if ![SIGINT, SIGPIPE, SIGTERM, SIGHUP].contains(number) {
        Complaint.write("\(command.words[0]): \(SignalName.text(number))", from: "boot-test")
      }
    case .timeout:
      Complaint.write(
        "\(command.words[0]) was still running after \(command.timeout ?? 0) s", from: "boot-test")
    case .notExecuted(let reason):
      throw ProgramNotFound(message: reason, status: 126)
    case .failed: throw ExecutionError(GuestRun.failure(outcome, console))
    }
  }
}
