import Foundation
import Testing

/// Signals and limits are obeyed whatever the program waits for, and the terminal is given back.
@Suite struct SignalTests {
  private let folder = ScratchFolder()

  private func pipeEnds() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe2(&ends) == 0)
    return (ends[0], ends[1])
  }

  private func pipe2(_ ends: inout [Int32]) -> Int32 {
    let status = pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return status
  }

  @Test(arguments: [SIGTERM: 143, SIGINT: 130, SIGHUP: 129] as [Int32: Int32])
  func theReaderOfTheConsoleStandsStill(signal: Int32, status: Int32) throws {
    let (reading, writing) = try pipeEnds()
    let kernel = try folder.write(TinyGuest.flood, "flood")
    // Standard error goes the same way.
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel], descriptors: [-1, writing, writing])
    close(writing)
    defer { close(reading) }
    var waiting: Int32 = 0
    // The pipe is full.
    #expect(
      ScratchFolder.wait { ioctl(reading, UInt(FIONREAD), &waiting) == 0 && waiting >= 61440 })
    program.send(signal)
    #expect(program.status() == status)
  }

  @Test func theTimeAllowedEndsAGuestWhoseReaderStandsStill() throws {
    let (reading, writing) = try pipeEnds()
    let kernel = try folder.write(TinyGuest.flood, "flood")
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel, "--timeout", "0.5"],
      descriptors: [-1, writing, writing])
    close(writing)
    #expect(program.status() == 4)
    close(reading)
  }

  /// All that the guest printed reaches a reader that is slow. With several processors the guest runs
  /// on to the end of a round while the reader stands still, and here ends with it.
  @Test(arguments: ["1": 150_000, "2": 50_000])
  func nothingIsLostForASlowReader(processors: String, limit: Int) throws {
    let (reading, writing) = try pipeEnds()
    let kernel = try folder.write(TinyGuest.flood, "flood")
    let program = try RunningProgram(
      [
        "--memory", "256M", "--kernel", kernel, "--clock", "deterministic", "--max-instructions",
        "\(limit)", "--quiet", "--smp", processors,
      ], descriptors: [-1, writing])
    close(writing)
    var waiting: Int32 = 0
    #expect(
      ScratchFolder.wait { ioctl(reading, UInt(FIONREAD), &waiting) == 0 && waiting >= 61440 })
    usleep(300_000)
    var bytes = 0
    var chunk = [UInt8](repeating: 0, count: 1000)
    while case let count = read(reading, &chunk, chunk.count), count > 0 { bytes += count }
    close(reading)
    #expect(program.status() == 4)
    #expect(bytes == (limit + 1) / 7 * 16, "the call is the sixth of seven instructions")
  }

  /// A client of the control socket does not wait for a report without a reader.
  @Test func noClientWaitsForTheReport() throws {
    let (reading, writing) = try pipeEnds()
    let kernel = try folder.write(TinyGuest.flood, "flood")
    let control = folder.file("control")
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel, "--statistics", "--control", control],
      descriptors: [-1, writing, writing])
    close(writing)
    var waiting: Int32 = 0
    #expect(
      ScratchFolder.wait { ioctl(reading, UInt(FIONREAD), &waiting) == 0 && waiting >= 61440 })
    #expect(try RunningProgram(["control", control, "quit"]).status() == 0)
    // The socket is closed; the program waits.
    #expect(try RunningProgram(["control", control, "query-status"]).status() == 1)
    #expect(program.status(within: 0.2) == nil)
    close(reading)
    #expect(program.status() == 0)
  }

  @Test func closedDescriptorsAreNoFiles() throws {
    let kernel = try folder.write(TinyGuest.flood, "flood")
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel, "--timeout", "0.5"], descriptors: [-1, -1, -1])
    #expect(program.status() == 4)
  }

  /// `timeout` sends a signal to the program and again to its group.
  @Test func aSecondSignalAtOnceIsTheSame() throws {
    let kernel = try folder.write(TinyGuest.spin, "spin")
    let socket = folder.file("control")
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel, "--control", "unix:\(socket)"])
    #expect(ScratchFolder.wait { access(socket, F_OK) == 0 })
    usleep(100_000)
    program.send(SIGTERM)
    program.send(SIGTERM)
    #expect(program.status() == 143)
    #expect(access(socket, F_OK) != 0, "the control socket is left")
  }

  // MARK: the terminal

  /// A terminal, and whether it is in raw mode.
  private final class Terminal {
    let main: Int32
    let name: String
    private let side: Int32

    init() throws {
      // What posix_openpt, unlockpt and ptsname do.
      main = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
      var (locked, index): (Int32, Int32) = (0, 0)
      try #require(ioctl(main, unlock, &locked) == 0 && ioctl(main, number, &index) == 0)
      name = "/dev/pts/\(index)"
      side = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
      _ = fcntl(main, F_SETFL, O_NONBLOCK)
    }

    deinit {
      close(main)
      close(side)
    }

    var isRaw: Bool {
      var chunk = [UInt8](repeating: 0, count: 4096)
      while read(main, &chunk, chunk.count) > 0 {}
      var mode = termios()
      return tcgetattr(side, &mode) == 0 && mode.c_lflag & tcflag_t(ICANON) == 0
    }
  }

  @Test(arguments: [
    SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGABRT, SIGSEGV, SIGXCPU, 34,
  ])
  func aSignalGivesTheTerminalBack(signal: Int32) throws {
    let terminal = try Terminal()
    let kernel = try folder.write(TinyGuest.spin, "spin")
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel], terminal: terminal.name)
    #expect(ScratchFolder.wait { terminal.isRaw })
    program.send(signal)
    let orderly = [SIGTERM, SIGINT, SIGHUP].contains(signal)
    #expect(program.status() == (orderly ? 128 : 256) + signal)
    #expect(!terminal.isRaw)
  }

  /// The terminal is the shell's while the program is stopped, and raw when it continues.
  @Test func aStoppedProgramGivesTheTerminalBack() throws {
    let terminal = try Terminal()
    let kernel = try folder.write(TinyGuest.spin, "spin")
    let pseries = RunningProgram.folder.appendingPathComponent("pseries").path
    let mark = folder.file("stopped")
    let shell = try RunningProgram(
      ["-m", "-c", "\(pseries) --memory 256M --kernel \(kernel); stty -a > \(mark); fg"],
      program: "/bin/sh", terminal: terminal.name)
    #expect(ScratchFolder.wait { terminal.isRaw })
    let child = try #require(Self.child(of: shell.process))
    kill(child, SIGTSTP)
    #expect(ScratchFolder.wait { access(mark, F_OK) == 0 })
    #expect(ScratchFolder.wait { terminal.isRaw }, "it continues in raw mode")
    let modes = try String(contentsOfFile: mark, encoding: .utf8)
    #expect(modes.contains(" icanon"), "\(modes)")
    kill(child, SIGTERM)
    #expect(shell.status() == 143)
    #expect(!terminal.isRaw)
  }

  private static func child(of parent: pid_t) -> pid_t? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap(pid_t.init).first { process in
      let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 1 && fields[1] == "\(parent)"
    }
  }

  // MARK: idle guests

  @Test func anIdleGuestSleeps() throws {
    let kernel = try folder.write(TinyGuest.idle, "idle")
    let program = try RunningProgram(["--memory", "256M", "--kernel", kernel, "--quiet"])
    usleep(1_000_000)
    let before = program.processorSeconds
    usleep(2_000_000)
    let used = program.processorSeconds - before
    #expect(used < 1, "\(used) s of 2")
    program.send(SIGTERM)
    #expect(program.status() == 143)
  }

  /// Input that an idle guest does not read keeps no processor busy.
  @Test func unreadInputIsNoReasonToSpin() throws {
    let (reading, writing) = try pipeEnds()
    _ = fcntl(writing, F_SETFL, O_NONBLOCK)
    let bytes = [UInt8](repeating: 65, count: 65536)
    _ = write(writing, bytes, bytes.count)
    let kernel = try folder.write(TinyGuest.idle, "idle")
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel, "--quiet"], descriptors: [reading])
    usleep(1_000_000)
    let before = program.processorSeconds
    usleep(2_000_000)
    let used = program.processorSeconds - before
    #expect(used < 1, "\(used) s of 2")
    close(reading)
    close(writing)
  }

  /// A processor without one that could prod it does not wait for its decrementer either.
  @Test func aProcessorThatWaitsForGoodEndsTheMachine() throws {
    let kernel = try folder.write(TinyGuest.confers, "confers")
    let program = try RunningProgram(["--memory", "256M", "--kernel", kernel, "--quiet"])
    #expect(program.status() == 5)
  }
}
