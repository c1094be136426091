internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import JSON
internal import MachineOptions
internal import PowerISA
internal import ProgramExecution

/// Runs a program at several levels, each in a process of its own, with the same input.
struct LevelRuns {
  let command: ExecCommand

  /// The most bytes of input that are kept for all runs, and of a run's output that are compared.
  private static let mostInput = 64 << 20

  /// - Parameter text: `all`, or names of levels with commas between them.
  /// - Returns: the exit status.
  func run(_ text: String) throws -> Int32 {
    let levels = try self.levels(text)
    let input = try self.input()
    var table = LevelTable(expectedStatus: command.expectStatus ?? 0)
    var outputs: [[UInt8]] = []
    for level in levels {
      let (row, output) = try run(at: level, input)
      table.rows.append(row)
      outputs.append(output)
      if Interruption.isWanted { break }
    }
    if let last = outputs.last, let row = table.rows.last, table.isGood(row) {
      for index in table.rows.indices.dropLast() {
        // What a program wrote before it failed says nothing.
        guard case .exited = table.rows[index].result else { continue }
        table.rows[index].hasSameOutput = outputs[index] == last
      }
    }
    let name = command.target.words[0]
    let answer = command.format == .json ? table.json(program: name) : table.text
    try Files.writeToStandardOutput(Array(answer.utf8))
    return Interruption.exitStatus ?? (table.rows.allSatisfy(table.isGood) ? 0 : 1)
  }

  /// The levels from the oldest to the newest.
  private func levels(_ text: String) throws -> [CompatibilityLevel] {
    let processor = command.machine.cpu?.processor ?? .newest(supporting: nil)
    let has = CompatibilityLevel.allCases.filter { processor.levels?.contains($0) == true }
    guard text != "all" else {
      // Linux in little-endian mode has run since POWER7; the oldest levels are for older kernels.
      return has.filter { $0 >= .power7 }
    }
    let wanted = try text.split(separator: ",").map { name in
      guard let level = CompatibilityLevel(name: name.lowercased()), has.contains(level) else {
        throw CommandError.usage(
          "--levels: \(processor.name) has no level '\(name)'; it has "
            + has.map(\.name).joined(separator: ", "))
      }
      return level
    }
    guard !wanted.isEmpty else { throw CommandError.usage("--levels: no level is named") }
    return Set(wanted).sorted()
  }

  /// A file with the input, which every run reads from its beginning; -1 for none. A terminal is no input.
  private func input() throws -> Int32 {
    guard isatty(STDIN_FILENO) == 0 else { return -1 }
    let bytes = try Files.read("-", limit: Self.mostInput)
    return try Self.temporaryFile(bytes)
  }

  private static func temporaryFile(_ bytes: [UInt8] = []) throws -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array((folder + "/boot-test.XXXXXX").utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else {
      throw CommandError("cannot make a file for temporary data: \(HostError.text(errno))")
    }
    unlink(name)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    let error = WholeWrite.write(bytes, to: file)
    guard error == 0 else {
      throw CommandError("cannot write temporary data: \(HostError.text(error))")
    }
    return file
  }

  private func run(
    at level: CompatibilityLevel, _ input: Int32
  ) throws -> (LevelTable.Row, [UInt8]) {
    let (report, output, errors) = (
      try Self.temporaryFile(), try Self.temporaryFile(), try Self.temporaryFile()
    )
    defer { for file in [report, output, errors] { close(file) } }
    if input >= 0 { lseek(input, 0, SEEK_SET) }
    let child = ChildCommand(
      arguments: ["exec"] + arguments(at: level), input: input, output: output, error: errors,
      report: report)
    let status = try child.run()
    let machine = command.machine.machine(folders: 0)
    var row = LevelTable.Row(
      level: level.name, processor: machine.processor.name, result: .exited(Int(status)))
    if let document = try? JSONValue(parsing: Self.contents(report)) {
      fill(&row, document)
    } else {
      let said = String(decoding: Self.contents(errors), as: UTF8.self)
      let line = said.split(separator: "\n").last.map(String.init) ?? "no answer"
      row.result = .failed(
        line.hasPrefix("boot-test: ") ? String(line.dropFirst(11)) : line)
    }
    return (row, Self.contents(output))
  }

  private func fill(_ row: inout LevelTable.Row, _ document: JSONValue) {
    if document["timedOut"]?.bool == true {
      row.result = .timedOut
    } else if let signal = document["signal"]?.string {
      row.result = .signal(signal)
    }
    let refused = document["refused"]?.elements ?? []
    row.kinds = refused.count
    // The last one ended a program that SIGILL ended; another program continued after the first.
    let chief = row.result == .signal("SIGILL") ? refused.last : refused.first
    row.refused = chief?["message"]?.string
    row.needs = chief?["needs"]?.string
    if let processor = document["processor"]?.string { row.processor = processor }
  }

  /// The command line of one level's run.
  private func arguments(at level: CompatibilityLevel) -> [String] {
    let (machine, program) = (command.machine, command.environment)
    var words = ["--level", level.name, "--report", "/dev/fd/3"]
    let processor = machine.cpu?.processor ?? .newest(supporting: nil)
    words += ["--cpu", processor.name]
    if let memory = machine.memory { words += ["--memory", String(memory.bytes)] }
    if let kernel = machine.kernel { words += ["--kernel", kernel] }
    if let modules = machine.modules { words += ["--modules", modules] }
    if let cache = machine.cache { words += ["--cache", cache] }
    if let timeout = command.target.timeout { words += ["--timeout", String(timeout)] }
    if let root = program.root { words += ["--root", root] }
    for name in program.package { words += ["--package", name] }
    for share in program.share {
      words += ["--share", share.text]
    }
    if !program.workingFolder { words.append("--no-working-folder") }
    if let user = program.user { words += ["--user", user] }
    for variable in program.variables { words += ["--env", variable] }
    return words + ["--"] + command.target.words
  }

  private static func contents(_ file: Int32) -> [UInt8] {
    var status = stat()
    guard fstat(file, &status) == 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size), mostInput))
    let count = pread(file, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }
}

/// This program again, with other arguments.
private struct ChildCommand {
  var arguments: [String]
  var input: Int32
  var output: Int32
  var error: Int32
  /// Its descriptor 3.
  var report: Int32

  /// - Returns: its exit status.
  func run() throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if input >= 0 {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO)
    posix_spawn_file_actions_adddup2(&actions, report, 3)
    var words = (["boot-test"] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let started = posix_spawn(&process, "/proc/self/exe", &actions, nil, words, environ)
    guard started == 0 else { throw CommandError("boot-test: \(HostError.text(started))") }
    var ended: Int32 = 0
    while waitpid(process, &ended, 0) < 0 {
      guard errno == EINTR else { throw CommandError("boot-test: \(HostError.text(errno))") }
      if let signal = Interruption.signal { kill(process, signal) }
    }
    let signal = ended & 0x7F
    return signal == 0 ? (ended >> 8) & 0xFF : 128 + signal
  }
}

extension ExecShare {
  /// The option's value.
  var text: String {
    let escape = { (name: String) in name.replacing(",", with: ",,") }
    return escape(folder) + (path.map { "=" + escape($0) } ?? "") + (isReadOnly ? ",read-only" : "")
  }
}
