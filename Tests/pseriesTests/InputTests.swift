import Foundation
import Testing

/// The built commands, beside the test bundle.
private let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

/// What a command that reads a file does when the file is none: every option that names one.
@Suite struct InputTests {
  /// A way to have a file read.
  struct Reading: Sendable, CustomTestStringConvertible {
    var command: String
    var arguments: [String]
    init(_ command: String, _ arguments: String...) {
      (self.command, self.arguments) = (command, arguments)
    }
    func arguments(_ file: String) -> [String] {
      arguments.map { $0 == "FILE" ? file : $0 == "KERNEL" ? "/proc/self/exe" : $0 }
    }
    var testDescription: String { "\(command) \(arguments.joined(separator: " "))" }
  }

  /// `FILE` stands for the file, `KERNEL` for one that can be read.
  static let readings = [
    Reading("pseries", "--kernel", "FILE"), Reading("pseries", "--domain", "FILE"),
    Reading("pseries", "--restore", "FILE"),
    Reading("pseries", "--kernel", "KERNEL", "--initrd", "FILE"),
    Reading("pseries", "--entry", "flat", "--kernel", "KERNEL", "--dtb", "FILE"),
    Reading("pseries", "cpu-compare", "FILE", "--host-cpu", "power9"),
    Reading("pseries", "registers", "restore", "FILE", "--cpu", "power9"),
    Reading("pseries", "registers", "dump", "FILE"),
    Reading("mkfdt", "show", "FILE"), Reading("mkfdt", "check", "FILE"),
    Reading("mkfdt", "--domain", "FILE"), Reading("mkfdt", "--overlay", "FILE"),
    Reading("mkfdt", "negotiate", "--vector", "FILE"),
    Reading("mkfdt", "migratable", "FILE", "power9"),
    Reading("boot-test", "run", "FILE"), Reading("boot-test", "list", "FILE"),
  ]

  private func start(_ reading: Reading, _ file: String) throws -> (Process, Pipe) {
    let process = Process()
    process.executableURL = folder.appendingPathComponent(reading.command)
    process.arguments = reading.arguments(file)
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    return (process, errors)
  }

  /// Starts a command that has no signal blocked, unlike the threads that tests run on.
  private func spawn(_ reading: Reading, _ file: String) -> pid_t {
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    let path = folder.appendingPathComponent(reading.command).path
    var arguments = ([path] + reading.arguments(file)).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    #expect(posix_spawn(&child, path, &actions, &attributes, &arguments, environ) == 0)
    return child
  }

  /// Waits for a command to end, and kills it if it does not.
  private func ends(_ child: pid_t, by end: Date) -> Bool {
    var status: Int32 = 0
    while Date() < end {
      if waitpid(child, &status, WNOHANG) == child { return true }
      usleep(10_000)
    }
    kill(child, SIGKILL)
    waitpid(child, &status, 0)
    return false
  }

  @Test(arguments: readings) func aDeviceIsRefused(reading: Reading) throws {
    let (process, errors) = try start(reading, "/dev/zero")
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus != 0)
    #expect(text.contains("/dev/zero") && text.contains("it is a device"), "\(text)")
  }

  /// The other end of the FIFO is never opened.
  @Test(arguments: readings) func aSignalEndsTheWaitForAFIFO(reading: Reading) throws {
    var template = Array("/tmp/inputs.XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    let fifo = folder + "/fifo"
    defer {
      unlink(fifo)
      rmdir(folder)
    }
    #expect(mkfifo(fifo, 0o600) == 0)
    let child = spawn(reading, fifo)
    // It waits, having opened the FIFO as its reader: a writer that does not wait can open it now.
    let end = Date().addingTimeInterval(60)
    var writer: Int32 = -1
    while writer < 0, Date() < end {
      usleep(10_000)
      writer = open(fifo, O_WRONLY | O_NONBLOCK)
    }
    #expect(writer >= 0, "it does not read the file")
    kill(child, SIGTERM)
    #expect(ends(child, by: end), "it waits forever")
    close(writer)
  }

  @Test func theTimeAllowedEndsTheWait() throws {
    var template = Array("/tmp/inputs.XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    let fifo = folder + "/fifo"
    defer {
      unlink(fifo)
      rmdir(folder)
    }
    #expect(mkfifo(fifo, 0o600) == 0)
    let (process, errors) = try start(
      Reading("pseries", "--timeout", "0.2", "--kernel", "FILE"), fifo)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 4, "\(text)")
    #expect(text == "pseries: cannot read \(fifo): the time allowed is over\n")
  }
}
