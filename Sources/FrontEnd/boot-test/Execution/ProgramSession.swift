internal import ArgumentParser
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
  /// The result of it.
  struct Answer {
    var result: RunResult
    /// What was executed, if that was wanted.
    var audit: ProgramAudit?
  }

  let machine: ExecMachineOptions
  let options: ExecEnvironmentOptions
  /// The program and its arguments.
  let words: [String]
  /// Seconds after which it is ended.
  let timeout: Double?
  /// Whether executed instructions are counted.
  var audits = false

  /// Runs it and writes what there is to say of it.
  /// - Parameter report: a file for ``report``, which is opened before this process is confined.
  /// - Parameter text: what is written there.
  /// - Returns: the result; a program that could not be run throws.
  func run(report: String? = nil, _ text: (Answer) -> String) throws -> Answer {
    Interruption.install()
    LargeBlocks.areReturned()
    if let timeout { Interruption.end(after: timeout) }
    do {
      let cache = GuestCache(try machine.cache.map(Self.absolute))
      let plan = try ProgramPlan(words, options, cache)
      let kernel = try kernel(for: plan, cache)
      let user = try user(in: plan.root)
      let file = try report.map { try OutputStream($0) }
      let answer = try run(plan, kernel, user, cache)
      try file?.write(Array(text(answer).utf8))
      return answer
    } catch let error as ProgramNotFound {
      Complaint.write(error.message, from: "boot-test")
      throw ExitCode(error.status)
    } catch let error as CommandError {
      throw error
    } catch {
      // As env and timeout have it: the status is none of the program's.
      Complaint.write("\(error)", from: "boot-test")
      throw ExitCode(125)
    }
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
    guard let path = machine.kernel else {
      guard order != .big else {
        throw ProgramNotFound(
          message:
            "\(words[0]) is big-endian, for which Debian has no kernel: --kernel names one",
          status: 126)
      }
      return try cache.debianKernel { Complaint.write($0, from: "boot-test") }
    }
    let kernel = GuestCache.Kernel(
      path: try Self.absolute(path), modules: try machine.modules.map(Self.absolute))
    let own = try KernelFile.byteOrder(of: try InputFile(opening: path))
    if let order, order != own {
      throw ProgramNotFound(
        message: "\(words[0]) is \(order)-endian, and the kernel \(path) \(own)-endian",
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
  ) throws -> Answer {
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
    let job = try ProgramJob(plan: plan, options: options, user: user, words: words).job(
      onTerminal: terminal)
    let agent = AgentHost(
      job: job, input: STDIN_FILENO, output: ProgramOutput(STDOUT_FILENO),
      error: ProgramOutput(STDERR_FILENO))
    // From here on the process reads what others made.
    let policy = SandboxPolicy()
    _ = try Sandbox(confining: policy, for: .reading)
    let console = GuestRun.ConsoleTail()
    let machine = try GuestRun.restore(
      saved, memory: memory, agent: agent, folders: servers, codeCache: code, console: console,
      audit: audits ? ProgramAudit.options : nil)
    close(memory)
    let audits = audits
    agent.wantsCode = { audits || !machine.rejectedInstructions.counting.isEmpty }
    _ = try Sandbox(confining: policy, for: .running)
    if terminal { _ = TerminalMode.makeRaw(STDIN_FILENO) }
    let outcome = GuestRun.run(machine, agent)
    if terminal { TerminalMode.restore() }
    let map = codeMap(plan, agent)
    let result = RunResult(
      program: words[0], machine: machine, outcome: outcome, ending: agent.ending, code: map
    )
    try say(result, outcome, console)
    return Answer(
      result: result, audit: machine.auditReport.map { ProgramAudit($0, code: map) })
  }

  /// The files that were executed: those that the guest sent, or what the program is linked with when it sent
  /// none.
  private func codeMap(_ plan: ProgramPlan, _ agent: AgentHost) -> CodeMap {
    let map = CodeMap()
    map.add(agent.codeFiles)
    guard map.isEmpty else { return map }
    if let program = plan.program { map.add(program, at: plan.path) }
    for library in plan.libraries { map.add(library.program, at: library.guestPath) }
    return map
  }

  private func saved(
    _ folders: Int, _ kernel: GuestCache.Kernel, _ cache: GuestCache
  ) throws -> StateFolder {
    let guest = machine.machine(folders: folders)
    return try SavedGuests(cache).find(guest, kernel) { folder throws(ExecutionError) in
      let made = HostProgram(
        name: "/proc/self/exe",
        arguments: ["make-guest"] + machine.arguments(guest, kernel)
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
        Complaint.write("\(words[0]): \(SignalName.text(number))", from: "boot-test")
      }
    case .timeout:
      Complaint.write(
        "\(words[0]) was still running after \(timeout ?? 0) s", from: "boot-test")
    case .notExecuted(let reason):
      throw ProgramNotFound(message: reason, status: 126)
    case .failed: throw ExecutionError(GuestRun.failure(outcome, console))
    }
  }
}
