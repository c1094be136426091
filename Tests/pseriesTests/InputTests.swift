import CommandTestSupport
import Foundation
import Testing

/// What a command that reads a file does when the file is none: every option that names one.
@Suite struct InputTests {
  /// A way to have a file read.
  struct Reading: Sendable, CustomTestStringConvertible {
    var command: String
    var arguments: [String]
    init(_ command: String, _ arguments: String...) {
      (self.command, self.arguments) = (command, arguments)
    }
    func arguments(_ file: String, kernel: String = "/proc/self/exe") -> [String] {
      let words = ["FILE": file, "KERNEL": kernel, "STATE": InputTests.state]
      return arguments.map { words[$0] ?? $0 }
    }
    var testDescription: String { "\(command) \(arguments.joined(separator: " "))" }
  }

  /// A guest that was saved.
  private static let state = "\(#filePath)".replacing(
    "pseriesTests/InputTests.swift", with: "States/format-2-two.state")

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

  /// Options that are like one of `readings`, or read regular files only.
  static let otherReadings = [
    Reading("pseries", "--nvram-file", "FILE"), Reading("pseries", "qemu-args", "--domain", "FILE"),
    Reading("pseries", "--restore", "STATE", "--registers", "FILE"),
    Reading("pseries", "cpu-baseline", "FILE"),
    Reading("pseries", "registers", "compare", "FILE", "FILE"),
    Reading("mkfdt", "edit", "FILE"), Reading("mkfdt", "compile", "FILE"),
    Reading("mkfdt", "get", "FILE", "/", "x"), Reading("mkfdt", "features", "FILE"),
    Reading("mkfdt", "diff", "FILE", "FILE"), Reading("mkfdt", "negotiate", "FILE"),
    Reading("mkfdt", "migratable", "power9", "FILE"),
  ]

  private func run(
    _ reading: Reading, _ file: String, kernel: String = "/proc/self/exe"
  ) throws -> BuiltCommand.Outcome {
    try BuiltCommand(reading.command).run(reading.arguments(file, kernel: kernel))
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
    let path = BuiltCommand(reading.command).url.path
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

  /// A file that is nothing of what it should be: one line, which names it.
  @Test(arguments: readings + otherReadings) func whatIsNoneIsNamed(reading: Reading) throws {
    let scratch = ScratchFolder()
    let kernel = try scratch.write(TinyGuest.spin, "kernel")
    let noise = (0..<4096).map { UInt8(truncatingIfNeeded: 0xA1 &+ $0 &* 0x4D) }
    for (name, bytes) in [("noise", noise), ("nothing", [])] {
      // A RAM disk may be any bytes, but some.
      if name == "noise", reading.arguments.contains("--initrd") { continue }
      let file = try scratch.write(bytes, name)
      let outcome = try run(reading, file, kernel: kernel)
      let text = outcome.errors
      #expect([1, 2].contains(outcome.status))
      #expect(text.contains(file) && text.filter { $0 == "\n" }.count == 1, "\(text)")
      if name == "noise", reading.arguments.contains("--dtb") {
        #expect(text.contains("\(file): not a device tree blob: magic at offset 0"), "\(text)")
      }
    }
  }

  @Test(arguments: readings) func aDeviceIsRefused(reading: Reading) throws {
    let outcome = try run(reading, "/dev/zero")
    let text = outcome.errors
    #expect((1...255).contains(outcome.status))
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
    let outcome = try run(Reading("pseries", "--timeout", "0.2", "--kernel", "FILE"), fifo)
    #expect(outcome.status == 4, "\(outcome.errors)")
    #expect(outcome.errors == "pseries: cannot read \(fifo): the time allowed is over\n")
  }
}
